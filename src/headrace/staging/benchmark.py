"""A rule's benchmark file, in the columns of Snakemake 9 (`snakemake/benchmark.py`)."""

from headrace.staging.manifest import StepRecord

HEADER = (
    "s",
    "h:m:s",
    "max_rss",
    "max_vms",
    "max_uss",
    "max_pss",
    "io_in",
    "io_out",
    "mean_load",
    "cpu_time",
)
UNKNOWN = "NA"


def benchmark_table(record: StepRecord) -> str:
    """Return the file's text: what was not measured is NA, as Snakemake writes it."""
    wall = record.wall_seconds
    cpu = record.cpu_seconds
    load = f"{100 * cpu / wall:.2f}" if wall and cpu is not None else UNKNOWN
    cells = [
        _number(wall, 4),
        _clock(wall),
        _number(record.peak_memory_mb, 2),
        *[UNKNOWN] * 5,
        load,
        _number(cpu, 2),
    ]
    return "\t".join(HEADER) + "\n" + "\t".join(cells) + "\n"


def _number(value: float | None, digits: int) -> str:
    return UNKNOWN if value is None else f"{value:.{digits}f}"


def _clock(seconds: float | None) -> str:
    if seconds is None:
        return UNKNOWN
    minutes, rest = divmod(int(seconds), 60)
    hours, minutes = divmod(minutes, 60)
    return f"{hours}:{minutes:02d}:{rest:02d}"
