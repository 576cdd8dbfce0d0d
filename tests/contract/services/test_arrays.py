"""Arrays: jobs of many tasks, as the services tell of them, against the local cloud."""

import dataclasses
import time
import uuid
from collections.abc import Iterator
from contextlib import closing

import pytest

from headrace import services
from headrace.errors import JobRefusedError
from headrace.pipeline import Action, Pipeline
from headrace.services.protocol import (
    RUN_LABEL,
    FailureKind,
    JobReport,
    JobService,
    JobState,
    ServiceName,
    task_name,
)
from localcloud.testing import LocalCloud
from tests.unit.services.pipelines import MINIMAL

WAIT_SECONDS = 60


@pytest.fixture(scope="module")
def cloud() -> Iterator[LocalCloud]:
    with LocalCloud.start(buckets=["results"]) as running:
        yield running


def connected(cloud: LocalCloud, name: ServiceName) -> JobService:
    return services.connect(name, project=cloud.project, region="us-central1", endpoint=cloud.url)


@pytest.fixture
def batch(cloud: LocalCloud) -> Iterator[JobService]:
    with closing(connected(cloud, ServiceName.BATCH)) as service:
        yield service


@pytest.fixture
def run() -> str:
    return f"run-{uuid.uuid4().hex[:12]}"


def array(run: str, command: str, tasks: int, parallelism: int) -> Pipeline:
    action = Action("step-0", "alpine", ("-c", command), entrypoint="bash")
    return dataclasses.replace(
        MINIMAL,
        actions=(action,),
        labels={RUN_LABEL: run},
        tasks=tasks,
        parallelism=parallelism,
    )


def ended(service: JobService, job_id: str, run: str) -> JobReport:
    deadline = time.monotonic() + WAIT_SECONDS
    while not (report := service.find(job_id, {RUN_LABEL: run})).state.ended:
        assert time.monotonic() < deadline, report
        time.sleep(0.05)
    return report


def test_one_failing_task_fails_alone_and_says_why(batch: JobService, run: str) -> None:
    command = "if [[ $BATCH_TASK_INDEX == 3 ]]; then exit 7; fi"
    name = batch.submit(f"array-{run}", array(run, command, tasks=6, parallelism=2))
    report = ended(batch, f"array-{run}", run)
    assert (report.state, report.tasks) == (JobState.FAILED, 6)
    assert report.counts == {"SUCCEEDED": 5, "FAILED": 1}
    tasks = {task.name: task for task in batch.list_tasks(name)}
    assert set(tasks) == {task_name(name, index) for index in range(6)}
    failed = [task.name for task in tasks.values() if task.state is JobState.FAILED]
    assert failed == [task_name(name, 3)]
    failure = batch.explain(failed[0])
    assert (failure.kind, failure.exit_code) == (FailureKind.USER, 7)


def test_tasks_tell_when_and_on_which_of_few_machines_they_ran(batch: JobService, run: str) -> None:
    name = batch.submit(f"array-{run}", array(run, "sleep 0.1", tasks=6, parallelism=2))
    ended(batch, f"array-{run}", run)
    tasks = list(batch.list_tasks(name))
    assert len({task.machine for task in tasks}) == 2
    for task in tasks:
        moments = task.moments
        assert moments.scheduled is not None
        assert moments.running is not None
        assert moments.ended is not None
        assert moments.scheduled <= moments.running < moments.ended


def test_cancelling_ends_all_tasks_and_those_that_never_ran_say_so(
    batch: JobService, run: str
) -> None:
    name = batch.submit(f"array-{run}", array(run, "sleep 100", tasks=3, parallelism=1))
    deadline = time.monotonic() + WAIT_SECONDS
    while JobState.RUNNING not in [task.state for task in batch.list_tasks(name)]:
        assert time.monotonic() < deadline
        time.sleep(0.05)
    batch.cancel(name)
    assert ended(batch, f"array-{run}", run).state is JobState.CANCELLED
    assert all(task.state.ended for task in batch.list_tasks(name))
    kinds = {batch.explain(task_name(name, index)).kind for index in range(3)}
    assert kinds == {FailureKind.CANCELLED}


def test_a_service_without_arrays_refuses_one(cloud: LocalCloud, run: str) -> None:
    with closing(connected(cloud, ServiceName.LIFESCIENCES)) as service:
        assert service.max_tasks == 1
        with pytest.raises(JobRefusedError, match="no arrays"):
            service.submit(f"array-{run}", array(run, "true", tasks=2, parallelism=2))


def test_an_operation_is_its_own_only_task(cloud: LocalCloud, run: str) -> None:
    with closing(connected(cloud, ServiceName.LIFESCIENCES)) as service:
        name = service.submit(f"single-{run}", array(run, "true", tasks=1, parallelism=1))
        assert [task.name for task in service.list_tasks(name)] == [name]
