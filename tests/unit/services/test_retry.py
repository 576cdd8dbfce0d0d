"""Asking again, on a clock of our own."""

from collections.abc import Callable

import pytest
from hypothesis import given
from hypothesis import strategies as st

from headrace.errors import NotFoundError, UnavailableError
from headrace.services.retry import Backoff, retry


class Time:
    """A clock that moves when somebody sleeps."""

    def __init__(self) -> None:
        self.now = 0.0
        self.pauses: list[float] = []

    def sleep(self, seconds: float) -> None:
        self.pauses.append(seconds)
        self.now += seconds

    def ask(
        self,
        call: Callable[[], str],
        backoff: Backoff,
        jitter: Callable[[float, float], float] = max,
    ) -> str:
        return retry(
            call,
            on=(UnavailableError,),
            backoff=backoff,
            sleep=self.sleep,
            clock=lambda: self.now,
            jitter=jitter,
        )


def failing(times: int, error: type[Exception] = UnavailableError) -> Callable[[], str]:
    left = iter(range(times))

    def call() -> str:
        if next(left, None) is not None:
            raise error("not now")
        return "answer"

    return call


def test_pauses_double_up_to_the_longest() -> None:
    time = Time()
    assert time.ask(failing(5), Backoff(first=1, longest=4, deadline=60)) == "answer"
    assert time.pauses == [1, 2, 4, 4, 4]


def test_an_answer_at_once_costs_no_pause() -> None:
    time = Time()
    assert time.ask(failing(0), Backoff()) == "answer"
    assert time.pauses == []


def test_the_deadline_raises_what_went_wrong_last() -> None:
    time = Time()
    with pytest.raises(UnavailableError, match="not now"):
        time.ask(failing(1000), Backoff(first=1, longest=4, deadline=10))
    assert sum(time.pauses) <= 10


def test_what_does_not_pass_is_raised_at_once() -> None:
    time = Time()
    with pytest.raises(NotFoundError):
        time.ask(failing(1, NotFoundError), Backoff())
    assert time.pauses == []


@given(
    st.floats(0.01, 10),
    st.floats(0.01, 60),
    st.floats(0, 600),
    st.integers(0, 200),
    st.floats(0, 1),
)
def test_however_it_falls_no_pause_is_too_long_and_the_deadline_holds(
    first: float, longest: float, deadline: float, failures: int, chance: float
) -> None:
    time = Time()
    backoff = Backoff(first, longest, deadline)

    def jitter(low: float, high: float) -> float:
        return low + chance * (high - low)

    try:
        time.ask(failing(failures), backoff, jitter)
    except UnavailableError:
        assert time.now <= deadline
    else:
        assert len(time.pauses) == failures
    assert all(0 <= pause <= longest for pause in time.pauses)
    assert time.now <= deadline
