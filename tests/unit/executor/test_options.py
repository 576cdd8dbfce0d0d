"""Options of the profile, and of single rules."""

import re
from dataclasses import fields
from pathlib import Path
from typing import Any

import pytest

from headrace.errors import JobRefusedError
from headrace.pipeline import DiskType
from snakemake_executor_plugin_lifesciences import ExecutorSettings
from snakemake_executor_plugin_lifesciences.options import PREFIX, JobOptions

DOCUMENT = Path(__file__).parents[3] / "docs" / "executor.md"


def options(resources: dict[str, Any] | None = None, **settings: Any) -> JobOptions:
    return JobOptions.of(ExecutorSettings(**settings), resources or {}, "align")


def test_the_defaults_of_the_command_line_are_those_of_the_options() -> None:
    assert options() == JobOptions()


def test_a_rule_wins_over_the_profile() -> None:
    found = options(
        {
            "lifesciences_spot": False,
            "lifesciences_zones": "us-central1-a, us-central1-b",
            "lifesciences_disk_type": "local-ssd",
            "lifesciences_labels": "team=lab,cost=a1",
            "mem_mb": 1000,
        },
        spot=True,
        machine_type="n2-standard-4",
    )
    assert found == JobOptions(
        machine_type="n2-standard-4",
        zones=("us-central1-a", "us-central1-b"),
        disk_type=DiskType.LOCAL_SSD,
        labels=(("team", "lab"), ("cost", "a1")),
    )


def test_an_unknown_resource_of_ours_names_the_nearest() -> None:
    with pytest.raises(JobRefusedError) as refused:
        options({"lifesciences_machine_typ": "x"})
    assert str(refused.value) == (
        "Rule align: unknown resource 'lifesciences_machine_typ'; "
        "did you mean 'lifesciences_machine_type'?"
    )


@pytest.mark.parametrize(
    ("name", "value", "remedy"),
    [
        ("spot", "perhaps", "write true or false"),
        ("boot_disk_mb", "-5", "write a whole number above 0"),
        ("machine_families", "e2,z9", "write some of e2, n2"),
        ("machine_families", "", "write some of e2, n2"),
        ("disk_type", "tape", "write one of pd-standard"),
        ("labels", "Team=lab", "write name=value"),
        ("labels", "=lab", "write name=value"),
    ],
)
def test_a_value_that_does_not_fit_is_refused_with_what_to_write(
    name: str, value: str, remedy: str
) -> None:
    with pytest.raises(JobRefusedError, match=re.escape(remedy)):
        options({PREFIX + name: value})


def test_every_option_can_be_set_by_profile_and_rule_and_is_documented() -> None:
    settings = {field.name for field in fields(ExecutorSettings)}
    document = DOCUMENT.read_text()
    for field in fields(JobOptions):
        assert field.name in settings
        assert f"| `{field.name}` |" in document
