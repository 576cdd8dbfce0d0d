from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from localcloud.faults.book import FaultBook
from localcloud.faults.orders import (
    ApiFault,
    ApiOrder,
    DeliveryFault,
    DeliveryOrder,
    JobFault,
    JobOrder,
    Messages,
    Occasions,
    OrderError,
    Phase,
    parse_order,
)
from localcloud.jobs.events import Loss
from localcloud.wire.errors import Code

METHODS = ("batch.jobs.create", "batch.jobs.get", "lifesciences.pipelines.run")


@pytest.mark.parametrize(
    ("message", "order"),
    [
        (
            {
                "method": "batch.jobs.create",
                "do": "error",
                "code": "INTERNAL",
                "nth": 2,
                "times": 3,
            },
            ApiOrder("batch.jobs.create", ApiFault.ERROR, Code.INTERNAL, occasions=Occasions(2, 3)),
        ),
        ({"method": "*", "do": "delay", "seconds": 2}, ApiOrder("*", ApiFault.DELAY, seconds=2)),
        (
            {"job": "a*", "labels": {"k": "v"}, "do": "recreate", "while": "booting", "after": 0.5},
            JobOrder("a*", JobFault.LOSE_MACHINE, {"k": "v"}, Loss.RECREATED, Phase.BOOTING, 0.5),
        ),
        ({"job": "*", "do": "stall", "reason": "x"}, JobOrder("*", JobFault.STALL, reason="x")),
        (
            {"object": "inbox/*", "do": "duplicate", "copies": 1000},
            DeliveryOrder(Messages.UPLOADS, "inbox/*", DeliveryFault.DUPLICATE, copies=1000),
        ),
        (
            {"topic": "projects/lab/*", "do": "hold", "seconds": 3},
            DeliveryOrder(Messages.NOTIFICATIONS, "projects/lab/*", DeliveryFault.HOLD, seconds=3),
        ),
    ],
)
def test_orders_are_read(message: dict[str, Any], order: object) -> None:
    assert parse_order(message, METHODS) == order


@pytest.mark.parametrize(
    ("message", "said"),
    [
        ([], "is a JSON object"),
        ({}, "exactly one of the keys method, job, object"),
        ({"method": "*", "job": "*"}, "exactly one of the keys"),
        ({"method": "batch.jobs.creat", "do": "error"}, "did you mean 'batch.jobs.create'"),
        ({"method": "*", "do": "eror"}, "do is 'eror'; it must be one of: error, drop-reply"),
        ({"method": "*", "do": "error", "code": "OOPS"}, "code is 'OOPS'"),
        (
            {"method": "*", "do": "error", "cod": "INTERNAL"},
            "unknown key 'cod'; did you mean 'code'",
        ),
        ({"method": "*", "do": "error", "nth": 0}, "nth is 0; it must be a whole number"),
        ({"method": "*", "do": "delay", "seconds": -1}, "seconds is -1"),
        ({"job": "*", "do": "preempt", "while": "sleeping"}, "while is 'sleeping'"),
        ({"job": "*", "do": "preempt", "labels": {"k": 1}}, "labels is an object of texts"),
        ({"object": "*", "do": "duplicate", "copies": True}, "copies is True"),
    ],
)
def test_orders_that_make_no_sense_are_refused(message: Any, said: str) -> None:
    with pytest.raises(OrderError) as caught:
        parse_order(message, METHODS)
    assert said in str(caught.value)


@given(st.integers(1, 5), st.integers(1, 5), st.integers(1, 12))
def test_exactly_the_ordered_occasions_are_hit(nth: int, times: int, calls: int) -> None:
    book = FaultBook()
    book.order({"method": "batch.*", "do": "error", "nth": nth, "times": times}, METHODS)
    hits = []
    for call in range(1, calls + 1):
        book.on_call("lifesciences.pipelines.run")
        if book.on_call("batch.jobs.get") is not None:
            hits.append(call)
    assert hits == [call for call in range(nth, nth + times) if call <= calls]


def test_the_first_order_wins_but_all_count() -> None:
    book = FaultBook()
    book.order({"job": "*", "do": "stall"}, METHODS)
    book.order({"job": "*", "do": "reboot", "nth": 2}, METHODS)
    hits = [book.on_job("j", {}) for _ in range(3)]
    assert [order.fault if order else None for order in hits] == [
        JobFault.STALL,
        JobFault.LOSE_MACHINE,
        None,
    ]


def test_an_order_for_uploads_is_none_for_notifications() -> None:
    book = FaultBook()
    book.order({"object": "*", "do": "drop"}, METHODS)
    assert book.on_message(Messages.NOTIFICATIONS, "projects/lab/topics/jobs") is None
    assert book.on_message(Messages.UPLOADS, "inbox/a") is not None


def test_labels_choose_jobs() -> None:
    book = FaultBook()
    book.order({"job": "*", "labels": {"run": "a"}, "do": "stall", "times": 9}, METHODS)
    assert book.on_job("j", {"run": "b"}) is None
    assert book.on_job("j", {"run": "a", "more": "x"}) is not None
