"""An inbox, a results bucket and a job service in memory, and uploads to them."""

from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

from headrace.arrivals.claims import Starter
from headrace.arrivals.events import FINALIZED
from headrace.arrivals.gate import Gate
from headrace.arrivals.handler import Handler
from headrace.arrivals.launching import Launcher
from headrace.arrivals.outcomes import Outcome
from headrace.arrivals.rejections import Rejection, Rejections
from headrace.arrivals.triggers import Rule
from headrace.gcs import ObjectUri
from headrace.runs.store import Store
from headrace.services.protocol import JobService
from headrace.settings import Settings
from tests.unit.arrivals.memory import MemoryService, MemoryStore

RULES = """
rules:
  - name: single
    match: "{folder}-single/{sample}_{lane}_R{read}.fastq.gz"
    when: {kind: set, sharing: [folder, sample], complete: {read: ["1"]}}
  - name: paired
    match: "{folder}/{sample}_{lane}_R{read}.fastq.gz"
    when: {kind: set, sharing: [folder, sample], complete: {read: ["1", "2"]}}
    sheet:
      columns:
        sample: "{sample}"
        lane: "{lane}"
        fastq_1: {object: {read: "1"}}
        fastq_2: {object: {read: "2"}}
        library: "{folder}.{sample}"
        platform: ILLUMINA
    workflow: {config: {ploidy: 1}, targets: [all], hours: 6}
"""


def make_handler(
    settings: Settings,
    rules: Sequence[Rule],
    store: Store,
    service: JobService,
    clock: Callable[[], datetime],
) -> Handler:
    """Return a handler that tells nobody of refusals."""
    rejections = Rejections(store, settings.results, clock, lambda *_: None)
    starter = Starter(settings, store, service)
    launcher = Launcher(settings, store, starter, Gate(store), rejections, clock)
    return Handler(settings, rules, store, launcher, clock)


class World:
    """A handler and all it works with; tests set the clock."""

    def __init__(self, settings: Settings, rules: tuple[Rule, ...]) -> None:
        self.now = datetime(2026, 1, 1, tzinfo=UTC)
        self.store = MemoryStore(lambda: self.now)
        self.service = MemoryService()
        self.told: list[Rejection] = []
        self.handler = make_handler(settings, rules, self.store, self.service, self.clock)
        self.handler = replace(
            self.handler,
            launcher=replace(
                self.handler.launcher,
                rejections=Rejections(self.store, settings.results, self.clock, self._tell),
            ),
        )
        self.inbox = str(settings.inbox)
        self.results = settings.results

    def clock(self) -> datetime:
        """Return the time that the test has set."""
        return self.now

    def _tell(self, _uri: ObjectUri, rejection: Rejection, _rule: Rule | None) -> None:
        self.told.append(rejection)

    def put(self, name: str, content: bytes = b"reads") -> dict[str, Any]:
        """Upload an object and return the data of its event, without delivering that."""
        uri = ObjectUri(self.inbox, name)
        self.store.write(uri, content)
        (stored,) = (found for found in self.store.list_objects(uri) if found.uri == uri)
        return {
            "bucket": self.inbox,
            "name": name,
            "generation": str(stored.generation),
            "size": str(stored.size),
            "crc32c": stored.crc32c,
            "updated": stored.updated.isoformat(),
            "timeCreated": stored.updated.isoformat(),
        }

    def deliver(self, data: dict[str, Any]) -> Outcome:
        """Deliver an event that has to do with one set at most."""
        (outcome,) = self.deliver_all(data)
        return outcome

    def deliver_all(self, data: dict[str, Any]) -> list[Outcome]:
        """Deliver an event."""
        return self.handler.handle(FINALIZED, data)

    def delete(self, name: str) -> None:
        """Delete an object of the inbox."""
        self.store.delete(ObjectUri(self.inbox, name))

    def upload(self, name: str, content: bytes = b"reads") -> Outcome:
        """Upload an object and deliver its event."""
        return self.deliver(self.put(name, content))

    def pass_time(self, seconds: float) -> None:
        """Move the clock on."""
        self.now += timedelta(seconds=seconds)

    def result(self, name: str) -> ObjectUri:
        """Return the address of a name in the results bucket."""
        return ObjectUri(self.results, name)

    def result_names(self, prefix: str = "") -> list[str]:
        """Return the names of the results bucket's objects."""
        return [stored.uri.name for stored in self.store.list_objects(self.result(prefix))]
