"""Batch v1: `jobs.create` and its tasks, by the discovery document `batch.v1` (20261103)."""

from collections.abc import Iterator, Mapping
from typing import Any

from headrace.pipeline import Pipeline
from headrace.services.batch_reports import failure, job_report, task_report
from headrace.services.batch_requests import MAX_TASKS, TASK_GROUP, create_request
from headrace.services.protocol import Failure, JobReport, index_of, is_task, job_of
from headrace.services.wire import Client, label_filter


class BatchService:
    """Runs Pipelines as Batch jobs; our job id is the job's own."""

    max_tasks = MAX_TASKS

    def __init__(self, client: Client, project: str, region: str) -> None:
        self._client = client
        self._parent = f"projects/{project}/locations/{region}"

    def submit(self, job_id: str, pipeline: Pipeline) -> str:
        """Create a job; see `JobService.submit`."""
        request = self._client.locations.jobs().create(
            parent=self._parent, jobId=job_id, body=create_request(pipeline)
        )
        name: str = self._client.call(request, named=True)["name"]
        return name

    def find(self, job_id: str, labels: Mapping[str, str]) -> JobReport:
        """Get a job by its id; see `JobService.find`."""
        del labels  # the id is enough here
        return job_report(self._get(f"{self._parent}/jobs/{job_id}"))

    def list_jobs(self, labels: Mapping[str, str]) -> Iterator[JobReport]:
        """List jobs by label; see `JobService.list_jobs`."""
        jobs = self._client.pages(
            self._client.locations.jobs(),
            "jobs",
            parent=self._parent,
            filter=label_filter(dict(labels)),
        )
        return map(job_report, jobs)

    def list_tasks(self, name: str) -> Iterator[JobReport]:
        """List the tasks of a job; see `JobService.list_tasks`."""
        return map(task_report, self._tasks(name))

    def explain(self, name: str) -> Failure:
        """Read the reason from the job and its task; see `JobService.explain`."""
        job = self._get(job_of(name))
        if not is_task(name):
            return failure(job, list(self._tasks(name)))
        place = f"{job_of(name)}/taskGroups/{TASK_GROUP}/tasks/{index_of(name)}"
        tasks = self._client.locations.jobs().taskGroups().tasks()
        return failure(job, [self._client.call(tasks.get(name=place), named=True)])

    def cancel(self, name: str) -> None:
        """Cancel the whole job: Batch cancels no single task. See `JobService.cancel`."""
        if not job_report(self._get(name)).state.ended:
            self._client.call(self._client.locations.jobs().cancel(name=name, body={}))

    def close(self) -> None:
        """Close this thread's connection; see `JobService.close`."""
        self._client.close()

    def _tasks(self, name: str) -> Iterator[dict[str, Any]]:
        return self._client.pages(
            self._client.locations.jobs().taskGroups().tasks(),
            "tasks",
            parent=f"{name}/taskGroups/{TASK_GROUP}",
        )

    def _get(self, name: str) -> dict[str, Any]:
        return self._client.call(self._client.locations.jobs().get(name=name), named=True)
