"""`images/lock.yaml`: every image that rules use, by digest, with its licence and source."""

import json
import re
from collections.abc import Mapping
from pathlib import Path

from msgspec import Struct

from headrace import records
from headrace.errors import InputError
from headrace.images.reference import Reference

LOCK = Path("images/lock.yaml")


class LockedImage(Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """One image.

    Attributes:
        image: registry and repository, without a tag.
        tag: the version for people.
        digest: the version for machines, `sha256:…`; None if it is not known.
        licence: of the programs in it, as SPDX writes it.
        source: where their source is.
        unpinned: why there is no digest.
    """

    image: str
    tag: str
    digest: str | None
    licence: str
    source: str
    unpinned: str = ""

    @property
    def reference(self) -> Reference:
        """The image as container engines take it."""
        return Reference.parse(
            f"{self.image}:{self.tag}" + (f"@{self.digest}" if self.digest else "")
        )


class Lock(Struct, frozen=True, forbid_unknown_fields=True):
    """The whole document, images by name."""

    images: Mapping[str, LockedImage]

    def named(self, name: str) -> LockedImage:
        """Return one image; raises `InputError` for a name that is not there."""
        if name not in self.images:
            close = records.nearest(name, self.images)
            raise InputError(f"There is no image '{name}' in {LOCK}{close}")
        return self.images[name]


def read(text: str, source: str) -> Lock:
    """Read a lock; raises `RecordError` if it does not fit, `InputError` if a name is none."""
    lock = records.decode_yaml(text, Lock, source)
    for image in lock.images.values():
        _ = image.reference
    return lock


def pinned(text: str, name: str, tag: str, digest: str) -> str:
    """Return the lock's text with another tag and digest of one image, all else as it was."""
    block = re.search(rf"^  {re.escape(name)}:.*\n(?:^    .*\n)+", text, re.MULTILINE)
    if block is None:
        raise InputError(
            f"{LOCK} does not write '{name}' as a block of lines of four blanks: do so."
        )
    written = json.dumps(tag) if re.match(r"[\d.]+\Z", tag) else tag  # YAML takes 1.0 for a number
    changed = re.sub(r"(?m)^    tag: .*$", f"    tag: {written}", block[0])
    changed = re.sub(r"(?m)^    digest: .*$", f"    digest: {digest}", changed)
    changed = re.sub(r"(?m)^    unpinned: .*\n", "", changed)
    return text[: block.start()] + changed + text[block.end() :]
