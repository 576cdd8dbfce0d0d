"""The book of fault orders: what is ordered, how often it was asked for, what it hits."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, TypeVar

from localcloud.faults.orders import ApiOrder, DeliveryOrder, JobOrder, Messages, Order, parse_order

Kind = TypeVar("Kind", ApiOrder, JobOrder, DeliveryOrder)


@dataclass(slots=True)
class _Entry:
    id: str
    order: Order
    text: Mapping[str, Any]
    seen: int = 0


class FaultBook:
    """Orders in the sequence they were given; the first that hits an occasion wins."""

    def __init__(self) -> None:
        self._entries: list[_Entry] = []
        self._given = 0

    def order(self, message: object, methods: tuple[str, ...]) -> dict[str, Any]:
        """Take an order; OrderError when it makes no sense. Answers it as `entries` does.

        `methods` are the names that an order about a method may match.
        """
        order = parse_order(message, methods)
        self._given += 1
        text: dict[str, Any] = dict(message) if isinstance(message, dict) else {}
        entry = _Entry(str(self._given), order, text)
        self._entries.append(entry)
        return _describe(entry)

    def entries(self) -> list[dict[str, Any]]:
        """Every order with its id, the occasions it has seen, and whether more can be hit."""
        return [_describe(entry) for entry in self._entries]

    def clear(self) -> None:
        """Forget all orders."""
        self._entries.clear()

    def on_call(self, method: str) -> ApiOrder | None:
        """What is to happen to this call of a method."""
        return self._take(ApiOrder, lambda order: order.matches(method))

    def on_job(self, job_id: str, labels: Mapping[str, str]) -> JobOrder | None:
        """What is to happen to this machine of a job, or to the job before it has one."""
        return self._take(JobOrder, lambda order: order.matches(job_id, labels))

    def on_message(self, messages: Messages, name: str) -> DeliveryOrder | None:
        """What is to happen to a message about `bucket/name`, or for a topic."""
        return self._take(DeliveryOrder, lambda order: order.matches(messages, name))

    def _take(self, kind: type[Kind], matches: Callable[[Kind], bool]) -> Kind | None:
        """Count the occasion in every order it matches; the first order that it hits."""
        hit: Kind | None = None
        for entry in self._entries:
            if isinstance(entry.order, kind) and matches(entry.order):
                if hit is None and entry.order.occasions.hits(entry.seen):
                    hit = entry.order
                entry.seen += 1
        return hit


def _describe(entry: _Entry) -> dict[str, Any]:
    occasions = entry.order.occasions
    spent = entry.seen >= occasions.nth - 1 + occasions.times
    return {"id": entry.id, "order": dict(entry.text), "seen": entry.seen, "spent": spent}
