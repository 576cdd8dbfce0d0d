"""Barriers: a task waits until every task of its job that still runs has come as far."""

from __future__ import annotations

import asyncio
from collections import defaultdict


class Barriers:
    """The barriers of one job of `count` tasks, by step."""

    def __init__(self, count: int) -> None:
        self._count = count
        self._here: dict[int, set[int]] = defaultdict(set)
        self._open: dict[int, asyncio.Event] = defaultdict(asyncio.Event)
        self._gone: set[int] = set()

    async def arrive(self, step: int, task: int) -> None:
        """Wait at the barrier that is step `step` until all tasks are there or have ended."""
        self._here[step].add(task)
        self._check(step)
        await self._open[step].wait()

    def leave(self, task: int) -> None:
        """A task has ended for good: no barrier waits for it any more."""
        self._gone.add(task)
        for step in list(self._here):
            self._check(step)

    def _check(self, step: int) -> None:
        if len(self._here[step] | self._gone) >= self._count:
            self._open[step].set()
