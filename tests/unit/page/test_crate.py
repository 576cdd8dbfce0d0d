"""The provenance of a run holds to what the Workflow Run RO-Crate profiles state as MUST.

The crates of these runs pass roc-validator 0.13.0 (ro-crate 1.1, workflow-run-crate 0.5 and
provenance-run-crate 0.5, what is required); it needs the network for the contexts, so what it
checks of ours is checked here again.
"""

import json
from typing import Any

import pytest

from headrace.page import crate
from headrace.page.facts import Facts
from tests.unit.page import made

SOURCES = ["workflow/Snakefile", "workflow/rules/qc.smk"]
SAMPLES = ["a", "b"]


def _graph(facts: Facts) -> dict[str, dict[str, Any]]:
    document = json.loads(json.dumps(crate.crate(facts, SOURCES)))
    entities = {entity["@id"]: entity for entity in document["@graph"]}
    assert len(entities) == len(document["@graph"]), "each thing is described once"
    return entities


def _many(value: Any) -> list[Any]:
    return value if isinstance(value, list) else [value]


def _ids(value: Any) -> list[str]:
    return [ref["@id"] for ref in _many(value)]


RUNS = {"good": made.succeeded(SAMPLES, bad=["b"]), "failed": made.failed(SAMPLES)}


@pytest.mark.parametrize("facts", RUNS.values(), ids=list(RUNS))
def test_everything_that_is_referred_to_inside_the_crate_is_described(facts: Facts) -> None:
    graph = _graph(facts)
    referred = {
        ref["@id"]
        for entity in graph.values()
        for value in entity.values()
        for ref in _many(value)
        if isinstance(ref, dict)
    }
    outside = {"https://w3id.org/", "https://doi.org/", "https://snakemake.readthedocs.io"}
    undescribed = {r for r in referred - graph.keys() if not r.startswith(tuple(outside))}
    assert undescribed == set()


@pytest.mark.parametrize("facts", RUNS.values(), ids=list(RUNS))
def test_the_run_is_an_action_of_the_workflow_with_its_inputs_and_results(facts: Facts) -> None:
    graph = _graph(facts)
    root = graph["./"]
    assert graph["ro-crate-metadata.json"]["about"] == {"@id": "./"}
    assert {"name", "description", "datePublished", "license"} <= root.keys()
    workflow = graph[root["mainEntity"]["@id"]]
    assert {"File", "SoftwareSourceCode", "ComputationalWorkflow", "HowTo"} == set(
        workflow["@type"]
    )
    assert graph[workflow["programmingLanguage"]["@id"]]["@type"] == "ComputerLanguage"
    run = graph["#run"]
    assert run["instrument"] == root["mainEntity"]
    assert "#run" in _ids(root["mentions"])
    assert "gs://inbox/lab/a_R1.fastq.gz" in _ids(run["object"])
    upload = graph["gs://inbox/lab/a_R1.fastq.gz"]
    assert upload["identifier"] == "gs://inbox/lab/a_R1.fastq.gz#1772443800123457"
    assert "yZRlqg==" in upload["description"]
    assert graph["#config-trimming"]["value"] == "{'minimum_length': 50}"


@pytest.mark.parametrize("facts", RUNS.values(), ids=list(RUNS))
def test_every_job_is_an_action_of_its_rule_in_its_image(facts: Facts) -> None:
    graph = _graph(facts)
    steps = [e for e in graph.values() if e["@type"] == "HowToStep"]
    tools = _ids(graph[SOURCES[0]]["hasPart"])
    assert {step["workExample"]["@id"] for step in steps} == set(tools)
    assert {step["@id"] for step in steps} == set(_ids(graph[SOURCES[0]]["step"]))
    actions = {i: e for i, e in graph.items() if i.startswith("#job-")}
    controls = [e for e in graph.values() if e["@type"] == "ControlAction"]
    assert {i for c in controls for i in _ids(c["object"])} == actions.keys()
    assert {c["instrument"]["@id"] for c in controls} == {step["@id"] for step in steps}
    organised = graph["#organize"]
    assert set(_ids(organised["object"])) == {c["@id"] for c in controls}
    assert organised["result"] == {"@id": "#run"}
    for action in actions.values():
        assert action["instrument"]["@id"] in tools
        assert graph[action["containerImage"]["@id"]]["sha256"] == "5e" * 32


def test_a_failure_is_told_as_one() -> None:
    graph = _graph(made.failed(SAMPLES))
    (failed,) = [e for e in graph.values() if "error" in e and e["@id"].startswith("#job-")]
    assert failed["name"] == "align a"
    assert failed["actionStatus"] == graph["#run"]["actionStatus"]
    assert failed["actionStatus"] == "http://schema.org/FailedActionStatus"
    assert graph["#run"]["error"].startswith("1 job failed")


def test_a_large_run_is_told_as_a_whole_and_by_a_profile_less() -> None:
    graph = _graph(made.succeeded([f"s{n}" for n in range(100)]))
    assert not [i for i in graph if i.startswith("#job-")]
    profiles = _ids(graph["./"]["conformsTo"])
    assert "https://w3id.org/ro/wfrun/workflow/0.5" in profiles
    assert not [p for p in profiles if "provenance" in p]
