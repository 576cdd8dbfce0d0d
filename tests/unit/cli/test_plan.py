"""`headrace plan`, as far as no workflow is asked: what people read, and what they may type."""

from pathlib import Path

import pytest
import yaml

from headrace import cli
from headrace.commands import plans
from headrace.planning.assumptions import PUBLISHED
from headrace.planning.graph import PlannedJob, PlannedWorkflow
from headrace.planning.report import Planned, plan
from headrace.planning.simulation import Quota

CHAIN = PlannedWorkflow(
    jobs=(
        PlannedJob(jobid=1, rule="check", image="i"),
        PlannedJob(jobid=2, rule="align", after=(1,), image="i"),
        PlannedJob(jobid=3, rule="script", after=(2,), direct=False),
        PlannedJob(jobid=4, rule="all", after=(3,), local=True),
    )
)


def made(workflow: PlannedWorkflow = CHAIN) -> Planned:
    seconds = {job.jobid: 30.0 for job in workflow.jobs}
    return plan(workflow, seconds, "as measured", assumptions=PUBLISHED, quota=Quota())


def test_a_plan_is_told_in_tables_with_reasons(capsys: pytest.CaptureFixture[str]) -> None:
    plans.show(made().report)
    lines = capsys.readouterr().out.splitlines()
    assert lines[0].startswith("4 jobs of 4 rules, 1 of them on the head.")
    assert lines[0].endswith("take 1 min 30 s in all, as measured.")
    rows = [line.split("\t") for line in lines if "\t" in line]
    assert [row[:3] for row in rows[1:5]] == [
        ["apart", "3", "3"],
        ["fused", "2", "2"],
        ["arrays", "3", "3"],
        ["both", "2", "2"],
    ]
    assert ["check → align", "1", "e2-highcpu-2", "1"] in [row[:4] for row in rows]
    assert ["script", "1", "it needs Snakemake in its machine"] in rows
    assert "Critical path, fused: check → align → script → all" in lines


def test_nothing_to_do_is_one_sentence(capsys: pytest.CaptureFixture[str]) -> None:
    plans.show(made(PlannedWorkflow()).report)
    assert capsys.readouterr().out == "Nothing to be done on a machine.\n"


def test_the_file_of_groups_reads_as_those_of_a_profile() -> None:
    text = plans.group_text(CHAIN, made())
    assert text.startswith("# ")
    assert yaml.safe_load(text) == {"groups": {"check": "check", "align": "check"}}


def test_a_picture_names_what_is_saved() -> None:
    drawn = plans.picture(CHAIN, made())
    assert "3 jobs on 2 machines" in drawn
    assert "with each job on its own: 3 machines" in drawn


def test_without_a_profile_one_sentence_says_where_to_go(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.chdir(tmp_path)
    assert cli.main(["plan"]) == 2
    told = capsys.readouterr().err
    assert told == (
        "headrace: There is no profiles/gcp here: go to a checkout, or name a --profile.\n"
    )


def test_a_quota_is_a_number_above_0(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit):
        cli.main(["plan", "--vms", "0"])
    assert "'0' is no whole number above 0" in capsys.readouterr().err
