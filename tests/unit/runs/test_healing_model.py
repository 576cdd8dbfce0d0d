"""Losses, sweeps, pauses and ends in any order: a run has one controller at most, and one end."""

from datetime import timedelta

from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, precondition, rule

from headrace.arrivals.claims import Starter
from headrace.guard import pause
from headrace.guard.pause import PauseState
from headrace.runs import ending, ends
from headrace.runs.console import Report
from headrace.runs.controllers import CONTROLLERS, job_id
from headrace.runs.healing import Healer
from headrace.runs.records import ControllerTerms, RunError, RunRequest
from headrace.runs.scene import End
from headrace.services import Failure, FailureKind, JobReport, JobState
from headrace.services.protocol import RUN_LABEL
from tests.unit.arrivals.memory import MemoryStore
from tests.unit.runs.conftest import NOW
from tests.unit.runs.test_healing import FOLDER, RUN, Service
from tests.unit.runs.test_rerunning import SETTINGS

RESTARTS = 2
MENDABLE = {FailureKind.USER, FailureKind.INFRASTRUCTURE}


class Runs(RuleBasedStateMachine):
    """One run; `starts` and `end` are what the model expects."""

    def __init__(self) -> None:
        super().__init__()
        self.now = NOW
        self.store = MemoryStore(lambda: self.now)
        self.service = Service()
        self.starter = Starter(SETTINGS, self.store, self.service)
        self.healer = Healer(self.starter, {}, lambda: self.now)
        self.starts = 1
        self.paused = False
        self.end: End | None = None
        request = RunRequest(
            run_id=RUN,
            rule="paired",
            created=NOW,
            image=SETTINGS.controller_image,
            objects=[],
            controller=ControllerTerms(restarts=RESTARTS),
        )
        self.starter.start(request, self.now)

    @property
    def reports(self) -> dict[str, JobReport]:
        """All controllers, by job id."""
        return {r.job_id: r for r in self.service.list_jobs({RUN_LABEL: CONTROLLERS})}

    @property
    def last(self) -> JobReport:
        """The youngest controller."""
        return self.reports[job_id(RUN, self.starts)]

    @precondition(lambda self: not self.last.state.ended)
    @rule(kind=st.sampled_from(FailureKind))
    def lose(self, kind: FailureKind) -> None:
        """The controller ends without a word."""
        self.service.ended[self.last.job_id] = Failure(kind, "Lost.")
        self.service.states.pop(self.last.job_id, None)

    @precondition(lambda self: not self.last.state.ended)
    @rule(well=st.booleans())
    def finish(self, well: bool) -> None:
        """The controller ends with its last words."""
        end: End = ending.error(FOLDER, "Jobs failed.", self.now)
        if well:
            end = ending.outputs(self.store, FOLDER, Report(jobs_done=1), 1, self.now)
        self.end = ends.write(self.store, FOLDER, end)
        self.service.ended[self.last.job_id] = Failure(FailureKind.USER, "Exit code 1.")
        if well:
            self.service.states[self.last.job_id] = JobState.SUCCEEDED

    @rule()
    def sweep(self) -> None:
        """A sweep, and perhaps another one beside it."""
        was, failure = self.last, self.service.ended.get(self.last.job_id)
        self.healer.heal()
        if self.end is not None or not was.state.ended or failure is None:
            return
        if failure.kind in MENDABLE and self.starts <= RESTARTS:
            self.starts += 0 if self.paused else 1
            return
        self.end = ends.read(self.store, FOLDER)
        assert isinstance(self.end, RunError)

    @rule(paused=st.booleans())
    def set_pause(self, paused: bool) -> None:
        """Somebody pauses or resumes everything."""
        self.paused = paused
        state = PauseState(paused=paused, reason="so", by="ann", since=self.now)
        pause.write(self.store, "results", state)

    @rule(seconds=st.integers(1, 600))
    def wait(self, seconds: int) -> None:
        """Time passes."""
        self.now += timedelta(seconds=seconds)

    @invariant()
    def there_is_one_controller_at_most(self) -> None:
        """And never more starts than the request allows."""
        at_work = [report for report in self.reports.values() if not report.state.ended]
        assert len(at_work) <= 1
        assert set(self.reports) == {job_id(RUN, start + 1) for start in range(self.starts)}
        assert self.starts <= 1 + RESTARTS

    @invariant()
    def an_end_stays(self) -> None:
        """Whoever wrote it."""
        assert ends.read(self.store, FOLDER) == self.end

    def teardown(self) -> None:
        """Whatever happened: a run that is looked after comes to an end or is at work."""
        self.set_pause(paused=False)
        for _ in range(RESTARTS + 1):
            self.healer.heal()
        still = [report for report in self.reports.values() if not report.state.ended]
        assert still or ends.read(self.store, FOLDER) is not None


TestRuns = Runs.TestCase
TestRuns.settings = settings(max_examples=60, stateful_step_count=25, deadline=None)
