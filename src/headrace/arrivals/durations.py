"""Spans of time as people write them in rules: `90s`, `10m`, `2h`, `1d`."""

import re
from datetime import timedelta

from headrace.errors import InputError

_SPAN = re.compile(r"([1-9][0-9]{0,5})([smhd])\Z")
_UNITS = {"s": "seconds", "m": "minutes", "h": "hours", "d": "days"}


def parse(text: str, what: str) -> timedelta:
    """Return the span; raises `InputError` naming `what` if it is none."""
    found = _SPAN.match(text)
    if found is None:
        raise InputError(f"{what} is '{text}': write a number and s, m, h or d, such as 10m.")
    return timedelta(**{_UNITS[found[2]]: int(found[1])})
