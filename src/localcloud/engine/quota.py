"""A vCPU quota for each region: first come, first served."""

from __future__ import annotations

import asyncio
from collections import defaultdict, deque
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass


@dataclass(slots=True)
class _Waiter:
    vcpus: int
    granted: asyncio.Future[None]


class Quota:
    """At most `limit` vCPUs in use in each region; who waits is served in order of arrival."""

    def __init__(self, limit: int) -> None:
        self.limit = limit
        self._used: dict[str, int] = defaultdict(int)
        self._waiting: dict[str, deque[_Waiter]] = defaultdict(deque)

    def used(self, region: str) -> int:
        """The vCPUs in use in a region."""
        return self._used[region]

    @asynccontextmanager
    async def hold(
        self, region: str, vcpus: int, on_wait: Callable[[], None]
    ) -> AsyncIterator[None]:
        """Hold vCPUs of a region; calls `on_wait` once if there is no room at first."""
        queue = self._waiting[region]
        if queue or not self._fits(region, vcpus):
            on_wait()
            await self._wait(region, vcpus)
        else:
            self._used[region] += vcpus
        try:
            yield
        finally:
            self._used[region] -= vcpus
            self._serve(region)

    def _fits(self, region: str, vcpus: int) -> bool:
        return self._used[region] + vcpus <= self.limit

    async def _wait(self, region: str, vcpus: int) -> None:
        waiter = _Waiter(vcpus, asyncio.get_running_loop().create_future())
        self._waiting[region].append(waiter)
        try:
            await waiter.granted
        except asyncio.CancelledError:
            if waiter.granted.done() and not waiter.granted.cancelled():
                self._used[region] -= vcpus
            else:
                self._waiting[region].remove(waiter)
            self._serve(region)
            raise

    def _serve(self, region: str) -> None:
        queue = self._waiting[region]
        while queue and self._fits(region, queue[0].vcpus):
            waiter = queue.popleft()
            self._used[region] += waiter.vcpus
            waiter.granted.set_result(None)
