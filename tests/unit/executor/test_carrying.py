"""Files of the repository that shell rules ask for."""

from pathlib import Path
from types import SimpleNamespace

import pytest

from headrace.errors import HeadraceError, JobRefusedError
from headrace.staging.plan import Carried
from snakemake_executor_plugin_lifesciences.carrying import MAX_CARRIED_BYTES, carried


@pytest.fixture(autouse=True)
def repository(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "scripts/lib/__pycache__").mkdir(parents=True)
    (tmp_path / "scripts/tool.py").write_text("tool")
    (tmp_path / "scripts/tool.py").chmod(0o755)
    (tmp_path / "scripts/lib/part.py").write_text("part")
    (tmp_path / "scripts/lib/__pycache__/part.pyc").write_text("compiled")
    return tmp_path


def job(**resources: str) -> SimpleNamespace:
    return SimpleNamespace(resources=resources, rule=SimpleNamespace(name="one"))


def test_a_rule_that_asks_for_none_carries_none() -> None:
    assert carried([job()]) == ()


def test_files_and_folders_travel_with_their_content_and_mode() -> None:
    assert carried([job(lifesciences_files="scripts/tool.py, scripts/lib/")]) == (
        Carried("scripts/lib/part.py", b"part"),
        Carried("scripts/tool.py", b"tool", executable=True),
    )


def test_what_two_members_of_a_group_ask_for_travels_once() -> None:
    same = job(lifesciences_files="scripts/tool.py")
    assert len(carried([same, same])) == 1


@pytest.mark.parametrize("path", ["scripts/none.py", "/etc/hostname", "../x", "a$(b)"])
def test_what_is_no_file_of_the_repository_is_refused_by_rule_and_path(path: str) -> None:
    with pytest.raises(HeadraceError, match="Rule one: lifesciences_files names") as refusal:
        carried([job(lifesciences_files=path)])
    assert path in str(refusal.value)


def test_files_too_large_for_a_plan_are_refused_with_a_remedy(repository: Path) -> None:
    (repository / "large").write_bytes(bytes(MAX_CARRIED_BYTES + 1))
    with pytest.raises(JobRefusedError, match="make large files inputs"):
        carried([job(lifesciences_files="large")])
