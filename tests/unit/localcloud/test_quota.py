import asyncio
from collections.abc import Coroutine
from contextlib import suppress
from typing import Any

from localcloud.engine.quota import Limits, Quota

REGION = "us-central1"


class Holder:
    """Holds vCPUs until told to let go, and notes what happened."""

    def __init__(
        self, quota: Quota, name: str, vcpus: int, story: list[str], metric: str = "CPUS"
    ) -> None:
        self._metric = metric
        self._story = story
        self._name = name
        self._release = asyncio.Event()
        self.task = asyncio.create_task(self._hold(quota, vcpus))

    async def _hold(self, quota: Quota, vcpus: int) -> None:
        async with quota.hold(REGION, self._metric, vcpus, self._note_waiting):
            self._story.append(f"{self._name} holds")
            await self._release.wait()

    def _note_waiting(self) -> None:
        self._story.append(f"{self._name} waits")

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
        quota, story = Quota(Limits(4)), list[str]()
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
        quota, story = Quota(Limits(2)), list[str]()
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
        quota, story = Quota(Limits(2)), list[str]()
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


def test_an_exhausted_family_is_passed_by_and_keeps_its_own_order() -> None:
    async def scene() -> None:
        quota, story = Quota(Limits(8, {"C2_CPUS": 4})), list[str]()
        first = Holder(quota, "first", 4, story, "C2_CPUS")
        second = Holder(quota, "second", 4, story, "C2_CPUS")
        other = Holder(quota, "other", 2, story)
        await settle()
        assert story == ["first holds", "second waits", "other holds"]
        await first.let_go()
        assert story[3:] == ["second holds"]
        await other.let_go()
        await second.let_go()
        assert quota.used(REGION) == 0

    run(scene())
