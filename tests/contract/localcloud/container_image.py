"""Images made of Debian packages, for tests of the container runtime; made once and kept."""

import os
import subprocess
from pathlib import Path

from images.build import build
from images.debian import base_image, engine_has, packages
from localcloud.errors import LocalCloudError
from localcloud.runtime.engines import Engine, find_engine
from tests.contract.localcloud.debian import CACHE, NotHereError, find, install, locked

IMAGE = "localhost/localcloud-test:1"
OWN_COMMAND = '["/bin/echo", "the command of the image"]'


def engine_with_image() -> Engine:
    """A container engine that has IMAGE; NotHereError where there is none and none can be had."""
    with locked("image"):
        engine = working_engine()
        if not engine_has(engine, IMAGE):
            find("mmdebstrap", "mmdebstrap")
            _import(engine, packages(CACHE))
        return engine


def our_images(*names: str) -> tuple[Engine, dict[str, str]]:
    """An engine, and the images that it has of our recipes of these names, and of their `base`.

    Raises:
        NotHereError: there is no engine and none can be had.
    """
    with locked("image"):
        engine = working_engine()
        find("mmdebstrap", "mmdebstrap")
        base = base_image(engine, CACHE)
        return engine, {"base": base, **{name: build(engine, name, base) for name in names}}


def working_engine() -> Engine:
    """An engine that works, podman installed if need be (a docker may lack its server)."""
    try:
        return find_engine(CACHE, os.environ)
    except LocalCloudError:
        install("podman", "runc")
    try:
        return find_engine(CACHE, os.environ)
    except LocalCloudError as error:
        raise NotHereError(str(error)) from None


def _import(engine: Engine, archive: Path) -> None:
    command = [engine.program, "import", f"--change=CMD {OWN_COMMAND}", str(archive), IMAGE]
    subprocess.run(command, env=engine.environment, check=True, timeout=120)
