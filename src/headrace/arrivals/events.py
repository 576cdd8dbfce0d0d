"""Events of Cloud Storage, read into what was uploaded.

They come as CloudEvents (Google's schema: google.events.cloud.storage.v1, StorageObjectData), or as
notifications in Pub/Sub messages; functions-framework has turned what the first generation of
functions got into the former. The object's name is taken from the data, never from `ce-subject`,
which arrives broken when it is not ASCII.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Annotated, Any, TypeAlias

import msgspec

from headrace import records
from headrace.arrivals import notifications
from headrace.errors import RecordError
from headrace.gcs import ObjectUri
from headrace.guard.messages import PUBLISHED
from headrace.runs.store import StoredObject

FINALIZED = "google.cloud.storage.object.v1.finalized"


@dataclass(frozen=True)
class Ignored:
    """An event that starts nothing, and why."""

    reason: str


_Time: TypeAlias = Annotated[datetime, msgspec.Meta(tz=True)]


class _StorageObjectData(msgspec.Struct, frozen=True, rename="camel"):
    """The part of the storage#object resource that we use; numbers travel as text."""

    bucket: str
    name: str
    generation: int
    updated: _Time
    time_created: _Time | None = None
    size: int = 0
    crc32c: str = ""


def read(event_type: str, data: Any) -> StoredObject | Ignored:
    """Return the object that an event of this type tells of; `data` is its JSON, parsed or not."""
    if event_type not in {FINALIZED, PUBLISHED}:
        return Ignored(f"events of type '{event_type}' start nothing")
    try:
        if event_type == PUBLISHED:
            data = notifications.unwrap(data)
        content = _content(data)
    except RecordError as error:
        return Ignored(str(error))
    if content.name.endswith("/"):
        return Ignored("a folder's own marker starts nothing")
    return StoredObject(
        uri=ObjectUri(content.bucket, content.name),
        generation=content.generation,
        size=content.size,
        crc32c=content.crc32c,
        updated=content.updated,
        created=content.time_created,
    )


def _content(data: Any) -> _StorageObjectData:
    if isinstance(data, bytes | str):
        data = records.decode_json(data, dict[str, Any], "event data")
    if not isinstance(data, Mapping):
        raise RecordError("event data: not a JSON object.")
    content = records.convert(dict(data), _StorageObjectData, "event data", strict=False)
    try:
        content.name.encode()
    except UnicodeEncodeError as error:
        raise RecordError("event data: the object's name is not text.") from error
    return content
