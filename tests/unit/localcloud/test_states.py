"""The state machines, against a model in words: hypothesis walks jobs through random lives."""

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, precondition, rule

from localcloud.jobs.events import JobMoved, TaskMoved
from localcloud.jobs.job import Job, JobName
from localcloud.jobs.spec import Api, Container, JobSpec, Machine, Step
from localcloud.jobs.states import (
    IllegalMoveError,
    JobState,
    TaskState,
    check_job_move,
    check_task_move,
    final_job_state,
)

START = datetime(2026, 1, 31, tzinfo=UTC)
MACHINE = Machine("e2-medium", 2, 4096, "us-central1", "us-central1-a")


def new_job(tasks: int) -> Job:
    spec = JobSpec(
        api=Api.BATCH,
        steps=(Step("0", Container("x", "", ("true",))),),
        machine=MACHINE,
        environment={},
        task_environments=({},) * tasks,
    )
    return Job(JobName("p", "us-central1", "j"), "u", 1, spec, {}, {}, START)


@given(st.sampled_from(JobState), st.sampled_from(JobState))
def test_nothing_leads_out_of_a_final_state_but_deletion(old: JobState, new: JobState) -> None:
    if old.is_final and new is not JobState.DELETION_IN_PROGRESS:
        with pytest.raises(IllegalMoveError):
            check_job_move(old, new)


@given(st.sampled_from(TaskState), st.sampled_from(TaskState))
def test_a_task_that_succeeded_or_never_ran_stays_so(old: TaskState, new: TaskState) -> None:
    if old in {TaskState.SUCCEEDED, TaskState.UNEXECUTED} or old is new:
        with pytest.raises(IllegalMoveError):
            check_task_move(old, new)


def test_one_failed_task_fails_a_job() -> None:
    assert final_job_state({TaskState.SUCCEEDED: 3}) is JobState.SUCCEEDED
    assert final_job_state({TaskState.SUCCEEDED: 3, TaskState.FAILED: 1}) is JobState.FAILED
    assert final_job_state({TaskState.SUCCEEDED: 3, TaskState.FAILED: 0}) is JobState.SUCCEEDED


class JobLife(RuleBasedStateMachine):
    """Any order of moves; a move either follows the machine or changes nothing."""

    def __init__(self) -> None:
        super().__init__()
        self.job = new_job(3)
        self.at = START

    def tick(self) -> datetime:
        self.at += timedelta(seconds=1)
        return self.at

    @rule(new=st.sampled_from(JobState))
    def move(self, new: JobState) -> None:
        before = self.job.state
        try:
            self.job.move(self.tick(), new)
        except IllegalMoveError:
            assert self.job.state is before

    @rule(index=st.integers(0, 2), new=st.sampled_from(TaskState))
    def move_task(self, index: int, new: TaskState) -> None:
        task = self.job.tasks[index]
        before, events = task.state, len(task.events)
        try:
            self.job.move_task(self.tick(), index, new)
        except IllegalMoveError:
            assert (task.state, len(task.events)) == (before, events)

    @precondition(lambda self: any(t.state is TaskState.PENDING for t in self.job.tasks))
    @rule()
    def skip_pending(self) -> None:
        self.job.skip_pending(self.tick())
        assert self.job.counts[TaskState.PENDING] == 0

    @invariant()
    def counts_add_up(self) -> None:
        for state in TaskState:
            assert self.job.counts[state] == sum(t.state is state for t in self.job.tasks)

    @invariant()
    def events_tell_the_whole_way(self) -> None:
        states = [JobState.QUEUED]
        for event in self.job.events:
            assert isinstance(event.what, JobMoved)
            assert event.what.old is states[-1]
            states.append(event.what.new)
        assert states[-1] is self.job.state
        assert (self.job.ended is not None) == any(state.is_final for state in states)

    @invariant()
    def retries_are_counted(self) -> None:
        for task in self.job.tasks:
            moves = [event.what for event in task.events]
            again = [m for m in moves if isinstance(m, TaskMoved) and m.new is TaskState.PENDING]
            assert task.retries == len(again)


TestJobLife = JobLife.TestCase
