"""`headrace cost`: what a run has cost and where the money went, or all runs together."""

import argparse
import sys
from collections import defaultdict
from collections.abc import Callable, Iterable, Sequence
from datetime import UTC, datetime

from headrace.commands import output, place
from headrace.commands.topics import Topics, settings_of
from headrace.errors import InputError, StorageError
from headrace.money import accounts, closing
from headrace.money.records import Amounts, PartCost, RunCost, Times
from headrace.records import encode_json
from headrace.runs.store import Store
from headrace.settings import Settings

PARTS = ["jobs", "starts", "retries", "preempted", "boot", "pull", "staging", "tool", "idle"]
AMOUNTS = ["compute", "disk", "network", "requests", "total"]

_GROUPS: dict[str, Callable[[RunCost], Iterable[PartCost]]] = {
    "sample": lambda cost: cost.samples,
    "rule": lambda cost: cost.rules,
    "machine": lambda cost: cost.machine_types,
}


def add(topics: Topics) -> None:
    """Add `headrace cost`."""
    command = topics.add_parser("cost", help="what runs have cost")
    command.add_argument("run", nargs="?", metavar="RUN", help="one run; all if none is named")
    command.add_argument(
        "--by",
        choices=[*_GROUPS, "run", "month"],
        help="what is added up (default: rule and sample of one run; the run among all)",
    )
    command.add_argument("--json", action="store_true", help="as JSON")
    command.set_defaults(command=_cost)


def _cost(options: argparse.Namespace) -> None:
    settings = settings_of(options)
    store, now = place.store(settings), datetime.now(UTC)
    if options.run is not None:
        cost = accounts.of_run(store, settings, options.run, now)
        _close(store, settings, [cost], now)
        show_run(cost, options.by, as_json=options.json)
        return
    costs = accounts.of_all(store, settings, now)
    _close(store, settings, costs, now)
    show_all(costs, options.by or "run", as_json=options.json)


def _close(store: Store, settings: Settings, costs: Sequence[RunCost], now: datetime) -> None:
    """Close runs by hand that have ended: a controller does so with those of uploads."""
    try:
        for cost in costs:
            by_hand = cost.controller.total == 0
            if (
                by_hand
                and cost.ended
                and accounts.read(store, settings.results, cost.run_id) is None
            ):
                closing.close(store, settings, cost.run_id, now)
    except StorageError as error:
        sys.stderr.write(f"headrace: the costs were not kept: {error}\n")


def show_run(cost: RunCost, by: str | None, *, as_json: bool) -> None:
    """Show one run, by rule and by sample unless something else is asked for."""
    if as_json:
        output.say(encode_json(cost).decode().rstrip())
        return
    for line in describe(cost):
        output.say(line)
    for group in [by] if by in _GROUPS else ["rule", "sample"]:
        output.say()
        rows = [_row(part, cost.prices.currency) for part in _GROUPS[str(group)](cost)]
        output.show_table([str(group), *PARTS, *AMOUNTS], rows)
    for note in cost.notes:
        output.say(note)


def show_all(costs: Sequence[RunCost], by: str, *, as_json: bool) -> None:
    """Show all runs, added up by run, month, sample, rule or machine."""
    _check_currencies(costs)
    parts = together(costs, by)
    if as_json:
        output.say(encode_json(parts).decode().rstrip())
        return
    if not costs:
        output.say("No run has cost anything yet.")
        return
    currency = costs[0].prices.currency
    output.show_table([by, *PARTS, *AMOUNTS], [_row(part, currency) for part in parts])
    if by in _GROUPS:
        own = sum(cost.controller.total for cost in costs)
        output.say(f"Controllers: {money(own, currency)}.")


def together(costs: Sequence[RunCost], by: str) -> list[PartCost]:
    """Return the costs of many runs added up; those of controllers are in runs and months only."""
    if by == "run":
        return [_whole(cost.run_id, [cost]) for cost in costs]
    if by == "month":
        return [_whole(month, found) for month, found in accounts.by_month(costs).items()]
    groups: dict[str, list[PartCost]] = defaultdict(list)
    for cost in costs:
        for part in _GROUPS[by](cost):
            groups[part.name].append(part)
    parts = [_sum(name, found) for name, found in groups.items()]
    return sorted(parts, key=lambda part: (-part.amounts.total, part.name))


def describe(cost: RunCost) -> list[str]:
    """Return the sentences above the tables."""
    currency = cost.prices.currency
    state = "" if cost.ended else " so far"
    total, own = money(cost.amounts.total, currency), money(cost.controller.total, currency)
    again = f"{cost.retries} retries, {cost.preemptions} after a loss"
    lines = [
        f"{cost.run_id}: {total}{state}, of it {own} for the controller.",
        f"  machines  {cost.machines} for {cost.attempts} starts: {again}",
        f"  prices    {cost.prices.source}, {cost.prices.day}",
    ]
    if cost.times.billed > 0:
        useful = cost.times.tool / cost.times.billed
        lines.append(f"  time      {useful:.0%} of what was paid for was the tools' own")
    if cost.estimate is not None:
        expected = cost.estimate.expected
        lines.append(
            f"  estimate  {money(expected.likely, currency)} "
            f"({expected.low:.4g} to {expected.high:.4g}): {cost.estimate.error:+.0%} off"
        )
    return lines


def money(amount: float, currency: str) -> str:
    """Return an amount as people read it, small ones with more digits."""
    digits = 2 if amount >= 1 else 4
    return f"{amount:.{digits}f} {currency}"


def _check_currencies(costs: Sequence[RunCost]) -> None:
    found = sorted({cost.prices.currency for cost in costs})
    if len(found) > 1:
        raise InputError(
            f"The runs were priced in {' and '.join(found)}, which cannot be added up: look at "
            "them one by one."
        )


def _row(part: PartCost, currency: str) -> list[str]:
    times, amounts = part.times, part.amounts
    counts = [part.jobs, part.attempts, part.retries, part.preemptions]
    seconds = [times.boot, times.pull, times.staging, times.tool, times.idle]
    spent = [amounts.compute, amounts.disk, amounts.network, amounts.operations]
    return [
        part.name or "-",
        *map(str, counts),
        *(f"{second:.0f} s" for second in seconds),
        *(f"{amount:.4f}" for amount in spent),
        money(amounts.total, currency),
    ]


def _whole(name: str, costs: Sequence[RunCost]) -> PartCost:
    return PartCost(
        name=name,
        jobs=sum(len(cost.jobs) for cost in costs),
        attempts=sum(cost.attempts for cost in costs),
        retries=sum(cost.retries for cost in costs),
        preemptions=sum(cost.preemptions for cost in costs),
        times=sum((cost.times for cost in costs), Times()),
        amounts=sum((cost.amounts for cost in costs), Amounts()),
    )


def _sum(name: str, parts: Sequence[PartCost]) -> PartCost:
    return PartCost(
        name=name,
        jobs=sum(part.jobs for part in parts),
        attempts=sum(part.attempts for part in parts),
        retries=sum(part.retries for part in parts),
        preemptions=sum(part.preemptions for part in parts),
        times=sum((part.times for part in parts), Times()),
        amounts=sum((part.amounts for part in parts), Amounts()),
    )
