"""A finished upload as the CloudEvent that Eventarc sends to a function: pure."""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import quote

EVENT_TYPE = "google.cloud.storage.object.v1.finalized"

_CONTROL = re.compile(r"[\x00-\x1f\x7f]")
_NOT_IN_EVENTS = ("acl", "owner")


@dataclass(frozen=True, slots=True)
class Upload:
    """One generation of one object; `resource` is its storage#object."""

    bucket: str
    name: str
    generation: str
    resource: Mapping[str, Any]

    @classmethod
    def of(cls, resource: Mapping[str, Any]) -> Upload:
        """The upload that a storage#object tells of; KeyError when it is not one."""
        return cls(
            bucket=str(resource["bucket"]),
            name=str(resource["name"]),
            generation=str(resource["generation"]),
            resource=resource,
        )

    @property
    def key(self) -> str:
        """What makes it this upload and no other: the id of its event."""
        text = f"{self.bucket}/{self.name}#{self.generation}"
        return str(int(hashlib.sha256(text.encode()).hexdigest()[:15], 16))


def request(upload: Upload) -> tuple[dict[str, str], bytes]:
    """Headers and body of the event's delivery, CloudEvents HTTP binding in binary mode.

    A name outside ASCII goes into `ce-subject` as raw UTF-8, as Eventarc does; `data["name"]` is
    the name to trust.
    """
    headers = {
        "ce-specversion": "1.0",
        "ce-id": upload.key,
        "ce-type": EVENT_TYPE,
        "ce-source": f"//storage.googleapis.com/projects/_/buckets/{upload.bucket}",
        "ce-subject": _header(f"objects/{upload.name}"),
        "ce-time": str(upload.resource.get("timeCreated", "")),
        "ce-bucket": upload.bucket,
        "content-type": "application/json",
    }
    data = {key: text for key, text in upload.resource.items() if key not in _NOT_IN_EVENTS}
    return headers, json.dumps(data, ensure_ascii=False).encode("utf-8", "surrogatepass")


def _header(text: str) -> str:
    """The text as a header value: UTF-8 bytes, control characters percent-encoded."""
    safe = _CONTROL.sub(lambda match: quote(match[0]), text)
    return safe.encode("utf-8", "surrogatepass").decode("latin-1")
