"""The whole path of a budget message: read, decide, act, remember."""

import logging
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import msgspec

from headrace.gcs import ObjectUri
from headrace.guard import decisions, messages, pause, stopping
from headrace.guard.decisions import Step
from headrace.guard.messages import BudgetNotice
from headrace.guard.pause import PauseState
from headrace.records import encode_json
from headrace.runs.store import Store
from headrace.services import JobService

LOG = logging.getLogger(__name__)


class Memory(msgspec.Struct, frozen=True):
    """`control/budget/…/<percent>.json`: a step that was taken."""

    step: int
    cost: float
    amount: float
    currency: str
    taken: datetime


@dataclass(frozen=True)
class Guard:
    """Acts on budget messages; all it remembers is in the results bucket."""

    results: str
    store: Store
    service: JobService
    clock: Callable[[], datetime]

    def handle(self, event_type: str, data: Any) -> Step | None:
        """Take the step that a message calls for, and return it.

        Raises:
            RecordError: it is no budget message.
            StorageError, ServiceError: the step was not finished; the next message repeats it.
        """
        notice = messages.read(event_type, data)
        folder = ObjectUri(
            self.results, f"{pause.CONTROL_FOLDER}/{decisions.memory_folder(notice)}"
        )
        step = decisions.decide(notice, self._taken(folder))
        LOG.info("%s: %s", _sentence(notice), "nothing to do" if step is None else step.name)
        if step is None:
            return None
        self._take(step, notice)
        self._remember(folder, step, notice)
        return step

    def _take(self, step: Step, notice: BudgetNotice) -> None:
        match step:
            case Step.WARN_OF_HALF | Step.WARN_OF_MOST:
                LOG.warning("%s; submissions stop at 100 %%.", _sentence(notice))
            case Step.PAUSE:
                self._pause(notice)

    def _pause(self, notice: BudgetNotice) -> None:
        """Close the door first, so that nothing new starts while jobs are being cancelled."""
        state = PauseState(paused=True, reason=_sentence(notice), by="guard", since=self.clock())
        pause.write(self.store, self.results, state)
        LOG.critical("Paused: %s.", _sentence(notice))
        count = stopping.cancel_all(self.service, self.store, self.results)
        LOG.critical("%d jobs were cancelled. 'headrace resume' ends the pause.", count)

    def _taken(self, folder: ObjectUri) -> list[Step]:
        names = {found.uri.name for found in self.store.list_objects(folder / "")}
        return [step for step in Step if _memory(folder, step).name in names]

    def _remember(self, folder: ObjectUri, step: Step, notice: BudgetNotice) -> None:
        memory = Memory(step, notice.cost, notice.amount, notice.currency, self.clock())
        self.store.create(_memory(folder, step), encode_json(memory))


def _memory(folder: ObjectUri, step: Step) -> ObjectUri:
    return folder / f"{step.value}.json"


def _sentence(notice: BudgetNotice) -> str:
    return (
        f"{notice.cost:.2f} of {notice.amount:.2f} {notice.currency} "
        f"({notice.share:.0%} of the budget '{notice.name}') are spent "
        f"since {notice.interval:%Y-%m-%d}"
    )
