"""Container engines: podman or docker, found on this machine and driven by their commands."""

from __future__ import annotations

import logging
import os
import shutil
import subprocess
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from enum import Enum
from pathlib import Path

from localcloud.errors import LocalCloudError
from localcloud.runtime.paths import Bind

log = logging.getLogger(__name__)

OWNER_LABEL = "localcloud.state"
STOP_SECONDS = 2
"""Between SIGTERM and SIGKILL."""

_CALL_SECONDS = 60.0
_LOOPBACK_REGISTRIES = ("127.0.0.1:", "localhost:")
_SYSTEMD = Path("/run/systemd/system")
_UNIFIED_CGROUPS = Path("/sys/fs/cgroup/cgroup.controllers")


class EngineKind(Enum):
    """The engines, the preferred one first: podman needs no server."""

    PODMAN = "podman"
    DOCKER = "docker"


@dataclass(frozen=True, slots=True)
class ContainerRun:
    """A container to run.

    Attributes:
        name: it is stopped by this.
        owner: the state directory of the local cloud it belongs to.
        memory_mib: its limit in MiB.
        options: the request's own words for `run`; they outweigh ours.
        entrypoint: empty for the image's own.
        network: whether it has one: the host's, or none at all.
    """

    name: str
    owner: str
    image: str
    entrypoint: str
    commands: Sequence[str]
    binds: Sequence[Bind]
    memory_mib: int
    environment: Mapping[str, str] = field(repr=False)
    network: bool = True
    options: Sequence[str] = ()


@dataclass(frozen=True, slots=True)
class Engine:
    """An engine that works here.

    Attributes:
        program: the path of its command.
        environment: for that command.
        limits_memory: whether it can limit a container's memory on this machine.
    """

    kind: EngineKind
    program: str
    environment: Mapping[str, str] = field(repr=False)
    limits_memory: bool = True

    def run_command(self, run: ContainerRun, variables: Sequence[str]) -> list[str]:
        """The command that runs a container in front and removes it when it ends.

        `variables` are the words for its environment: `environment_words`.

        Its exit code is the container's; 125 when there is none, 126 or 127 when its program
        cannot be run or found, 137 when it has used up its memory.
        """
        memory = f"{run.memory_mib}m"
        limits = [f"--memory={memory}", f"--memory-swap={memory}"] if self.limits_memory else []
        return [
            self.program,
            "run",
            "--rm",
            f"--name={run.name}",
            f"--label={OWNER_LABEL}={run.owner}",
            f"--network={'host' if run.network else 'none'}",
            "--log-driver=none",
            f"--stop-timeout={STOP_SECONDS}",
            *self._trust(run.image),
            *limits,
            *(f"--volume={_volume(bind)}" for bind in run.binds),
            *variables,
            *([f"--entrypoint={run.entrypoint}"] if run.entrypoint else []),
            *run.options,
            "--",
            run.image,
            *run.commands,
        ]

    def _trust(self, image: str) -> list[str]:
        """A registry on the loopback needs no TLS; docker knows that, podman must be told."""
        local = image.startswith(_LOOPBACK_REGISTRIES)
        return ["--tls-verify=false"] if local and self.kind is EngineKind.PODMAN else []

    def remove(self, name: str) -> None:
        """Stop a container and remove it; nothing happens when there is none."""
        self._call("stop", name)
        self._call("rm", "--force", name)

    def remove_all(self, owner: str) -> None:
        """Remove every container of a local cloud."""
        label = f"label={OWNER_LABEL}={owner}"
        listed = self._call("ps", "--all", "--quiet", "--filter", label).stdout.split()
        if listed:
            self._call("rm", "--force", *listed)

    def failure(self) -> str:
        """Why it does not work; empty when it does."""
        try:
            answer = self._call("ps", "--quiet")
        except subprocess.TimeoutExpired:
            return f"no answer within {_CALL_SECONDS:g} s"
        if answer.returncode == 0:
            return ""
        return answer.stderr.strip().rpartition("\n")[2] or f"exit code {answer.returncode}"

    def _call(self, *words: str) -> subprocess.CompletedProcess[str]:
        """Call the engine; most failures mean that the container is gone already."""
        done = subprocess.run(
            [self.program, *words],
            env=dict(self.environment),
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            timeout=_CALL_SECONDS,
            check=False,
        )
        if done.returncode != 0 and "no such container" not in done.stderr.lower():
            log.warning("%s %s: %s", self.kind.value, words[0], done.stderr.strip())
        return done


def environment_words(environment: Mapping[str, str], file: Path) -> list[str]:
    """The engine's words for a container's environment, written to `file` for our eyes only.

    A file keeps values out of the list of processes, which every user of this machine can read. It
    has no way to write a line break, so that values with one are among the words all the same.
    """
    lines = {name: value for name, value in environment.items() if _fits_a_line(name, value)}
    with os.fdopen(os.open(file, os.O_CREAT | os.O_WRONLY | os.O_TRUNC, 0o600), "w") as opened:
        opened.writelines(f"{name}={value}\n" for name, value in lines.items())
    others = (f"--env={name}={environment[name]}" for name in environment if name not in lines)
    return [f"--env-file={file}", *others]


def _fits_a_line(name: str, value: str) -> bool:
    """Whether an environment file can hold it: no line break, and no name that is a comment."""
    return len(f"{name}={value}".splitlines()) == 1 and not name.startswith("#")


def _volume(bind: Bind) -> str:
    return f"{bind.source}:{bind.target}" + (":ro" if bind.read_only else "")


def find_engine(state: Path, environment: Mapping[str, str]) -> Engine:
    """The first engine that works; podman's settings are written under `state`.

    Raises:
        LocalCloudError: none does; the message says why.
    """
    reasons = []
    for kind in EngineKind:
        program = shutil.which(kind.value, path=environment.get("PATH"))
        if program is None:
            reasons.append(f"{kind.value} is not installed")
            continue
        engine = _set_up(kind, program, state, environment)
        failure = engine.failure()
        if not failure:
            return engine
        reasons.append(f"{kind.value}: {failure}")
    raise LocalCloudError(
        f"--runtime container: no container engine works here ({'; '.join(reasons)});"
        " install podman, or use --runtime process."
    )


def _set_up(kind: EngineKind, program: str, state: Path, environment: Mapping[str, str]) -> Engine:
    if kind is EngineKind.DOCKER:
        return Engine(kind, program, environment)
    unified = _UNIFIED_CGROUPS.exists()
    file = state / "containers.conf"
    state.mkdir(parents=True, exist_ok=True)
    file.write_text(podman_configuration(systemd=_SYSTEMD.exists(), unified_cgroups=unified))
    return Engine(
        kind,
        program,
        {**environment, "CONTAINERS_CONF": str(file)},
        limits_memory=unified or os.geteuid() == 0,
    )


def podman_configuration(*, systemd: bool, unified_cgroups: bool) -> str:
    """The text of containers.conf(5) for a machine.

    Without systemd podman must manage cgroups itself; beside the older, separate cgroups crun
    fails, runc does not. Podman's own limits are left out: to set them needs a privilege that root
    has not everywhere.
    """
    engine = [] if systemd else ['cgroup_manager = "cgroupfs"', 'events_logger = "file"']
    engine += [] if unified_cgroups else ['runtime = "runc"']
    return "\n".join(["[containers]", "default_ulimits = []", "[engine]", *engine, ""])
