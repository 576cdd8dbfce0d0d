"""A small image made of Debian packages, for tests of the container runtime; made once and kept."""

import os
import platform
import subprocess
from pathlib import Path

from localcloud.errors import LocalCloudError
from localcloud.runtime.engines import Engine, find_engine
from tests.contract.localcloud.debian import CACHE, NotHereError, find, install, locked

IMAGE = "localhost/localcloud-test:1"
OWN_COMMAND = '["/bin/echo", "the command of the image"]'
BUILD_SECONDS = 200


def engine_with_image() -> Engine:
    """A container engine that has IMAGE; NotHereError where there is none and none can be had."""
    with locked("image"):
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
    suite = platform.freedesktop_os_release()["VERSION_CODENAME"]
    command = [
        find("mmdebstrap", "mmdebstrap"),
        "--quiet",
        "--variant=essential",
        "--include=python3-minimal",
    ]
    subprocess.run([*command, suite, str(unfinished)], check=True, timeout=BUILD_SECONDS)
    return unfinished.rename(archive)
