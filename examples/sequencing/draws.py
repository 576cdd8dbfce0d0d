"""Random draws that stay the same for ever.

The streams of numpy's distributions may change between releases; the raw bytes of PCG64 may not
(https://numpy.org/neps/nep-0019-rng-policy.html). Every draw here is therefore made from raw bytes,
so that one seed gives the same reads with every numpy.
"""

import hashlib
from statistics import NormalDist

import numpy as np
from numpy.typing import NDArray

Integers = NDArray[np.int64]
Floats = NDArray[np.float64]

_STEPS = 1 << 16
_NORMAL_QUANTILES = np.array(
    [NormalDist().inv_cdf((step + 0.5) / _STEPS) for step in range(_STEPS)], dtype=np.float32
)


class Draws:
    """A stream of random numbers named by a key, independent of every other key's stream."""

    def __init__(self, *key: str | int) -> None:
        digest = hashlib.sha256(repr(key).encode()).digest()
        self._bits = np.random.Generator(np.random.PCG64(int.from_bytes(digest, "big")))

    def words(self, *shape: int) -> NDArray[np.uint16]:
        """Uniform 16-bit words."""
        raw = self._bits.bytes(2 * int(np.prod(shape)))
        return np.frombuffer(raw, dtype="<u2").reshape(shape)

    def uniform(self, count: int) -> Floats:
        """Uniform numbers in [0, 1)."""
        raw = np.frombuffer(self._bits.bytes(4 * count), dtype="<u4")
        return raw.astype(np.float64) / 2.0**32

    def integers(self, count: int, below: int) -> Integers:
        """Uniform whole numbers in [0, below)."""
        return (self.uniform(count) * below).astype(np.int64)

    def normal(self, *shape: int) -> NDArray[np.float32]:
        """Standard normal numbers (65,536 quantiles, so none beyond 4.2 standard deviations)."""
        quantiles: NDArray[np.float32] = _NORMAL_QUANTILES[self.words(*shape)]
        return quantiles

    def shuffled(self, count: int) -> Integers:
        """A permutation of range(count)."""
        return np.argsort(self.uniform(count), kind="stable").astype(np.int64)
