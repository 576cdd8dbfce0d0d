"""From a finished upload to the function that waits for it: at least once, in no order.

Two sources tell of uploads: the storage's own events, and a scan of the bucket at start and every
few seconds, since the storage forgets an event when nobody listens. A delivery is repeated with
growing pauses until the function answers 2xx, as Eventarc does under a retry policy; the pauses are
shorter than Google's 10 to 600 seconds.
"""

from __future__ import annotations

import asyncio
import http.client
import logging
from collections.abc import Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from dataclasses import dataclass
from functools import partial
from typing import Any

from localcloud.children import HOST
from localcloud.events.cloudevent import Upload, request
from localcloud.events.hindrances import Hindrances
from localcloud.events.ledger import Ledger
from localcloud.faults.book import FaultBook
from localcloud.faults.orders import Messages
from localcloud.storage import StorageClient

log = logging.getLogger(__name__)

_ACKNOWLEDGE_SECONDS = 600.0
"""Google's longest acknowledgement deadline of a push subscription."""

_AT_ONCE = 16
_HTTP_OK = range(200, 300)


@dataclass(frozen=True, slots=True)
class Subscription:
    """A function on a port of the loopback that gets the uploads of a bucket."""

    function: str
    bucket: str
    port: int


@dataclass(frozen=True, slots=True)
class Pace:
    """Seconds between scans, and between attempts of one delivery."""

    scan: float = 5.0
    first_retry: float = 0.5
    longest_retry: float = 30.0


class Relay:
    """Delivers uploads to functions."""

    def __init__(
        self,
        storage: StorageClient,
        ledger: Ledger,
        faults: FaultBook,
        pace: Pace,
    ) -> None:
        self._storage = storage
        self._subscriptions: Sequence[Subscription] = ()
        self._ledger = ledger
        self._hindrances = Hindrances(faults, Messages.UPLOADS)
        self._pace = pace
        self._threads = ThreadPoolExecutor(_AT_ONCE, thread_name_prefix="relay")
        self._deliveries: dict[tuple[str, str], asyncio.Task[None]] = {}
        self._scanning: asyncio.Task[None] | None = None

    def subscribe(self, subscriptions: Sequence[Subscription]) -> None:
        """Begin to deliver: from now on by events, and by scanning what there is already."""
        self._subscriptions = subscriptions
        self._scanning = asyncio.create_task(self._scan_for_ever())

    async def stop(self) -> None:
        """End scans and deliveries; call it when the functions are gone."""
        tasks = [*self._deliveries.values(), *([self._scanning] if self._scanning else [])]
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
        self._threads.shutdown(wait=False, cancel_futures=True)

    def on_finalize(self, resource: Mapping[str, Any]) -> None:
        """Take a storage#object as the storage's event gives it."""
        try:
            upload = Upload.of(resource)
        except KeyError as missing:
            log.warning("an event of the storage server has no %s", missing)
            return
        self._deliver_to_all(upload, complete=False)

    def _deliver_to_all(self, upload: Upload, *, complete: bool) -> None:
        for subscription in self._subscriptions:
            entry = (subscription.function, upload.key)
            known = entry in self._ledger or entry in self._deliveries
            if subscription.bucket == upload.bucket and not known:
                task = asyncio.create_task(self._deliver(subscription, upload, complete=complete))
                self._deliveries[entry] = task
                task.add_done_callback(partial(self._forget, entry))

    def _forget(self, entry: tuple[str, str], _done: asyncio.Task[None]) -> None:
        del self._deliveries[entry]

    async def _deliver(self, subscription: Subscription, upload: Upload, *, complete: bool) -> None:
        if not complete:
            upload = await self._in_thread(self._completed, upload)
        copies = await self._hindrances.meet(f"{upload.bucket}/{upload.name}")
        await asyncio.gather(*(self._deliver_once(subscription, upload) for _ in range(copies)))
        self._ledger.add(subscription.function, upload.key)
        if copies:
            self._hindrances.arrived()

    async def _deliver_once(self, subscription: Subscription, upload: Upload) -> None:
        pause = self._pace.first_retry
        while not await self._in_thread(self._attempt, subscription, upload):
            await asyncio.sleep(pause)
            pause = min(self._pace.longest_retry, pause * 2)

    def _completed(self, upload: Upload) -> Upload:
        """The upload with the fields that the storage's own event leaves out."""
        try:
            resource = self._storage.get_object(upload.bucket, upload.name)
        except (OSError, http.client.HTTPException):
            return upload
        if resource is None or str(resource["generation"]) != upload.generation:
            return upload  # overwritten or deleted meanwhile: what the event said must do
        return Upload.of(resource)

    def _attempt(self, subscription: Subscription, upload: Upload) -> bool:
        """Post the event once; whether the function acknowledged it."""
        headers, body = request(upload)
        connection = http.client.HTTPConnection(
            HOST, subscription.port, timeout=_ACKNOWLEDGE_SECONDS
        )
        try:
            with closing(connection):
                connection.request("POST", "/", body, headers)
                status = connection.getresponse().status
        except (OSError, http.client.HTTPException) as error:
            log.info("function %s cannot be reached: %s", subscription.function, error)
            return False
        if status not in _HTTP_OK:
            log.warning(
                "function %s answered %s to event %s; trying again",
                subscription.function,
                status,
                upload.key,
            )
        return status in _HTTP_OK

    async def _scan_for_ever(self) -> None:
        while True:
            for bucket in sorted({each.bucket for each in self._subscriptions}):
                try:
                    uploads = await self._in_thread(self._list, bucket)
                except (OSError, http.client.HTTPException) as error:
                    log.info("bucket %s cannot be listed: %s", bucket, error)
                    continue
                for upload in uploads:
                    self._deliver_to_all(upload, complete=True)
            await asyncio.sleep(self._pace.scan)

    def _list(self, bucket: str) -> list[Upload]:
        return [Upload.of(resource) for resource in self._storage.objects(bucket)]

    async def _in_thread(self, call: Any, *arguments: Any) -> Any:
        return await asyncio.get_running_loop().run_in_executor(self._threads, call, *arguments)
