import csv
import json
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from workflow.scripts.gates import Better, Gate, Verdict, judge_sample, main, read_gates

LIMITS: dict[str, dict[str, Any]] = {
    "rows": {"title": "Rows", "unit": "", "better": "higher", "warn": 1000, "fail": 500},
    "empty": {"title": "Empty cells", "unit": "%", "better": "lower", "warn": 5, "fail": 20},
    "seen": {"title": "Seen", "unit": "", "better": "higher", "warn": None, "fail": None},
}
GATES = read_gates(LIMITS)
numbers = st.floats(0, 1e6) | st.integers(0, 10**6)


def document(*problems: str, **metrics: float | None) -> dict[str, Any]:
    return {"sample": "s1", "problems": list(problems), "metrics": metrics}


@pytest.mark.parametrize(
    ("better", "value", "verdict"),
    [
        (Better.HIGHER, 10, Verdict.PASS),
        (Better.HIGHER, 9.9, Verdict.WARN),
        (Better.HIGHER, 5, Verdict.WARN),
        (Better.HIGHER, 4.9, Verdict.FAIL),
        (Better.LOWER, 10, Verdict.FAIL),
        (Better.LOWER, 5, Verdict.PASS),
    ],
)
def test_a_limit_itself_is_still_good(better: Better, value: float, verdict: Verdict) -> None:
    warn, fail = (10, 5) if better is Better.HIGHER else (5, 9)
    assert Gate("m", "M", "", better, warn, fail).judge(value) is verdict


@given(numbers, st.none() | numbers, st.none() | numbers, st.sampled_from(Better))
def test_there_is_a_reason_exactly_if_the_verdict_is_not_pass(
    value: float, warn: float | None, fail: float | None, better: Better
) -> None:
    gate = Gate("m", "M", "%", better, warn, fail)
    verdict, reason = gate.judge(value), gate.reason(value)
    assert (reason is None) == (verdict is Verdict.PASS)
    assert reason is None or f"({verdict.value})" in reason


@given(numbers, numbers)
def test_a_better_value_never_gets_a_worse_verdict(one: float, other: float) -> None:
    ranking = list(Verdict)
    gate = GATES[0]
    low, high = sorted([one, other])
    assert ranking.index(gate.judge(high)) <= ranking.index(gate.judge(low))


def test_a_sample_within_all_limits_passes_without_reasons() -> None:
    judgement = judge_sample(document(rows=1000, empty=0.5, seen=0), GATES)
    assert (judgement.verdict, judgement.reasons) == ("PASS", ())


def test_the_worst_verdict_counts_and_every_reason_is_told() -> None:
    judgement = judge_sample(document(rows=999, empty=33.333, seen=0), GATES)
    assert judgement.verdict == "FAIL"
    assert judgement.reasons == (
        "Rows: 999 is below 1,000 (WARN).",
        "Empty cells: 33.33 % is above 20 % (FAIL).",
    )


def test_a_problem_fails_a_sample_and_comes_first() -> None:
    judgement = judge_sample(document("File s1.csv is empty.", rows=999), GATES)
    assert judgement.verdict == "FAIL"
    assert judgement.reasons == ("File s1.csv is empty.", "Rows: 999 is below 1,000 (WARN).")


def test_what_was_not_measured_is_not_judged() -> None:
    judgement = judge_sample(document(rows=None), GATES)
    assert (judgement.verdict, judgement.reasons) == ("PASS", ())
    assert judgement.metrics == {"rows": None, "empty": None, "seen": None}


def test_the_program_ends_with_0_and_writes_the_three_files(tmp_path: Path) -> None:
    samples = {
        "good": {"sample": "good", "problems": [], "metrics": {"rows": 5000, "empty": 0.25}},
        "bad": {"sample": "bad", "problems": ["Nothing there."], "metrics": {}},
    }
    for name, content in samples.items():
        (tmp_path / f"{name}.json").write_text(json.dumps(content))
    outputs = {
        "verdicts-json": tmp_path / "verdicts.json",
        "verdicts-table": tmp_path / "verdicts.tsv",
        "metrics-table": tmp_path / "metrics.tsv",
    }
    options = [word for name, path in outputs.items() for word in (f"--{name}", str(path))]
    documents = [str(tmp_path / f"{name}.json") for name in samples]
    assert main(["--gates", json.dumps(LIMITS), *options, *documents]) == 0

    assert json.loads(outputs["verdicts-json"].read_text()) == [
        {
            "sample": "good",
            "verdict": "PASS",
            "reasons": [],
            "metrics": {"rows": 5000, "empty": 0.25, "seen": None},
        },
        {
            "sample": "bad",
            "verdict": "FAIL",
            "reasons": ["Nothing there."],
            "metrics": {"rows": None, "empty": None, "seen": None},
        },
    ]
    assert outputs["verdicts-table"].read_text() == (
        "sample\tverdict\treasons\ngood\tPASS\t\nbad\tFAIL\tNothing there.\n"
    )
    table = csv.reader(outputs["metrics-table"].read_text().splitlines(), dialect="excel-tab")
    assert list(table) == [
        ["sample", "rows", "empty", "seen"],
        ["good", "5000", "0.2500", ""],
        ["bad", "", "", ""],
    ]
