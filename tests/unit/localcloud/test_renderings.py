"""Texts of jobs that are kept until the job changes."""

import json
from datetime import UTC, datetime

from localcloud.api.handlers import reply_list
from localcloud.api.renderings import Renderings
from localcloud.jobs.job import Job, JobName
from localcloud.jobs.spec import Api, Container, JobSpec, Machine, Step
from localcloud.jobs.states import JobState, TaskState

NOW = datetime(2026, 1, 31, tzinfo=UTC)
SPEC = JobSpec(
    api=Api.BATCH,
    steps=(Step("0", Container("x", "", ("true",))),),
    machine=Machine("e2-medium", 2, 4096, "us-central1", "us-central1-a"),
    environment={},
    task_environments=({},),
)


def test_a_job_is_rendered_again_only_when_it_or_a_task_has_changed() -> None:
    job = Job(JobName("p", "l", "j"), "u", 1, SPEC, {}, {}, NOW)
    rendered: list[str] = []

    def render(job: Job) -> dict[str, str]:
        rendered.append(job.state.name)
        return {"state": job.state.name, "task": job.tasks[0].state.name}

    texts = Renderings(render)
    assert texts.text(job) == texts.text(job)
    job.move(NOW, JobState.SCHEDULED)
    assert json.loads(texts.text(job))["state"] == "SCHEDULED"
    job.move_task(NOW, 0, TaskState.ASSIGNED)
    assert json.loads(texts.text(job))["task"] == "ASSIGNED"
    assert rendered == ["QUEUED", "SCHEDULED", "SCHEDULED"]


def test_a_list_of_texts_is_one_message() -> None:
    for texts, rest in (([], {}), ([b"1"], {}), ([b"1", b"2"], {"nextPageToken": "x"})):
        message = {"jobs": [json.loads(text) for text in texts], **rest}
        assert json.loads(bytes(reply_list("jobs", texts, rest).body)) == message
