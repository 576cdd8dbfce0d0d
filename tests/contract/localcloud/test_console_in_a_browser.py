"""The console in headless Chromium: what a person sees; it needs nothing from elsewhere."""

import http.client
import json
import re
import subprocess
from collections.abc import Callable, Iterator
from contextlib import closing
from html.parser import HTMLParser
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest

from localcloud.testing import LocalCloud
from tests.contract.localcloud.conftest import wait_until
from tests.contract.localcloud.debian import NotHereError, find

HOSTILE = "<img src=x onerror=alert(1)>.txt"
FLAGS = (
    "--headless",
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--host-resolver-rules=MAP * ~NOTFOUND , EXCLUDE 127.0.0.1",
    "--window-size=1280,1600",
)
PLACE = "/v1/projects/lab/locations/us-central1/jobs"


class Cells(HTMLParser):
    """The texts of a page's cells, and every address in it."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.tags: list[str] = []
        self.addresses: list[str] = []
        self.words: list[str] = []
        self.feed(text)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append(tag)
        self.addresses += [value or "" for name, value in attrs if name in {"href", "src"}]

    def handle_data(self, data: str) -> None:
        self.words.append(data)


Browse = Callable[..., str]


@pytest.fixture(scope="module")
def browse() -> Browse:
    """Returns what Chromium prints of a page; it finds no address but the loopback's."""
    try:
        chromium = find("chromium", "chromium")
    except NotHereError as error:
        pytest.skip(f"there is no chromium: {error}")

    def run(folder: Path, url: str, *options: str) -> str:
        command = [chromium, *FLAGS, f"--user-data-dir={folder}", *options, url]
        done = subprocess.run(command, capture_output=True, text=True, timeout=120, check=True)
        return done.stdout

    return run


def send(url: str, path: str, message: Any) -> dict[str, Any]:
    connection = http.client.HTTPConnection(urlsplit(url).netloc, timeout=30)
    with closing(connection):
        connection.request("POST", path, json.dumps(message))
        reply: dict[str, Any] = json.loads(connection.getresponse().read())
    return reply


@pytest.fixture(scope="module")
def cloud() -> Iterator[LocalCloud]:
    """Jobs that succeeded, failed and run, and an object whose name is an attack."""
    with LocalCloud.start(buckets=["data"]) as running:
        for job_id, text in (("fine", "echo done"), ("broken", "exit 3"), ("long", "sleep 600")):
            body = {
                "taskGroups": [{"taskSpec": {"runnables": [{"script": {"text": text}}]}}],
                "labels": {"run": job_id},
            }
            send(running.url, f"{PLACE}?jobId={job_id}", body)
        upload = "/upload/storage/v1/b/data/o?uploadType=media&name=" + "".join(
            f"%{byte:02X}" for byte in HOSTILE.encode()
        )
        send(running.storage_url, upload, {})
        for state, job_id in {"SUCCEEDED": "fine", "FAILED": "broken", "RUNNING": "long"}.items():
            _reach(running.url, job_id, state)
        yield running


def _reach(url: str, job_id: str, state: str) -> None:
    wait_until(lambda: _job(url, job_id), lambda job: job["status"]["state"] == state)


def _job(url: str, job_id: str) -> dict[str, Any]:
    connection = http.client.HTTPConnection(urlsplit(url).netloc, timeout=30)
    with closing(connection):
        connection.request("GET", f"{PLACE}/{job_id}")
        job: dict[str, Any] = json.loads(connection.getresponse().read())
    return job


def test_a_browser_shows_jobs_machines_bill_and_objects_and_names_no_other_place(
    browse: Browse, cloud: LocalCloud, tmp_path: Path
) -> None:
    dom = browse(tmp_path, cloud.url, "--dump-dom")
    page = Cells(dom)
    rows = [re.sub(r"<[^>]*>", " ", row).split() for row in re.findall(r"<tr>.*?</tr>", dom)]
    states = {row[0]: row[2] for row in rows if len(row) > 2 and row[1] == "batch"}
    assert states == {"long": "RUNNING", "broken": "FAILED", "fine": "SUCCEEDED"}
    assert "Machines (3)" in page.words
    assert dom.count('class="runs"') == 3 + 3, "a bar for each job and each machine"
    bill = rows[next(n for n, row in enumerate(rows) if row[:2] == ["machines", "billed"]) + 1]
    assert bill[:2] == ["2", "120.0"], "two machines have been released, a minute each at least"
    assert HOSTILE in page.words, "a name is text"
    assert not {"img", "script", "iframe", "link"} & set(page.tags)
    assert all(address.startswith("/") for address in page.addresses)


def test_pages_forbid_the_browser_to_fetch_anything(cloud: LocalCloud) -> None:
    for path in ("/", "/console/batch/lab/us-central1/fine"):
        connection = http.client.HTTPConnection(urlsplit(cloud.url).netloc, timeout=30)
        with closing(connection):
            connection.request("GET", path)
            policy = connection.getresponse().headers["Content-Security-Policy"]
        assert policy.startswith("default-src 'none'; style-src 'unsafe-inline';")


def test_a_browser_follows_a_job_to_its_events_and_output(
    browse: Browse, cloud: LocalCloud, tmp_path: Path
) -> None:
    url = f"{cloud.url}/console/batch/lab/us-central1/fine"
    words = " ".join(Cells(browse(tmp_path, url, "--dump-dom")).words)
    assert "Job state is set from RUNNING to SUCCEEDED" in words
    assert "done" in words


def test_a_screenshot_can_be_taken(browse: Browse, cloud: LocalCloud, tmp_path: Path) -> None:
    file = tmp_path / "console.png"
    browse(tmp_path / "profile", cloud.url, f"--screenshot={file}")
    assert file.read_bytes().startswith(b"\x89PNG")
