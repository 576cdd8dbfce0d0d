import asyncio
from collections.abc import Coroutine
from contextlib import suppress
from typing import Any

from localcloud.engine.quota import Quota

REGION = "us-central1"


class Holder:
    """Holds vCPUs until told to let go, and notes what happened."""

    def __init__(self, quota: Quota, name: str, vcpus: int, story: list[str]) -> None:
        self._story = story
        self._name = name
        self._release = asyncio.Event()
        self.task = asyncio.create_task(self._hold(quota, vcpus))

    async def _hold(self, quota: Quota, vcpus: int) -> None:
        async with quota.hold(REGION, vcpus, lambda: self._story.append(f"{self._name} waits")):
            self._story.append(f"{self._name} holds")
            await self._release.wait()

    async def let_go(self) -> None:
        self._release.set()
        await self.task
        await settle()


async def settle() -> None:
    for _ in range(10):
        await asyncio.sleep(0)


def run(story: Coroutine[Any, Any, None]) -> None:
    asyncio.run(asyncio.wait_for(story, 10))


def test_who_waits_is_served_in_order_and_a_small_one_does_not_overtake() -> None:
    async def scene() -> None:
        quota, story = Quota(4), list[str]()
        first, big, small = (
            Holder(quota, name, n, story) for name, n in (("first", 3), ("big", 4), ("small", 1))
        )
        await settle()
        assert story == ["first holds", "big waits", "small waits"]
        await first.let_go()
        assert story[3:] == ["big holds"]
        await big.let_go()
        assert story[4:] == ["small holds"]
        await small.let_go()
        assert quota.used(REGION) == 0

    run(scene())


def test_a_waiter_that_gives_up_makes_way_and_takes_nothing() -> None:
    async def scene() -> None:
        quota, story = Quota(2), list[str]()
        first, second, third = (Holder(quota, name, 2, story) for name in "abc")
        await settle()
        second.task.cancel()
        with suppress(asyncio.CancelledError):
            await second.task
        await first.let_go()
        assert story[-1] == "c holds"
        await third.let_go()
        assert quota.used(REGION) == 0

    run(scene())


def test_one_cancelled_in_the_moment_it_is_served_gives_its_vcpus_on() -> None:
    async def scene() -> None:
        quota, story = Quota(2), list[str]()
        first, second, third = (Holder(quota, name, 2, story) for name in "abc")
        await settle()
        first._release.set()
        await first.task
        second.task.cancel()
        await settle()
        assert story[-1] == "c holds"
        await third.let_go()
        assert quota.used(REGION) == 0

    run(scene())
