"""headrace.planning.graph: the document of a dry run, read into jobs and what waits for what."""

import msgspec
import pytest

from headrace.errors import RecordError
from headrace.planning.graph import PlannedJob, PlannedWorkflow, in_order, read, to_dag


def job(jobid: int, *after: int, rule: str = "a") -> PlannedJob:
    return PlannedJob(jobid=jobid, rule=rule, after=after)


def document(*jobs: PlannedJob) -> bytes:
    return msgspec.json.encode(PlannedWorkflow(jobs=jobs))


def test_what_was_written_is_read() -> None:
    workflow = PlannedWorkflow(jobs=(job(1), job(2, 1)), at_once=200)
    assert read(msgspec.json.encode(workflow), "plan.json") == workflow


def test_edges_lead_from_a_job_to_those_that_wait_for_it() -> None:
    dag = to_dag(PlannedWorkflow(jobs=(job(3, 1), job(1), job(2, 1))))
    assert sorted(dag.edges) == [(1, 2), (1, 3)]
    assert dag.nodes[3]["job"].after == (1,)


def test_jobs_stand_behind_those_they_wait_for_then_by_name() -> None:
    jobs = (job(1, 3, rule="a"), job(2, rule="c"), job(3, rule="b"))
    assert [one.jobid for one in in_order(PlannedWorkflow(jobs=jobs))] == [3, 2, 1]


def test_a_job_is_named_by_its_rule_and_wildcards() -> None:
    named = PlannedJob(jobid=1, rule="align", wildcards={"unit": "u", "sample": "s"})
    assert named.name == "align sample=s unit=u"


@pytest.mark.parametrize(
    ("content", "reason"),
    [
        (b"{", "Input data was truncated"),
        (b'{"job": []}', "unknown key 'job'; did you mean 'jobs'?"),
        (document(job(1), job(1)), "job 1 is there twice"),
        (document(job(1, 2)), "job 1 waits for 2, which is not there"),
        (document(job(1, 2), job(2, 1)), "wait for each other in a circle"),
    ],
)
def test_a_document_that_does_not_fit_is_refused_in_one_sentence(
    content: bytes, reason: str
) -> None:
    with pytest.raises(RecordError, match=reason.replace("?", r"\?")) as refused:
        read(content, "plan.json")
    assert str(refused.value).startswith("plan.json: ")
