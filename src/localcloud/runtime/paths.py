"""Paths of a container as paths of this host: pure.

A mount such as `/mnt/disks/work` does not exist here; it is a folder of the machine's own
directory. Where programs cannot have it mounted, the folder takes its place wherever a request
names the mount (a word of a command, an environment value, a script). Text inside files is never
touched.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path, PurePosixPath

from localcloud.jobs.spec import BOOT_DISK, Mount

_PATH_CHARACTER = r"[\w.~/-]"


@dataclass(frozen=True, slots=True)
class Bind:
    """A file or folder of this host that a step sees as `target`."""

    target: str
    source: Path
    read_only: bool = False


def translator(folders: Mapping[str, Path]) -> Callable[[str], str]:
    """A function that replaces each container path of `folders` by the folder that plays it.

    A path counts where it stands as a whole path or the head of one: not inside a longer name
    (`/mnt/disks/work2`) and not inside another path (`gs://bucket/mnt/disks/work`). The longest
    path wins; what has been replaced is not looked at again.
    """
    if not folders:
        return lambda text: text
    paths = sorted((path.rstrip("/") for path in folders), key=len, reverse=True)
    choices = "|".join(re.escape(path) for path in paths)
    pattern = re.compile(rf"(?<!{_PATH_CHARACTER})({choices})(?![\w.~-])")
    by_path = {path.rstrip("/"): str(folder) for path, folder in folders.items()}
    return lambda text: pattern.sub(lambda match: by_path[match[1]], text)


def relative(path: str) -> str:
    """A path made relative and unable to climb: `..` stays at the top, as in a real root."""
    kept: list[str] = []
    for part in PurePosixPath("/", path).parts[1:]:
        if part == "..":
            kept = kept[:-1]
        else:
            kept.append(part)
    return "/".join(kept)


def host_mount(path: str, volumes: tuple[Mount, ...]) -> tuple[str, str]:
    """The disk and the folder on it that a path of the machine (not the container) means.

    `volumes` are the machine's own mounts; everything else lies on its boot disk.
    """
    for volume in sorted(volumes, key=lambda volume: -len(volume.path)):
        base = volume.path.rstrip("/")
        if path == base or path.startswith(base + "/"):
            inner = path[len(base) :].lstrip("/")
            return volume.disk, "/".join(part for part in (volume.folder, inner) if part)
    return BOOT_DISK, path.lstrip("/")
