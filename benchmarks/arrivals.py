"""How fast an upload becomes a submitted run.

The function as it is deployed, under functions-framework in a process of its own, on a local cloud:
the time from the process's start to its first answer to an event that starts a run, and at 50
events a second, each of which starts a run, the time from an event to the answer that its run's job
was submitted. An event that finds the function busy waits, and its waiting counts. The controllers
wait for a machine (a quota of one vCPU), so that the function is measured and not they.
"""

import gzip
import json
import os
import socket
import statistics
import subprocess
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from http import HTTPStatus
from pathlib import Path
from typing import Any

import msgspec
import urllib3
from google.cloud import storage

from examples import local as stack
from headrace import storage_client
from headrace.arrivals.events import FINALIZED
from localcloud.testing import LocalCloud

PER_SECOND = 50

_RULES = """
rules:
  - name: bench
    match: "bench/{name}.fastq.gz"
    when: { kind: each }
    checks: fastq
"""
_READS = gzip.compress(b"@read\nACGT\n+\nFFFF\n")
_AT_ONCE = 64
_PATIENCE = 60.0


class ArrivalFigures(msgspec.Struct, frozen=True, kw_only=True):
    """What was measured; all times in seconds.

    Attributes:
        cold: from the process's start to the first answer, one for each start.
        per_second: events that were sent each second.
        sent: events that were sent at that rate.
        started: runs that they started; as many as were sent, or something is wrong.
        median: from an event to the answer that its controller was submitted.
        p99: the same, for 99 of 100.
        worst: the same, for all.
    """

    cold: list[float]
    per_second: int
    sent: int
    started: int
    median: float
    p99: float
    worst: float


def measure(seconds: int, cold_starts: int) -> ArrivalFigures:
    """Measure on a local cloud of its own, with so many seconds of events."""
    with tempfile.TemporaryDirectory(prefix="headrace-bench-") as name:
        rules = Path(name) / "triggers.yaml"
        rules.write_text(_RULES)
        with LocalCloud.start(buckets=["inbox", "results"], cpus=1) as cloud:
            environment = {
                **os.environ,
                **stack.function_environment(),
                **cloud.environment,
                "HEADRACE_TRIGGERS": str(rules),
            }
            client = storage_client.connect(cloud.project, cloud.storage_url)
            cold = [
                _cold_start(environment, _event(client, f"cold-{number}"))
                for number in range(cold_starts)
            ]
            events = [_event(client, f"warm-{number}") for number in range(seconds * PER_SECOND)]
            with _function(environment) as url:
                _post(url, _event(client, "first"))
                times = _send(url, events)
            started = _started(client) - cold_starts - 1
    cuts = statistics.quantiles(times, n=100)
    return ArrivalFigures(
        cold=[round(value, 3) for value in cold],
        per_second=PER_SECOND,
        sent=len(events),
        started=started,
        median=round(cuts[49], 3),
        p99=round(cuts[98], 3),
        worst=round(max(times), 3),
    )


def _event(client: storage.Client, name: str) -> dict[str, Any]:
    """Upload a small file and return the data of its event."""
    blob = client.bucket("inbox").blob(f"bench/{name}.fastq.gz")
    blob.upload_from_string(_READS)
    blob.reload()
    return dict(blob._properties)  # noqa: SLF001 - the resource as the API gave it


def _cold_start(environment: dict[str, str], event: dict[str, Any]) -> float:
    started = time.perf_counter()
    with _function(environment) as url:
        _post(url, event)
        return time.perf_counter() - started


@contextmanager
def _function(environment: dict[str, str]) -> Iterator[str]:
    """Start the function, and wait until it listens."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    source = stack.REPOSITORY / "trigger" / "main.py"
    command = [sys.executable, "-m", "functions_framework", "--target", "handle"]
    command += ["--source", str(source), "--signature-type", "cloudevent"]
    command += ["--host", "127.0.0.1", "--port", str(port)]
    with subprocess.Popen(command, env=environment, stdout=subprocess.DEVNULL) as process:
        try:
            _wait_for(port)
            yield f"http://127.0.0.1:{port}/"
        finally:
            process.terminate()


def _wait_for(port: int) -> None:
    deadline = time.monotonic() + _PATIENCE
    while time.monotonic() < deadline:
        with socket.socket() as probe:
            if probe.connect_ex(("127.0.0.1", port)) == 0:
                return
        time.sleep(0.005)
    raise TimeoutError(f"The function did not listen within {_PATIENCE:.0f} s.")


def _send(url: str, events: Sequence[dict[str, Any]]) -> list[float]:
    """Send events at the rate, whatever the answers do; return the time that each took."""
    begun = time.perf_counter() + 0.5

    def send(number: int) -> float:
        due = begun + number / PER_SECOND
        time.sleep(max(0.0, due - time.perf_counter()))
        _post(url, events[number])
        return time.perf_counter() - due

    with ThreadPoolExecutor(_AT_ONCE) as pool:
        return list(pool.map(send, range(len(events))))


_HTTP = urllib3.PoolManager(maxsize=_AT_ONCE)


def _post(url: str, event: dict[str, Any]) -> None:
    headers = {
        "content-type": "application/json",
        "ce-specversion": "1.0",
        "ce-id": str(event["id"]),
        "ce-type": FINALIZED,
        "ce-source": "//storage.googleapis.com/projects/_/buckets/inbox",
    }
    answer = _HTTP.request("POST", url, body=json.dumps(event).encode(), headers=headers)
    if answer.status != HTTPStatus.OK:
        raise ConnectionError(f"The function answered {answer.status}: {answer.data.decode()}")


def _started(client: storage.Client) -> int:
    """Return how many runs have a controller."""
    names = (blob.name for blob in client.list_blobs("results", prefix="runs/"))
    ends = Counter(name.rpartition("/")[2] for name in names)
    return ends["submitted.json"]
