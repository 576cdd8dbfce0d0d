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
        ("machine_families", "e2,z9", "write some of e2, n1, n2"),
        ("machine_families", "", "write some of e2, n1, n2"),
        ("disk_type", "tape", "write one of pd-standard"),
        ("labels", "Team=lab", "write name=value"),
        ("labels", "=lab", "write name=value"),
        ("labels", "goog-x=lab", "not with goog"),
        ("labels", ",".join(f"l{n}=x" for n in range(61)), "at most 60 labels"),
        ("gpu", "-1", "write a whole number, 0 or more"),
        ("gpu", "²", "write a whole number, 0 or more"),
        ("gpu_type", "nvidia-l5", "write one of nvidia-tesla-p4"),
        ("zones", "us-central1", "write zones such as us-central1-a"),
        ("tags", "Lab", "write network tags of lower-case"),
        ("secrets", "KEY=value with blanks", "write VARIABLE=SECRET"),
        ("escalations", "6", "write a whole number up to 5"),
    ],
)
def test_a_value_that_does_not_fit_is_refused_with_what_to_write(
    name: str, value: str, remedy: str
) -> None:
    with pytest.raises(JobRefusedError, match=re.escape(remedy)):
        options({PREFIX + name: value})


@pytest.mark.parametrize("name", ["network", "subnetwork"])
def test_a_network_without_its_subnetwork_is_refused_not_ignored(name: str) -> None:
    with pytest.raises(JobRefusedError, match="belong together: give both"):
        options({PREFIX + name: "lab"})


def test_gpus_may_be_asked_for_by_the_names_of_other_executors() -> None:
    found = options({"gpu": 2, "gpu_type": "nvidia-l4"}, gpu=1)
    assert (found.gpu, found.gpu_type) == (2, "nvidia-l4")
    assert options({"gpu": 2, "lifesciences_gpu": 4}).gpu == 4


def documented(heading: str) -> dict[str, str]:
    """Return the default of each option in a table of the document, in its order."""
    table = DOCUMENT.read_text().partition(f"| {heading} | meaning | default |")[2]
    rows = table.partition("\n\n")[0]
    return dict(re.findall(r"^\| `([a-z_]+)` \|.*\| (.*) \|$", rows, re.MULTILINE))


def test_the_documents_tables_list_every_option_and_no_other() -> None:
    of_jobs = [field.name for field in fields(JobOptions)]
    assert list(documented("option")) == of_jobs
    assert set(documented("setting")) == {field.name for field in fields(ExecutorSettings)} - {
        *of_jobs
    }


@pytest.mark.parametrize("heading", ["option", "setting"])
def test_every_default_in_the_document_is_the_codes(heading: str) -> None:
    defaults = ExecutorSettings()
    for name, text in documented(heading).items():
        default = getattr(defaults, name)
        assert text.startswith("`") == (default is not None), name
        assert default is None or text == f"`{str(default).lower()}`", name
