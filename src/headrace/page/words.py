"""Numbers as people read them."""

import re
from datetime import datetime, timedelta

MINUTE = 60
HOUR = 3600
DAY = 86400


_UNSEEN = re.compile(
    "[\x00-\x08\x0b-\x1f\x7f-\x9f\u061c\u200e\u200f\u2028-\u202e\u2066-\u2069\ufeff\ud800-\udfff]"
)


def visible(text: str) -> str:
    """Replace what is not seen but changes what is: control characters, and turns of direction."""
    return _UNSEEN.sub("\ufffd", text)


def duration(seconds: float) -> str:
    """Return a time span: `3 d 4 h`, `1 h 05 min`, `3 min 20 s`, `7 s`, `0.4 s`."""
    if 0 < seconds < 10:  # noqa: PLR2004 - below ten seconds a decimal says something
        return f"{seconds:.1f} s".replace(".0 s", " s")
    whole = max(0, round(seconds))
    if whole >= DAY:
        return f"{whole // DAY} d {whole % DAY // HOUR} h"
    if whole >= HOUR:
        return f"{whole // HOUR} h {whole % HOUR // MINUTE:02} min"
    if whole >= MINUTE:
        return f"{whole // MINUTE} min {whole % MINUTE:02} s"
    return f"{whole} s"


def span(value: timedelta) -> str:
    """Return a time span; see `duration`."""
    return duration(value.total_seconds())


def moment(at: datetime) -> str:
    """Return a time as text, to the second."""
    return f"{at:%Y-%m-%d %H:%M:%S} UTC"


def count(number: int, one: str, many: str = "") -> str:
    """Return `1 job`, `1,000 jobs`."""
    return f"{number:,} {one if number == 1 else many or one + 's'}"


def size(number: float) -> str:
    """Return bytes: `1.2 MB`."""
    for unit in ("B", "kB", "MB", "GB"):
        if number < 1000:  # noqa: PLR2004 - what a prefix stands for
            return f"{number:.3g} {unit}"
        number /= 1000
    return f"{number:.3g} TB"


def memory(mebibytes: float) -> str:
    """Return a size of memory: `812 MiB`, `3.4 GiB`."""
    if mebibytes < 1024:  # noqa: PLR2004 - mebibytes in a gibibyte
        return f"{mebibytes:.0f} MiB"
    return f"{mebibytes / 1024:.1f} GiB"


def money(amount: float, currency: str) -> str:
    """Return an amount, to where it says something: `USD 12.30`, `USD 0.0042`."""
    if amount == 0 or amount >= 1:
        return f"{currency} {amount:,.2f}"
    return f"{currency} {amount:.2g}" if amount >= 0.0001 else f"under {currency} 0.0001"  # noqa: PLR2004
