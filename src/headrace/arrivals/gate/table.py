"""Tables by their first line."""

from collections.abc import Sequence

from headrace.arrivals import tables
from headrace.arrivals.gate.sample import Sample
from headrace.errors import InputError


def check(sample: Sample, columns: Sequence[str]) -> None:
    """Raise `InputError` unless the table has these headings, and at least one row."""
    first, _, rest = sample.head.lstrip().partition(b"\n")
    if not sample.whole and not rest:
        raise InputError(f"its first line is longer than {len(sample.head)} bytes: is it a table?")
    if b"\0" in sample.head:
        raise InputError("it is no text, so no table.")
    tables.headings(first).check(columns)
    if not rest.strip():
        raise InputError("it has no rows.")
