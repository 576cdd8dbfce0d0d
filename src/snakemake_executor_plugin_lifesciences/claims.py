"""Which of several heads submits a job, where the service itself takes every request.

The claims of a run are a journal: `claims/00000.json`, `claims/00001.json` and so on, each of the
jobs that one head has claimed at once. An entry is created under the first number that is free, so
who has written one knows all before it, and a job belongs to who named it last.
"""

import time
import uuid
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from threading import Lock

import msgspec
from msgspec import Struct

from headrace.gcs import ObjectUri
from headrace.records import decode_json
from headrace.runs.store import Store
from headrace.services.lifesciences import Claim

FRESH_SECONDS = 10.0
"""How long a claim of ours is good for: a slow head claims again before it submits. Others wait
longer than that (`lifesciences.CLAIM_BACKOFF`), by what a request may take."""


class _Entry(Struct, frozen=True, forbid_unknown_fields=True):
    head: str
    jobs: tuple[str, ...]


@dataclass(frozen=True)
class _Known:
    """A job's last claim, and when we learned of it, by our clock."""

    number: int
    ours: bool
    since: float


class Claims:
    """One head's view of the journal; may be used by many threads."""

    def __init__(
        self, store: Store, work: str, clock: Callable[[], float] = time.monotonic
    ) -> None:
        self._store = store
        self._folder = ObjectUri.parse(f"{work}/claims")
        self._clock = clock
        self._head = uuid.uuid4().hex
        self._lock = Lock()
        self._read = 0
        self._known: dict[str, _Known] = {}
        self._together: dict[str, Sequence[str]] = {}
        self._used: set[str] = set()

    def together(self, job_ids: Sequence[str]) -> None:
        """Claim these jobs in one entry, as soon as the first of them is to be claimed."""
        with self._lock:
            self._together |= dict.fromkeys(job_ids, job_ids)

    def take(self, job_id: str, after: int) -> Claim:
        """Claim a job unless it has been claimed; see `headrace.services.lifesciences.Claims`."""
        with self._lock:
            while True:
                known = self._known.get(job_id)
                if known is not None and known.number >= after:
                    age = self._clock() - known.since
                    if not known.ours:
                        return Claim(known.number, ours=False, age=age)
                    if age <= FRESH_SECONDS:
                        self._used.add(job_id)
                        return Claim(known.number, ours=True, age=age)
                self._append(job_id)

    def _append(self, job_id: str) -> None:
        """Write the next entry, or read it and those after it if others have been faster."""
        jobs = [one for one in self._together.get(job_id, ()) if one != job_id and self._free(one)]
        entry = _Entry(self._head, (job_id, *jobs))
        if self._store.create(self._folder / f"{self._read:05d}.json", msgspec.json.encode(entry)):
            self._note(entry)
            return
        listed = [stored.uri for stored in self._store.list_objects(self._folder / "")]
        for uri in listed[self._read :]:
            self._note(decode_json(self._store.read(uri), _Entry, str(uri)))

    def _free(self, job_id: str) -> bool:
        known = self._known.get(job_id)
        return job_id not in self._used and (known is None or known.ours)

    def _note(self, entry: _Entry) -> None:
        """Enter what an entry says. One of ours may come back: its answer was lost on its way."""
        now = self._clock()
        for job_id in entry.jobs:
            known = self._known.get(job_id)
            number = 0 if known is None else known.number + 1
            self._known[job_id] = _Known(number, entry.head == self._head, now)
        self._read += 1
