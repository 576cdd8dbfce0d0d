"""At least 500 random jobs of both APIs on the engine, against a small model of what must become
of them: arrays, failures, always-run, ignored and background steps, retries under lifecycle
policies, lost machines, cancelling and deleting at any moment.
"""

import asyncio
import tempfile
from collections import Counter
from dataclasses import dataclass
from itertools import count
from pathlib import Path

from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule

from localcloud.engine.clock import Clock
from localcloud.engine.engine import Engine
from localcloud.engine.quota import Limits, Quota
from localcloud.engine.surroundings import Surroundings
from localcloud.engine.vm_model import VmModel
from localcloud.faults.book import FaultBook
from localcloud.jobs.bill import Bill
from localcloud.jobs.events import Event, JobMoved, TaskMoved
from localcloud.jobs.job import Job, JobName
from localcloud.jobs.spec import (
    Api,
    Container,
    JobSpec,
    Machine,
    PolicyAction,
    RetryRule,
    Step,
)
from localcloud.jobs.states import JobState, TaskState
from localcloud.jobs.store import JobStore
from localcloud.wire import lifesciences_reply
from tests.unit.localcloud.fake_runtime import FOREVER, FakeRuntime

FIRST_JOBS = 20
EXAMPLES = 25
WAIT_SECONDS = 20
MACHINE = Machine("e2-medium", 2, 4096, "us-central1", "us-central1-a", spot=True)
PREEMPTED = 50001


@dataclass(frozen=True, slots=True)
class Plan:
    """A job: its steps, tasks and retries, and how many of its machines are lost, and when."""

    api: Api
    steps: tuple[Step, ...]
    tasks: int
    parallelism: int
    tasks_per_vm: int
    retry: RetryRule
    losses: int = 0
    losses_while: str = "running"


@dataclass(frozen=True, slots=True)
class Fate:
    """What the model expects of a task; `state` is None when it runs until it is ended."""

    state: TaskState | None
    exit_codes: tuple[int, ...]


def codes(hangs: bool) -> st.SearchStrategy[list[str]]:
    words = st.sampled_from(["0", "0", "0", "1", "3"] + ([FOREVER] if hangs else []))
    return st.lists(words, min_size=1, max_size=3)


@st.composite
def steps(draw: st.DrawFn, number: int) -> Step:
    background = draw(st.integers(0, 5)) == 0
    return Step(
        name=str(number),
        program=Container("image", "", tuple(draw(codes(background or draw(st.booleans()))))),
        always_run=draw(st.booleans()),
        ignore_exit_status=draw(st.booleans()) and draw(st.booleans()),
        background=background,
    )


@st.composite
def plans(draw: st.DrawFn) -> Plan:
    api = draw(st.sampled_from(Api))
    made = tuple(draw(steps(number)) for number in range(draw(st.integers(1, 4))))
    losses = draw(st.sampled_from([0, 0, 0, 1, 2]))
    phase = draw(st.sampled_from(["booting", "running"]))
    if losses and phase == "running":
        made = (hangs_at_first(made[0], losses), *made[1:])
    if api is Api.LIFE_SCIENCES:
        return Plan(api, made, 1, 1, 1, RetryRule(), losses, phase)
    tasks = 1 if losses else draw(st.integers(1, 6))
    action = draw(st.sampled_from([None, *PolicyAction]))
    listed = draw(st.frozensets(st.sampled_from([1, 3, PREEMPTED]), min_size=1))
    retry = RetryRule(draw(st.integers(0, 3)), action, listed if action else frozenset())
    width = draw(st.integers(1, 6))
    return Plan(api, made, tasks, width, draw(st.integers(1, 3)), retry, losses, phase)


def hangs_at_first(step: Step, times: int) -> Step:
    """The step, made to run in the foreground until its machine is lost, so often."""
    assert isinstance(step.program, Container)
    words = (*(FOREVER,) * times, *step.program.commands)
    return Step(step.name, Container("image", "", words), always_run=step.always_run)


class TaskModel:
    """One task lived through by the rules of the APIs."""

    def __init__(self, plan: Plan) -> None:
        self._plan = plan
        self._runs: Counter[str] = Counter()

    def fate(self) -> Fate:
        failures: list[int] = []
        while True:
            code = self._attempt(len(failures))
            if code is None:
                return Fate(None, tuple(failures))
            if code == 0:
                return Fate(TaskState.SUCCEEDED, tuple(failures))
            failures.append(code)
            if not self._plan.retry.allows(len(failures) - 1, code):
                return Fate(TaskState.FAILED, tuple(failures))

    def _attempt(self, machine: int) -> int | None:
        """The first exit code that counts, 0 for success, None when a step runs for ever."""
        lost = machine < self._plan.losses
        if lost and self._plan.losses_while == "booting":
            return PREEMPTED
        failure = 0
        for step in self._plan.steps:
            if failure and not step.always_run:
                continue
            word = self._word(step)
            if step.background:
                continue
            if word == FOREVER:
                return PREEMPTED if lost else None
            if not step.ignore_exit_status:
                failure = failure or int(word)
        return failure

    def _word(self, step: Step) -> str:
        assert isinstance(step.program, Container)
        words, run = step.program.commands, self._runs[step.name]
        self._runs[step.name] += 1
        return words[min(run, len(words) - 1)]


def expected_state(fate: Fate) -> JobState | None:
    """How a job ends of which every task has this fate; None when it does not."""
    match fate.state:
        case None:
            return None
        case TaskState.FAILED:
            return JobState.FAILED
        case _:
            return JobState.SUCCEEDED


class EngineLife(RuleBasedStateMachine):
    """Jobs come, are cancelled and deleted; between the rules the engine runs as it likes."""

    def __init__(self) -> None:
        super().__init__()
        self.runner = asyncio.Runner()
        self.folder = tempfile.TemporaryDirectory(prefix="engine-")
        self.numbers = count(1)
        self.store, self.faults, self.runtime = JobStore(), FaultBook(), FakeRuntime()
        self.quota = Quota(Limits(10_000))
        around = Surroundings(
            clock=Clock(),
            new_hex=lambda: f"{next(self.numbers):032x}",
            quota=self.quota,
            runtime=self.runtime,
            logs=Path(self.folder.name),
            faults=self.faults,
            model=VmModel(),
            bill=Bill(),
            listener=lambda _job, _event: None,
        )
        self.clock = around.clock
        self.engine = Engine(self.store, around)
        self.fates: dict[str, Fate] = {}
        self.ended_by_us: dict[str, JobState] = {}

    @initialize(made=st.lists(plans(), min_size=FIRST_JOBS, max_size=FIRST_JOBS))
    def submit_many(self, made: list[Plan]) -> None:
        for plan in made:
            self.submit(plan)

    @rule(plan=plans())
    def submit(self, plan: Plan) -> None:
        number = next(self.numbers)
        job = Job(
            name=JobName("p", "us-central1", f"j{number}"),
            uid=f"uid{number}",
            sequence=number,
            spec=spec_of(plan, f"image{number}"),
            request={"pipeline": {"actions": [{} for _ in plan.steps]}},
            labels={},
            created=self.clock.now(),
        )
        if plan.losses:
            order = {"do": "preempt", "while": plan.losses_while, "times": plan.losses}
            self.faults.order({"job": job.name.id, **order}, ())
        self.fates[job.uid] = TaskModel(plan).fate()

        async def submit() -> None:
            assert self.engine.submit(job)

        self.runner.run(submit())

    @rule(pick=st.integers(0, 2**16), delete=st.booleans())
    def end_one(self, pick: int, delete: bool) -> None:
        """What is drawn must not depend on how far the engine is: hypothesis replays its draws."""
        jobs = [job for job in self.store if job.uid not in self.ended_by_us]
        if not jobs:
            return
        job = jobs[pick % len(jobs)]

        async def end() -> None:
            if delete:
                self.ended_by_us[job.uid] = JobState.DELETION_IN_PROGRESS
                self.engine.delete(job, lambda: None)
                return
            if not job.state.is_final:
                self.ended_by_us[job.uid] = JobState.CANCELLED
            self.engine.cancel(job)

        self.runner.run(end())

    @rule()
    def let_all_end(self) -> None:
        """Wait for the jobs that must end, then compare every one with the model."""
        self.runner.run(asyncio.wait_for(self._all_ended(), WAIT_SECONDS))
        for job in self.store:
            self._compare(job)

    async def _all_ended(self) -> None:
        while not all(job.ended for job in self.store if self._must_end(job)):  # noqa: ASYNC110
            await asyncio.sleep(0.001)

    def _must_end(self, job: Job) -> bool:
        return job.uid in self.ended_by_us or self.fates[job.uid].state is not None

    def _compare(self, job: Job) -> None:
        fate = self.fates[job.uid]
        wanted = self.ended_by_us.get(job.uid) or expected_state(fate)
        if wanted is None:
            assert not job.state.is_final
            return
        assert job.state is wanted
        assert all(task.state.is_final for task in job.tasks)
        if job.uid in self.ended_by_us:
            return
        for task in job.tasks:
            moves = [each.what for each in task.events if isinstance(each.what, TaskMoved)]
            failed = [move.exit_code for move in moves if move.new is TaskState.FAILED]
            assert (task.state, tuple(failed)) == (fate.state, fate.exit_codes)
        if job.api is Api.LIFE_SCIENCES:
            self._compare_operation(job, fate)

    def _compare_operation(self, job: Job, fate: Fate) -> None:
        operation = lifesciences_reply.operation(job)
        code = operation.get("error", {}).get("code", 0)
        lost = fate.exit_codes[-1:] == (PREEMPTED,)
        assert code == (0 if fate.state is TaskState.SUCCEEDED else 14 if lost else 9)
        kinds = [key for each in operation["metadata"]["events"] for key in each]
        assert kinds.count("workerAssigned") == kinds.count("workerReleased")
        assert kinds.count("failed") == (0 if code == 0 else 1)

    @invariant()
    def every_story_hangs_together(self) -> None:
        for job in self.store:
            follows(job.events, JobMoved, JobState.QUEUED)
            for task in job.tasks:
                follows(task.events, TaskMoved, TaskState.PENDING)
            assert job.counts.total() == len(job.tasks)

    def teardown(self) -> None:
        """Compare all once more and end what runs for ever; nothing is left of it."""
        self.let_all_end()
        self.runner.run(asyncio.wait_for(self.engine.shutdown(), WAIT_SECONDS))
        assert self.runtime.machines == 0
        assert self.quota.used("us-central1") == 0
        self.runner.close()
        self.folder.cleanup()


def follows(
    events: list[Event] | tuple[Event, ...],
    kind: type[JobMoved] | type[TaskMoved],
    start: JobState | TaskState,
) -> None:
    """Each move starts where the one before it ended."""
    state = start
    for event in events:
        if isinstance(event.what, kind):
            assert event.what.old is state
            state = event.what.new


def spec_of(plan: Plan, image: str) -> JobSpec:
    """The job that a plan asks for; its image names it to the fake runtime."""
    named = []
    for step in plan.steps:
        assert isinstance(step.program, Container)
        program = Container(image, "", step.program.commands)
        named.append(
            Step(
                step.name,
                program,
                always_run=step.always_run,
                ignore_exit_status=step.ignore_exit_status,
                background=step.background,
            )
        )
    indexes = tuple({"BATCH_TASK_INDEX": str(index)} for index in range(plan.tasks))
    return JobSpec(
        api=plan.api,
        steps=tuple(named),
        machine=MACHINE,
        environment={},
        task_environments=indexes,
        parallelism=plan.parallelism,
        tasks_per_vm=plan.tasks_per_vm,
        retry=plan.retry,
    )


TestEngine = EngineLife.TestCase
TestEngine.settings = settings(
    max_examples=EXAMPLES,
    stateful_step_count=12,
    deadline=None,
    suppress_health_check=list(HealthCheck),
)
