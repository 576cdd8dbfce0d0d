"""Images of the process runtime: an image is a directory of programs.

`--image PATTERN=DIR` maps images to directories; what no pattern matches uses the host's programs.
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
