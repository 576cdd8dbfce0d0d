"""What the local cloud bears.

Job creations per second, the time for a list page of 1,000 jobs, and the memory of a local cloud
that holds 20,000 jobs. One client on one connection; the jobs wait for machines (a quota of one
vCPU), so that the server is measured and not this machine's processes.
"""

import http.client
import json
import statistics
import time
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import msgspec

from localcloud.testing import LocalCloud

JOBS = 20_000
PAGE = 1_000
_PLACE = "/v1/projects/lab/locations/us-central1/jobs"
_MILLI = 1000
_KIB_PER_GIB = 1024 * 1024


class LocalCloudFigures(msgspec.Struct, frozen=True, kw_only=True):
    """What was measured.

    Attributes:
        creations: jobs created in a second.
        page: milliseconds for a list page of `PAGE` jobs, median.
        memory: GiB that the server took at most, with `JOBS` jobs held.
    """

    creations: float
    page: float
    memory: float


def measure() -> LocalCloudFigures:
    """Measure on a local cloud of its own, which takes half a minute."""
    with LocalCloud.start(cpus=1) as cloud, _connection(cloud) as connection:
        return LocalCloudFigures(
            creations=round(_creations(connection)),
            page=round(_page(connection), 1),
            memory=round(_memory(cloud), 2),
        )


@contextmanager
def _connection(cloud: LocalCloud) -> Iterator[http.client.HTTPConnection]:
    with closing(http.client.HTTPConnection(urlsplit(cloud.url).netloc, timeout=60)) as connection:
        yield connection


def _creations(connection: http.client.HTTPConnection) -> float:
    started = time.perf_counter()
    for number in range(JOBS):
        _call(connection, "POST", f"{_PLACE}?jobId=bench-{number}", _job(number))
    return JOBS / (time.perf_counter() - started)


def _job(number: int) -> dict[str, Any]:
    """A job of the size that a workflow's step has."""
    runnable = {
        "container": {"imageUri": "quay.io/biocontainers/samtools", "commands": ["samtools"]},
        "environment": {"variables": {f"INPUT_{n}": f"gs://inbox/{number}" for n in range(8)}},
    }
    spec = {"runnables": [runnable] * 3, "maxRetryCount": 2, "maxRunDuration": "3600s"}
    return {"taskGroups": [{"taskSpec": spec}], "labels": {"run": f"run-{number % 100}"}}


def _page(connection: http.client.HTTPConnection) -> float:
    """The list of all jobs, walked page by page: none of them has been asked for before."""
    taken, token = [], ""
    for _ in range(JOBS // PAGE):
        started = time.perf_counter()
        page = _call(connection, "GET", f"{_PLACE}?pageSize={PAGE}&pageToken={token}")
        taken.append(time.perf_counter() - started)
        if len(page["jobs"]) != PAGE:
            raise ConnectionError(f"a page has {len(page['jobs'])} jobs instead of {PAGE}")
        token = page.get("nextPageToken", "")
    return _MILLI * statistics.median(taken)


def _memory(cloud: LocalCloud) -> float:
    """The largest resident size that the server has had."""
    keeper = cloud.state.pid
    server = Path(f"/proc/{keeper}/task/{keeper}/children").read_text().split()[0]
    status = Path(f"/proc/{server}/status").read_text().splitlines()
    peak = next(line for line in status if line.startswith("VmHWM:"))
    return int(peak.split()[1]) / _KIB_PER_GIB


def _call(
    connection: http.client.HTTPConnection,
    method: str,
    path: str,
    message: dict[str, Any] | None = None,
) -> dict[str, Any]:
    body = None if message is None else json.dumps(message)
    connection.request(method, path, body, {"Content-Type": "application/json"})
    response = connection.getresponse()
    reply: dict[str, Any] = json.loads(response.read())
    if response.status != http.HTTPStatus.OK:
        raise ConnectionError(f"{method} {path} answered {response.status}: {reply}")
    return reply
