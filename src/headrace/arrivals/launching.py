"""From a set that is ready to a run that was asked for: history, gate, pause, claim."""

from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import datetime

from headrace.arrivals import history, requests
from headrace.arrivals.claims import Started, Starter
from headrace.arrivals.decisions import Ready
from headrace.arrivals.documents import WhenBatch, WhenMarker, complete_of
from headrace.arrivals.gate import Gate
from headrace.arrivals.outcomes import Kind, Outcome
from headrace.arrivals.rejections import Rejections
from headrace.arrivals.triggers import Rule
from headrace.guard import pause
from headrace.records import decode_json
from headrace.runs import controllers, ending, ends
from headrace.runs.records import RunRequest, run_folder
from headrace.runs.store import Store
from headrace.settings import Settings


@dataclass(frozen=True)
class Launcher:
    """Starts the runs of ready sets, each once; or `again`, whatever ran before."""

    settings: Settings
    store: Store
    starter: Starter
    gate: Gate
    rejections: Rejections
    clock: Callable[[], datetime]
    again: bool = False

    def start(self, rule: Rule, ready: Ready) -> Outcome:
        """Start the run of a set, unless it was started before or one of its files is bad.

        Raises:
            StorageError, ServiceError, PausedError: not now; the event must come again.
        """
        if self.again:
            ready = history.renamed(self.store, self.settings.results, ready)
        run = requests.run_id(ready)
        past = history.look(self.store, self.settings.results, ready, self._is_submitted)
        if past.claimed and self._is_submitted(run):
            return self._started_before(rule, ready, run)
        if past.covered is not None and not self.again:
            reason = f"all of it was in run {past.covered}"
            return Outcome(Kind.DUPLICATE, reason, past.covered, ready.key)
        passed = self._passed(rule, ready)
        if isinstance(passed, Outcome):
            return passed
        pause.check(self.store, self.settings.results)
        outcome = self._claim(rule, passed, past.covered or past.predecessor)
        for orphan in past.orphans:
            self._end(orphan, run)
        return outcome

    def _is_submitted(self, run: str) -> bool:
        return self.starter.is_submitted(run, self.clock())

    def _end(self, orphan: RunRequest, successor: str) -> None:
        """Write the end of a run that nobody will start, once its owner must have died."""
        now = self.clock()
        if now - orphan.created < self.starter.grace:
            return
        sentence = (
            "The run was asked for but never started, and then some of its uploads were replaced "
            f"or deleted; run {successor} is of what is there now."
        )
        folder = run_folder(self.settings.results, orphan.run_id)
        ends.write(self.store, folder, ending.error(folder, sentence, now))

    def _claim(self, rule: Rule, ready: Ready, predecessor: str | None) -> Outcome:
        now = self.clock()
        request = requests.run_request(rule, ready, self.settings, now, predecessor)
        started = self.starter.start(request, now)
        kind = Kind.DUPLICATE if started is Started.BEFORE else Kind.STARTED
        reason = f"run {request.run_id} of {len(ready.members)} objects was {started.value}"
        return Outcome(kind, reason, request.run_id, ready.key)

    def _passed(self, rule: Rule, ready: Ready) -> Ready | Outcome:
        """Return what may start: nothing of a set with a bad file, all else of a batch."""
        complete = complete_of(rule.when)
        refused = self.gate.objections(rule.checks, ready.members, tuple(complete))
        for stored, sentence in refused.items():
            self.rejections.leave(stored, sentence, rule)
        if not refused:
            return ready
        good = tuple(member for member in ready.members if member.object not in refused)
        if isinstance(rule.when, WhenBatch) and good:
            return replace(ready, members=good)
        return Outcome(Kind.REJECTED, " ".join(refused.values()), key=ready.key)

    def _started_before(self, rule: Rule, ready: Ready, run: str) -> Outcome:
        if isinstance(rule.when, WhenMarker):
            late = self._late(ready, run)
            if late:
                reason = f"{', '.join(late)} came after run {run}; upload the marker again for it"
                return Outcome(Kind.WAITING, reason, run, ready.key)
        return Outcome(Kind.DUPLICATE, f"run {run} was already started", run, ready.key)

    def _late(self, ready: Ready, run: str) -> list[str]:
        """Return the names of uploads that a marker's run does not know."""
        uri = controllers.request_uri(self.settings, run)
        request = decode_json(self.store.read(uri), RunRequest, str(uri))
        known = {(found.name, found.generation) for found in request.objects}
        uploads = ((m.object.uri.name, m.object.generation) for m in ready.members)
        return [name for name, generation in uploads if (name, generation) not in known]
