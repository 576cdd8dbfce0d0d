"""A plan in words: what changes, what it costs standing still, who may do what."""

from headrace.deploy import costs, plans
from headrace.deploy.plans import Plan


def lines(plan: Plan) -> list[str]:
    """Return the lines to show before anything is done."""
    return [*_changes(plan), "", *_costs(plan), "", *_grants(plan)]


def _changes(plan: Plan) -> list[str]:
    found = plans.changes(plan)
    if not found:
        return ["Nothing changes."]
    shown = []
    for word, addresses in sorted(found.items()):
        shown.append(f"{word} {len(addresses)}:")
        shown += [f"  {address}" for address in sorted(addresses)]
    return shown


def _costs(plan: Plan) -> list[str]:
    fixed = costs.fixed(plan)
    total = sum(cost.usd for cost in fixed)
    head = f"Cost while nobody uploads: {total:.2f} USD a month, and what is stored"
    return [head, *(f"  {cost.usd:.2f}  {cost.what}" for cost in fixed)]


def _grants(plan: Plan) -> list[str]:
    rows = plans.grants(plan)
    return ["Who may do what:", *(f"  {row.who}: {row.role} on {row.where}" for row in rows)]
