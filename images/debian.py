"""A base for our images without any registry: this machine's own distribution, and a Python."""

import platform
import shutil
import subprocess
from pathlib import Path

from headrace.errors import InputError
from localcloud.runtime.engines import Engine

DISTRIBUTIONS = ("debian", "ubuntu")
INCLUDED = ("python3", "libstdc++6")
"""Python packages that are published as wheels count on the second; `python:3.13-slim` has it."""

BUILD_SECONDS = 500


def packages(folder: Path) -> Path:
    """Return an archive of the essential packages and those INCLUDED, made in `folder` once.

    Raises:
        InputError: there is no mmdebstrap, or this distribution is not made of Debian packages.
    """
    found = platform.freedesktop_os_release()
    if found["ID"] not in DISTRIBUTIONS or shutil.which("mmdebstrap") is None:
        raise InputError(
            f"A base image is made by mmdebstrap on Debian or Ubuntu, here on {found['ID']}: "
            "`apt install mmdebstrap`, or name an image that is there with --base."
        )
    suite = found["VERSION_CODENAME"]
    archive = folder / f"{suite}-base.tar"
    if archive.exists():
        return archive
    folder.mkdir(parents=True, exist_ok=True)
    unfinished = folder / f"unfinished-{suite}.tar"
    words = ["mmdebstrap", "--quiet", "--variant=essential", f"--include={','.join(INCLUDED)}"]
    subprocess.run([*words, suite, str(unfinished)], check=True, timeout=BUILD_SECONDS)
    return unfinished.rename(archive)


def base_image(engine: Engine, folder: Path) -> str:
    """Return the name of the image of those packages, imported if the engine has none.

    Raises:
        InputError: see `packages`.
    """
    name = f"localhost/headrace-base:{platform.freedesktop_os_release()['VERSION_CODENAME']}"
    if not engine_has(engine, name):
        command = [engine.program, "import", str(packages(folder)), name]
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
