"""What stands for an image: `--image PATTERN=DIR`, or `--image PATTERN=NAME` for containers.

In the process runtime an image is a directory of programs; what no pattern matches uses the host's.
In the container runtime it is a local image; what no pattern matches is taken by its own name.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from fnmatch import fnmatchcase
from pathlib import Path

from localcloud.errors import LocalCloudError


@dataclass(frozen=True, slots=True)
class ImageRule:
    """Images matching the shell pattern have the programs of the directory."""

    pattern: str
    directory: Path

    @classmethod
    def parse(cls, text: str) -> ImageRule:
        """Read `PATTERN=DIR`; LocalCloudError saying what is wrong."""
        pattern, separator, directory = text.partition("=")
        if not separator or not pattern or not directory:
            raise LocalCloudError(
                f"--image {text!r} is not PATTERN=DIR, such as '*/samtools:*=/opt/samtools/bin'."
            )
        path = Path(directory).expanduser().absolute()
        if not path.is_dir():
            raise LocalCloudError(f"--image {text!r}: {path} is not a directory.")
        return cls(pattern, path)


@dataclass(frozen=True, slots=True)
class LocalImage:
    """Images matching the shell pattern are the image that the container engine knows as `name`."""

    pattern: str
    name: str

    @classmethod
    def parse(cls, text: str) -> LocalImage:
        """Read `PATTERN=NAME`; LocalCloudError saying what is wrong."""
        pattern, _, name = text.partition("=")
        if not pattern or not name:
            raise LocalCloudError(
                f"--image {text!r} is not PATTERN=NAME, such as '*/samtools:*=localhost/samtools'."
            )
        return cls(pattern, name)


def local_name(image: str, images: Sequence[LocalImage]) -> str:
    """What the container engine knows an image as: by the first pattern that matches."""
    names = (each.name for each in images if fnmatchcase(image, each.pattern))
    return next(names, image)


def search_path(
    image: str | None,
    rules: Sequence[ImageRule],
    host_path: str,
    interpreter: str = sys.executable,
) -> str:
    """PATH inside an image: its directories, the host's PATH, our interpreter's programs last.

    The interpreter's own directory is taken out of the host's PATH, so that native tools win over
    those that came as wheels, whether or not a virtual environment is active.
    """
    last = str(Path(interpreter).parent)
    mapped = [
        str(rule.directory)
        for rule in rules
        if image is not None and fnmatchcase(image, rule.pattern)
    ]
    host = [part for part in host_path.split(os.pathsep) if part and part != last]
    return os.pathsep.join(dict.fromkeys([*mapped, *host, last]))
