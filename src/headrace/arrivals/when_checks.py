"""What each kind of `when` must be beyond its shape."""

from collections.abc import Iterable, Mapping
from datetime import timedelta

from headrace import records
from headrace.arrivals import durations, patterns
from headrace.arrivals.documents import (
    When,
    WhenBatch,
    WhenEach,
    WhenMarker,
    WhenSet,
    WhenSheet,
)
from headrace.arrivals.patterns import Pattern
from headrace.errors import InputError

WINDOW_FIELD = "window"
"""Stands for the beginning of a batch's window in its configuration."""

_LONGEST_WAIT = timedelta(hours=12)
"""Well within the day for which Eventarc repeats an event."""

_LONGEST_DEADLINE = timedelta(days=30)
_SHORTEST_WINDOW = timedelta(minutes=1)


def check(when: When, pattern: Pattern, files: Pattern | None) -> None:
    """Raise `InputError` if the rule's `when` could not be followed."""
    match when:
        case WhenEach():
            pass
        case WhenSet():
            _check_set(when, pattern)
        case WhenBatch():
            _check_batch(when, pattern)
        case WhenSheet():
            _check_common(pattern, files or pattern)
            _check_columns(when)
        case WhenMarker():
            _check_common(pattern, files or pattern)
            _check_complete(when.complete, files or pattern)
    _check_spans(when)


def shared(when: When, pattern: Pattern) -> list[str]:
    """Return the fields that may stand in the configuration of a run."""
    match when:
        case WhenSet():
            return when.sharing
        case WhenBatch():
            return [*when.sharing, WINDOW_FIELD]
        case _:
            return list(pattern.fields)


def check_fields(fields: Iterable[str], pattern: Pattern, where: str) -> None:
    """Raise `InputError` unless the pattern has all of these fields."""
    for field in fields:
        if field not in pattern.fields:
            raise InputError(
                f"{where}: the pattern has no field '{field}'"
                f"{records.nearest(field, list(pattern.fields))}"
            )


def _check_set(when: WhenSet, pattern: Pattern) -> None:
    check_fields(when.sharing, pattern, "when")
    _check_complete(when.complete, pattern)
    both = sorted(set(when.sharing) & set(when.complete))
    if both:
        raise InputError(f"when: the field '{both[0]}' is in both 'sharing' and 'complete'.")


def _check_complete(complete: Mapping[str, list[str]], pattern: Pattern) -> None:
    check_fields(complete, pattern, "when")
    for field, values in complete.items():
        if not values or len(set(values)) < len(values):
            raise InputError(f"when: 'complete' needs different values for the field '{field}'.")
        for value in values:
            if not patterns.is_value(value):
                raise InputError(f"when: the field '{field}' can never be '{value}'.")


def _check_batch(when: WhenBatch, pattern: Pattern) -> None:
    check_fields(when.sharing, pattern, "when")
    if WINDOW_FIELD in pattern.fields:
        raise InputError(
            f"no field of a batch may be called '{WINDOW_FIELD}', which stands for its beginning."
        )
    if durations.parse(when.window, "when: window") < _SHORTEST_WINDOW:
        raise InputError(f"when: window is '{when.window}': choose 1m or more.")


def _check_common(pattern: Pattern, files: Pattern) -> None:
    if not set(pattern.fields) & set(files.fields):
        raise InputError(
            f"when: '{pattern.text}' and '{files.text}' have no field in common, "
            "so that nothing says which files belong together."
        )


def _check_columns(when: WhenSheet) -> None:
    if not when.listed:
        raise InputError("when: 'listed' names no column with files.")
    headings = [*when.listed, *when.required, *when.optional]
    for heading in headings:
        if not patterns.is_value(heading):
            raise InputError(f"when: '{heading}' cannot be a heading: use letters, digits and _.")
        if [text.lower() for text in headings].count(heading.lower()) > 1:
            raise InputError(f"when: the column '{heading}' is named twice.")


def _check_spans(when: When) -> None:
    for key, longest in (
        ("settle", _LONGEST_WAIT),
        ("window", _LONGEST_WAIT),
        ("deadline", _LONGEST_DEADLINE),
    ):
        text = getattr(when, key, None)
        if text is not None and durations.parse(text, f"when: {key}") > longest:
            most = f"{longest // timedelta(hours=1)}h"
            raise InputError(f"when: {key} is '{text}': choose at most {most}.")
