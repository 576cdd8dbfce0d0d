"""Mount namespaces: whether this host has them for us, and how a step is started in one."""

from __future__ import annotations

import subprocess
import sys
import tempfile
from collections.abc import Callable, Sequence
from enum import Enum
from pathlib import Path

from localcloud.errors import LocalCloudError
from localcloud.runtime.paths import Bind

_HELPER = Path(__file__).with_name("enter.py")
_PROBE_SECONDS = 20.0


class Mounts(Enum):
    """How a step sees its disks: at their true paths, by replaced text, or as the host allows."""

    AUTO = "auto"
    NAMESPACE = "namespace"
    REWRITE = "rewrite"


def use_namespaces(mounts: Mounts, probe: Callable[[], str] | None = None) -> bool:
    """Whether steps run in namespaces; where that is open, `probe` says why not, if not.

    Raises:
        LocalCloudError: namespaces are demanded and this host refuses them.
    """
    if mounts is Mounts.REWRITE:
        return False
    refusal = (probe or why_refused)()
    if refusal and mounts is Mounts.NAMESPACE:
        raise LocalCloudError(
            f"--mounts namespace: this host refuses mount namespaces ({refusal});"
            " use --mounts rewrite, or auto to take what there is."
        )
    return not refusal


def why_refused() -> str:
    """Why a namespace cannot be had; empty when it can: one is made, and a file written in it."""
    with tempfile.TemporaryDirectory(prefix="localcloud-") as temporary:
        root, disk = Path(temporary, "root"), Path(temporary, "disk")
        root.mkdir()
        disk.mkdir()
        place = "/localcloud-probe/disk"
        words = ["sh", "-c", f": > {place}/mark"]
        command = entering("/bin/sh", words, [Bind(place, disk)], root=root, mark="probe")
        try:
            done = subprocess.run(
                command, capture_output=True, text=True, timeout=_PROBE_SECONDS, check=False
            )
        except subprocess.TimeoutExpired:
            return f"no answer within {_PROBE_SECONDS:g} s"
        if (disk / "mark").exists():
            return ""
        return done.stderr.strip().rpartition("\n")[2] or f"exit code {done.returncode}"


def entering(
    program: str,
    words: Sequence[str],
    binds: Sequence[Bind],
    *,
    root: Path,
    mark: str,
    network: bool = True,
) -> list[str]:
    """The command that becomes `program` where `binds` are mounted; see enter.py for the rest."""
    texts = [
        text
        for bind in binds
        for text in (str(bind.source), bind.target, "ro" if bind.read_only else "rw")
    ]
    net = "host" if network else "none"
    head = [sys.executable, "-I", "-S", str(_HELPER), str(root), mark, net, program]
    return [*head, str(len(binds)), *texts, *words]


def mark_of(directory: Path) -> str:
    """The mark of a machine's namespaces: its directory, in characters that mountinfo keeps."""
    return f"localcloud-{str(directory).encode().hex()}"


def hides(binds: Sequence[Bind], needed: Sequence[Path]) -> bool:
    """Whether a mount would lie over a folder that a step needs."""
    targets = [Path(bind.target).resolve() for bind in binds]
    paths = [path.resolve() for path in needed]
    return any(path.is_relative_to(target) for path in paths for target in targets)
