"""vCPU quotas of each region, in all and by machine family: first come, first served."""

from __future__ import annotations

import asyncio
from collections import Counter, defaultdict, deque
from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from itertools import count


@dataclass(frozen=True, slots=True)
class Limits:
    """The most vCPUs in use in one region.

    Attributes:
        whole: of all machines together.
        by_metric: of the machines that count against a quota, such as `C2_CPUS`.
    """

    whole: int
    by_metric: Mapping[str, int] = field(default_factory=dict)

    def of(self, metric: str) -> int:
        """The most vCPUs that machines of one quota can ever have at once."""
        return min(self.whole, self.by_metric.get(metric, self.whole))


@dataclass(frozen=True, slots=True)
class _Waiter:
    """`arrival` numbers the waiters of a region."""

    arrival: int
    metric: str
    vcpus: int
    granted: asyncio.Future[None]


class _Region:
    """The vCPUs in use by quota, and who waits for each quota, in order of arrival."""

    def __init__(self) -> None:
        self.used: Counter[str] = Counter()
        self._queues: dict[str, deque[_Waiter]] = {}
        self._arrivals = count()

    def join(self, metric: str, vcpus: int) -> _Waiter:
        """Take a place in a queue."""
        granted = asyncio.get_running_loop().create_future()
        waiter = _Waiter(next(self._arrivals), metric, vcpus, granted)
        self._queues.setdefault(metric, deque()).append(waiter)
        return waiter

    def serve(self, limits: Limits) -> None:
        """Grant what fits: the earliest first, exhausted families passed by."""
        while waiter := self._next(limits):
            if self.used.total() + waiter.vcpus > limits.whole:
                return
            self._queues[waiter.metric].popleft()
            self.used[waiter.metric] += waiter.vcpus
            waiter.granted.set_result(None)

    def _next(self, limits: Limits) -> _Waiter | None:
        """The earliest waiter whose family has room."""
        for queue in self._queues.values():
            while queue and queue[0].granted.cancelled():
                queue.popleft()
        first = (queue[0] for queue in self._queues.values() if queue)
        fitting = (w for w in first if self.used[w.metric] + w.vcpus <= limits.of(w.metric))
        return min(fitting, key=lambda waiter: waiter.arrival, default=None)


class Quota:
    """Hands out the vCPUs of every region within the same limits.

    Who waits is served in order of arrival. Only those whose own family is exhausted are passed
    by; a large machine that waits for the region as a whole is not overtaken by small ones.
    """

    def __init__(self, limits: Limits) -> None:
        self.limits = limits
        self._regions: dict[str, _Region] = defaultdict(_Region)

    def used(self, region: str) -> int:
        """The vCPUs in use in a region."""
        return self._regions[region].used.total()

    @asynccontextmanager
    async def hold(
        self, region: str, metric: str, vcpus: int, on_wait: Callable[[], None]
    ) -> AsyncIterator[None]:
        """Hold vCPUs of a region and quota; calls `on_wait` once if there is no room at first."""
        place = self._regions[region]
        waiter = place.join(metric, vcpus)
        place.serve(self.limits)
        if not waiter.granted.done():
            on_wait()
            await self._wait(place, waiter)
        try:
            yield
        finally:
            self._give_back(place, waiter)

    async def _wait(self, place: _Region, waiter: _Waiter) -> None:
        try:
            await waiter.granted
        except asyncio.CancelledError:
            if waiter.granted.cancelled():
                place.serve(self.limits)
            else:  # cancelled in the moment it was served
                self._give_back(place, waiter)
            raise

    def _give_back(self, place: _Region, waiter: _Waiter) -> None:
        place.used[waiter.metric] -= waiter.vcpus
        place.serve(self.limits)
