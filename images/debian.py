"""A base for our images without any registry: this machine's own distribution, and a Python."""

import hashlib
import platform
import shutil
import subprocess
from pathlib import Path

from headrace.errors import InputError
from localcloud.runtime.engines import Engine

DISTRIBUTIONS = ("debian", "ubuntu")
INCLUDED = ("ca-certificates", "git", "libstdc++6", "python3")
"""What `python:3.13-slim` has, and git, which the controller's Dockerfile installs if it must."""

BUILD_SECONDS = 500


def packages(folder: Path) -> Path:
    """Return an archive of the essential packages and those INCLUDED, made in `folder` once.

    Raises:
        InputError: there is no mmdebstrap, or this distribution is not made of Debian packages.
    """
    distribution = platform.freedesktop_os_release()["ID"]
    if distribution not in DISTRIBUTIONS or shutil.which("mmdebstrap") is None:
        raise InputError(
            f"A base image is made by mmdebstrap on Debian or Ubuntu, here on {distribution}: "
            "`apt install mmdebstrap`, or name an image that is there with --base."
        )
    archive = folder / f"{_version()}.tar"
    if archive.exists():
        return archive
    folder.mkdir(parents=True, exist_ok=True)
    unfinished = folder / "unfinished.tar"
    words = ["mmdebstrap", "--quiet", "--variant=essential", f"--include={','.join(INCLUDED)}"]
    subprocess.run([*words, _suite(), str(unfinished)], check=True, timeout=BUILD_SECONDS)
    return unfinished.rename(archive)


def base_image(engine: Engine, folder: Path) -> str:
    """Return the name of the image of those packages, imported if the engine has none.

    Raises:
        InputError: see `packages`.
    """
    name = f"localhost/headrace-base:{_version()}"
    if not engine_has(engine, name):
        command = [engine.program, "import", "--quiet", str(packages(folder)), name]
        subprocess.run(
            command,
            env=dict(engine.environment),
            check=True,
            stdout=subprocess.DEVNULL,
            timeout=120,
        )
    return name


def engine_has(engine: Engine, image: str) -> bool:
    """Tell whether the engine has an image of that name."""
    command = [engine.program, "image", "inspect", image]
    done = subprocess.run(command, env=dict(engine.environment), capture_output=True, check=False)
    return done.returncode == 0


def _version() -> str:
    """Return another word whenever other packages are asked for."""
    return f"{_suite()}-{hashlib.sha256(' '.join(INCLUDED).encode()).hexdigest()[:8]}"


def _suite() -> str:
    return platform.freedesktop_os_release()["VERSION_CODENAME"]
