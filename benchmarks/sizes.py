"""How much the suite measures."""

from collections.abc import Mapping
from dataclasses import dataclass

from benchmarks.results import Way


@dataclass(frozen=True)
class Sizes:
    """What is measured, and how much of it.

    Attributes:
        like_jobs: numbers of like jobs, by way.
        far: the same, with every request as long as on Google.
        samples: numbers of samples of the reference workflow on played machines, by way.
        local_samples: the same by Snakemake alone, with the tools themselves.
        pairs: read pairs of one sample, for the tools' own time.
        sample_pairs: the pairs whose times the played samples take, one of `pairs`.
        megabytes: of the file that is staged.
        dry_run_jobs: like jobs of the dry run.
        cold_starts: starts of the function.
        event_seconds: for how long it gets events.
        estimated_runs: runs that are estimated, one after the other.
    """

    like_jobs: Mapping[Way, tuple[int, ...]]
    far: Mapping[Way, tuple[int, ...]]
    samples: Mapping[Way, tuple[int, ...]]
    local_samples: tuple[int, ...]
    pairs: tuple[int, ...]
    sample_pairs: int
    megabytes: int
    dry_run_jobs: int
    cold_starts: int
    event_seconds: int
    estimated_runs: int


FULL = Sizes(
    like_jobs={
        Way.LOCAL: (100, 1_000, 5_000),
        Way.DIRECT: (100, 1_000),
        Way.ARRAYS: (100, 1_000, 5_000),
        Way.LIFE_SCIENCES: (100, 1_000),
        Way.PUBLIC: (100, 1_000),
    },
    far={Way.DIRECT: (1_000,), Way.ARRAYS: (1_000,), Way.PUBLIC: (1_000,)},
    samples={
        Way.DIRECT: (1, 10, 50),
        Way.ARRAYS: (1, 10),
        Way.FUSED: (1, 10, 50),
        Way.CLASSIC: (1,),
        Way.PUBLIC: (1, 10),
    },
    local_samples=(1, 10),
    pairs=(10_000, 250_000, 1_000_000),
    sample_pairs=250_000,
    megabytes=1_000,
    dry_run_jobs=5_000,
    cold_starts=5,
    event_seconds=20,
    estimated_runs=11,
)
QUICK = Sizes(
    like_jobs={
        Way.LOCAL: (20,),
        Way.DIRECT: (20,),
        Way.ARRAYS: (20, 100),
        Way.LIFE_SCIENCES: (20,),
        Way.PUBLIC: (20,),
    },
    far={Way.ARRAYS: (20,), Way.PUBLIC: (20,)},
    samples={Way.DIRECT: (1,), Way.FUSED: (1, 2), Way.CLASSIC: (1,), Way.PUBLIC: (1,)},
    local_samples=(1,),
    pairs=(10_000,),
    sample_pairs=10_000,
    megabytes=200,
    dry_run_jobs=500,
    cold_starts=1,
    event_seconds=2,
    estimated_runs=2,
)
