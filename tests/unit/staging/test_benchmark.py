"""headrace.staging.benchmark: Snakemake's own columns."""

from snakemake.benchmark import BenchmarkRecord

from headrace.staging.benchmark import HEADER, benchmark_table
from headrace.staging.manifest import StepRecord


def test_the_columns_are_those_of_the_installed_snakemake() -> None:
    assert tuple(BenchmarkRecord.get_header(extended_fmt=False)) == HEADER


def test_measured_values_are_written_and_others_are_na() -> None:
    table = benchmark_table(StepRecord("x", 0, wall_seconds=3725.5, cpu_seconds=37.255))
    assert table.splitlines()[1].split("\t") == [
        *["3725.5000", "1:02:05", "NA", "NA", "NA", "NA", "NA", "NA", "1.00", "37.26"]
    ]
