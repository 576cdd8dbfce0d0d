"""Programs that tests need and pip cannot bring: installed where nobody need be asked."""

import fcntl
import os
import shutil
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

CACHE = Path("/var/tmp") / f"localcloud-tests-{os.getuid()}"  # noqa: S108 (checked to be ours)
INSTALL_SECONDS = 200


class NotHereError(Exception):
    """Something cannot be tested on this machine; the message says why."""


@contextmanager
def locked(name: str) -> Iterator[None]:
    """Keep other test runs of this user from the thing of that name."""
    CACHE.mkdir(mode=0o700, exist_ok=True)
    if CACHE.stat().st_uid != os.getuid():
        raise NotHereError(f"{CACHE} belongs to somebody else")
    with (CACHE / f"{name}.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield


def find(program: str, package: str) -> str:
    """The path of a program, its package installed if need be; NotHereError without it."""
    if shutil.which(program) is None:
        install(package)
    found = shutil.which(program)
    if found is None:
        raise NotHereError(f"the package {package} brought no {program}")
    return found


def install(*packages: str) -> None:
    """Install packages, NotHereError where only a person could."""
    if os.getuid() != 0 or shutil.which("apt-get") is None:
        raise NotHereError(f"{' and '.join(packages)} cannot be installed by apt as root")
    with locked("apt"):
        _apt_get("update")
        _apt_get("install", "--yes", "--no-install-recommends", *packages)


def _apt_get(*words: str) -> None:
    done = subprocess.run(
        ["apt-get", "--quiet", "--quiet", "--option=DPkg::Lock::Timeout=60", *words],
        env={**os.environ, "DEBIAN_FRONTEND": "noninteractive"},
        capture_output=True,
        text=True,
        timeout=INSTALL_SECONDS,
        check=False,
    )
    if done.returncode != 0:
        raise NotHereError(f"apt-get {words[0]}: {done.stderr.strip()}")
