"""What goes wrong around a job, ordered from the local cloud: nothing is lost, and all is told."""

from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest
from google.cloud import storage

from headrace.services.protocol import RUN_LABEL, ServiceName
from headrace.services.retry import Backoff
from headrace.services.wire import Client, label_filter
from localcloud.testing import LocalCloud
from snakemake_executor_plugin_lifesciences.pipelines import RULE_LABEL
from tests.e2e.conftest import Head, make_head

RULES = """
container: "docker://lab/tool:1"

rule all:
    input: "res/lost.txt", "res/hungry.txt", "res/full.txt"
    output: touch("res/all.txt")
    localrule: True

rule lost:
    output: "res/lost.txt"
    resources:
        lifesciences_spot=True,
        lifesciences_zones="us-central1-a,us-central1-b",
        lifesciences_machine_families="e2,n2",
        lifesciences_max_spot_attempts=3
    shell: "sleep 1; touch {output}"

rule hungry:
    output: "res/hungry.txt"
    resources: mem_mb=2000, lifesciences_escalations=1
    shell: "[[ $HEADRACE_PLAN == *-1/plan.json ]] || exit 137; touch {output}"

rule full:
    output: "res/full.txt"
    resources: disk_mb=20000, lifesciences_escalations=1
    shell: "[[ $HEADRACE_PLAN == *-1/plan.json ]] || "
           "{{ echo 'x: No space left on device' >&2; exit 1; }}; touch {output}"
"""


@pytest.fixture
def head(cloud: LocalCloud, client: storage.Client, tmp_path: Path, service: ServiceName) -> Head:
    return make_head(cloud, client, tmp_path, service, [])


@pytest.fixture
def faulty(cloud: LocalCloud) -> Iterator[LocalCloud]:
    yield cloud
    cloud.clear_faults()


def jobs_of(cloud: LocalCloud, run: str, rule: str) -> list[dict[str, Any]]:
    """Return the Batch jobs of a rule in the order of their starts, as the service tells them."""
    client = Client("batch", "v1", cloud.url, Backoff())
    where = "projects/local/locations/us-central1"
    labels = label_filter({RUN_LABEL: run, RULE_LABEL: rule})
    with closing(client):
        jobs = list(client.pages(client.locations.jobs(), "jobs", parent=where, filter=labels))
    return sorted(jobs, key=lambda job: str(job["name"]))


def policies(jobs: list[dict[str, Any]]) -> list[dict[str, Any]]:
    return [job["allocationPolicy"]["instances"][0]["policy"] for job in jobs]


def test_lost_machines_shortages_and_api_errors_cost_no_result(
    faulty: LocalCloud, head: Head, service: ServiceName
) -> None:
    labels = {"headrace-run": head.run, "headrace-rule": "lost"}
    faulty.order_fault(job="*", labels=labels, do="preempt", after=0.2, times=3)
    for method in ("batch.jobs.*", "lifesciences.*"):
        faulty.order_fault(method=method, do="error", code="UNAVAILABLE", nth=2)
        faulty.order_fault(method=method, do="error", code="RESOURCE_EXHAUSTED", nth=5)
    (head.folder / "Snakefile").write_text(RULES)

    result = head.snakemake("--lifesciences-registry-mirrors", "docker.io=mirror.example/hub")

    assert result.returncode == 0, result.stderr
    assert head.names("res/") >= {"res/full.txt", "res/hungry.txt", "res/lost.txt"}
    assert result.stderr.count("was lost") == 3
    assert "ran out of what mem_mb gives it: again with twice as much" in result.stderr
    assert "ran out of what disk_mb gives it: again with twice as much" in result.stderr
    if service is ServiceName.BATCH:
        check_machines(faulty, head.run)


def check_machines(cloud: LocalCloud, run: str) -> None:
    """What the jobs asked for at each start: the service tells it on Batch alone."""
    lost, hungry, full = (jobs_of(cloud, run, rule) for rule in ("lost", "hungry", "full"))
    places = [job["allocationPolicy"]["location"]["allowedLocations"] for job in lost]
    a, b = "zones/us-central1-a", "zones/us-central1-b"
    ladder = [
        (policy["machineType"], policy["provisioningModel"], place)
        for policy, place in zip(policies(lost), places, strict=True)
    ]
    assert ladder == [
        ("e2-highcpu-2", "SPOT", [a, b]),
        ("e2-highcpu-2", "SPOT", [b]),
        ("n2-highcpu-2", "SPOT", [a, b]),
        ("e2-highcpu-2", "STANDARD", [a, b]),
    ]
    machines = [policy["machineType"] for policy in policies(hungry)]
    assert machines == ["e2-highcpu-2", "e2-standard-2"]
    assert [policy["disks"][0]["newDisk"]["sizeGb"] for policy in policies(full)] == ["20", "40"]
    images = {
        run["container"]["imageUri"] for run in full[0]["taskGroups"][0]["taskSpec"]["runnables"]
    }
    assert "mirror.example/hub/lab/tool:1" in images


def test_without_escalation_a_shortage_says_what_to_raise(head: Head) -> None:
    rules = RULES.replace("lifesciences_escalations=1", "lifesciences_escalations=0")
    (head.folder / "Snakefile").write_text(rules)
    result = head.snakemake("res/hungry.txt", "res/full.txt")
    assert result.returncode == 1
    assert "Exit code 137 usually means out of memory: raise mem_mb." in result.stderr
    assert "The disk was full: raise disk_mb." in result.stderr


@pytest.mark.parametrize("fault", ["quota-stall", "role-stall"])
def test_a_job_that_cannot_start_ends_at_its_deadline_and_says_why(
    faulty: LocalCloud, head: Head, service: ServiceName, fault: str
) -> None:
    faulty.order_fault(job="*", labels={"headrace-run": head.run}, do=fault)
    (head.folder / "Snakefile").write_text(RULES)
    result = head.snakemake("res/hungry.txt", "--lifesciences-start-deadline", "0")
    assert result.returncode == 1
    (told, *_) = [line for line in result.stderr.splitlines() if "for a machine: " in line]
    assert "Given up." in told
    unsaid = service is ServiceName.LIFESCIENCES and fault == "role-stall"  # it has no such event
    assert ("the service does not say" in told) is unsaid
