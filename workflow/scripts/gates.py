"""Judge samples by their metrics: PASS, WARN or FAIL, and why. Knows nothing of sequencing.

Takes documents `{"sample", "problems", "metrics": {name: number or null}, …}` and limits
`{name: {"title", "unit", "better": "higher" | "lower", "warn": number or null, "fail": …}}`, with
`meaning` and `source` for the data dictionary. A problem is a FAIL by itself; a metric that is null
or absent was not measured and is not judged.
A verdict is a result: the exit code is 0 whatever it says.
"""

import argparse
import csv
import json
import sys
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from enum import Enum
from pathlib import Path
from typing import Any

Number = int | float


class Verdict(Enum):
    """From best to worst."""

    PASS = "PASS"  # noqa: S105  # a verdict, no password
    WARN = "WARN"
    FAIL = "FAIL"


class Better(Enum):
    """The direction in which a metric improves."""

    HIGHER = "higher"
    LOWER = "lower"


@dataclass(frozen=True)
class Gate:
    """The limits of one metric; reaching a limit exactly is still good."""

    metric: str
    title: str
    unit: str
    better: Better
    warn: Number | None
    fail: Number | None
    meaning: str = ""
    source: str = ""

    def judge(self, value: Number) -> Verdict:
        """The verdict on one value."""
        if self._beyond(value, self.fail):
            return Verdict.FAIL
        if self._beyond(value, self.warn):
            return Verdict.WARN
        return Verdict.PASS

    def reason(self, value: Number) -> str | None:
        """A sentence for a value beyond a limit."""
        match self.judge(value):
            case Verdict.PASS:
                return None
            case Verdict.WARN:
                limit = self.warn
            case Verdict.FAIL:
                limit = self.fail
        side = "below" if self.better is Better.HIGHER else "above"
        verdict = self.judge(value).value
        return f"{self.title}: {self._show(value)} is {side} {self._show(limit)} ({verdict})."

    def _beyond(self, value: Number, limit: Number | None) -> bool:
        if limit is None:
            return False
        return value < limit if self.better is Better.HIGHER else value > limit

    def _show(self, value: Number | None) -> str:
        number = f"{value:,}" if isinstance(value, int) else f"{value:,.2f}"
        return f"{number} {self.unit}".rstrip()


@dataclass(frozen=True)
class Judgement:
    """The verdict on one sample."""

    sample: str
    verdict: str
    reasons: tuple[str, ...]
    metrics: Mapping[str, Number | None]


def read_gates(limits: Mapping[str, Mapping[str, Any]]) -> list[Gate]:
    """Gates from their JSON form."""
    return [
        Gate(metric, **{**gate, "better": Better(gate["better"])})
        for metric, gate in limits.items()
    ]


def judge_sample(document: Mapping[str, Any], gates: Sequence[Gate]) -> Judgement:
    """Judge one sample by every gate; the worst verdict counts."""
    metrics = {gate.metric: document["metrics"].get(gate.metric) for gate in gates}
    reasons: list[str] = list(document["problems"])
    worst = Verdict.FAIL if reasons else Verdict.PASS
    ranking = list(Verdict)
    for gate in gates:
        value = metrics[gate.metric]
        if value is None:
            continue
        worst = max(worst, gate.judge(value), key=ranking.index)
        if reason := gate.reason(value):
            reasons.append(reason)
    return Judgement(document["sample"], worst.value, tuple(reasons), metrics)


def write_verdicts_table(path: Path, judgements: Sequence[Judgement]) -> None:
    """Tab-separated: sample, verdict, reasons."""
    rows = [[each.sample, each.verdict, " ".join(each.reasons)] for each in judgements]
    _write_table(path, ["sample", "verdict", "reasons"], rows)


def write_metrics_table(path: Path, judgements: Sequence[Judgement], gates: Sequence[Gate]) -> None:
    """Tab-separated: sample and one column per metric; empty where nothing was measured."""
    names = [gate.metric for gate in gates]
    rows = [[each.sample, *(_cell(each.metrics[name]) for name in names)] for each in judgements]
    _write_table(path, ["sample", *names], rows)


def dictionary(gates: Sequence[Gate]) -> dict[str, Any]:
    """The columns of the metrics table as a Table Schema (https://datapackage.org/standard)."""
    sample = {"name": "sample", "type": "string", "description": "name in the sheet"}
    return {
        "fields": [sample, *map(_field, gates)],
        "missingValues": [""],
        "primaryKey": ["sample"],
    }


def _field(gate: Gate) -> dict[str, Any]:
    return {
        "name": gate.metric,
        "type": "number",
        "title": gate.title,
        "description": gate.meaning,
        "unit": gate.unit,
        "source": gate.source,
        "better": gate.better.value,
        "warn": gate.warn,
        "fail": gate.fail,
    }


def _cell(value: Number | None) -> str:
    if value is None:
        return ""
    return str(value) if isinstance(value, int) else f"{value:.4f}"


def _write_table(path: Path, header: Sequence[str], rows: Sequence[Sequence[str]]) -> None:
    with path.open("w", newline="") as file:
        table = csv.writer(file, dialect="excel-tab", lineterminator="\n")
        table.writerow(header)
        table.writerows(rows)


def main(arguments: Sequence[str] | None = None) -> int:
    """Command line; returns the exit code."""
    parser = argparse.ArgumentParser(description="Judge samples by their metrics.")
    parser.add_argument("--gates", type=json.loads, required=True, help="limits as JSON")
    for output in ("verdicts-json", "verdicts-table", "metrics-table"):
        parser.add_argument(f"--{output}", type=Path, required=True)
    parser.add_argument("--dictionary", type=Path, help="Table Schema of the metrics table")
    parser.add_argument("documents", type=Path, nargs="+", help="metrics of each sample as JSON")
    options = parser.parse_args(arguments)
    gates = read_gates(options.gates)
    judgements = [judge_sample(json.loads(path.read_text()), gates) for path in options.documents]
    verdicts = [asdict(judgement) for judgement in judgements]
    options.verdicts_json.write_text(json.dumps(verdicts, indent=2) + "\n")
    write_verdicts_table(options.verdicts_table, judgements)
    write_metrics_table(options.metrics_table, judgements, gates)
    if options.dictionary:
        options.dictionary.write_text(json.dumps(dictionary(gates), indent=2) + "\n")
    for judgement in judgements:
        print(judgement.sample, judgement.verdict, *judgement.reasons)
    return 0


if __name__ == "__main__":
    sys.exit(main())
