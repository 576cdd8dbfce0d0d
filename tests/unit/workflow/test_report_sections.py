import json
from pathlib import Path
from typing import Any

from workflow.scripts.report_sections import (
    gates_section,
    main,
    parameters_section,
    reasons_section,
    software_versions,
)

GATES = {
    "rows": {"title": "Rows", "unit": "", "better": "higher", "warn": 1000, "fail": 500},
    "empty": {"title": "Empty cells", "unit": "%", "better": "lower", "warn": 5, "fail": None},
}


def verdict(sample: str, word: str, *reasons: str, **metrics: float | None) -> dict[str, Any]:
    return {"sample": sample, "verdict": word, "reasons": list(reasons), "metrics": metrics}


def test_the_gates_table_holds_verdicts_and_measured_metrics_only() -> None:
    section = gates_section(
        [verdict("a", "PASS", rows=2000, empty=0.5), verdict("b", "FAIL", rows=None, empty=None)],
        GATES,
    )
    assert section["data"] == {
        "a": {"verdict": "PASS", "rows": 2000, "empty": 0.5},
        "b": {"verdict": "FAIL"},
    }


def test_the_gates_table_colours_values_beyond_existing_limits() -> None:
    headers = gates_section([], GATES)["headers"]
    assert headers["rows"]["cond_formatting_rules"] == {
        "warn": [{"lt": 1000}],
        "fail": [{"lt": 500}],
    }
    assert headers["empty"]["cond_formatting_rules"] == {"warn": [{"gt": 5}]}
    assert headers["empty"]["suffix"] == " %"


def test_reasons_are_listed_for_samples_that_have_some_and_are_escaped() -> None:
    html = reasons_section(
        [verdict("a", "PASS"), verdict("b", "WARN", "x < y."), verdict("<c>", "FAIL", "1.", "2.")]
    )["data"]
    assert "x &lt; y." in html
    assert "&lt;c&gt;" in html
    assert html.count("<dt>") == 2
    assert html.count("<dd>") == 3


def test_no_reasons_are_said_to_be_none() -> None:
    assert reasons_section([verdict("a", "PASS")])["data"] == "<p>Every sample passed.</p>"


def test_parameters_are_flat_and_escaped() -> None:
    html = parameters_section({"trimming": {"quality": 20}, "reference": "<b>.fa"})["data"]
    assert "<td>trimming.quality</td><td>20</td>" in html
    assert "<td>reference</td><td>&lt;b&gt;.fa</td>" in html


def test_every_version_of_a_tool_that_was_used_is_listed_once() -> None:
    documents = [
        {"software": {"b": "1.2", "a": "3"}},
        {"software": {"b": "1.1"}},
        {"software": {"b": "1.2"}},
    ]
    assert software_versions(documents) == {"a": ["3"], "b": ["1.1", "1.2"]}


def test_the_program_writes_the_four_files(tmp_path: Path) -> None:
    verdicts = tmp_path / "verdicts.json"
    verdicts.write_text(json.dumps([verdict("a", "FAIL", "Bad.", rows=1, empty=0)]))
    metrics = tmp_path / "a.json"
    metrics.write_text(json.dumps({"software": {"tool": "1"}}))
    outputs = {name: tmp_path / f"{name}.out" for name in ("gates", "reasons", "parameters")}
    outputs["versions"] = tmp_path / "versions.yml"
    options = [word for name, path in outputs.items() for word in (f"--{name}-out", str(path))]
    parameters = ["--gates", json.dumps(GATES), "--parameters", '{"x": 1}']
    assert main([*parameters, "--verdicts", str(verdicts), *options, str(metrics)]) == 0
    written = {name: json.loads(path.read_text()) for name, path in outputs.items()}
    assert [written[name]["id"] for name in ("gates", "reasons", "parameters")] == [
        "gates",
        "reasons",
        "parameters",
    ]
    assert written["versions"] == {"tool": ["1"]}
