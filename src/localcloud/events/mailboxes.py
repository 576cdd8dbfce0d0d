"""Pull subscriptions: messages wait for whoever asks, and come again until they are acknowledged.

At least once and in any order, as https://cloud.google.com/pubsub/docs/pull promises and no more.
"""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from itertools import count
from typing import Any

Message = Mapping[str, Any]
"""A `PubsubMessage` of the REST API."""


@dataclass(slots=True)
class _Mailbox:
    topic: str
    ack_seconds: float
    ready: deque[Message] = field(default_factory=deque)
    handed: dict[str, tuple[float, Message]] = field(default_factory=dict)
    arrived: asyncio.Event = field(default_factory=asyncio.Event)

    def put(self, message: Message) -> None:
        self.ready.append(message)
        self.arrived.set()

    def take_back(self, now: float) -> None:
        """Make ready again what was not acknowledged in time."""
        late = [id_ for id_, (deadline, _) in self.handed.items() if deadline <= now]
        for id_ in late:
            self.put(self.handed.pop(id_)[1])


class Mailboxes:
    """The pull subscriptions of all topics, by name; `now` tells seconds and never goes back."""

    def __init__(self, now: Callable[[], float]) -> None:
        self._now = now
        self._boxes: dict[str, _Mailbox] = {}
        self._ids = count(1)

    def create(self, name: str, topic: str, ack_seconds: float) -> bool:
        """Make a subscription; False, and nothing done, if there is one of this name."""
        if name in self._boxes:
            return False
        self._boxes[name] = _Mailbox(topic, ack_seconds)
        return True

    def delete(self, name: str) -> bool:
        """Remove a subscription and what waits in it; False if there is none."""
        box = self._boxes.pop(name, None)
        if box is not None:
            box.arrived.set()
        return box is not None

    def has(self, name: str) -> bool:
        """Whether there is a subscription of this name."""
        return name in self._boxes

    def wants(self, topic: str) -> bool:
        """Whether a topic has a subscription."""
        return any(box.topic == topic for box in self._boxes.values())

    def put(self, topic: str, message: Message) -> None:
        """Leave a message for every subscription of a topic."""
        for box in self._boxes.values():
            if box.topic == topic:
                box.put(message)

    async def pull(self, name: str, most: int, patience: float) -> list[tuple[str, Message]]:
        """Hand out messages, each with the id to acknowledge it by; wait so long for the first."""
        box = self._boxes[name]
        box.take_back(self._now())
        if not box.ready:
            box.arrived.clear()
            try:
                await asyncio.wait_for(box.arrived.wait(), patience)
            except TimeoutError:
                box.take_back(self._now())
        pulled = [box.ready.popleft() for _ in range(min(most, len(box.ready)))]
        given = [(f"ack-{next(self._ids)}", message) for message in pulled]
        deadline = self._now() + box.ack_seconds
        box.handed |= {id_: (deadline, message) for id_, message in given}
        return given

    def acknowledge(self, name: str, ids: list[str]) -> None:
        """Forget messages for good; an id that is late or unknown changes nothing."""
        for id_ in ids:
            self._boxes[name].handed.pop(id_, None)
