"""Our two images: what they are built from, and by which digest they were pinned."""

import hashlib
import json
import shutil
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from headrace import records
from headrace.errors import DeployError

NAMES = ("stage", "controller")
LOCK = Path("infra/images.auto.tfvars.json")
"""Where the pinned images are kept: Terraform reads the file by itself."""

CONFIG = Path("images/cloudbuild.yaml")
STAND_IN = "sha256:" + 64 * "0"
"""Digest of an image that is not built yet, for looking at a plan."""

_ROOMS = (
    "config",
    "examples/tables/config",
    "examples/tables/workflow",
    "images",
    "profiles",
    "src",
    "workflow",
)
_FILES = ("LICENSE", "NOTICE", "README.md", "constraints.txt", "pyproject.toml")
_LEFT_OUT = {"__pycache__", "settings.yaml"}
_TAG_DIGITS = 16


def sources(repository: Path) -> list[Path]:
    """Return the files that images are built from, relative to the repository, sorted."""
    found = [Path(name) for name in _FILES]
    for room in _ROOMS:
        for path in (repository / room).rglob("*"):
            parts = path.relative_to(repository).parts
            hidden = any(part in _LEFT_OUT or part.endswith(".egg-info") for part in parts)
            if path.is_file() and not hidden:
                found.append(Path(*parts))
    return sorted(found)


def tag(repository: Path) -> str:
    """Return the tag of images built from these files: another one whenever one changes."""
    digest = hashlib.sha256()
    for path in sources(repository):
        content = hashlib.sha256((repository / path).read_bytes()).hexdigest()
        digest.update(f"{path.as_posix()} {content}\n".encode())
    return digest.hexdigest()[:_TAG_DIGITS]


def copy_sources(repository: Path, folder: Path) -> None:
    """Copy what images are built from, and nothing else, so that nothing else is uploaded."""
    for path in sources(repository):
        (folder / path).parent.mkdir(parents=True, exist_ok=True)
        shutil.copy(repository / path, folder / path)


def pinned(repository: Path, wanted: str) -> dict[str, str] | None:
    """Return the variables of the pinned images if they were built with this tag."""
    lock = repository / LOCK
    if not lock.exists():
        return None
    kept = records.decode_json(lock.read_bytes(), dict[str, str], str(LOCK))
    current = all(f":{wanted}@sha256:" in kept.get(_variable(name), "") for name in NAMES)
    return kept if current else None


def stand_ins(tag_: str) -> dict[str, str]:
    """Return variables for a plan that nobody will apply."""
    return {_variable(name): f"{name}:{tag_}@{STAND_IN}" for name in NAMES}


def from_build(build: Mapping[str, Any], tag_: str) -> dict[str, str]:
    """Return the variables of the images that a finished Cloud Build pushed.

    Raises:
        DeployError: it pushed others.
    """
    pushed = {
        str(image.get("name")): str(image.get("digest"))
        for image in build.get("results", {}).get("images", [])
    }
    found = {}
    for name in NAMES:
        reference = next((ref for ref in pushed if ref.endswith(f"/{name}:{tag_}")), None)
        if reference is None:
            raise DeployError(f"Cloud Build pushed no image '{name}:{tag_}', only {list(pushed)}.")
        found[_variable(name)] = f"{reference}@{pushed[reference]}"
    return found


def pin(repository: Path, variables: Mapping[str, str]) -> None:
    """Keep the variables of the images for Terraform."""
    (repository / LOCK).write_text(json.dumps(variables, indent=2) + "\n")


def unpin(repository: Path) -> None:
    """Forget the images, whose repository is gone."""
    (repository / LOCK).unlink(missing_ok=True)


def _variable(name: str) -> str:
    return f"{name}_image"
