"""Times and durations as protobuf's JSON writes them."""

from __future__ import annotations

import re
from datetime import UTC, datetime

_DURATION = re.compile(r"(-?)([0-9]{1,12})(?:\.([0-9]{1,9}))?s")
_TIMESTAMP = re.compile(
    r"(\d{4}-\d{2}-\d{2}[Tt]\d{2}:\d{2}:\d{2})(?:\.(\d{1,9}))?([Zz]|[+-]\d{2}:\d{2})",
    re.ASCII,
)


def parse_duration(text: str) -> float:
    """Seconds of a duration such as `3600s` or `0.5s`; ValueError when it is not one."""
    match = _DURATION.fullmatch(text)
    if match is None:
        raise ValueError(f"{text!r} is not a duration in seconds such as '3600s'")
    sign, whole, fraction = match.groups()
    seconds = float(f"{whole}.{fraction or 0}")
    return -seconds if sign else seconds


def format_duration(seconds: float) -> str:
    """`12.345s`, without trailing zeros."""
    return f"{seconds:.6f}".rstrip("0").rstrip(".") + "s"


def parse_timestamp(text: str) -> datetime:
    """An aware time of an RFC 3339 text (microseconds kept); ValueError when it is not one."""
    match = _TIMESTAMP.fullmatch(text)
    if match is None:
        raise ValueError(f"{text!r} is not an RFC 3339 time such as '2026-01-31T12:00:00Z'")
    whole, fraction, zone = match.groups()
    offset = "+00:00" if zone in "Zz" else zone
    return datetime.fromisoformat(f"{whole.upper()}.{(fraction or '0')[:6]:0<6}{offset}")


def format_timestamp(moment: datetime) -> str:
    """RFC 3339 in UTC; like Google's, a fraction carries no trailing zeros."""
    text = moment.astimezone(UTC).isoformat().removesuffix("+00:00")
    return (text.rstrip("0") if moment.microsecond else text) + "Z"
