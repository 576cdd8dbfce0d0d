"""A small image made of Debian packages, for tests of the container runtime; made once and kept.

What is missing is installed where that can be done without asking: by apt, as root.
"""

import fcntl
import os
import platform
import shutil
import subprocess
from pathlib import Path

from localcloud.errors import LocalCloudError
from localcloud.runtime.engines import Engine, find_engine

IMAGE = "localhost/localcloud-test:1"
OWN_COMMAND = '["/bin/echo", "the command of the image"]'
CACHE = Path("/var/tmp") / f"localcloud-tests-{os.getuid()}"  # noqa: S108 (checked to be ours)
INSTALL_SECONDS = 200


class NotHereError(Exception):
    """Containers cannot be tested on this machine; the message says why."""


def engine_with_image() -> Engine:
    """A container engine that has IMAGE; NotHereError where there is none and none can be had."""
    CACHE.mkdir(mode=0o700, exist_ok=True)
    if CACHE.stat().st_uid != os.getuid():
        raise NotHereError(f"{CACHE} belongs to somebody else")
    with (CACHE / "lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        engine = _engine()
        if not _has_image(engine):
            _import(engine, _packages())
        return engine


def _engine() -> Engine:
    """An engine that works, podman installed if need be (a docker may lack its server)."""
    try:
        return find_engine(CACHE, os.environ)
    except LocalCloudError:
        install("podman", "runc")
    try:
        return find_engine(CACHE, os.environ)
    except LocalCloudError as error:
        raise NotHereError(str(error)) from None


def _has_image(engine: Engine) -> bool:
    command = [engine.program, "image", "inspect", IMAGE]
    done = subprocess.run(command, env=engine.environment, capture_output=True, check=False)
    return done.returncode == 0


def _import(engine: Engine, archive: Path) -> None:
    command = [engine.program, "import", f"--change=CMD {OWN_COMMAND}", str(archive), IMAGE]
    subprocess.run(command, env=engine.environment, check=True, timeout=120)


def _packages() -> Path:
    """An archive of this machine's distribution: its essential packages and a Python."""
    archive, unfinished = CACHE / "packages.tar", CACHE / "unfinished.tar"
    if archive.exists():
        return archive
    if shutil.which("mmdebstrap") is None:
        install("mmdebstrap")
    suite = platform.freedesktop_os_release()["VERSION_CODENAME"]
    command = ["mmdebstrap", "--quiet", "--variant=essential", "--include=python3-minimal"]
    subprocess.run([*command, suite, str(unfinished)], check=True, timeout=INSTALL_SECONDS)
    return unfinished.rename(archive)


def install(*packages: str) -> None:
    """Install packages, NotHereError where only a person could."""
    if os.getuid() != 0 or shutil.which("apt-get") is None:
        raise NotHereError(f"{' and '.join(packages)} cannot be installed by apt as root")
    environment = {**os.environ, "DEBIAN_FRONTEND": "noninteractive"}
    for words in (["update"], ["install", "--yes", "--no-install-recommends", *packages]):
        command = ["apt-get", "--quiet", "--quiet", "--option=DPkg::Lock::Timeout=60", *words]
        done = subprocess.run(
            command,
            env=environment,
            capture_output=True,
            text=True,
            timeout=INSTALL_SECONDS,
            check=False,
        )
        if done.returncode != 0:
            raise NotHereError(f"apt-get {words[0]}: {done.stderr.strip()}")
