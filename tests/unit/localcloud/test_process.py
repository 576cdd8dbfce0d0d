"""The process runtime with real processes, with and without mount namespaces."""

import asyncio
from dataclasses import replace
from pathlib import Path

import pytest

from localcloud.jobs.spec import Container, Script, ScriptFile, Step
from localcloud.runtime.base import RunningVm, TaskLog
from localcloud.runtime.images import ImageRule
from localcloud.runtime.namespace import why_refused
from tests.unit.localcloud.scene import Scene, assert_gone, bash


@pytest.fixture(params=[False, True], ids=["rewrite", "namespace"])
def namespaces(request: pytest.FixtureRequest) -> bool:
    wanted: bool = request.param
    if wanted and (reason := why_refused()):
        pytest.skip(f"no mount namespaces here: {reason}")
    return wanted


@pytest.fixture
def scene(tmp_path: Path, namespaces: bool) -> Scene:
    return Scene(tmp_path, namespaces=namespaces)


def test_the_machine_is_the_working_directory_and_is_removed_in_the_end(scene: Scene) -> None:
    assert scene.exit_code(bash("pwd; ls")) == 0
    assert scene.stdout.split() == [
        str(scene.directory / "vms" / "vm-1"),
        "disks",
        "home",
        "scripts",
        "tmp",
    ]
    assert list((scene.directory / "vms").iterdir()) == []


def test_a_kept_machine_stays_for_inspection(scene: Scene, tmp_path: Path) -> None:
    scene.runtime = replace(scene.runtime, keep=True)
    scene.exit_code(bash("echo kept > /mnt/disks/work/file"))
    assert (tmp_path / "vms/vm-1/disks/work/file").read_text() == "kept\n"


def test_mounts_are_replaced_in_commands_and_environment_values(tmp_path: Path) -> None:
    scene = Scene(tmp_path, namespaces=False)
    folder = scene.directory / "vms/vm-1/disks/work"
    scene.exit_code(bash("echo $PLACE /mnt/disks/work/x"), {"PLACE": "a:/mnt/disks/work"})
    assert scene.stdout == f"a:{folder} {folder}/x\n"


def test_a_script_runs_under_sh_or_its_own_interpreter(scene: Scene) -> None:
    scene.exit_code(Step("0", Script("echo $0 | grep -c scripts; touch /mnt/disks/work/a")))
    scene.exit_code(Step("0", Script("#!/usr/bin/env python3\nprint('python')")))
    assert scene.stdout == "1\npython\n"


def test_a_script_file_of_the_machine_is_found_on_its_disk(scene: Scene) -> None:
    async def act(vm: RunningVm) -> None:
        write = await vm.start(bash("echo 'echo from file' > /mnt/disks/work/s"), {}, scene.logs)
        assert await write.wait() == 0
        read = await vm.start(Step("0", ScriptFile("/mnt/disks/work/s")), {}, scene.logs)
        assert await read.wait() == 0
        lost = await vm.start(Step("0", ScriptFile("/mnt/disks/work/no")), {}, scene.logs)
        assert await lost.wait() == 127

    scene.run(act)
    assert scene.stdout == "from file\n"
    assert "script file '/mnt/disks/work/no' does not exist" in scene.stderr


@pytest.mark.parametrize(
    ("program", "code", "said"),
    [
        (Container("x", "", ("no-such",)), 127, "program 'no-such' not found in PATH"),
        (Container("x", "./no-such", ()), 127, "program './no-such' does not exist"),
        (Container("x", "", ()), 127, "does not know an image's own command"),
        (Container("x", "/", ()), 126, "program '/' cannot be run"),
        (Container("x", "", ("kill-me",)), 127, "not found"),
    ],
)
def test_what_cannot_be_started_exits_as_a_container_would(
    scene: Scene, program: Container, code: int, said: str
) -> None:
    assert scene.exit_code(Step("0", program)) == code
    assert said in scene.stderr


def test_a_signal_becomes_128_and_its_number(scene: Scene) -> None:
    assert scene.exit_code(bash("kill -KILL $$")) == 137


def test_programs_of_the_image_come_before_the_hosts(tmp_path: Path, namespaces: bool) -> None:
    tool = tmp_path / "bin" / "bash"
    tool.parent.mkdir()
    tool.write_text("#!/bin/sh\necho from the image\n")
    tool.chmod(0o755)
    scene = Scene(tmp_path, namespaces=namespaces, images=[ImageRule("ba*", tool.parent)])
    scene.exit_code(bash("echo from the host"))
    assert scene.stdout == "from the image\n"


def test_both_streams_are_kept_apart_and_together(scene: Scene) -> None:
    scene.exit_code(bash("echo out; sleep 0.1; echo err >&2"))
    assert (scene.stdout, scene.stderr) == ("out\n", "err\n")
    assert scene.logs.combined is not None
    assert scene.logs.combined.read_text() == "out\nerr\n"


def test_the_tail_of_stderr_is_the_last_kilobyte(scene: Scene) -> None:
    async def act(vm: RunningVm) -> None:
        running = await vm.start(bash("seq 1000 >&2"), {}, scene.logs)
        await running.wait()
        tail = running.stderr_tail()
        assert len(tail) == 1024
        assert tail.endswith("999\n1000\n")

    scene.run(act)


def test_log_files_on_the_machine_name_task_and_runnable_in_each_line(scene: Scene) -> None:
    scene.runtime = replace(scene.runtime, keep=True)
    task_log = TaskLog("/mnt/disks/work/logs/", "uid-1", "[task_id:task/uid-1,runnable_index:0]")
    scene.logs = replace(scene.logs, task_log=task_log)
    scene.exit_code(bash("printf 'a\\nb'; sleep 0.1; echo oops >&2"))
    folder = scene.directory / "vms/vm-1/disks/work/logs"
    head = "[batch_task_logs]2026-01-31T12:00:00Z {}: [task_id:task/uid-1,runnable_index:0] "
    out, err = head.format("INFO"), head.format("ERROR")
    assert (folder / "stdout-uid-1.log").read_text() == f"{out}a\n{out}b\n"
    assert (folder / "stderr-uid-1.log").read_text() == f"{err}oops\n"
    assert (folder / "output-uid-1.log").read_text() == f"{out}a\n{err}oops\n{out}b\n"


def test_what_a_program_leaves_running_ends_with_it(scene: Scene) -> None:
    """As in a container: when its first process ends, all end."""
    scene.exit_code(bash("sleep 600 & echo $!"))
    assert_gone(int(scene.stdout))


def test_killing_ends_a_program_with_its_children(scene: Scene) -> None:
    async def act(vm: RunningVm) -> None:
        running = await vm.start(bash("sleep 600 & echo $! $$; wait"), {}, scene.logs)
        while len(scene.stdout.split()) < 2:  # noqa: ASYNC110 (a file tells, no event does)
            await asyncio.sleep(0.01)
        await running.kill()
        assert await running.wait() == 143

    scene.run(act)
    for pid in scene.stdout.split():
        assert_gone(int(pid))


def test_closing_the_machine_ends_even_what_left_the_session(scene: Scene) -> None:
    async def act(vm: RunningVm) -> None:
        hidden = "setsid bash -c 'trap \"\" TERM; echo $$; while :; do sleep 1; done' & sleep 600"
        await vm.start(bash(hidden), {}, scene.logs)
        while not scene.stdout:  # noqa: ASYNC110 (a file tells, no event does)
            await asyncio.sleep(0.01)

    scene.run(act)
    assert_gone(int(scene.stdout))
    assert list((scene.directory / "vms").iterdir()) == []


def test_a_directory_without_write_permission_is_removed_all_the_same(scene: Scene) -> None:
    scene.exit_code(bash("cd /mnt/disks/work; mkdir -p a/b; touch a/b/c; chmod -R 500 a"))
    assert list((scene.directory / "vms").iterdir()) == []
