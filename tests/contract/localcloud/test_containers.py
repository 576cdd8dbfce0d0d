"""What only containers have: images with commands of their own, true limits, an engine's state."""

import os
import signal
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from time import monotonic, sleep
from typing import Any

import pytest
from googleapiclient.errors import HttpError

from localcloud.runtime.engines import Engine
from localcloud.testing import LocalCloud
from tests.contract.localcloud.conftest import WAIT_SECONDS, Jobs, google_client
from tests.contract.localcloud.container_image import IMAGE, engine_with_image
from tests.contract.localcloud.debian import NotHereError
from tests.contract.localcloud.left_behind import containers

OPTIONS = ["--runtime=container"]


@pytest.fixture(scope="module")
def engine() -> Engine:
    try:
        return engine_with_image()
    except NotHereError as error:
        pytest.skip(f"no containers here: {error}")


@contextmanager
def running(state: Path | None = None) -> Iterator[tuple[LocalCloud, Jobs]]:
    with (
        LocalCloud.start(state_dir=state, images={"tool": IMAGE}, options=OPTIONS) as cloud,
        google_client("batch", "v1", cloud.url) as batch,
    ):
        yield cloud, Jobs(batch, cloud.state_dir)


@pytest.fixture(scope="module")
def jobs(engine: Engine) -> Iterator[Jobs]:  # noqa: ARG001 (without one they are skipped)
    with running() as (_, jobs):
        yield jobs


def container(*commands: str, **fields: Any) -> dict[str, Any]:
    return {"container": {"imageUri": "tool", "commands": list(commands), **fields}}


def exit_code(jobs: Jobs, job: dict[str, Any]) -> int:
    code: int = jobs.task(job)["status"]["statusEvents"][-1]["taskExecution"]["exitCode"]
    return code


def test_without_words_the_image_runs_its_own_command(jobs: Jobs) -> None:
    done = jobs.run(container())
    assert jobs.output(done) == "the command of the image\n"


def test_nothing_of_the_host_is_in_a_container_but_its_disks_and_addresses(jobs: Jobs) -> None:
    done = jobs.run(container("bash", "-c", "env; ls -d /work /var/tmp/* 2> /dev/null; true"))
    names = {line.partition("=")[0] for line in jobs.output(done).splitlines()}
    ours = {"CLOUD_URL", "STORAGE_EMULATOR_HOST", "BATCH_TASK_INDEX", "BATCH_TASK_COUNT"}
    assert names - ours <= {"PATH", "HOME", "HOSTNAME", "TERM", "PWD", "SHLVL", "_", "container"}


def test_values_of_variables_arrive_as_they_are_and_are_in_no_list_of_processes(
    jobs: Jobs, engine: Engine
) -> None:
    del engine
    values = {"SECRET": f"s3cret-{os.getpid()}", "ODD": " a = '#b' \\t\"$HOME\" é", "LINES": "a\nb"}
    show = 'printf "%s|%s|%s\\n" "$SECRET" "$ODD" "$LINES"; sleep 600'
    job = jobs.submit({**container("bash", "-c", show), "environment": {"variables": values}})
    expected = "|".join(values.values()) + "\n"
    jobs.reach(job, "RUNNING")
    deadline = monotonic() + WAIT_SECONDS
    while _output(jobs, job) != expected:
        assert monotonic() < deadline, _output(jobs, job)
        sleep(0.05)
    commands = b"".join(_command(process) for process in Path("/proc").glob("[0-9]*/cmdline"))
    assert show.encode() in commands
    assert values["SECRET"].encode() not in commands


def _output(jobs: Jobs, job: dict[str, Any]) -> str:
    with suppress(FileNotFoundError):  # nothing has been started yet
        return jobs.output(job)
    return ""


def _command(process: Path) -> bytes:
    try:
        return process.read_bytes()
    except OSError:  # it has ended
        return b""


def test_a_program_that_takes_more_memory_than_the_machine_has_is_137(
    jobs: Jobs, engine: Engine
) -> None:
    if not engine.limits_memory:
        pytest.skip("an ordinary user's podman limits memory only on unified cgroups")
    machine = {"instances": [{"policy": {"machineType": "e2-micro"}}]}
    hungry = container("python3", "-c", "b'x' * (1200 << 20)")
    done = jobs.run(hungry, job={"allocationPolicy": machine})
    assert exit_code(jobs, done) == 137


def test_an_image_that_cannot_be_had_is_125_and_says_so(jobs: Jobs) -> None:
    done = jobs.run(container("true", imageUri="127.0.0.1:1/none:1"))
    assert exit_code(jobs, done) == 125
    assert "127.0.0.1:1/none" in jobs.output(done, stream="stderr")


def test_a_gpu_is_refused_naming_the_field(jobs: Jobs) -> None:
    policy = {"accelerators": [{"type": "nvidia-tesla-t4", "count": "1"}]}
    with pytest.raises(HttpError, match="accelerators") as caught:
        jobs.submit(
            container("true"), job={"allocationPolicy": {"instances": [{"policy": policy}]}}
        )
    assert caught.value.status_code == 501


def test_a_mount_path_that_engines_cannot_take_is_125(jobs: Jobs) -> None:
    disk = {"deviceName": "work", "newDisk": {"sizeGb": "10"}}
    done = jobs.run(
        container("true"),
        taskSpec={"volumes": [{"deviceName": "work", "mountPath": "/a:b"}]},
        job={"allocationPolicy": {"instances": [{"policy": {"disks": [disk]}}]}},
    )
    assert exit_code(jobs, done) == 125


@pytest.mark.parametrize("victims", ["keeper", "server", "both"])
def test_a_killed_local_cloud_leaves_no_container(
    engine: Engine, tmp_path: Path, victims: str
) -> None:
    """With both its processes killed nobody is there to clean up, so the next one does."""
    state = tmp_path / "state"
    with running(state) as (cloud, jobs):
        jobs.submit(container("sleep", "600"))
        wait_for(lambda: bool(containers(engine, state)), "no container")
        keeper = cloud.state.pid
        server = int(Path(f"/proc/{keeper}/task/{keeper}/children").read_text().split()[0])
        servers_of_its_own = storage_servers(server)
        if victims != "server":
            os.kill(keeper, signal.SIGKILL)
        if victims != "keeper":
            os.kill(server, signal.SIGKILL)
        if victims != "both":
            wait_for(lambda: not containers(engine, state), "left behind")
    if victims == "both":
        for storage in servers_of_its_own:
            os.kill(storage, signal.SIGKILL)
        with running(state):
            pass
    assert containers(engine, state) == []


def storage_servers(parent: int) -> list[int]:
    """Return the storage servers that a process started, which nobody stops if all are killed."""
    lists = Path(f"/proc/{parent}/task").glob("*/children")
    children = [int(pid) for text in lists for pid in text.read_text().split()]
    return [p for p in children if b"fake-gcs-server" in Path(f"/proc/{p}/cmdline").read_bytes()]


def wait_for(condition: Callable[[], bool], what: str) -> None:
    deadline = monotonic() + WAIT_SECONDS
    while not condition():
        assert monotonic() < deadline, what
        sleep(0.05)
