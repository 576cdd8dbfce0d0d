"""The console: a page about the whole local cloud, and one about each job. No scripts."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Mapping, Sequence
from datetime import datetime
from pathlib import Path
from typing import Any

from starlette.requests import Request
from starlette.responses import HTMLResponse, Response
from starlette.routing import Route

from localcloud.api.html import Html, link, marked, page, preformatted, section, table
from localcloud.api.timeline import Bar, Life, Line, machines
from localcloud.jobs.bill import Bill
from localcloud.jobs.job import Job, JobName
from localcloud.jobs.spec import Api
from localcloud.jobs.store import JobStore
from localcloud.wire import batch_reply, lifesciences_reply
from localcloud.wire.errors import not_found
from localcloud.wire.times import format_duration, format_timestamp

JOBS_SHOWN = 200
MACHINES_SHOWN = 200
TASKS_SHOWN = 50
LOG_BYTES = 20_000

_HEADERS = {
    "Content-Security-Policy": "default-src 'none'; style-src 'unsafe-inline'; base-uri 'none';"
    " form-action 'none'; frame-ancestors 'none'"
}
"""Even if a name got past the escaping, a browser would run and fetch nothing."""

Objects = Callable[[str], Sequence[Mapping[str, Any]]]
"""The resources of a bucket's first objects; may block."""


class Console:
    """The pages over the jobs, their logs, the bill and the buckets."""

    def __init__(
        self,
        *,
        store: JobStore,
        bill: Bill,
        buckets: Sequence[str],
        objects: Objects,
        logs: Path,
        now: Callable[[], datetime],
    ) -> None:
        self._store = store
        self._bill = bill
        self._buckets = buckets
        self._objects = objects
        self._logs = logs
        self._now = now

    def routes(self) -> list[Route]:
        """The pages."""
        return [
            Route("/", self.overview, methods=["GET"]),
            Route("/console/{api}/{project}/{location}/{id}", self.job, methods=["GET"]),
        ]

    async def overview(self, _request: Request) -> Response:
        """Jobs, machines, bill, buckets."""
        jobs = sorted(self._store, key=lambda job: -job.sequence)
        shown = jobs[:JOBS_SHOWN]
        line, lives = Line.of(shown, self._now()), machines(shown)
        found = [await asyncio.to_thread(self._objects, bucket) for bucket in self._buckets]
        total = self._bill.statement()["total"]
        body = page(
            "Local cloud",
            section(f"Jobs ({len(jobs)})", _job_table(shown, line)),
            section(f"Machines ({len(lives)})", _machine_table(lives[:MACHINES_SHOWN], line)),
            section(
                "Bill",
                table(
                    ["machines", "billed seconds", "USD", "without a price"],
                    [[total["machines"], total["billedSeconds"], total["cost"], total["unpriced"]]],
                ),
            ),
            *(
                section(f"Bucket {bucket}", _object_table(objects))
                for bucket, objects in zip(self._buckets, found, strict=True)
            ),
        )
        return HTMLResponse(body, headers=_HEADERS)

    async def job(self, request: Request) -> Response:
        """One job: its events and the ends of its logs."""
        path = request.path_params
        name = JobName(path["project"], path["location"], path["id"])
        apis = {api.value: api for api in Api}
        job = self._store.get(apis[path["api"]], name) if path["api"] in apis else None
        if job is None:
            raise not_found(request.url.path)
        logs = await asyncio.to_thread(self._task_logs, job)
        facts: list[list[object]] = [
            ["created", format_timestamp(job.created.replace(microsecond=0))],
            ["state", marked(job.state.name, job.state.name)],
            ["machine", job.spec.machine.machine_type],
            ["labels", ", ".join(f"{key}={value}" for key, value in job.labels.items()) or "none"],
            ["log folder", self._logs / job.uid],
        ]
        events = [[_time_of_day(event["time"]), event["text"]] for event in _events(job)]
        body = page(
            f"Job {job.name.id}",
            link([""], "all jobs"),
            table(["fact", "value"], facts),
            section("Events", table(["time", "event"], events)),
            *(section(f"Output of task {index}", preformatted(log)) for index, log in logs),
        )
        return HTMLResponse(body, headers=_HEADERS)

    def _task_logs(self, job: Job) -> list[tuple[int, str]]:
        """The last part of each task's output."""
        found = []
        for task in job.tasks[:TASKS_SHOWN]:
            file = self._logs / job.uid / str(task.index) / "output"
            if file.is_file():
                with file.open("rb") as opened:
                    opened.seek(max(0, file.stat().st_size - LOG_BYTES))
                    found.append((task.index, opened.read().decode(errors="replace")))
        return found


def _job_table(jobs: Sequence[Job], line: Line) -> Html:
    heads = ["job", "API", "state", "machine", "created", "took", "waits, runs"]
    rows = [
        [
            link(["console", job.api.value, *_path(job.name)], job.name.id),
            job.api.value,
            marked(job.state.name, job.state.name),
            job.spec.machine.machine_type,
            format_timestamp(job.created.replace(microsecond=0)),
            format_duration(round((job.ended - job.created).total_seconds(), 1))
            if job.ended
            else "",
            _bar(line.job(job)),
        ]
        for job in jobs
    ]
    return table(heads, rows)


def _machine_table(lives: Sequence[Life], line: Line) -> Html:
    rows = [
        [
            life.worker.instance[-12:],
            life.worker.machine_type,
            life.worker.zone,
            "spot" if life.job.spec.machine.spot else "standard",
            link(["console", life.job.api.value, *_path(life.job.name)], life.job.name.id),
            _bar(line.machine(life)),
        ]
        for life in lives
    ]
    return table(["machine", "type", "zone", "model", "job", "stands"], rows)


def _path(name: JobName) -> list[str]:
    return [name.project, name.location, name.id]


def _bar(bar: Bar) -> Html:
    waits, runs = bar.run_from - bar.wait_from, bar.run_to - bar.run_from
    return Html(
        f'<div class="bar"><span class="waits" style="left:{bar.wait_from}%;width:{waits:.3f}%">'
        f'</span><span class="runs" style="left:{bar.run_from}%;width:{runs:.3f}%"></span></div>'
    )


def _object_table(objects: Sequence[Mapping[str, Any]]) -> Html:
    rows = [[each["name"], each["size"], each["updated"]] for each in objects]
    return table(["name", "bytes", "updated"], rows)


def _time_of_day(timestamp: str) -> str:
    """`12:00:00.123` of an RFC 3339 time."""
    return timestamp.partition("T")[2].rstrip("Z")[:12]


def _events(job: Job) -> list[dict[str, str]]:
    """What happened, oldest first, in the words of the job's API."""
    if job.api is Api.LIFE_SCIENCES:
        told = reversed(lifesciences_reply.operation(job)["metadata"]["events"])
        return [{"time": each["timestamp"], "text": each["description"]} for each in told]
    messages = [batch_reply.job_message(job)]
    messages += [batch_reply.task_message(job, task) for task in job.tasks[:TASKS_SHOWN]]
    events = [event for each in messages for event in each["status"].get("statusEvents", [])]
    lines = [{"time": each["eventTime"], "text": each["description"]} for each in events]
    return sorted(lines, key=lambda line: line["time"])
