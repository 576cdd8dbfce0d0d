"""A planned job becomes a Pipeline: its machine, and every limit of the services."""

import re
from types import SimpleNamespace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from headrace.errors import JobRefusedError
from headrace.pipeline import DiskType, Gpus, Pipeline
from headrace.services.batch_requests import create_request
from headrace.services.lifesciences_requests import run_request
from headrace.staging.plan import Plan, Step
from snakemake_executor_plugin_lifesciences import ExecutorSettings
from snakemake_executor_plugin_lifesciences.naming import job_id, job_key, slug
from snakemake_executor_plugin_lifesciences.pipelines import pipeline
from snakemake_executor_plugin_lifesciences.starts import Start

ID = re.compile(r"[a-z]([a-z0-9-]{0,61}[a-z0-9])?")
CONTAINER_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9-]*")
LABEL_KEY = re.compile(r"[a-z][a-z0-9_-]{0,62}")
LABEL_VALUE = re.compile(r"[a-z0-9_-]{0,63}")
VARIABLE = re.compile(r"[A-Za-z_][A-Za-z0-9_]*")
LABELS_AT_MOST = 64


def job(rule: str = "align", threads: int = 1, **resources: Any) -> Any:
    return SimpleNamespace(
        rule=SimpleNamespace(name=rule),
        resources=resources,
        threads=threads,
        pipe_group=None,
        is_group=lambda: False,
    )


def settings(**given: Any) -> ExecutorSettings:
    return ExecutorSettings(
        project="lab", region="us-central1", run="run-1", stage_image="stage", **given
    )


def planned(
    one: Any, start: Start | None = None, options: ExecutorSettings | None = None
) -> Pipeline:
    step = Step(slug(one.rule.name), "quay.io/tool", "true")
    plan = Plan("gs://results/work/run-1/x", (), (), (step,), ())
    return pipeline(plan, one, options or settings(), start or Start())


@given(
    st.text(min_size=1),
    st.dictionaries(st.from_regex(LABEL_KEY, fullmatch=True), st.just("x"), max_size=60),
    st.integers(0, 49),
)
def test_whatever_a_rule_is_called_its_job_keeps_the_limits_of_both_services(
    rule: str, labels: dict[str, str], start: int
) -> None:
    labels = {name: value for name, value in labels.items() if not name.startswith("goog")}
    text = ",".join(f"{name}={value}" for name, value in labels.items())
    made = planned(job(rule, lifesciences_labels=text))
    id_ = job_id(rule, job_key(rule), start)
    operation, created = run_request(id_, made), create_request(made)
    assert ID.fullmatch(id_)
    for found in (operation["labels"], created["labels"], created["allocationPolicy"]["labels"]):
        assert len(found) <= LABELS_AT_MOST
        assert all(LABEL_KEY.fullmatch(key) for key in found)
        assert all(LABEL_VALUE.fullmatch(value) for value in found.values())
    for action in made.actions:
        assert CONTAINER_NAME.fullmatch(action.name)
        assert all(VARIABLE.fullmatch(name) for name in action.environment)


def test_the_options_of_a_rule_reach_its_machine() -> None:
    made = planned(
        job(
            mem_mb=15000,
            threads=4,
            gpu=1,
            gpu_type="nvidia-tesla-t4",
            lifesciences_secrets="KEY=licence, OLD=projects/other/secrets/old/versions/3",
            lifesciences_network="lab",
            lifesciences_subnetwork="lab-us",
        )
    )
    machine = made.machine
    assert machine.machine_type == "n1-standard-4"
    assert machine.gpus == Gpus("nvidia-tesla-t4", 1)
    assert machine.network is not None
    assert machine.network.private_address
    (step,) = [action for action in made.actions if action.image == "quay.io/tool"]
    assert step.secrets == {
        "KEY": "projects/lab/secrets/licence/versions/latest",
        "OLD": "projects/other/secrets/old/versions/3",
    }
    assert not any(action.secrets for action in made.actions if action is not step)


def test_local_ssds_are_taken_in_whole_and_from_families_that_have_them() -> None:
    made = planned(job(disk_mb=400_000, lifesciences_disk_type="local-ssd"))
    assert made.machine.disk_type is DiskType.LOCAL_SSD
    assert made.machine.disk_gb == 750
    assert made.machine.machine_type.startswith("n2")


@pytest.mark.parametrize(
    ("start", "machine", "disk_gb"),
    [
        (Start(), "e2-highcpu-2", 20),
        (Start(memory_doublings=2), "e2-standard-2", 20),
        (Start(disk_doublings=2), "e2-highcpu-2", 80),
    ],
)
def test_a_start_after_a_shortage_asks_for_more_of_what_ran_short(
    start: Start, machine: str, disk_gb: int
) -> None:
    made = planned(job(mem_mb=2000, disk_mb=20_000), start)
    assert (made.machine.machine_type, made.machine.disk_gb) == (machine, disk_gb)


def test_where_no_other_family_fits_a_lost_job_keeps_its_own() -> None:
    options = settings(spot=True, machine_families="e2")
    made = planned(job(), Start(losses=2), options)
    assert (made.machine.machine_type, made.machine.spot) == ("e2-highcpu-2", True)


def test_a_named_machine_that_is_too_small_for_its_rule_is_refused() -> None:
    with pytest.raises(JobRefusedError, match=r"e2-highcpu-2 does not have 8 vCPUs"):
        planned(job(threads=8, lifesciences_machine_type="e2-highcpu-2"))
