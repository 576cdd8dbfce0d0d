"""Uploads that were refused: the reason, where their owner finds it, and word to whom it concerns.

A refusal is an object of its own, so that it is left once however often an event comes.
"""

import hashlib
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime

import msgspec

from headrace.arrivals.triggers import Rule
from headrace.errors import ObjectMissingError
from headrace.gcs import ObjectUri
from headrace.records import encode_json
from headrace.runs.records import RunEvent
from headrace.runs.store import Store, StoredObject

FOLDER = "rejected"
_HASH_DIGITS = 40


class Rejection(msgspec.Struct, frozen=True, kw_only=True):
    """`rejected/<hash>.json`: an upload that was refused, and the reason for its owner.

    Attributes:
        bucket: of the upload, without `gs://`.
        name: of the upload.
        generation: which of the uploads under that name.
        reason: what was wrong and what to do, in whole sentences.
        rejected: when.
        rule: name of the trigger rule that wanted it, if one did.
        event: `rejected` for the upload itself, `waiting` for a set that is late.
    """

    bucket: str
    name: str
    generation: int
    reason: str
    rejected: datetime
    rule: str | None = None
    event: RunEvent = RunEvent.REJECTED


Tell = Callable[[ObjectUri, Rejection, Rule | None], None]
"""Passes a refusal on to people; it raises nothing, and tells of one place once."""


def place(results: str, uploaded: StoredObject, event: RunEvent = RunEvent.REJECTED) -> ObjectUri:
    """Return where the reason is left: a name that holds nothing of the owner's."""
    uri = uploaded.uri
    upload = f"{uri.bucket}/{uri.name}#{uploaded.generation}"
    if event is not RunEvent.REJECTED:
        upload += f"#{event.value}"
    digest = hashlib.sha256(upload.encode()).hexdigest()
    return ObjectUri(results, f"{FOLDER}/{digest[:_HASH_DIGITS]}.json")


@dataclass(frozen=True)
class Rejections:
    """Leaves reasons in the results bucket, and tells of each."""

    store: Store
    results: str
    clock: Callable[[], datetime]
    tell: Tell

    def leave(
        self,
        uploaded: StoredObject,
        reason: str,
        rule: Rule | None,
        event: RunEvent = RunEvent.REJECTED,
    ) -> None:
        """Tell of the reason and leave it, unless that was done; raises `StorageError`.

        People are told first: if we die in between, they are told again, and whoever tells them
        knows a notice that was sent before.
        """
        uri = place(self.results, uploaded, event)
        if self._is_there(uri):
            return
        rejection = Rejection(
            bucket=uploaded.uri.bucket,
            name=uploaded.uri.name,
            generation=uploaded.generation,
            reason=reason,
            rejected=self.clock(),
            rule=None if rule is None else rule.name,
            event=event,
        )
        self.tell(uri, rejection, rule)
        self.store.create(uri, encode_json(rejection))

    def _is_there(self, uri: ObjectUri) -> bool:
        try:
            self.store.read(uri)
        except ObjectMissingError:
            return False
        return True
