"""The console's pages, and who may see them."""

from http.client import HTTPConnection
from typing import Any
from urllib.parse import urlsplit

import pytest

from localcloud.testing import LocalCloud


def test_the_overview_has_jobs_bill_and_buckets(cloud: LocalCloud, call: Any, jobs: Any) -> None:
    done = jobs.run({"script": {"text": "true"}}, job_id="on-the-page")
    status, html = call("GET", cloud.url + "/")
    assert status == 200
    assert f'href="/console/batch/{done["name"].split("/")[1]}/us-central1/on-the-page"' in html
    assert "Bucket data" in html
    assert "Bill" in html


def test_a_jobs_page_has_its_events_and_its_output(
    cloud: LocalCloud, call: Any, operations: Any
) -> None:
    done = operations.run({"imageUri": "x", "commands": ["echo", "<b>hello & goodbye</b>"]})
    name = done["name"].rpartition("/")[2]
    status, html = call("GET", f"{cloud.url}/console/lifesciences/lab/us-central1/{name}")
    assert status == 200
    assert "Worker released" in html
    assert "&lt;b&gt;hello &amp; goodbye&lt;/b&gt;" in html
    assert "<b>" not in html


def test_a_page_of_no_job_is_not_found(cloud: LocalCloud, call: Any) -> None:
    assert call("GET", f"{cloud.url}/console/batch/lab/us-central1/none")[0] == 404
    assert call("GET", f"{cloud.url}/console/other/lab/us-central1/none")[0] == 404


@pytest.mark.parametrize(
    ("headers", "status"),
    [
        ({}, 200),
        ({"Origin": "http://evil.example"}, 403),
        ({"Origin": "null"}, 403),
        ({"Host": "evil.example"}, 403),
        ({"Host": "localhost:8080"}, 200),
    ],
)
def test_web_pages_cannot_use_the_local_cloud(
    cloud: LocalCloud, headers: dict[str, str], status: int
) -> None:
    connection = HTTPConnection(urlsplit(cloud.url).netloc, timeout=30)
    connection.request("GET", "/_localcloud/health", headers=headers)
    assert connection.getresponse().status == status
    connection.close()
