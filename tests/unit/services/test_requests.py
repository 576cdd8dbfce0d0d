"""Pipelines in the words of both APIs: golden requests, checked against Google's own schemas."""

import dataclasses
import json
from collections.abc import Mapping
from functools import partial
from pathlib import Path
from typing import Any

import pytest
from googleapiclient import discovery_cache
from hypothesis import given
from hypothesis import strategies as st

from headrace.errors import JobRefusedError
from headrace.pipeline import Gpus, Pipeline
from headrace.services.batch_requests import create_request
from headrace.services.lifesciences_requests import run_request
from headrace.services.limits import MAX_REQUEST_BYTES
from tests.unit.services.pipelines import MAXIMAL, MAXIMAL_ON_BATCH, MINIMAL, STREAMING

GOLDEN = Path(__file__).parents[2] / "golden" / "services"
CASES = {"minimal": MINIMAL, "maximal": MAXIMAL}
BATCH_CASES = {"minimal": MINIMAL, "maximal": MAXIMAL_ON_BATCH, "streaming": STREAMING}


def schemas(api: str) -> Mapping[str, Any]:
    folder = Path(discovery_cache.__file__).parent / "documents"
    found: Mapping[str, Any] = json.loads((folder / f"{api}.json").read_text())["schemas"]
    return found


def unknown_fields(value: Any, schema: Mapping[str, Any], all_: Mapping[str, Any]) -> list[str]:
    """Return the fields of a request that Google's schema does not have, or types differently."""
    if "$ref" in schema:
        return unknown_fields(value, all_[schema["$ref"]], all_)
    kind = schema["type"]
    if kind == "array":
        parts = [unknown_fields(part, schema["items"], all_) for part in value]
        return [problem for problems in parts for problem in problems]
    if kind == "object" and "properties" in schema:
        strange = sorted(set(value) - set(schema["properties"]))
        known = [
            unknown_fields(part, schema["properties"][name], all_)
            for name, part in value.items()
            if name in schema["properties"]
        ]
        return strange + [problem for problems in known for problem in problems]
    python = {"string": str, "integer": int, "boolean": bool, "object": dict}[kind]
    fits = isinstance(value, python) and ("enum" not in schema or value in schema["enum"])
    return [] if fits else [f"{value!r} is no {schema.get('enum', kind)}"]


def check_golden(name: str, request: Mapping[str, Any]) -> None:
    assert request == json.loads((GOLDEN / f"{name}.json").read_text())


@pytest.mark.parametrize("case", CASES)
def test_a_life_sciences_request_is_as_recorded_and_fits_the_schema(case: str) -> None:
    request = run_request("align-0123-0", CASES[case])
    check_golden(f"lifesciences-{case}", request)
    known = schemas("lifesciences.v2beta")
    assert unknown_fields(request, known["RunPipelineRequest"], known) == []


@pytest.mark.parametrize("case", BATCH_CASES)
def test_a_batch_request_is_as_recorded_and_fits_the_schema(case: str) -> None:
    request = create_request(BATCH_CASES[case])
    check_golden(f"batch-{case}", request)
    known = schemas("batch.v1")
    assert unknown_fields(request, known["Job"], known) == []


def test_the_schema_check_finds_a_misspelt_field() -> None:
    known = schemas("batch.v1")
    request: dict[str, Any] = create_request(MINIMAL)
    request["taskGroups"][0]["taskSpec"]["maxRunDurations"] = "1s"
    assert unknown_fields(request, known["Job"], known) == ["maxRunDurations"]


def test_life_sciences_refuses_what_it_cannot_say() -> None:
    with pytest.raises(JobRefusedError) as refused:
        run_request("align-0123-0", dataclasses.replace(MAXIMAL_ON_BATCH, image_streaming=True))
    assert str(refused.value) == (
        "Life Sciences knows no tags and no secrets and no image_streaming: "
        "leave them out, or use lifesciences-service batch."
    )


@given(st.integers(1, 3000), st.integers(0, 500))
def test_a_job_is_within_the_size_the_services_take_or_refused_with_a_remedy(
    steps: int, length: int
) -> None:
    (action,) = MINIMAL.actions
    actions = (dataclasses.replace(action, commands=("x" * length,)),) * steps
    pipeline = dataclasses.replace(MINIMAL, actions=actions)
    for request in (partial(create_request, pipeline), partial(run_request, "align-0", pipeline)):
        try:
            body = request()
        except JobRefusedError as refused:
            assert "make the group smaller" in str(refused)
            assert steps * (length + 400) > MAX_REQUEST_BYTES
        else:
            assert len(json.dumps(body).encode()) <= MAX_REQUEST_BYTES


def test_batch_refuses_gpus_in_streamed_images() -> None:
    with pytest.raises(JobRefusedError, match="leave one of them out"):
        create_request(dataclasses.replace(MAXIMAL, image_streaming=True))


def test_gpus_that_are_part_of_a_machine_are_not_attached_to_it_but_get_their_driver() -> None:
    machine = dataclasses.replace(MAXIMAL.machine, gpus=Gpus("nvidia-l4", 1, attached=False))
    request = create_request(dataclasses.replace(MAXIMAL, machine=machine))
    (instances,) = request["allocationPolicy"]["instances"]
    assert instances["installGpuDrivers"] is True
    assert "accelerators" not in instances["policy"]


@pytest.mark.parametrize("pipeline", CASES.values())
def test_a_batch_task_claims_the_whole_machine_as_a_pipeline_does(pipeline: Pipeline) -> None:
    task = create_request(pipeline)["taskGroups"][0]["taskSpec"]
    assert task["computeResource"] == {
        "cpuMilli": str(1000 * pipeline.machine.cpus),
        "memoryMib": str(pipeline.machine.memory_mb),
    }
