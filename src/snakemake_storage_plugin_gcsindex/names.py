"""Queries `gs://bucket/key`: what a valid one looks like, with or without wildcards.

The rules are those of Cloud Storage ("Bucket naming", "Object naming") and, because every object
also gets a local path, those of a file system: no empty part, no `.` or `..`.
"""

import re
from dataclasses import dataclass

from snakemake_interface_storage_plugins.io import WILDCARD_REGEX

SCHEME = "gs://"
MAX_KEY_BYTES = 1024
MAX_PART_BYTES = 255
"""Longest part between slashes that Linux file systems can hold."""

_BUCKET = re.compile(r"[a-z0-9][a-z0-9._-]{1,220}[a-z0-9]")
_BUCKET_PART = re.compile(r"[a-z0-9_-]{1,63}")
_IP_ADDRESS = re.compile(r"\d+\.\d+\.\d+\.\d+")
_CONTROL = re.compile(r"[\x00-\x1f\x7f]")


@dataclass(frozen=True, slots=True)
class Address:
    """Where an object or a directory of objects is: bucket and key, the key without end slash."""

    bucket: str
    key: str

    def __str__(self) -> str:
        return f"{SCHEME}{self.bucket}/{self.key}"


def split(query: str) -> Address:
    """Split a query that `objection` accepts; a slash at its end is dropped."""
    bucket, _, key = query.removeprefix(SCHEME).partition("/")
    return Address(bucket, key.removesuffix("/"))


def objection(query: str) -> str | None:
    """Say what is wrong with a query, or None; wildcards such as `{sample,[^/]+}` may stand in it.

    A wildcard is taken for a few ordinary characters: what its value breaks is found when the
    value is known.
    """
    if not query.startswith(SCHEME):
        return f"it does not begin with {SCHEME}; write gs://BUCKET/NAME"
    bucket, slash, key = WILDCARD_REGEX.sub("xxx", query.removeprefix(SCHEME)).partition("/")
    if not slash or not key:
        return "it names a bucket but no object in it; write gs://BUCKET/NAME"
    return bucket_objection(bucket) or _key_objection(key)


def bucket_objection(bucket: str) -> str | None:
    """Say what is wrong with a bucket's name, or None."""
    parts = bucket.split(".")
    if not _BUCKET.fullmatch(bucket) or not all(_BUCKET_PART.fullmatch(part) for part in parts):
        return (
            f"'{bucket}' is not a bucket name: 3 to 63 lower-case letters, digits, dashes, "
            "underscores and dots, with a letter or digit at both ends"
        )
    if _IP_ADDRESS.fullmatch(bucket):
        return f"'{bucket}' is not a bucket name: it looks like an IP address"
    return None


def _key_objection(key: str) -> str | None:
    key = key.removesuffix("/")
    if _CONTROL.search(key):
        return "its name holds a control character; rename the object"
    if len(key.encode("utf-8", "surrogatepass")) > MAX_KEY_BYTES:
        return f"its name is longer than {MAX_KEY_BYTES} bytes; shorten it"
    for part in key.split("/"):
        if part in {"", ".", ".."}:
            return f"its name has the part '{part}' between slashes; remove that part"
        if len(part.encode("utf-8", "surrogatepass")) > MAX_PART_BYTES:
            return f"a part of its name is longer than {MAX_PART_BYTES} bytes; shorten it"
    return None
