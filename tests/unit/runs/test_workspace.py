"""The controller's folder holds the workflow, the run's sheet and its configuration."""

import json
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from headrace.errors import SettingsError
from headrace.runs import workspace
from headrace.runs.records import RunRequest, Sheet
from headrace.settings import Settings


def settings(home: Path, profile: str = "profiles/gcp") -> Settings:
    return Settings(
        project="project",
        region="region",
        results="results",
        stage_image="stage",
        controller_image="controller",
        workflow_home=str(home),
        profile=profile,
    )


def wanted(**values: Any) -> RunRequest:
    now = datetime(2026, 1, 1, tzinfo=UTC)
    return RunRequest(run_id="r-1", rule="r", created=now, image="i", objects=[], **values)


@pytest.fixture
def home(tmp_path: Path) -> Path:
    """A workflow's home with more in it than a run needs."""
    home = tmp_path / "home"
    for file in ["workflow/Snakefile", "profiles/gcp/config.yaml", ".git/HEAD", "data/big.bam"]:
        (home / file).parent.mkdir(parents=True)
        (home / file).write_text(file)
    return home


def test_workflow_and_profiles_are_copied_and_nothing_else(home: Path, tmp_path: Path) -> None:
    space = workspace.prepare(wanted(), settings(home), tmp_path / "work")
    assert sorted(path.name for path in space.home.iterdir()) == ["config", "profiles", "workflow"]
    assert (space.home / "workflow/Snakefile").read_text() == "workflow/Snakefile"
    assert space.log.parent == tmp_path / "work"


def test_copies_keep_their_times_so_that_no_result_looks_outdated(
    home: Path, tmp_path: Path
) -> None:
    space = workspace.prepare(wanted(), settings(home), tmp_path / "work")
    original, copy = home / "workflow/Snakefile", space.home / "workflow/Snakefile"
    assert copy.stat().st_mtime_ns == original.stat().st_mtime_ns


def test_the_sheet_is_written_as_tsv_and_the_configuration_as_json(
    home: Path, tmp_path: Path
) -> None:
    sheet = Sheet(path="config/samples.tsv", columns=["sample", "reads"], rows=[["s1", "gs://x"]])
    request = wanted(sheet=sheet, config={"calling": {"ploidy": 1}})
    space = workspace.prepare(request, settings(home), tmp_path / "work")
    assert (space.home / "config/samples.tsv").read_text() == "sample\treads\ns1\tgs://x\n"
    assert json.loads((space.home / workspace.OVERRIDES).read_text()) == {"calling": {"ploidy": 1}}


def test_a_workflow_with_a_home_of_its_own_takes_its_place(home: Path, tmp_path: Path) -> None:
    other = home / "examples/tables/workflow/Snakefile"
    other.parent.mkdir(parents=True)
    other.write_text("tables")
    request = wanted(home="examples/tables")
    space = workspace.prepare(request, settings(home), tmp_path / "work")
    assert (space.home / "workflow/Snakefile").read_text() == "tables"
    assert (space.home / "profiles/gcp/config.yaml").exists()
    with pytest.raises(SettingsError, match=r"There is no workflow in .*/nowhere"):
        workspace.prepare(wanted(home="nowhere"), settings(home), tmp_path / "other")


def test_a_missing_profile_is_named(home: Path, tmp_path: Path) -> None:
    with pytest.raises(SettingsError, match="There is no profiles/local in"):
        workspace.prepare(wanted(), settings(home, "profiles/local"), tmp_path / "work")


def test_a_controller_works_where_it_was_started_unless_another_folder_is_named(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    assert workspace.disk({}) == tmp_path / "controller"
    assert workspace.disk({"HEADRACE_WORK": "/scratch"}) == Path("/scratch")
