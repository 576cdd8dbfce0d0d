"""Make the readings of weather stations, with faults planted and written down.

    python -m examples.tables.simulate --out examples/tables/data

Bytes are the same on every machine. `truth.json` tells what was planted in which table.
"""

import argparse
import csv
import json
import math
import subprocess
import sys
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np

HOURS = 24 * 60
COLUMNS = ("site", "time", "temp_c", "humidity")
SEED = 7

Row = list[str]


@dataclass(frozen=True)
class Station:
    """A station and what is wrong with its table: a fault for every so many rows."""

    name: str
    mean_temperature: float
    verdict: str
    every: dict[str, int] = field(default_factory=dict)
    suffix: str = ".csv"


STATIONS = (
    Station("alps", 4, "PASS"),
    Station("coast", 14, "PASS", suffix=".parquet"),
    Station("city", 16, "WARN", {"missing": 97, "duplicate": 480}),
    Station("desert", 26, "FAIL", {"sentinel": 41, "malformed": 83}),
)
MARKER = "COMPLETE"
"""An empty file, uploaded last: it says that all tables of a folder are there."""

TORN = "torn"
"""A Parquet file that ends in the middle: its verdict is FAIL, because it cannot be read."""


def readings(station: Station) -> list[Row]:
    """Return a station's hourly readings without any fault."""
    seed = [SEED, *station.name.encode()]
    noise = np.random.Generator(np.random.PCG64(seed)).random((HOURS, 2))
    rows = []
    for hour, (one, other) in enumerate(noise):
        day = math.sin((hour % 24 - 9) / 24 * 2 * math.pi)
        temperature = station.mean_temperature + 8 * day + 3 * (one - 0.5)
        humidity = min(100.0, max(5.0, 60 - 15 * day + 10 * (other - 0.5)))
        stamp = f"2026-{3 + hour // 720:02}-{hour // 24 % 30 + 1:02}T{hour % 24:02}:00:00"
        rows.append([station.name, stamp, f"{temperature:.2f}", f"{humidity:.1f}"])
    return rows


def _put(column: int, text: str) -> Callable[[list[Row], int], None]:
    def plant(rows: list[Row], number: int) -> None:
        rows[number][column] = text

    return plant


FAULTS: dict[str, Callable[[list[Row], int], None]] = {
    "missing": _put(2, ""),
    "sentinel": _put(2, "-999.00"),
    "malformed": _put(3, "n/a"),
    "duplicate": lambda rows, number: rows.append(list(rows[number])),
}


def planted(station: Station) -> tuple[list[Row], Counter[str]]:
    """Return the readings with their faults, and how many of each there are."""
    rows, counts = readings(station), Counter[str]()
    for fault, every in station.every.items():
        for number in range(every // 2, HOURS, every):
            FAULTS[fault](rows, number)
            counts[fault] += 1
    return rows, counts


def main(arguments: Sequence[str] | None = None) -> int:
    """Write all tables and what is wrong with them; returns the exit code."""
    parser = argparse.ArgumentParser(description="Make the readings of weather stations.")
    parser.add_argument("--out", type=Path, required=True)
    out: Path = parser.parse_args(arguments).out
    out.mkdir(parents=True, exist_ok=True)
    truth = {}
    for station in STATIONS:
        rows, counts = planted(station)
        path = out / f"{station.name}.csv"
        with path.open("w", newline="") as file:
            table = csv.writer(file, lineterminator="\n")
            table.writerows([COLUMNS, *rows])
        if station.suffix == ".parquet":
            _to_parquet(path)
        truth[station.name] = {"rows": len(rows), "verdict": station.verdict, "faults": counts}
    whole = (out / "coast.parquet").read_bytes()
    (out / f"{TORN}.parquet").write_bytes(whole[: len(whole) // 2])
    truth[TORN] = {"rows": None, "verdict": "FAIL", "faults": {}}
    (out / MARKER).touch()
    (out / "truth.json").write_text(json.dumps(truth, indent=2) + "\n")
    return 0


def _to_parquet(path: Path) -> None:
    """Turn a CSV file into a Parquet file of the same name."""
    query = f"COPY (FROM read_csv('{path}')) TO '{path.with_suffix('.parquet')}' (FORMAT parquet)"
    subprocess.run([str(Path(sys.executable).parent / "duckdb"), "-c", query], check=True)
    path.unlink()


if __name__ == "__main__":
    sys.exit(main())
