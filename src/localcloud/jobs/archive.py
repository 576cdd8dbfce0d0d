"""Jobs and their bill on disk, so that a restart keeps them.

One row for each job: as it was accepted, and again as it ended. Values of variables are not kept,
since secrets may be among them; a job that has ended needs none.
"""

from __future__ import annotations

import json
import sqlite3
from collections import Counter
from collections.abc import Iterator
from contextlib import closing
from dataclasses import replace
from datetime import datetime
from pathlib import Path
from typing import Any, TypeVar

from localcloud.errors import LocalCloudError
from localcloud.jobs.bill import VmUse
from localcloud.jobs.codec import decode, encode
from localcloud.jobs.events import Event
from localcloud.jobs.job import Ending, Job, JobName, Task
from localcloud.jobs.spec import JobSpec
from localcloud.jobs.states import JobState

Record = TypeVar("Record")

_TABLES = """
CREATE TABLE IF NOT EXISTS jobs (uid TEXT PRIMARY KEY, sequence INTEGER, record TEXT) STRICT;
CREATE TABLE IF NOT EXISTS uses (record TEXT) STRICT;
CREATE TABLE IF NOT EXISTS notes (kind TEXT, key TEXT, record TEXT, UNIQUE (kind, key)) STRICT;
"""
_SIMPLE_FIELDS: dict[str, Any] = {
    "state": JobState,
    "started": datetime | None,
    "running": datetime | None,
    "ended": datetime | None,
    "updated": datetime | None,
    "ending": Ending | None,
    "detail": str,
    "events": list[Event],
}


class Archive:
    """A database file that outlives a crash of the local cloud."""

    def __init__(self, path: Path) -> None:
        try:
            path.parent.mkdir(parents=True, exist_ok=True)
            self._database = sqlite3.connect(path, isolation_level=None)
            self._database.execute("PRAGMA journal_mode = WAL")
            self._database.execute("PRAGMA synchronous = OFF")
            self._database.executescript(_TABLES)
        except (OSError, sqlite3.Error) as error:
            raise LocalCloudError(f"{path} cannot be used: {error}; remove it.") from None

    def close(self) -> None:
        """Close the file."""
        self._database.close()

    def keep(self, job: Job) -> None:
        """Keep a job as it is now."""
        row = (job.uid, job.sequence, json.dumps(_record(job)))
        self._database.execute("INSERT OR REPLACE INTO jobs VALUES (?, ?, ?)", row)

    def forget(self, job: Job) -> None:
        """Keep a job no longer."""
        self._database.execute("DELETE FROM jobs WHERE uid = ?", (job.uid,))

    def keep_use(self, use: VmUse) -> None:
        """Keep a line of the bill."""
        self._database.execute("INSERT INTO uses VALUES (?)", (json.dumps(encode(use)),))

    def shelf(self, kind: str) -> Shelf:
        """A place for records that are neither jobs nor bill."""
        return Shelf(self._database, kind)

    def clear(self) -> None:
        """Keep no job and no bill."""
        self._database.executescript("DELETE FROM jobs; DELETE FROM uses;")

    def jobs(self) -> Iterator[Job]:
        """Every job as it was last kept, in the order of creation."""
        with closing(self._database.execute("SELECT record FROM jobs ORDER BY sequence")) as rows:
            for (record,) in rows:
                yield _job(json.loads(record))

    def uses(self) -> Iterator[VmUse]:
        """Every line of the bill, in order."""
        with closing(self._database.execute("SELECT record FROM uses ORDER BY rowid")) as rows:
            for (record,) in rows:
                yield decode(VmUse, json.loads(record))


class Shelf:
    """Records of one kind by key, as JSON."""

    def __init__(self, database: sqlite3.Connection, kind: str) -> None:
        self._database = database
        self._kind = kind

    def keep(self, key: str, record: object) -> None:
        """Keep a record as it is now; see `localcloud.jobs.codec` for what it may be made of."""
        self._database.execute(
            "INSERT INTO notes VALUES (?, ?, ?)"
            " ON CONFLICT (kind, key) DO UPDATE SET record = excluded.record",
            (self._kind, key, json.dumps(encode(record))),
        )

    def forget(self, key: str) -> None:
        """Keep a record no longer."""
        self._database.execute("DELETE FROM notes WHERE kind = ? AND key = ?", (self._kind, key))

    def records(self, hint: type[Record]) -> dict[str, Record]:
        """The records, of the type `hint`, in the order in which they were first kept."""
        rows = self._database.execute(
            "SELECT key, record FROM notes WHERE kind = ? ORDER BY rowid", (self._kind,)
        )
        with closing(rows):
            return {key: decode(hint, json.loads(record)) for key, record in rows}


def _record(job: Job) -> dict[str, Any]:
    """A job as JSON; of its tasks, those to which something has happened."""
    return {
        "name": encode(job.name),
        "uid": job.uid,
        "sequence": job.sequence,
        "spec": encode(_without_values(job.spec)),
        "tasks": len(job.tasks),
        "request": job.request,
        "labels": dict(job.labels),
        "created": encode(job.created),
        **{name: encode(getattr(job, name)) for name in _SIMPLE_FIELDS},
        "touched": [encode(task) for task in job.tasks if task.events],
    }


def _without_values(spec: JobSpec) -> JobSpec:
    steps = tuple(replace(step, environment={}) for step in spec.steps)
    return replace(spec, environment={}, task_environments=(), steps=steps)


def _job(record: dict[str, Any]) -> Job:
    spec: JobSpec = decode(JobSpec, record["spec"])
    job = Job(
        name=decode(JobName, record["name"]),
        uid=record["uid"],
        sequence=record["sequence"],
        spec=replace(spec, task_environments=({},) * record["tasks"]),
        request=record["request"],
        labels=record["labels"],
        created=decode(datetime, record["created"]),
    )
    for name, hint in _SIMPLE_FIELDS.items():
        setattr(job, name, decode(hint, record[name]))
    for each in record["touched"]:
        task: Task = decode(Task, each)
        job.tasks[task.index] = task
    job.counts = Counter(task.state for task in job.tasks)
    return job
