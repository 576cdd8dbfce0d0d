"""Finding a container engine and what it is told; the engines here are scripts."""

from dataclasses import replace
from pathlib import Path

import pytest

from localcloud.errors import LocalCloudError
from localcloud.runtime.engines import (
    ContainerRun,
    Engine,
    EngineKind,
    environment_words,
    find_engine,
    podman_configuration,
)
from localcloud.runtime.paths import Bind

RUN = ContainerRun(
    name="vm-1-0",
    owner="/state",
    image="--privileged",
    entrypoint="bash",
    commands=("-c", "true"),
    binds=(Bind("/mnt/disks/work", Path("/vm/disks/work")), Bind("/in", Path("/vm/in"), True)),
    memory_mib=2048,
    environment={"A": "1 --privileged"},
)


def engine(directory: Path, name: str, body: str) -> None:
    """A command called `name` that is the shell text `body`."""
    directory.mkdir(exist_ok=True)
    program = directory / name
    program.write_text(f"#!/bin/sh\n{body}\n")
    program.chmod(0o755)


def test_a_container_is_run_with_all_that_its_request_says() -> None:
    command = Engine(EngineKind.PODMAN, "/bin/podman", {}).run_command(RUN, ["--env-file=/vm/env"])
    end = command.index("--")
    assert command[:3] == ["/bin/podman", "run", "--rm"]
    assert set(command[3:end]) == {
        "--name=vm-1-0",
        "--label=localcloud.state=/state",
        "--network=host",
        "--log-driver=none",
        "--stop-timeout=2",
        "--memory=2048m",
        "--memory-swap=2048m",
        "--volume=/vm/disks/work:/mnt/disks/work",
        "--volume=/vm/in:/in:ro",
        "--env-file=/vm/env",
        "--entrypoint=bash",
    }
    assert command[end + 1 :] == ["--privileged", "-c", "true"], "an image is never an option"


def test_the_requests_own_options_come_after_ours_and_before_the_image() -> None:
    engine = Engine(EngineKind.PODMAN, "/bin/podman", {})
    command = engine.run_command(replace(RUN, options=("--user=0:0", "--cap-drop=ALL")), [])
    assert command[command.index("--") - 2 : command.index("--")] == [
        "--user=0:0",
        "--cap-drop=ALL",
    ]


def test_values_are_in_a_file_for_our_eyes_only_and_not_in_the_list_of_processes(
    tmp_path: Path,
) -> None:
    file = tmp_path / "env"
    words = environment_words({"TOKEN": "secret = '#1'", "LINES": "a\nb"}, file)
    assert words == [f"--env-file={file}", "--env=LINES=a\nb"]
    assert file.read_text() == "TOKEN=secret = '#1'\n"
    assert file.stat().st_mode & 0o777 == 0o600


def test_without_an_entrypoint_the_image_has_its_own_and_limits_only_where_they_work() -> None:
    plain = Engine(EngineKind.PODMAN, "podman", {}, limits_memory=False)
    run = ContainerRun("n", "o", "image", "", ("true",), (), 1024, {}, network=False)
    command = plain.run_command(run, [])
    assert not [word for word in command if word.startswith(("--entrypoint", "--memory"))]
    assert "--network=none" in command


@pytest.mark.parametrize(
    ("kind", "image", "trusted"),
    [
        (EngineKind.PODMAN, "127.0.0.1:5000/lab/tool:1", True),
        (EngineKind.PODMAN, "localhost:5000/tool", True),
        (EngineKind.PODMAN, "localhost/tool:1", False),
        (EngineKind.PODMAN, "127.0.0.1.example.com/tool", False),
        (EngineKind.DOCKER, "127.0.0.1:5000/lab/tool:1", False),
    ],
)
def test_podman_is_told_that_a_registry_on_the_loopback_needs_no_tls(
    kind: EngineKind, image: str, trusted: bool
) -> None:
    command = Engine(kind, "engine", {}).run_command(replace(RUN, image=image), [])
    assert ("--tls-verify=false" in command[: command.index("--")]) == trusted


def test_podman_comes_before_docker_and_gets_settings_of_its_own(tmp_path: Path) -> None:
    engine(tmp_path / "bin", "podman", "exit 0")
    engine(tmp_path / "bin", "docker", "exit 0")
    found = find_engine(tmp_path / "state", {"PATH": str(tmp_path / "bin"), "HOME": "/h"})
    assert found.kind is EngineKind.PODMAN
    assert found.environment["HOME"] == "/h"
    assert Path(found.environment["CONTAINERS_CONF"]).read_text().startswith("[containers]\n")


def test_an_engine_that_does_not_answer_is_passed_over(tmp_path: Path) -> None:
    engine(tmp_path / "bin", "podman", "exit 125")
    engine(tmp_path / "bin", "docker", "exit 0")
    found = find_engine(tmp_path, {"PATH": str(tmp_path / "bin")})
    assert (found.kind, found.program) == (EngineKind.DOCKER, str(tmp_path / "bin" / "docker"))


def test_without_an_engine_the_message_says_why_for_each(tmp_path: Path) -> None:
    engine(tmp_path / "bin", "docker", "echo usage >&2; echo cannot connect >&2; exit 1")
    with pytest.raises(LocalCloudError, match="podman is not installed; docker: cannot connect"):
        find_engine(tmp_path, {"PATH": str(tmp_path / "bin")})


def test_only_containers_of_this_local_cloud_are_removed(tmp_path: Path) -> None:
    body = f'echo "$@" >> {tmp_path}/calls; if [ "$1" = ps ]; then echo one; echo two; fi'
    engine(tmp_path / "bin", "docker", body)
    Engine(EngineKind.DOCKER, str(tmp_path / "bin" / "docker"), {}).remove_all("/state")
    assert (tmp_path / "calls").read_text().splitlines() == [
        "ps --all --quiet --filter label=localcloud.state=/state",
        "rm --force one two",
    ]


@pytest.mark.parametrize(
    ("systemd", "unified", "engine_settings"),
    [
        (True, True, []),
        (False, True, ['cgroup_manager = "cgroupfs"', 'events_logger = "file"']),
        (True, False, ['runtime = "runc"']),
    ],
)
def test_podman_is_set_up_for_the_machine(
    systemd: bool, unified: bool, engine_settings: list[str]
) -> None:
    text = podman_configuration(systemd=systemd, unified_cgroups=unified)
    assert text.splitlines() == [
        "[containers]",
        "default_ulimits = []",
        "[engine]",
        *engine_settings,
    ]
