"""What a run costs, for the page: now, expected, and the most it may."""

from collections.abc import Iterable
from dataclasses import dataclass

from headrace.money.records import Band
from headrace.page import words
from headrace.page.facts import Facts


@dataclass(frozen=True)
class Cost:
    """Texts about money; empty ones where nothing is known.

    Attributes:
        label: what `now` is.
        now: the figure people look for.
        note: what it is to be compared with.
        currency: three letters.
        rows: names and values of the section on cost.
        notes: what the figures do not hold.
    """

    label: str = ""
    now: str = ""
    note: str = ""
    currency: str = ""
    rows: tuple[tuple[str, str], ...] = ()
    notes: tuple[str, ...] = ()


def cost(facts: Facts) -> Cost:
    """Return what the documents say of money."""
    if facts.cost is None and facts.estimate is None:
        return Cost()
    rows = tuple(_rows(facts))
    notes = (facts.cost.notes if facts.cost else ()) or (
        facts.estimate.notes if facts.estimate else ()
    )
    cap = _cap(facts)
    if facts.cost is None:
        assert facts.estimate is not None, "one of them is there"  # noqa: S101 - for the type checker
        currency = facts.estimate.prices.currency
        likely = words.money(facts.estimate.cost.likely, currency)
        note = f"cap {words.money(cap, currency)}" if cap is not None else "before it began"
        return Cost("Expected cost", likely, note, currency, rows, notes)
    currency = facts.cost.prices.currency
    beside = []
    if facts.estimate is not None:
        beside.append(f"expected {words.money(facts.estimate.cost.likely, currency)}")
    if cap is not None:
        beside.append(f"cap {words.money(cap, currency)}")
    label = "Cost" if facts.cost.ended else "Cost so far"
    now = words.money(facts.cost.amounts.total, currency)
    return Cost(label, now, ", ".join(beside) or "by list prices", currency, rows, notes)


def _rows(facts: Facts) -> Iterable[tuple[str, str]]:
    cap = _cap(facts)
    if facts.cost is not None:
        spent, currency = facts.cost, facts.cost.prices.currency
        yield "Cost", words.money(spent.amounts.total, currency)
        yield "of it machines", words.money(spent.amounts.compute, currency)
        yield "disks", words.money(spent.amounts.disk, currency)
        yield "network", words.money(spent.amounts.network, currency)
        yield "requests", words.money(spent.amounts.operations, currency)
        yield "of it the controller", words.money(spent.controller.total, currency)
        yield "Paid machine time", words.duration(spent.times.billed)
        yield (
            "Started again",
            (
                f"{words.count(spent.retries, 'time')} after failures, "
                f"{words.count(spent.preemptions, 'time')} after losses of a machine"
            ),
        )
        yield "Prices", f"of {spent.prices.day}, {spent.prices.source}"
    if facts.estimate is not None:
        expected, currency = facts.estimate, facts.estimate.prices.currency
        yield "Expected", _band(expected.cost, currency)
        yield "Worst case", words.money(expected.worst, currency)
    if cap is not None:
        spent_or_expected = facts.cost or facts.estimate
        assert spent_or_expected is not None, "asked where one is there"  # noqa: S101 - as above
        yield "Cap", words.money(cap, spent_or_expected.prices.currency)


def _band(band: Band, currency: str) -> str:
    low, high = words.money(band.low, currency), words.money(band.high, currency)
    return f"{words.money(band.likely, currency)}, nine times of ten between {low} and {high}"


def _cap(facts: Facts) -> float | None:
    return facts.request.cap if facts.request is not None else None
