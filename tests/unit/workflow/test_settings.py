from pathlib import Path
from typing import Any

import pytest
import yaml

from workflow.lib.checking import InputError
from workflow.lib.settings import complete, laid_over, load_profiles, typed

CONFIG = yaml.safe_load((Path(__file__).parents[3] / "config" / "config.yaml").read_text())
PROFILES = load_profiles()


def with_changes(**changes: Any) -> dict[str, Any]:
    return complete(laid_over(CONFIG, changes), PROFILES)


@pytest.mark.parametrize("profile", ["wgs", "panel", "amplicon"])
def test_each_profile_completes_the_committed_settings(profile: str) -> None:
    settings = with_changes(profile=profile)
    for name, value in PROFILES[profile].items():
        assert laid_over(settings[name], value) == settings[name]


def test_what_the_user_writes_wins_and_leaves_its_neighbours() -> None:
    settings = with_changes(gates={"depth": {"warn": 50}}, calling={"ploidy": 1})
    assert settings["gates"]["depth"] == {"warn": 50, "fail": 10}
    assert settings["calling"]["ploidy"] == 1
    assert settings["calling"]["max_depth"] == 1000


def test_numbers_and_null_of_the_command_line_are_taken_as_such() -> None:
    assert typed({"a": {"b": "3", "c": "0.5"}, "d": "null", "e": "true", "f": "x1"}) == {
        "a": {"b": 3, "c": 0.5},
        "d": None,
        "e": True,
        "f": "x1",
    }


def test_an_unknown_profile_is_refused_naming_the_nearest() -> None:
    with pytest.raises(InputError, match="profile is 'amplicons'; did you mean 'amplicon'"):
        with_changes(profile="amplicons")


@pytest.mark.parametrize(
    ("changes", "reason"),
    [
        ({"profile": "amplicon"}, "profile is 'amplicon'"),
        ({"primers": "primers.bed"}, "primers is 'primers.bed'"),
    ],
)
def test_duplicates_of_amplicons_cannot_be_marked(changes: dict[str, Any], reason: str) -> None:
    with pytest.raises(InputError, match=f"duplicates is 'mark' but must be keep, as {reason}"):
        with_changes(**changes, alignment={"duplicates": "mark"})
