import json
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from workflow.lib.references import (
    Indexed,
    cache_folder,
    choose,
    content_of,
    is_whole,
    key,
    made_in,
    maker,
)


def made(folder: Path) -> Indexed:
    """Indices as the rule leaves them."""
    one = Indexed(str(folder))
    folder.mkdir(parents=True)
    for path in (one.fasta, one.fai, one.mmi):
        Path(path).write_text(path)
    sizes = {Path(path).name: len(path) for path in (one.fasta, one.fai, one.mmi)}
    Path(one.record).write_text(json.dumps({"bytes": sizes}))
    return one


@pytest.mark.parametrize(
    ("setting", "run_folder", "expected"),
    [
        (None, None, ".snakemake/references"),
        (None, "gs://results/runs/r1", "gs://results/references"),
        ("/data/references/", None, "/data/references"),
        ("gs://shared/references", "gs://results/runs/r1", "gs://shared/references"),
    ],
)
def test_the_cache_is_as_set_or_beside_the_runs_or_here(
    setting: str | None, run_folder: str | None, expected: str
) -> None:
    assert cache_folder(setting, run_folder) == expected


def test_the_key_follows_from_all_that_the_indices_follow_from() -> None:
    keys = {
        key(content, preset=preset, image=image)
        for content in ("a", "b")
        for preset in ("sr", "map-ont")
        for image in ("x:1", "x:2")
    }
    assert len(keys) == 8
    assert key("a", preset="sr", image="x") == key("a", image="x", preset="sr")


def test_each_run_has_a_folder_of_its_own_and_finds_it_again(tmp_path: Path) -> None:
    assert maker("gs://results/runs/r1", tmp_path) == "r1"
    assert maker(None, tmp_path) == maker(None, tmp_path)
    assert maker(None, tmp_path) != maker(None, tmp_path / "other")


def test_equal_content_is_equal_whatever_its_name_and_date(tmp_path: Path) -> None:
    for name, text in (("a.fa", ">1\nA\n"), ("b.fa", ">1\nA\n"), ("c.fa", ">1\nC\n")):
        (tmp_path / name).write_text(text)
    a, b, c = (content_of(tmp_path / f"{name}.fa") for name in "abc")
    assert a == b != c
    assert content_of(tmp_path / "none.fa") == "absent"


def test_what_is_whole_is_found(tmp_path: Path) -> None:
    one = made(tmp_path / "key" / "first")
    assert list(made_in(tmp_path / "key")) == [one.folder]
    assert made_in(tmp_path / "other") == {}


@pytest.mark.parametrize("fault", ["cut short", "missing", "no record", "torn record"])
def test_what_is_not_whole_is_not_used(tmp_path: Path, fault: str) -> None:
    one = made(tmp_path / "first")
    match fault:
        case "cut short":
            Path(one.mmi).write_text("x")
        case "missing":
            Path(one.fai).unlink()
        case "no record":
            Path(one.record).unlink()
        case "torn record":
            Path(one.record).write_text('{"bytes": ')
    assert not is_whole(one, Path(one.record))
    assert made_in(tmp_path) == {}


def test_a_run_uses_its_own_else_the_oldest_else_makes_them() -> None:
    own = Indexed("cache/key/own")
    others = {"cache/key/b": 1.0, "cache/key/a": 2.0}
    assert choose({}, own) == own
    assert choose(others, own) == Indexed("cache/key/b")
    assert choose({**others, own.folder: 3.0}, own) == own


@given(
    st.dictionaries(st.text(min_size=1), st.floats(0, 1e9), min_size=1),
    st.dictionaries(st.text(min_size=1), st.floats(1e9 + 1, 2e9)),
)
def test_what_others_finish_later_changes_no_choice(
    before: dict[str, float], later: dict[str, float]
) -> None:
    own = Indexed("never made/own")
    assert choose({**later, **before}, own) == choose(before, own)
