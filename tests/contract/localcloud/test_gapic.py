"""The generated clients over REST: integer enums, their own pagers, operations and errors."""

import uuid
from collections.abc import Iterator
from time import monotonic, sleep
from typing import Any

import pytest
from google.api_core.client_options import ClientOptions
from google.api_core.exceptions import Conflict, NotFound
from google.auth.credentials import AnonymousCredentials
from google.cloud import batch_v1, lifesciences_v2beta

from localcloud.testing import LocalCloud

PARENT = "projects/lab/locations/us-central1"
WAIT_SECONDS = 30


@pytest.fixture(scope="module")
def batch(cloud: LocalCloud) -> Iterator[Any]:
    client = batch_v1.BatchServiceClient(
        transport="rest",
        client_options=ClientOptions(api_endpoint=cloud.url),
        credentials=AnonymousCredentials(),
    )
    with client:
        yield client


@pytest.fixture(scope="module")
def life_sciences(cloud: LocalCloud) -> Iterator[Any]:
    client = lifesciences_v2beta.WorkflowsServiceV2BetaClient(
        transport="rest",
        client_options=ClientOptions(api_endpoint=cloud.url),
        credentials=AnonymousCredentials(),
    )
    with client:
        yield client
        client.transport.operations_client.transport._session.close()  # its close() is missing


def new_job(text: str, **group: Any) -> Any:
    runnable = batch_v1.Runnable(script=batch_v1.Runnable.Script(text=text))
    spec = batch_v1.TaskSpec(runnables=[runnable])
    policy = batch_v1.AllocationPolicy.InstancePolicy(
        machine_type="e2-standard-2",
        provisioning_model=batch_v1.AllocationPolicy.ProvisioningModel.SPOT,
    )
    instance = batch_v1.AllocationPolicy.InstancePolicyOrTemplate(policy=policy)
    return batch_v1.Job(
        task_groups=[batch_v1.TaskGroup(task_spec=spec, **group)],
        allocation_policy=batch_v1.AllocationPolicy(instances=[instance]),
        logs_policy=batch_v1.LogsPolicy(destination=batch_v1.LogsPolicy.Destination.CLOUD_LOGGING),
        labels={"client": "gapic"},
    )


def finish(batch: Any, name: str) -> Any:
    deadline = monotonic() + WAIT_SECONDS
    states = batch_v1.JobStatus.State
    while True:
        job = batch.get_job(name=name)
        if job.status.state in {states.SUCCEEDED, states.FAILED, states.CANCELLED}:
            return job
        assert monotonic() < deadline, job
        sleep(0.02)


def test_a_batch_job_runs_and_its_enums_are_understood(batch: Any) -> None:
    created = batch.create_job(parent=PARENT, job=new_job("true", task_count=2), job_id="gapic")
    assert created.status.state == batch_v1.JobStatus.State.QUEUED
    done = finish(batch, created.name)
    assert done.status.state == batch_v1.JobStatus.State.SUCCEEDED
    spot = batch_v1.AllocationPolicy.ProvisioningModel.SPOT
    assert done.allocation_policy.instances[0].policy.provisioning_model == spot
    tasks = list(batch.list_tasks(parent=f"{done.name}/taskGroups/group0"))
    assert [task.status.state for task in tasks] == [batch_v1.TaskStatus.State.SUCCEEDED] * 2
    assert tasks[0].status.status_events[-1].task_state == batch_v1.TaskStatus.State.SUCCEEDED


def test_the_same_request_id_makes_one_job(batch: Any) -> None:
    request = {"parent": PARENT, "job": new_job("true"), "request_id": str(uuid.uuid4())}
    first, second = batch.create_job(request=request), batch.create_job(request=request)
    assert first.name == second.name
    assert first.uid == second.uid


def test_errors_arrive_as_the_clients_own(batch: Any) -> None:
    batch.create_job(parent=PARENT, job=new_job("true"), job_id="gapic-twice")
    with pytest.raises(Conflict):
        batch.create_job(parent=PARENT, job=new_job("true"), job_id="gapic-twice")
    with pytest.raises(NotFound):
        batch.get_job(name=f"{PARENT}/jobs/nowhere")


def test_the_pager_follows_pages_to_the_end(batch: Any) -> None:
    names = {batch.create_job(parent=PARENT, job=new_job("true")).name for _ in range(5)}
    request = {"parent": PARENT, "filter": 'labels.client="gapic"', "page_size": 2}
    assert names <= {job.name for job in batch.list_jobs(request=request)}


def test_a_deletion_can_be_waited_for(batch: Any) -> None:
    job = batch.create_job(parent=PARENT, job=new_job("sleep 600"))
    batch.delete_job(name=job.name).result(timeout=WAIT_SECONDS)
    with pytest.raises(NotFound):
        batch.get_job(name=job.name)


def test_a_pipeline_can_be_waited_for(life_sciences: Any) -> None:
    pipeline = lifesciences_v2beta.Pipeline(
        actions=[lifesciences_v2beta.Action(image_uri="bash", commands=["true"])],
        resources=lifesciences_v2beta.Resources(
            regions=["us-central1"],
            virtual_machine=lifesciences_v2beta.VirtualMachine(machine_type="e2-medium"),
        ),
    )
    request = lifesciences_v2beta.RunPipelineRequest(
        parent=PARENT, pipeline=pipeline, labels={"client": "gapic"}
    )
    operation = life_sciences.run_pipeline(request=request)
    response = operation.result(timeout=WAIT_SECONDS)
    assert isinstance(response, lifesciences_v2beta.RunPipelineResponse)
    assert operation.metadata.labels["client"] == "gapic"
    assert operation.metadata.events[0].worker_released.zone == "us-central1-a"
