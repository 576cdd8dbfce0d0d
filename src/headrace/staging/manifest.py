"""The manifest of a job: what its virtual machine did, written last, one per job."""

import base64
import zlib
from collections.abc import Mapping, Sequence

from msgspec import Struct

from headrace.errors import RecordError

MANIFEST_METADATA = "headrace-manifest"
"""Custom metadata of the manifest's object that repeats its content, where that is short enough.

A listing brings it along: one request reads the manifests of all jobs that ended together. It is
base64 of what zlib makes of the JSON, so that the manifest of a job with dozens of results fits.
"""

MOST_DOCUMENT_BYTES = 1 << 20
"""Of a manifest that is unpacked from metadata: what says to be more is no manifest of ours."""

MOST_METADATA_BYTES = 2 << 10
"""Cloud Storage takes 8 KiB of custom metadata for an object, names included; the local cloud's
storage, where it keeps objects on a disk, has 4 KiB of ext4's for all that it notes of one."""


class StoredObject(Struct, frozen=True, forbid_unknown_fields=True):
    """An object as Cloud Storage acknowledged it.

    Attributes:
        uri: `gs://bucket/name`.
        generation: the object's generation number.
        size: bytes.
        crc32c: base64 of the big-endian checksum, as the API writes it.
        updated: when the content was written, seconds since the epoch.
    """

    uri: str
    generation: int
    size: int
    crc32c: str
    updated: float


class StepRecord(Struct, frozen=True, forbid_unknown_fields=True):
    """How a step went.

    Attributes:
        name: the step's name.
        exit_code: of the command; absent if it never ended by itself or never began.
        wall_seconds: from start to end.
        cpu_seconds: user and system time of the command and its children.
        peak_memory_mb: largest resident size of the command's processes together, sampled, MiB.
    """

    name: str
    exit_code: int | None = None
    wall_seconds: float | None = None
    cpu_seconds: float | None = None
    peak_memory_mb: float | None = None


class Manifest(Struct, frozen=True, forbid_unknown_fields=True):
    """A job's end. It succeeded if and only if `problems` is empty.

    Attributes:
        steps: in the order of the plan.
        results: every object stored for a planned result or benchmark, by the result's address.
        logs: the objects of the rules' own log files.
        problems: one sentence each.
        bytes_in: bytes brought in.
        bytes_out: bytes taken out.
        seconds_in: how long bringing them took.
        seconds_out: how long taking them out took.
        seconds_between: how long no step ran in between: images were pulled, containers started.
    """

    steps: tuple[StepRecord, ...]
    results: dict[str, tuple[StoredObject, ...]]
    logs: tuple[StoredObject, ...]
    problems: tuple[str, ...]
    bytes_in: int
    bytes_out: int
    seconds_in: float | None = None
    seconds_out: float | None = None
    seconds_between: float | None = None


def failed_step(steps: Sequence[StepRecord]) -> int | None:
    """Return the number of the step to blame, None if all ended well.

    That is the first that failed by itself, or else the first that never came to its end: of steps
    that run at once, one that fails takes the others with it.
    """
    failed = [number for number, record in enumerate(steps) if record.exit_code]
    unended = [number for number, record in enumerate(steps) if record.exit_code is None]
    return next(iter(failed + unended), None)


def as_metadata(document: bytes) -> dict[str, str]:
    """Return a manifest's JSON as the metadata of its object, empty if it is too long for that."""
    packed = base64.b64encode(zlib.compress(document))
    return {MANIFEST_METADATA: packed.decode()} if len(packed) <= MOST_METADATA_BYTES else {}


def from_metadata(metadata: Mapping[str, str]) -> bytes:
    """Return the JSON that `as_metadata` has packed.

    Raises:
        RecordError: there is none.
    """
    try:
        packed = base64.b64decode(metadata[MANIFEST_METADATA], validate=True)
        return zlib.decompressobj().decompress(packed, MOST_DOCUMENT_BYTES)
    except (KeyError, ValueError, zlib.error) as error:
        raise RecordError(f"The metadata hold no manifest: {error}.") from error
