"""What only a mount namespace gives: true paths, and a host that stays as it is."""

import asyncio
import os
import subprocess
import sys
import uuid
from pathlib import Path

import pytest

from localcloud.errors import LocalCloudError
from localcloud.jobs.spec import Container, Mount, Step
from localcloud.runtime.base import RunningVm
from localcloud.runtime.images import ImageRule
from localcloud.runtime.namespace import Mounts, entering, use_namespaces, why_refused
from localcloud.runtime.paths import Bind
from tests.unit.localcloud.scene import WORK, Scene, assert_gone, bash

REFUSAL = why_refused()
namespaces_needed = pytest.mark.skipif(bool(REFUSAL), reason=f"no mount namespaces: {REFUSAL}")


@pytest.fixture
def scene(tmp_path: Path) -> Scene:
    return Scene(tmp_path, namespaces=True)


@namespaces_needed
def test_text_inside_files_names_the_disk_by_its_true_path(scene: Scene) -> None:
    text = "cd /mnt/disks/work; echo 'pwd; echo /mnt/disks/work' > s; chmod +x s; bash s; echo $P"
    assert scene.exit_code(bash(text), {"P": "/mnt/disks/work"}) == 0
    assert scene.stdout == "/mnt/disks/work\n" * 3


@namespaces_needed
def test_programs_on_a_disk_are_found_by_path_and_by_search(scene: Scene) -> None:
    async def act(vm: RunningVm) -> None:
        write = (
            "printf '#!/bin/sh\\necho found\\n' > /mnt/disks/work/tool; chmod +x /mnt/disks/work/*"
        )
        steps = [(write, {}), ("/mnt/disks/work/tool", {}), ("tool", {"PATH": "/mnt/disks/work"})]
        for text, environment in steps:
            words = bash(text) if " " in text else program(text)
            running = await vm.start(words, environment, scene.logs)
            assert await running.wait() == 0

    scene.run(act)
    assert scene.stdout == "found\nfound\n"


def program(name: str) -> Step:
    return Step("0", Container("x", name, ()), mounts=(WORK,))


@namespaces_needed
def test_nothing_of_it_is_seen_on_the_host(scene: Scene) -> None:
    """While a step runs and afterwards; inside, the host's root is there with more in it."""
    top = f"/test-{uuid.uuid4().hex}"

    async def act(vm: RunningVm) -> None:
        text = f"touch {top}-new {top}/in/file; ls / {top}; sleep 600"
        await vm.start(bash(text, Mount(f"{top}/in", "work")), {}, scene.logs)
        while "in" not in scene.stdout.split():  # noqa: ASYNC110 (a file tells, no event does)
            await asyncio.sleep(0.01)
        assert leaked() == []

    def leaked() -> list[str]:
        mounts = Path("/proc/self/mountinfo").read_text().splitlines()
        files = [str(path) for path in Path("/").iterdir()]
        return [each for each in mounts + files if top in each or str(scene.directory) in each]

    scene.run(act)
    assert leaked() == []
    assert {top[1:], f"{top[1:]}-new", "usr", "tmp"} <= set(scene.stdout.split())


@namespaces_needed
def test_a_read_only_mount_refuses_to_be_written_to(scene: Scene) -> None:
    inner = Mount("/mnt/disks/work/deep", "work", "shared")
    locked = Mount("/locked", "work", "shared", read_only=True)
    text = "echo a > /mnt/disks/work/deep/a && cat /locked/a && ! touch /locked/b"
    assert scene.exit_code(bash(text, WORK, inner, locked)) == 0
    assert scene.stdout == "a\n"
    assert "Read-only file system" in scene.stderr


@namespaces_needed
def test_a_file_may_be_mounted(scene: Scene) -> None:
    async def act(vm: RunningVm) -> None:
        write = await vm.start(bash("echo text > /mnt/disks/work/file"), {}, scene.logs)
        assert await write.wait() == 0
        mount = Mount("/etc/of-the-job.conf", "work", "file")
        read = await vm.start(bash("cat /etc/of-the-job.conf", mount), {}, scene.logs)
        assert await read.wait() == 0

    scene.run(act)
    assert scene.stdout == "text\n"


@namespaces_needed
def test_a_mount_over_the_machine_or_its_programs_is_replaced_in_the_text(tmp_path: Path) -> None:
    tools = tmp_path / "tools"
    tools.mkdir()
    scene = Scene(tmp_path / "state", namespaces=True, images=[ImageRule("*", tools)])
    folder = tmp_path / "state/vms/vm-1/disks/work"
    for target in (tools, tmp_path):
        scene.exit_code(bash(f"echo {target}/x", Mount(str(target), "work")))
    assert scene.stdout == f"{folder}/x\n" * 2


@pytest.mark.parametrize("namespaces", [False, pytest.param(True, marks=namespaces_needed)])
@pytest.mark.parametrize(
    ("mount", "said"),
    [
        (Mount("/out", "work", "link"), "mount '/out': 'link' is a link out of the disks"),
        (Mount("data", "work"), "mount path 'data' is not an absolute path"),
        (Mount("/mnt/..", "work"), "mount path '/mnt/..' is not an absolute path"),
    ],
)
def test_a_mount_that_no_engine_would_make_is_refused(
    tmp_path: Path, namespaces: bool, mount: Mount, said: str
) -> None:
    scene = Scene(tmp_path, namespaces=namespaces)

    async def act(vm: RunningVm) -> None:
        link = await vm.start(bash("ln -s /etc /mnt/disks/work/link"), {}, scene.logs)
        assert await link.wait() == 0
        out = await vm.start(bash("ls", mount), {}, scene.logs)
        assert await out.wait() == 125

    scene.run(act)
    assert said in scene.stderr


@namespaces_needed
def test_closing_the_machine_ends_what_hides_on_a_disk_without_environment(scene: Scene) -> None:
    async def act(vm: RunningVm) -> None:
        hidden = "cd /mnt/disks/work; env -i setsid bash -c 'echo $PPID $$; sleep 600' & sleep 600"
        await vm.start(bash(hidden), {}, scene.logs)
        while not scene.stdout:  # noqa: ASYNC110 (a file tells, no event does)
            await asyncio.sleep(0.01)

    scene.run(act)
    for pid in scene.stdout.split():
        assert_gone(int(pid))


@namespaces_needed
def test_a_closed_pipe_ends_a_program_as_usual(scene: Scene) -> None:
    """Python ignores SIGPIPE, and a program would inherit that."""
    assert scene.exit_code(bash("yes | head -1 > /dev/null; echo ${PIPESTATUS[0]}")) == 0
    assert scene.stdout == "141\n"


@namespaces_needed
def test_without_external_network_only_the_loopback_is_left(scene: Scene) -> None:
    talk = "import socket as s; a = s.create_server(('', 0)); s.create_connection(a.getsockname())"
    text = f'grep -o "^ *[a-z0-9]*:" /proc/net/dev; python3 -W ignore -c "{talk}"'
    assert scene.exit_code(bash(text, block_external_network=True)) == 0
    assert scene.stdout.split() == ["lo:"]


@namespaces_needed
def test_an_ordinary_user_gets_one_by_a_user_namespace(tmp_path: Path) -> None:
    root, disk = tmp_path / "root", tmp_path / "disk"
    root.mkdir()
    disk.mkdir()
    binds = [Bind("/mnt/disks/work", disk), Bind("/locked", disk, read_only=True)]
    text = "echo ok > /mnt/disks/work/file; touch /locked/x; id -u"
    command = entering("/bin/sh", ["sh", "-c", text], binds, root=root, mark="test")
    other = [] if os.geteuid() else ["unshare", "--user", "--map-user=1000", "--map-group=1000"]
    done = subprocess.run([*other, *command], capture_output=True, text=True, check=False)
    assert done.stdout == f"{os.geteuid() or 1000}\n", done.stderr
    assert (disk / "file").read_text() == "ok\n"
    assert "Read-only file system" in done.stderr


def test_namespaces_are_used_as_asked_and_as_the_host_allows() -> None:
    assert use_namespaces(Mounts.AUTO, lambda: "")
    assert not use_namespaces(Mounts.AUTO, lambda: "not permitted")
    assert not use_namespaces(Mounts.REWRITE, lambda: "")
    with pytest.raises(LocalCloudError, match=r"--mounts namespace: .*\(not permitted\)"):
        use_namespaces(Mounts.NAMESPACE, lambda: "not permitted")


def test_the_refusal_of_the_kernel_is_an_exit_code_and_one_sentence(tmp_path: Path) -> None:
    """A root folder that does not exist is refused as late as a forbidden mount would be."""
    command = entering("/bin/true", ["true"], [], root=tmp_path / "none", mark="test")
    assert command[0] == sys.executable
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode == 125
    assert done.stderr.startswith("localcloud: cannot mount the disks of this step: ")
    assert done.stderr.count("\n") == 1
