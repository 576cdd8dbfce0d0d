"""Files of the workflow outdate results only where they have changed."""

from datetime import timedelta
from pathlib import Path

import msgspec

from headrace.runs import dating
from headrace.runs.scene import Scene
from tests.unit.arrivals.memory import MemoryStore
from tests.unit.runs.conftest import NOW
from tests.unit.runs.test_rerunning import REQUEST, scene

LATER = NOW + timedelta(days=1)


def workflow(store: MemoryStore, folder: Path, *, run: str, follows: str | None = None) -> Scene:
    """Make a controller's disk with two files on it."""
    request = msgspec.structs.replace(REQUEST, run_id=run, continues=follows, created=LATER)
    made = scene(store, folder, request)
    (made.space.home / "scripts").mkdir(parents=True)
    (made.space.home / "Snakefile").write_text("rule all")
    (made.space.home / "scripts/a.py").write_text("1")
    return made


def times(made: Scene) -> dict[str, float]:
    home = made.space.home
    return {name: (home / name).stat().st_mtime for name in ("Snakefile", "scripts/a.py")}


def test_all_files_of_a_run_are_older_than_any_result(store: MemoryStore, tmp_path: Path) -> None:
    made = workflow(store, tmp_path, run="a")
    dating.date_files(made)
    assert set(times(made).values()) == {dating.LONG_AGO}


def test_a_run_that_continues_has_new_files_only_where_they_changed(
    store: MemoryStore, tmp_path: Path
) -> None:
    dating.date_files(workflow(store, tmp_path / "one", run="a"))
    for place in ("two", "three"):  # a second controller comes to the same times
        made = workflow(store, tmp_path / place, run="b", follows="a")
        (made.space.home / "scripts/a.py").write_text("2")
        dating.date_files(made)
        assert times(made) == {"Snakefile": dating.LONG_AGO, "scripts/a.py": LATER.timestamp()}


def test_what_cannot_be_compared_counts_as_changed(store: MemoryStore, tmp_path: Path) -> None:
    made = workflow(store, tmp_path, run="b", follows="a")
    dating.date_files(made)
    assert set(times(made).values()) == {LATER.timestamp()}
