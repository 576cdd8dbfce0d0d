"""The containers of the rules: names of `images/lock.yaml`, or images named in full."""

from collections.abc import Mapping
from pathlib import Path

import yaml

from .checking import InputError, suggestion

LOCK = Path(__file__).parents[2] / "images" / "lock.yaml"


def resolve(images: Mapping[str, str], lock: Path = LOCK) -> dict[str, str]:
    """The image of each tool, as container engines take it.

    Raises:
        InputError: a name is not in the lock; a full name has a `/`, or a `:` before its tag.
    """
    locked = yaml.safe_load(lock.read_text())["images"]
    return {tool: _resolve(tool, name, locked) for tool, name in images.items()}


def _resolve(tool: str, name: str, locked: Mapping[str, Mapping[str, str | None]]) -> str:
    if "/" in name or ":" in name:
        return name
    if name not in locked:
        raise InputError(
            f"images.{tool}: {name!r} is not in images/lock.yaml; {suggestion(name, locked)}"
        )
    entry = locked[name]
    reference = f"{entry['image']}:{entry['tag']}"
    return f"{reference}@{entry['digest']}" if entry["digest"] else reference
