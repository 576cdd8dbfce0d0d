"""Hands messages to who has subscribed, at least once: `localcloud up --push`, and mailboxes."""

from __future__ import annotations

import asyncio
import http.client
import json
import logging
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from dataclasses import dataclass
from datetime import datetime
from itertools import count
from urllib.parse import urlsplit

from localcloud.events.hindrances import Hindrances
from localcloud.events.mailboxes import Mailboxes
from localcloud.events.notifications import Notification, notifications
from localcloud.events.subscriptions import PushSubscription
from localcloud.faults.book import FaultBook
from localcloud.faults.orders import Messages
from localcloud.jobs.events import Event
from localcloud.jobs.job import Job
from localcloud.wire.times import format_timestamp

log = logging.getLogger(__name__)

_ACKNOWLEDGE_SECONDS = 600.0
_AT_ONCE = 8
_HTTP_OK = range(200, 300)


@dataclass(frozen=True, slots=True)
class RetryPace:
    """Seconds between attempts of one push."""

    first: float = 0.5
    longest: float = 30.0


class Pusher:
    """Turns events of jobs into messages and posts them until they are acknowledged."""

    def __init__(
        self,
        subscriptions: Sequence[PushSubscription],
        now: Callable[[], datetime],
        pace: RetryPace,
        faults: FaultBook,
        mailboxes: Mailboxes,
    ) -> None:
        self._subscriptions = subscriptions
        self._mailboxes = mailboxes
        self._now = now
        self._pace = pace
        self._hindrances = Hindrances(faults, Messages.NOTIFICATIONS)
        self._ids = count(1)
        self._threads = ThreadPoolExecutor(_AT_ONCE, thread_name_prefix="push")
        self._pushes: set[asyncio.Task[None]] = set()

    def on_event(self, job: Job, event: Event) -> None:
        """Publish what an event of a job calls for."""
        for message in notifications(job, event):
            self._publish(message)

    def publish(self, topic: str, data: bytes, attributes: Mapping[str, str]) -> str:
        """Publish a message of a client's, and answer its id."""
        return self._publish(Notification(topic, data, attributes))

    def _publish(self, message: Notification) -> str:
        """Hand a message to the topic's subscribers; a topic without any forgets it."""
        id_ = str(next(self._ids))
        body = message.push(id_, format_timestamp(self._now()))
        for url in self._urls(message):
            task = asyncio.create_task(self._deliver(message.topic, url, body))
            self._keep(task)
        if self._mailboxes.wants(message.topic):
            self._keep(asyncio.create_task(self._leave(message.topic, body["message"])))
        return id_

    def _keep(self, task: asyncio.Task[None]) -> None:
        self._pushes.add(task)
        task.add_done_callback(self._pushes.discard)

    def _urls(self, message: Notification) -> list[str]:
        return [each.url for each in self._subscriptions if each.topic == message.topic]

    async def stop(self) -> None:
        """Give up what has not been acknowledged."""
        pushes = list(self._pushes)
        for push in pushes:
            push.cancel()
        await asyncio.gather(*pushes, return_exceptions=True)
        self._threads.shutdown(wait=False, cancel_futures=True)

    async def _deliver(self, topic: str, url: str, body: Mapping[str, object]) -> None:
        copies = await self._hindrances.meet(topic)
        await asyncio.gather(*(self._push(url, body) for _ in range(copies)))
        if copies:
            self._hindrances.arrived()

    async def _leave(self, topic: str, message: Mapping[str, object]) -> None:
        for _ in range(await self._hindrances.meet(topic)):
            self._mailboxes.put(topic, message)
            self._hindrances.arrived()

    async def _push(self, url: str, body: Mapping[str, object]) -> None:
        loop, pause = asyncio.get_running_loop(), self._pace.first
        while not await loop.run_in_executor(self._threads, _post, url, body):
            await asyncio.sleep(pause)
            pause = min(self._pace.longest, pause * 2)


def _post(url: str, body: Mapping[str, object]) -> bool:
    """Post a message once; whether it was acknowledged."""
    parts = urlsplit(url)
    connection = http.client.HTTPConnection(parts.netloc, timeout=_ACKNOWLEDGE_SECONDS)
    path = (parts.path or "/") + (f"?{parts.query}" if parts.query else "")
    try:
        with closing(connection):
            connection.request("POST", path, json.dumps(body), {"Content-Type": "application/json"})
            status = connection.getresponse().status
    except (OSError, http.client.HTTPException) as error:
        log.info("push to %s failed: %s", url, error)
        return False
    if status not in _HTTP_OK:
        log.warning("push to %s was answered %s; trying again", url, status)
    return status in _HTTP_OK
