"""The state directory: who runs in it, where, and what a shell or a program needs to know.

DIR/lock            held as long as anything of a local cloud runs here
DIR/state.json      addresses and the process id, written when all parts are up
DIR/env.sh          the same for shells: `. DIR/env.sh`
DIR/localcloud.log  log of a detached local cloud
DIR/storage/ vms/ logs/ functions/ events/
"""

from __future__ import annotations

import fcntl
import json
import os
import shlex
import tempfile
import time
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

from localcloud.errors import LocalCloudError

_POLL_SECONDS = 0.02


@dataclass(frozen=True, slots=True)
class FunctionState:
    """One running function."""

    url: str
    log: str
    bucket: str


@dataclass(frozen=True, slots=True)
class CloudState:
    """What `DIR/state.json` holds; `machines` says in words what plays them."""

    pid: int
    cloud_url: str
    storage_url: str
    project: str
    location: str
    buckets: tuple[str, ...]
    machines: str
    functions: Mapping[str, FunctionState] = field(default_factory=dict)

    @property
    def environment(self) -> dict[str, str]:
        """The variables that point clients here."""
        return {
            "CLOUD_URL": self.cloud_url,
            "STORAGE_EMULATOR_HOST": self.storage_url,
            "GOOGLE_CLOUD_PROJECT": self.project,
        }


class StateDir:
    """The files of one local cloud."""

    def __init__(self, path: Path) -> None:
        self.path = path.expanduser().absolute()
        self._lock: int | None = None

    @property
    def log(self) -> Path:
        """The log of a detached local cloud."""
        return self.path / "localcloud.log"

    def claim(self) -> None:
        """Hold the directory until this process and its children of `fork` end.

        Raises:
            LocalCloudError: a live local cloud holds it, or it cannot be made.
        """
        try:
            self.path.mkdir(parents=True, exist_ok=True)
            handle = os.open(self.path / "lock", os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
        except OSError as error:
            raise LocalCloudError(
                f"the state directory {self.path} cannot be used: {error.strerror}."
            ) from None
        if not _lock(handle):
            os.close(handle)
            raise LocalCloudError(
                f"a local cloud already runs in {self.path}; stop it with"
                f" `localcloud down --state {self.path}` or choose another --state."
            )
        self._lock = handle

    def in_use(self) -> bool:
        """Whether a live local cloud holds the directory."""
        try:
            handle = os.open(self.path / "lock", os.O_RDWR)
        except FileNotFoundError:
            return False
        try:
            return not _lock(handle)
        finally:
            os.close(handle)

    def wait_until_free(self, seconds: float) -> bool:
        """Wait for whoever holds the directory to end; False when it is still held."""
        deadline = time.monotonic() + seconds
        while self.in_use():
            if time.monotonic() > deadline:
                return False
            time.sleep(_POLL_SECONDS)
        return True

    def write(self, state: CloudState) -> None:
        """Publish where everything is: `env.sh` first, `state.json` last, each in one piece."""
        lines = [f"export {name}={shlex.quote(text)}" for name, text in state.environment.items()]
        _write_whole(self.path / "env.sh", "\n".join(lines) + "\n")
        _write_whole(self.path / "state.json", json.dumps(asdict(state), indent=2) + "\n")

    def read(self) -> CloudState | None:
        """What was published by the local cloud that runs here; None when none does."""
        if not self.in_use():
            return None
        try:
            stored: dict[str, Any] = json.loads((self.path / "state.json").read_text())
        except FileNotFoundError:
            return None
        functions = {name: FunctionState(**each) for name, each in stored["functions"].items()}
        buckets = tuple(stored["buckets"])
        return CloudState(**{**stored, "functions": functions, "buckets": buckets})

    def withdraw(self) -> None:
        """Take back what `write` published."""
        for name in ("state.json", "env.sh"):
            (self.path / name).unlink(missing_ok=True)


def _lock(handle: int) -> bool:
    try:
        fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True


def _write_whole(path: Path, text: str) -> None:
    with tempfile.NamedTemporaryFile("w", dir=path.parent, delete=False) as file:
        file.write(text)
    Path(file.name).replace(path)
