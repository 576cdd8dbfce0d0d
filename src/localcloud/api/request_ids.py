"""Request ids: the same request sent twice acts once.

https://google.aip.dev/155 and Batch's document: a UUID, not the zero one; remembered for at least
60 minutes.
"""

from __future__ import annotations

import uuid
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from localcloud.jobs.archive import Shelf
from localcloud.wire.errors import invalid

REMEMBERED = timedelta(minutes=60)


@dataclass(frozen=True, slots=True)
class _Answer:
    at: datetime
    message: dict[str, Any]


class RequestIds:
    """Answers given lately, by method, place and request id; kept over restarts."""

    def __init__(self, now: Callable[[], datetime], shelf: Shelf) -> None:
        self._now = now
        self._shelf = shelf
        self._answers = shelf.records(_Answer)

    def once(
        self, method: str, place: str, request_id: str, act: Callable[[], dict[str, Any]]
    ) -> dict[str, Any]:
        """What `act` answers, or answered when this request id came before.

        Raises:
            ApiError: the id is not a UUID. What `act` raises is not remembered.
        """
        if not request_id:
            return act()
        key = f"{method} {place} {_checked(request_id)}"
        self._forget_old()
        if key not in self._answers:
            self._answers[key] = _Answer(self._now(), act())
            self._shelf.keep(key, self._answers[key])
        return self._answers[key].message

    def _forget_old(self) -> None:
        """Answers are kept in the order of their times, so the old ones come first."""
        limit = self._now() - REMEMBERED
        for key, answer in list(self._answers.items()):
            if answer.at > limit:
                return
            del self._answers[key]
            self._shelf.forget(key)


def _checked(request_id: str) -> str:
    try:
        parsed = uuid.UUID(request_id)
    except ValueError:
        raise invalid("request_id", f"{request_id!r} is not a UUID") from None
    if parsed.int == 0:
        raise invalid("request_id", "the zero UUID is not supported")
    return str(parsed)
