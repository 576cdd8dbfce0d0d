"""One machine in the life of a job: it boots, tasks run on it, it is released or lost."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from contextlib import suppress
from dataclasses import dataclass, field

from localcloud.faults.orders import JobOrder, Phase
from localcloud.jobs.events import Loss, Worker


@dataclass(slots=True)
class Machine:
    """A machine and what may happen to it.

    Attributes:
        worker: its names.
        images: the images it has.
        loss: why it is gone, once it is.
    """

    worker: Worker
    images: set[str] = field(default_factory=set)
    loss: Loss | None = None
    _life: asyncio.Task[None] | None = None

    async def live(self, life: Callable[[], Awaitable[None]]) -> None:
        """Run the machine's life to its end, or until it is lost."""

        async def body() -> None:
            await life()

        self._life = asyncio.create_task(body())
        try:
            await asyncio.wait([self._life])
        except asyncio.CancelledError:  # the job is ended early
            _cancel_once(self._life)
            await _finish(self._life)
            raise
        if not self._life.cancelled():
            self._life.result()

    def lose(self, loss: Loss) -> None:
        """Take the machine away: whatever runs on it is killed."""
        if self.loss is None and self._life is not None and not self._life.done():
            self.loss = loss
            _cancel_once(self._life)

    def schedule_loss(self, order: JobOrder | None, phase: Phase) -> None:
        """Lose the machine as ordered, if this is the phase that the order means."""
        if order is not None and order.phase is phase:
            asyncio.get_running_loop().call_later(order.after, self.lose, order.loss)


def _cancel_once(task: asyncio.Task[None]) -> None:
    """Cancel a task, but never its cleaning up after an earlier cancellation."""
    if not task.cancelling():
        task.cancel()


async def _finish(task: asyncio.Task[None]) -> None:
    """Wait until a task is done, even if whoever waits is cancelled again."""
    while not task.done():
        with suppress(asyncio.CancelledError):
            await asyncio.wait([task])
