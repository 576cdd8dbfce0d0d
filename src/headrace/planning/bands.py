"""Arithmetic of bands. Pure."""

import math
from collections.abc import Iterable, Sequence

from headrace.money.records import Band, Basis

NOTHING = Band(low=0.0, likely=0.0, high=0.0)


def shifted(band: Band, seconds: float) -> Band:
    """Return a band with something added to all of it."""
    return Band(low=band.low + seconds, likely=band.likely + seconds, high=band.high + seconds)


def add(parts: Sequence[tuple[Band, Basis]]) -> Band:
    """Add bands up: errors of history as independent ones, those of mere limits all one way."""
    likely = sum(band.likely for band, _ in parts)
    measured = [band for band, basis in parts if basis is Basis.HISTORY]
    guessed = [band for band, basis in parts if basis is Basis.DECLARED]
    below = math.hypot(*(band.likely - band.low for band in measured))
    above = math.hypot(*(band.high - band.likely for band in measured))
    below += sum(band.likely - band.low for band in guessed)
    above += sum(band.high - band.likely for band in guessed)
    return Band(low=likely - below, likely=likely, high=likely + above)


def together(bands: Iterable[Band]) -> Band:
    """Add bands up that go together: all low, or all high."""
    found = list(bands)
    return Band(
        low=sum(band.low for band in found),
        likely=sum(band.likely for band in found),
        high=sum(band.high for band in found),
    )
