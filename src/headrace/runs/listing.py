"""Runs as their folders in the results bucket tell of them; nothing else is asked."""

from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from datetime import UTC, datetime
from enum import Enum
from typing import TypeVar

from headrace.errors import InputError, ObjectMissingError
from headrace.gcs import ObjectUri
from headrace.money.records import COST_FILE, RunCost
from headrace.records import decode_json, nearest
from headrace.runs.records import (
    ERROR_FILE,
    OUTPUTS_FILE,
    RUN_FILE,
    RunError,
    RunOutputs,
    RunRequest,
    run_folder,
)
from headrace.runs.status import STATUS_FILE, RunState, RunStatus
from headrace.runs.store import Store

Document = TypeVar("Document")

_RUNS_FOLDER = "runs"
_READERS = 16
_LONG_AGO = datetime(1970, 1, 1, tzinfo=UTC)


class State(Enum):
    """Where a run stands."""

    SUBMITTED = "submitted"
    RUNNING = "running"
    SUCCEEDED = "succeeded"
    FAILED = "failed"
    CANCELLED = "cancelled"
    UNREADABLE = "unreadable"

    @property
    def ended(self) -> bool:
        """Whether the state is final."""
        return self not in {State.SUBMITTED, State.RUNNING}


@dataclass(frozen=True)
class Run:
    """A run and the documents it has so far; one started by hand has a status only."""

    run_id: str
    request: RunRequest | None
    status: RunStatus | None
    outputs: RunOutputs | None
    error: RunError | None
    cost: RunCost | None = None
    problem: str = ""

    @property
    def state(self) -> State:
        """The state, by the last document that a run writes; `problem` is one that is damaged."""
        if self.problem:
            return State.UNREADABLE
        if self.outputs is not None:
            return State.SUCCEEDED
        if self.error is not None:
            return State.CANCELLED if self.error.cancelled else State.FAILED
        if self.status is None:
            return State.SUBMITTED
        return self._live_state(self.status)

    @property
    def began(self) -> datetime:
        """When it was asked for, or started by hand."""
        if self.request is not None:
            return self.request.created
        return self.status.started if self.status is not None else _LONG_AGO

    @property
    def ended(self) -> datetime | None:
        """When it ended, if it has."""
        end = self.outputs or self.error
        if end is not None:
            return end.ended
        if self.status is not None and self.state.ended:
            return self.status.updated
        return None

    @property
    def last_heard(self) -> datetime:
        """When it last wrote anything."""
        if self.status is None:
            return self.began
        return self.status.alive or self.status.updated

    def _live_state(self, status: RunStatus) -> State:
        """Believe a status that says it is over only where no controller has the last word."""
        match status.state:
            case RunState.RUNNING:
                return State.RUNNING
            case RunState.SUCCEEDED:
                return State.SUCCEEDED if self.request is None else State.RUNNING
            case RunState.FAILED:
                return State.FAILED if self.request is None else State.RUNNING


def list_runs(store: Store, results: str) -> list[Run]:
    """Return all runs, the latest first; a damaged document does not hide the other runs."""
    run_ids = store.list_folders(ObjectUri(results, _RUNS_FOLDER))

    def read(run_id: str) -> Run:
        try:
            return read_run(store, results, run_id)
        except InputError as error:
            return Run(run_id, None, None, None, None, problem=str(error))

    with ThreadPoolExecutor(_READERS) as pool:
        runs = pool.map(read, run_ids)
    return sorted(runs, key=lambda run: (run.began, run.run_id), reverse=True)


def read_run(store: Store, results: str, run_id: str) -> Run:
    """Return one run; raises `InputError` if there is none of this id."""
    folder = run_folder(results, run_id)
    run = Run(
        run_id=run_id,
        request=_read(store, folder / RUN_FILE, RunRequest),
        status=_read(store, folder / STATUS_FILE, RunStatus),
        outputs=_read(store, folder / OUTPUTS_FILE, RunOutputs),
        error=_read(store, folder / ERROR_FILE, RunError),
        cost=_read(store, folder / COST_FILE, RunCost),
    )
    if not any((run.request, run.status, run.outputs, run.error)):
        known = store.list_folders(ObjectUri(results, _RUNS_FOLDER))
        hint = nearest(run_id, known) if known else "."
        raise InputError(
            f"There is no run '{run_id}' in gs://{results}{hint} See 'headrace runs list'."
        )
    return run


def read_runs(store: Store, results: str, run_ids: Sequence[str]) -> list[Run]:
    """Return the runs of these ids, in their order."""
    with ThreadPoolExecutor(_READERS) as pool:
        return list(pool.map(lambda run_id: read_run(store, results, run_id), run_ids))


def _read(store: Store, uri: ObjectUri, kind: type[Document]) -> Document | None:
    try:
        return decode_json(store.read(uri), kind, str(uri))
    except ObjectMissingError:
        return None
