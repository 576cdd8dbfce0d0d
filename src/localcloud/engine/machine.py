"""One machine in the life of a job: it boots, tasks run on it, it is released or lost."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from contextlib import suppress
from dataclasses import dataclass, field

from localcloud.faults.orders import JobFault, JobOrder, Phase
from localcloud.jobs.events import Loss, Worker
from localcloud.jobs.spec import Machine as Shape


@dataclass(slots=True)
class Machine:
    """A machine and what may happen to it.

    Attributes:
        worker: its names.
        real: how many real seconds some of the cloud's seconds last.
        images: the images it has.
        loss: why it is gone, once it is.
    """

    worker: Worker
    real: Callable[[float], float]
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
        if order and order.fault is JobFault.LOSE_MACHINE and order.phase is phase:
            self.lose_after(order.after, order.loss)

    def lose_after(self, seconds: float | None, loss: Loss) -> None:
        """Lose the machine in so many of the cloud's seconds; None for never."""
        if seconds is not None:
            asyncio.get_running_loop().call_later(self.real(seconds), self.lose, loss)


def new_worker(token: str, shape: Shape) -> Worker:
    """The names of a new machine, out of 32 hexadecimal digits."""
    return Worker(
        instance=f"google-pipelines-worker-{token}",
        instance_id=str(10**18 + int(token, 16) % (8 * 10**18)),
        zone=shape.zone,
        machine_type=shape.machine_type,
    )


def _cancel_once(task: asyncio.Task[None]) -> None:
    """Cancel a task, but never its cleaning up after an earlier cancellation."""
    if not task.cancelling():
        task.cancel()


async def _finish(task: asyncio.Task[None]) -> None:
    """Wait until a task is done, even if whoever waits is cancelled again."""
    while not task.done():
        with suppress(asyncio.CancelledError):
            await asyncio.wait([task])
