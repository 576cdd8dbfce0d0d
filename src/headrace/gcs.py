"""Names in Cloud Storage, and the allow-list that keeps hostile ones out."""

import re
from dataclasses import dataclass
from typing import Self

from headrace.errors import InputError, UnsafeNameError

MAX_NAME_BYTES = 1024
"""Longest object name, in UTF-8 bytes (Cloud Storage, "Object name requirements")."""

_SAFE_TEXT = re.compile(r"[A-Za-z0-9_.,:=+@%/-]*\Z")
_BUCKET = re.compile(r"[a-z0-9][a-z0-9._-]{1,220}[a-z0-9]\Z")


@dataclass(frozen=True, order=True)
class ObjectUri:
    """`gs://bucket/name`."""

    bucket: str
    name: str

    @classmethod
    def parse(cls, uri: str) -> Self:
        """Split `gs://bucket/name`; raises `InputError` for anything else."""
        bucket, _, name = uri.removeprefix("gs://").partition("/")
        if not uri.startswith("gs://") or not _BUCKET.match(bucket) or not name:
            raise InputError(f"'{uri}' is not an object address: write gs://BUCKET/NAME.")
        return cls(bucket, name)

    def __str__(self) -> str:
        return f"gs://{self.bucket}/{self.name}"

    def __truediv__(self, part: str) -> "ObjectUri":
        return ObjectUri(self.bucket, f"{self.name.rstrip('/')}/{part}")


def check_name(text: str, what: str) -> None:
    """Raise `UnsafeNameError` unless `text` may appear in paths and commands of jobs.

    The allow-list is letters, digits and `_.,:=+@%/-`; no part may be empty, `.`, `..` or begin
    with a dash, and the whole must fit an object name. `what` names the thing in the message.
    """
    reason = _objection(text)
    if reason is not None:
        raise UnsafeNameError(
            f"{what} {text!r} {reason}; rename it with letters, digits and _ . , : = + @ % - only."
        )


def _objection(text: str) -> str | None:
    if not _SAFE_TEXT.match(text):
        return "holds characters that could be read as commands"
    if len(text.encode()) > MAX_NAME_BYTES:
        return f"is longer than {MAX_NAME_BYTES} bytes"
    parts = text.removeprefix("/").split("/")
    if any(part in {"", ".", ".."} for part in parts):
        return "has an empty part, '.' or '..' between slashes"
    if any(part.startswith("-") for part in parts):
        return "has a part that begins with a dash"
    return None
