"""What an instance of the function needs is found, and it installs nothing more."""

import json
import logging
import subprocess
import sys
import tomllib
from pathlib import Path

from headrace.arrivals import function, logs

REPOSITORY = Path(__file__).parents[3]


def test_the_rules_file_is_the_named_one_then_the_one_beside_the_code_then_the_repository_s(
    tmp_path: Path,
) -> None:
    home = tmp_path / "trigger"
    home.mkdir()
    assert function.rules_file({}, home) == tmp_path / "config" / "triggers.yaml"
    (home / "triggers.yaml").touch()
    assert function.rules_file({}, home) == home / "triggers.yaml"
    assert function.rules_file({"HEADRACE_TRIGGERS": "my.yaml"}, home) == Path("my.yaml")


def test_the_function_installs_the_distribution_s_own_needs_and_its_extra_only() -> None:
    project = tomllib.loads((REPOSITORY / "pyproject.toml").read_text())["project"]
    needs = {*project["dependencies"], *project["optional-dependencies"]["function"]}
    lines = (REPOSITORY / "trigger" / "requirements.txt").read_text().splitlines()
    assert {line for line in lines if line and not line.startswith("#")} == needs


def test_the_function_imports_neither_snakemake_nor_anything_of_the_controller() -> None:
    code = "import sys, headrace.arrivals.function; print(*sys.modules)"
    found = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=True
    ).stdout.split()
    assert not {"snakemake", "rich", "multiqc", "networkx", "argparse_dataclass"} & set(found)


def test_a_log_line_is_one_json_object_with_its_details() -> None:
    record = logging.LogRecord("headrace", logging.WARNING, "", 1, "a\n%s", ("é",), None)
    record.details = {"run_id": "paired-1"}
    line = logs.JsonFormatter().format(record)
    assert line.isascii()
    assert "\n" not in line
    assert json.loads(line) == {"severity": "WARNING", "message": "a\né", "run_id": "paired-1"}


def test_a_log_line_tells_of_the_error_behind_it() -> None:
    try:
        raise ValueError("broken")  # noqa: TRY301 - to have something to log
    except ValueError:
        record = logging.LogRecord("headrace", logging.ERROR, "", 1, "oh", (), sys.exc_info())
    assert "ValueError: broken" in json.loads(logs.JsonFormatter().format(record))["message"]
