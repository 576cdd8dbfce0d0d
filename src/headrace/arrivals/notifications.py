"""Cloud Storage's own notifications, as a Pub/Sub message brings them.

Cloud Storage, "Pub/Sub notifications": attributes name event, bucket, object and generation; data
is base64 of the storage#object resource, unless the notification was configured without payload.
"""

import base64
import binascii
from collections.abc import Mapping
from typing import Any

from headrace.errors import RecordError

_FINALIZE = "OBJECT_FINALIZE"


def unwrap(data: Any) -> Any:
    """Return the storage#object that a message tells of, as JSON or as a dictionary.

    Raises:
        RecordError: the message tells of no finished upload.
    """
    message = _mapping(_mapping(data).get("message"))
    attributes = _mapping(message.get("attributes"))
    event = attributes.get("eventType")
    if event != _FINALIZE:
        raise RecordError(f"notifications of type '{event}' start nothing.")
    if message.get("data"):
        return _decoded(message["data"])
    return {
        "bucket": attributes.get("bucketId"),
        "name": attributes.get("objectId"),
        "generation": attributes.get("objectGeneration"),
        "updated": attributes.get("eventTime"),
    }


def _decoded(text: Any) -> bytes:
    try:
        return base64.b64decode(str(text), validate=True)
    except (binascii.Error, ValueError) as error:
        raise RecordError("the notification's data is not base64.") from error


def _mapping(value: Any) -> Mapping[str, Any]:
    if not isinstance(value, Mapping):
        raise RecordError("the event holds no Pub/Sub message.")
    return value
