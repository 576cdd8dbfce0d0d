"""What the local cloud bears: `make bench`, or `python -m benchmarks.localcloud`.

Job creations per second, the time for a list page of 1,000 jobs, and the memory of a local cloud
that holds 20,000 jobs. One client on one connection; the jobs wait for machines (a quota of one
vCPU), so that the server is measured and not this machine's processes.
"""

import http.client
import json
import statistics
import sys
import time
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from rich.console import Console
from rich.table import Table

from localcloud.testing import LocalCloud

JOBS = 20_000
PAGE = 1_000
MEASURES = (
    ("job creations per second", "at least", 200.0),
    (f"milliseconds for a list page of {PAGE:,} jobs, median", "at most", 100.0),
    (f"GiB of memory with {JOBS:,} jobs held", "at most", 1.0),
)

_PLACE = "/v1/projects/lab/locations/us-central1/jobs"
_KIB_PER_GIB = 1024 * 1024


def main() -> int:
    """Measure, print, and answer 1 if a goal is missed."""
    with LocalCloud.start(cpus=1) as cloud, _connection(cloud) as connection:
        measured = (_creations(connection), _page(connection), _memory(cloud))
    table = Table("measure", "measured", "goal", title="The local cloud under load")
    kept = True
    for value, (measure, relation, goal) in zip(measured, MEASURES, strict=True):
        met = value >= goal if relation == "at least" else value <= goal
        kept &= met
        table.add_row(
            measure, f"{value:,.2f}", f"{relation} {goal:,.0f}{'' if met else ': missed'}"
        )
    Console().print(table)
    return 0 if kept else 1


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
            raise SystemExit(f"a page has {len(page['jobs'])} jobs instead of {PAGE}")
        token = page.get("nextPageToken", "")
    return 1000 * statistics.median(taken)


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
        raise SystemExit(f"{method} {path} answered {response.status}: {reply}")
    return reply


if __name__ == "__main__":
    sys.exit(main())
