"""The ledger of an installation: what is set aside for runs, and what they have cost. Pure.

A *state* is the whole ledger after one change. States are numbered; each is an object of its own
that is created once (`headrace.money.admission`), so that of two who change state N at once one
finds N + 1 taken, and decides anew on what is there then.

Days and months are those of UTC; Google's invoice has those of California.
"""

from collections.abc import Iterator
from datetime import date, datetime, timedelta

from msgspec import field
from msgspec.structs import replace

from headrace.errors import CapExceededError
from headrace.runs.status import Record

MOST_DAYS = 62
"""Days that are remembered: this month's and the last one's."""

MOST_SETTLED = 500
"""Runs whose settlement is remembered, so that a later one replaces it."""

_CENT = 1e-9
"""Sums of amounts differ by less than this."""


class Caps(Record, frozen=True):
    """What may be spent at most, in the price table's currency; None for no limit."""

    run: float | None = None
    day: float | None = None
    month: float | None = None

    @property
    def any(self) -> bool:
        """Whether there is one."""
        return (self.run, self.day, self.month) != (None, None, None)


class Reservation(Record, frozen=True):
    """What is set aside for a run until it has ended.

    Attributes:
        run_id: the run.
        amount: the most that it can cost.
        made: when; it counts against the cap of that day and month.
        expires: when all its machines must have stopped, by their time limits.
    """

    run_id: str
    amount: float
    made: datetime
    expires: datetime


class Settlement(Record, frozen=True):
    """What a run has cost, on the day it was reserved for."""

    run_id: str
    amount: float
    day: date


class State(Record, frozen=True):
    """The ledger after one change.

    Attributes:
        number: of the change; 0 before the first.
        written: when.
        currency: of all amounts; empty before the first change.
        what: the change, in words.
        open: reservations of runs that have not ended.
        settled: what the latest runs have cost, the last one last.
        spent: by day, those of `settled` included.
    """

    number: int = 0
    written: datetime | None = None
    currency: str = ""
    what: str = ""
    open: tuple[Reservation, ...] = ()
    settled: tuple[Settlement, ...] = ()
    spent: dict[str, float] = field(default_factory=dict)

    def reserved(self, run_id: str) -> Reservation | None:
        """Return what is set aside for a run."""
        return next((one for one in self.open if one.run_id == run_id), None)

    def on_day(self, day: date) -> float:
        """Return what is spent and set aside on a day."""
        return self.spent.get(day.isoformat(), 0.0) + sum(
            one.amount for one in self.open if one.made.date() == day
        )

    def in_month(self, day: date) -> float:
        """Return what is spent and set aside in the month of a day."""
        month = f"{day:%Y-%m}"
        spent = sum(amount for key, amount in self.spent.items() if key.startswith(month))
        return spent + sum(one.amount for one in self.open if f"{one.made:%Y-%m}" == month)


def reserve(state: State, wanted: Reservation, caps: Caps, currency: str) -> State:
    """Return the next state, with what is wanted set aside.

    A run that has a reservation already, because its controller is another one now, gets the new
    one in its place, on the day of the first.

    Raises:
        CapExceededError: a cap would be exceeded; the message says which, by how much, and what
            to do.
    """
    _check_currency(state, currency)
    earlier = state.reserved(wanted.run_id)
    if earlier is not None:
        wanted = replace(wanted, made=earlier.made)
    others = tuple(one for one in state.open if one.run_id != wanted.run_id)
    without = replace(state, open=others)
    _check(without, wanted, caps, currency)
    what = f"{wanted.amount:.4f} set aside for {wanted.run_id}"
    return _next(without, wanted.made, currency, what, open=(*others, wanted))


def settle(state: State, run_id: str, amount: float, now: datetime) -> State | None:
    """Return the next state, with what a run has cost in the place of what was set aside.

    A run without a reservation, because it was refused, counts on the day of its settlement. None
    if nothing changes.
    """
    held = state.reserved(run_id)
    before = next((one for one in state.settled if one.run_id == run_id), None)
    if held is None and abs((before.amount if before else 0.0) - amount) < _CENT:
        return None
    day = held.made.date() if held is not None else (before.day if before else now.date())
    spent = dict(state.spent)
    if before is not None:
        spent[before.day.isoformat()] = spent.get(before.day.isoformat(), 0.0) - before.amount
    spent[day.isoformat()] = spent.get(day.isoformat(), 0.0) + amount
    kept = [one for one in state.settled if one.run_id != run_id]
    return _next(
        state,
        now,
        state.currency,
        f"{run_id} has cost {amount:.4f}",
        open=tuple(one for one in state.open if one.run_id != run_id),
        settled=(*kept, Settlement(run_id=run_id, amount=amount, day=day))[-MOST_SETTLED:],
        spent=_recent(spent, now.date()),
    )


def expired(state: State, now: datetime) -> Iterator[Reservation]:
    """Yield the reservations of runs all of whose machines must have stopped by now."""
    return (one for one in state.open if one.expires <= now)


def _check(state: State, wanted: Reservation, caps: Caps, currency: str) -> None:
    day = wanted.made.date()
    used = (
        ("the run", caps.run, 0.0, "the run's cap (cap in triggers.yaml, HEADRACE_CAP_RUN)"),
        ("the day", caps.day, state.on_day(day), "HEADRACE_CAP_DAY, or start it tomorrow"),
        ("the month", caps.month, state.in_month(day), "HEADRACE_CAP_MONTH"),
    )
    for what, cap, spent, remedy in used:
        if cap is not None and spent + wanted.amount > cap + _CENT:
            left = f", of which {spent:.2f} are spent or set aside" if what != "the run" else ""
            raise CapExceededError(
                f"Run {wanted.run_id} may cost up to {wanted.amount:.2f} {currency}, and the cap "
                f"of {what} is {cap:.2f} {currency}{left}: no job was started. Lower the time "
                "limits (runtime) of its dearest rules, give it fewer samples, or raise "
                f"{remedy}."
            )


def _check_currency(state: State, currency: str) -> None:
    if state.currency not in {"", currency} and (state.open or state.spent):
        raise CapExceededError(
            f"The ledger is in {state.currency} and the prices are in {currency} now: caps cannot "
            "be held. Take the prices back to the former currency, or wait until next month."
        )


def _next(state: State, now: datetime, currency: str, what: str, **changes: object) -> State:
    return replace(
        state, number=state.number + 1, written=now, currency=currency, what=what, **changes
    )


def _recent(spent: dict[str, float], today: date) -> dict[str, float]:
    first = (today - timedelta(days=MOST_DAYS)).isoformat()
    return {day: amount for day, amount in sorted(spent.items()) if day >= first}
