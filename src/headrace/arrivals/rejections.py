"""Uploads that were refused: the reason, where their owner finds it."""

import hashlib
from datetime import datetime

import msgspec

from headrace.gcs import ObjectUri
from headrace.records import encode_json
from headrace.runs.store import Store, StoredObject

FOLDER = "rejected"
_HASH_DIGITS = 40


class Rejection(msgspec.Struct, frozen=True):
    """`rejected/<hash>.json`: an upload that was refused, and the reason for its owner."""

    bucket: str
    name: str
    generation: int
    reason: str
    rejected: datetime


def place(results: str, uploaded: StoredObject) -> ObjectUri:
    """Return where the reason is left: a name that holds nothing of the owner's."""
    uri = uploaded.uri
    upload = f"{uri.bucket}/{uri.name}#{uploaded.generation}"
    digest = hashlib.sha256(upload.encode()).hexdigest()
    return ObjectUri(results, f"{FOLDER}/{digest[:_HASH_DIGITS]}.json")


def leave(store: Store, results: str, uploaded: StoredObject, reason: str, now: datetime) -> None:
    """Leave the reason, unless it is there already; raises `StorageError`."""
    rejection = Rejection(
        bucket=uploaded.uri.bucket,
        name=uploaded.uri.name,
        generation=uploaded.generation,
        reason=reason,
        rejected=now,
    )
    store.create(place(results, uploaded), encode_json(rejection))
