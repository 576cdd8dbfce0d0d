"""Caps hold, whoever asks and in whatever order: the ledger's rules, and its states in a store."""

from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from headrace.errors import CapExceededError, HeadraceError
from headrace.money import admission, ledger
from headrace.money.ledger import Caps, Reservation, State
from tests.unit.arrivals.memory import MemoryStore

NOW = datetime(2026, 11, 26, 12, tzinfo=UTC)


@pytest.fixture
def store() -> MemoryStore:
    return MemoryStore(lambda: NOW)


def wanted(run: str, amount: float, made: datetime = NOW) -> Reservation:
    return Reservation(run_id=run, amount=amount, made=made, expires=made + timedelta(days=3))


def reserved(*amounts: float, caps: Caps | None = None) -> State:
    state = State()
    for number, amount in enumerate(amounts):
        state = ledger.reserve(state, wanted(f"r{number}", amount), caps or Caps(), "USD")
    return state


@pytest.mark.parametrize(
    ("caps", "said"),
    [
        (Caps(run=5), "cap of the run is 5.00 USD: no job was started"),
        (Caps(day=12), r"cap of the day is 12.00 USD, of which 8.00 are spent or set aside"),
        (Caps(month=12), "cap of the month is 12.00 USD, of which 8.00"),
    ],
)
def test_a_run_above_a_cap_is_refused_with_the_remedy(caps: Caps, said: str) -> None:
    with pytest.raises(CapExceededError, match=said) as refused:
        ledger.reserve(reserved(8), wanted("new", 6), caps, "USD")
    assert "Lower the time limits" in str(refused.value)


def test_a_run_just_at_its_caps_is_let_in() -> None:
    state = reserved(0.1, 0.2, caps=Caps(run=0.2, day=0.3, month=0.3))
    assert state.on_day(NOW.date()) == pytest.approx(0.3)


def test_another_day_has_a_cap_of_its_own_and_the_month_goes_on() -> None:
    state = reserved(8)
    later = NOW + timedelta(days=1)
    state = ledger.reserve(state, wanted("tomorrow", 8, later), Caps(day=10, month=20), "USD")
    with pytest.raises(CapExceededError, match="the month"):
        ledger.reserve(state, wanted("more", 8, later), Caps(day=100, month=20), "USD")
    next_month = NOW + timedelta(days=10)
    ledger.reserve(state, wanted("december", 8, next_month), Caps(day=10, month=20), "USD")


def test_a_settled_run_counts_what_it_has_cost() -> None:
    state = ledger.settle(reserved(8), "r0", 0.5, NOW)
    assert state is not None
    assert state.on_day(NOW.date()) == 0.5
    assert state.open == ()


def test_settling_twice_counts_once_and_the_later_amount_holds() -> None:
    state = ledger.settle(reserved(8), "r0", 0.5, NOW)
    assert state is not None
    assert ledger.settle(state, "r0", 0.5, NOW) is None
    again = ledger.settle(state, "r0", 0.7, NOW)
    assert again is not None
    assert again.on_day(NOW.date()) == pytest.approx(0.7)


def test_a_second_controller_of_a_run_replaces_its_reservation() -> None:
    state = ledger.reserve(reserved(8), wanted("r0", 9, NOW + timedelta(days=1)), Caps(), "USD")
    assert [(one.amount, one.made) for one in state.open] == [(9, NOW)]


def test_a_refused_run_counts_what_its_controller_cost() -> None:
    state = ledger.settle(State(), "refused", 0.01, NOW)
    assert state is not None
    assert state.on_day(NOW.date()) == 0.01


def test_another_currency_than_the_ledgers_is_refused() -> None:
    with pytest.raises(CapExceededError, match="in USD and the prices are in EUR"):
        ledger.reserve(reserved(8), wanted("new", 1), Caps(), "EUR")


def test_a_clock_that_was_set_back_keeps_the_day_of_the_reservation() -> None:
    state = ledger.settle(reserved(8), "r0", 1, NOW - timedelta(days=400))
    assert state is not None
    assert state.on_day(NOW.date()) == 1


def test_days_long_past_are_forgotten() -> None:
    state = ledger.settle(reserved(8), "r0", 1, NOW)
    assert state is not None
    later = NOW + timedelta(days=90)
    state = ledger.settle(state, "other", 2, later)
    assert state is not None
    assert list(state.spent) == [later.date().isoformat()]


def test_a_reservation_expires_when_its_machines_must_have_stopped() -> None:
    state = reserved(8)
    assert list(ledger.expired(state, NOW + timedelta(days=2))) == []
    assert [one.run_id for one in ledger.expired(state, NOW + timedelta(days=3))] == ["r0"]


amounts = st.floats(0, 50)


@given(st.lists(st.tuples(st.sampled_from("abcdef"), amounts, st.booleans()), max_size=30))
def test_no_order_of_launches_and_ends_exceeds_a_cap(
    steps: list[tuple[str, float, bool]],
) -> None:
    caps, state = Caps(run=30, day=60, month=60), State()
    for run, amount, is_end in steps:
        try:
            if is_end:
                held = state.reserved(run)
                cost = min(amount, held.amount) if held is not None else 0.0
                state = (ledger.settle(state, run, cost, NOW) if held else None) or state
            else:
                state = ledger.reserve(state, wanted(run, amount), caps, "USD")
        except CapExceededError:
            pass
        assert state.on_day(NOW.date()) <= 60 + 1e-6
        assert state.in_month(NOW.date()) == pytest.approx(state.on_day(NOW.date()))


def test_a_hundred_launches_at_once_never_exceed_the_cap(
    store: MemoryStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(admission, "LONGEST_PAUSE", 0.001)

    def launch(number: int) -> bool:
        try:
            admission.reserve(store, "results", wanted(f"r{number}", 3), Caps(day=100), "USD")
        except CapExceededError:
            return False
        return True

    with ThreadPoolExecutor(100) as pool:
        let_in = list(pool.map(launch, range(100)))
    assert let_in.count(True) == 33, "every one got an answer, and as many as fit were let in"
    state = admission.read(store, "results")
    assert state.on_day(NOW.date()) == pytest.approx(99)
    assert (state.number, len(state.open)) == (33, 33)


def test_settlements_and_launches_at_once_lose_nothing(
    store: MemoryStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(admission, "LONGEST_PAUSE", 0.001)

    def run(number: int) -> None:
        admission.reserve(store, "results", wanted(f"r{number}", 3), Caps(day=1000), "USD")
        admission.settle(store, "results", f"r{number}", 1, NOW)

    with ThreadPoolExecutor(30) as pool:
        list(pool.map(run, range(30)))
    state = admission.read(store, "results")
    assert state.open == ()
    assert state.on_day(NOW.date()) == pytest.approx(30)


def test_a_store_that_refuses_everything_lets_nothing_in(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(admission, "MOST_TRIES", 3)
    monkeypatch.setattr(admission, "LONGEST_PAUSE", 0.0)

    class Forgetful(MemoryStore):
        def create(self, uri: object, data: bytes) -> bool:
            del uri, data
            return False

    with pytest.raises(HeadraceError):
        admission.reserve(Forgetful(lambda: NOW), "results", wanted("r", 1), Caps(), "USD")
