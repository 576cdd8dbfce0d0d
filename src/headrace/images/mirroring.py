"""Copy images from registry to registry, bytes as they are, so that digests stay the same."""

import json
from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import Any

from headrace.images.reference import Reference
from headrace.images.registry import Registries


@dataclass
class Copied:
    """What a copy took; grows while it goes on."""

    blobs: int = 0
    bytes: int = 0
    present: int = 0


def mirror(source: Reference, target: Reference, registries: Registries) -> Copied:
    """Copy an image, all its platforms, and what the target's repository has not yet.

    Raises:
        RegistryError: a registry refuses, or served other bytes than the digests say.
    """
    copied = Copied()
    _copy(source, target, registries, copied)
    return copied


def _copy(source: Reference, target: Reference, registries: Registries, copied: Copied) -> None:
    kind, content = registries.manifest(source)
    manifest = json.loads(content)
    for child in manifest.get("manifests", []):
        part = {"tag": "", "digest": child["digest"]}
        _copy(replace(source, **part), replace(target, **part), registries, copied)
    for blob in _blobs(manifest):
        _copy_blob(source, target, blob, registries, copied)
    named = replace(target, digest="") if target.tag else target
    registries.put_manifest(named, kind, content)


def _blobs(manifest: dict[str, Any]) -> Iterator[dict[str, Any]]:
    if "config" in manifest:
        yield manifest["config"]
    yield from manifest.get("layers", [])


def _copy_blob(
    source: Reference,
    target: Reference,
    blob: dict[str, Any],
    registries: Registries,
    copied: Copied,
) -> None:
    if registries.has_blob(target, blob["digest"]):
        copied.present += 1
        return
    with registries.blob(source, blob["digest"]) as pieces:
        registries.put_blob(target, blob["digest"], blob["size"], pieces)
    copied.blobs += 1
    copied.bytes += blob["size"]


def commands(source: Reference, target: Reference) -> str:
    """Return the command that does the same with crane, for whoever's registry we cannot enter."""
    plain = replace(target, digest="") if target.tag else target
    return f"crane copy {source} {plain}"
