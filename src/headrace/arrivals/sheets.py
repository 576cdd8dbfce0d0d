"""The sample sheet of a complete set: one row for all objects that differ in `complete` only."""

from collections.abc import Sequence

from headrace.arrivals.decisions import Member
from headrace.arrivals.documents import ObjectColumn, complete_of
from headrace.arrivals.triggers import Rule
from headrace.runs.records import Sheet


def build(rule: Rule, members: Sequence[Member]) -> Sheet | None:
    """Return the sheet that the rule asks for, its rows in the order of the objects' names."""
    if rule.sheet is None:
        return None
    rows: dict[tuple[str, ...], list[Member]] = {}
    for member in members:
        rows.setdefault(_row_key(rule, member), []).append(member)
    columns = rule.sheet.columns
    return Sheet(
        path=rule.sheet.path,
        columns=list(columns),
        rows=[[_cell(column, row) for column in columns.values()] for row in rows.values()],
    )


def _row_key(rule: Rule, member: Member) -> tuple[str, ...]:
    complete = complete_of(rule.when)
    return tuple(value for field, value in member.fields.items() if field not in complete)


def _cell(column: str | ObjectColumn, row: Sequence[Member]) -> str:
    if isinstance(column, str):
        return column.format_map(row[0].fields)
    (address,) = (
        str(member.object.uri) for member in row if column.object.items() <= member.fields.items()
    )
    return address
