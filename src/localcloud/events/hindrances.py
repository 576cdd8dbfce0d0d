"""What ordered faults do to messages on their way: come twice, late, in another order, or never."""

from __future__ import annotations

import asyncio
from contextlib import suppress

from localcloud.faults.book import FaultBook
from localcloud.faults.orders import DeliveryFault, Messages


class Hindrances:
    """The faults of one kind of messages; it must be told of every message that has arrived."""

    def __init__(self, faults: FaultBook, messages: Messages) -> None:
        self._faults = faults
        self._messages = messages
        self._arrived = asyncio.Event()

    async def meet(self, name: str) -> int:
        """How many copies of a message to deliver, now that it is time to."""
        order = self._faults.on_message(self._messages, name)
        if order is None:
            return 1
        match order.fault:
            case DeliveryFault.DROP:
                return 0
            case DeliveryFault.DUPLICATE:
                return order.copies
            case DeliveryFault.DELAY:
                await asyncio.sleep(order.seconds)
            case DeliveryFault.HOLD:
                self._arrived.clear()
                with suppress(TimeoutError):
                    await asyncio.wait_for(self._arrived.wait(), order.seconds)
        return 1

    def arrived(self) -> None:
        """A message has arrived: those that were held back for it may go."""
        self._arrived.set()
