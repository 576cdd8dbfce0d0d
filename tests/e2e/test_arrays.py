"""Arrays of like jobs on Batch, end to end: what happens to one task happens to its job alone."""

import signal
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest
from google.cloud import storage

from headrace.runs import journal
from headrace.services import connect
from headrace.services.protocol import RUN_LABEL, JobReport, JobService, JobState, ServiceName
from headrace.staging.manifest import MANIFEST_METADATA
from localcloud.testing import LocalCloud
from tests.e2e.conftest import Head, make_head

SNAKEFILE = """
container: "docker://any-image"

rule all:
    input: expand("res/{i}.txt", i=range(config["tasks"]))

rule part:
    output: "res/{i}.txt"
    log: "logs/{i}.log"
    resources: runtime=config["minutes"]
    shell: config["command"]
"""

TOPIC = "projects/local/topics/jobs"


@pytest.fixture
def head(cloud: LocalCloud, client: storage.Client, tmp_path: Path) -> Head:
    made = make_head(cloud, client, tmp_path, ServiceName.BATCH, [])
    (tmp_path / "Snakefile").write_text(SNAKEFILE)
    return made


@pytest.fixture
def jobs(cloud: LocalCloud) -> Iterator[JobService]:
    with closing(
        connect(ServiceName.BATCH, project="local", region="us-central1", endpoint=cloud.url)
    ) as service:
        yield service


@pytest.fixture
def faulty(cloud: LocalCloud) -> Iterator[LocalCloud]:
    yield cloud
    cloud.clear_faults()


def words(tasks: int, minutes: int, command: str) -> list[str]:
    config = [f"tasks={tasks}", f"minutes={minutes}", f"command={command}"]
    return ["--jobs", "5000", "--config", *config]


def jobs_of(service: JobService, run: str) -> list[JobReport]:
    return sorted(service.list_jobs({RUN_LABEL: run}), key=lambda report: -report.tasks)


def manifests(client: storage.Client, run: str) -> list[storage.Blob]:
    return list(client.list_blobs("results", prefix=f"work/{run}/manifests/"))


def test_a_task_that_fails_and_a_machine_that_is_lost_cost_no_other_task(
    head: Head, faulty: LocalCloud, jobs: JobService, client: storage.Client
) -> None:
    """Sixteen tasks go three to a machine; number 3 fails, and the first machine is lost once."""
    labels = {"headrace-run": head.run, "headrace-rule": "part"}
    faulty.order_fault(job="*", labels=labels, do="preempt", after=0.3)
    faulty.order_fault(method="batch.tasks.list", do="empty-list", nth=2)
    command = (
        "[[ {wildcards.i} != 3 ]] || {{ echo no three > {log}; exit 9; }}; "
        "echo {wildcards.i} > {output}"
    )

    result = head.snakemake(*words(16, 10, command), "--lifesciences-notifications", TOPIC)

    assert "No notifications" not in result.stderr
    assert result.returncode == 1
    made = head.names("res/")
    assert made == {f"res/{i}.txt" for i in range(16) if i != 3}, result.stderr
    assert all(head.text(name) == f"{name[4:-4]}\n" for name in made)
    assert head.text("logs/3.log") == "no three\n"
    assert "exit code 9" in result.stderr
    assert result.stderr.count("was lost") >= 1
    whole, *again = jobs_of(jobs, head.run)
    assert whole.tasks == 16
    assert len(again) == 1, "what was lost starts again together"
    for blob in manifests(client, head.run):
        assert MANIFEST_METADATA in (blob.metadata or {}), blob.name
    check_journal(head, whole)


def check_journal(head: Head, array: JobReport) -> None:
    """Each task is an attempt of its own; those of one machine name it alike."""
    record = journal.read(head.text("jobs.json").encode(), "jobs.json")
    tasks = [one for one in record.attempts if one.external_id.startswith(f"{array.name}#")]
    assert len({one.external_id for one in tasks}) == 16
    machines = Counter(one.machine for one in tasks if one.machine)
    assert max(machines.values()) > 1
    # on a busy machine the failing task may lose its machine, and fails when it runs again
    assert sum(one.failure == "user" for one in record.attempts) == 1
    assert sum(one.failure == "infrastructure" for one in tasks) >= 1


def test_a_head_without_memory_takes_up_what_is_left_of_the_array_of_one_that_was_killed(
    head: Head, jobs: JobService, client: storage.Client, tmp_path: Path
) -> None:
    """Every other task waits for a gate, which opens once the second head has taken it up."""
    gate = tmp_path / "gate"
    wait = f"until [[ -e {gate} ]]; do sleep 0.2; done"
    command = f"(( {{wildcards.i}} % 2 )) || {wait}; date > {{output}}"
    asked = words(6, 60, command)
    with head.started(*asked):
        wait_for_words(head, "Finished jobid")
    (head.folder / ".snakemake").rename(head.folder / "lost")
    with head.started(*asked) as second:
        wait_for_words(head, "Taking up task part-")
        gate.touch()
        assert second.wait(timeout=120) == 0, head.log.read_text()
    assert [report.tasks for report in jobs_of(jobs, head.run)] == [6]
    assert len(manifests(client, head.run)) == 6, "nothing ran twice"


def test_ctrl_c_cancels_an_array_and_another_head_starts_it_afresh(
    head: Head, jobs: JobService
) -> None:
    with head.started(*words(3, 60, "sleep 100; touch {output}")) as process:
        wait_for_words(head, "Submitted 3 jobs of part as")
        process.send_signal(signal.SIGINT)
        assert process.wait(timeout=60) == 1
    (report,) = jobs_of(jobs, head.run)
    deadline = time.monotonic() + 60
    while report.state is not JobState.CANCELLED:
        assert time.monotonic() < deadline, report
        time.sleep(0.1)
        (report,) = jobs_of(jobs, head.run)
    result = head.snakemake(*words(3, 60, "touch {output}"))
    assert result.returncode == 0, result.stderr
    assert len(jobs_of(jobs, head.run)) == 2


def wait_for_words(head: Head, text: str) -> None:
    deadline = time.monotonic() + 60
    while text not in head.log.read_text():
        assert time.monotonic() < deadline, head.log.read_text()
        time.sleep(0.1)


def test_ctrl_c_while_an_array_is_being_submitted_leaves_nothing_running(
    head: Head, faulty: LocalCloud, jobs: JobService
) -> None:
    faulty.order_fault(method="batch.jobs.create", do="delay", seconds=4)
    with head.started(*words(3, 60, "sleep 100; touch {output}")) as process:
        wait_for_words(head, "Execute 3 jobs")
        time.sleep(2)
        process.send_signal(signal.SIGINT)
        assert process.wait(timeout=120) == 1
    assert "Cancelling 3 jobs" in head.log.read_text()
    deadline = time.monotonic() + 60
    while any(not report.state.ended for report in jobs_of(jobs, head.run)):
        assert time.monotonic() < deadline
        time.sleep(0.1)
    assert {report.state for report in jobs_of(jobs, head.run)} <= {JobState.CANCELLED}
