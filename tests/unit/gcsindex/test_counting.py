"""Requests are counted by what they are for."""

from dataclasses import dataclass

import pytest

from snakemake_storage_plugin_gcsindex.counting import RequestCounter, RequestKind, kind_of

HOST = "http://127.0.0.1:4443"


@dataclass
class Sent:
    method: str | None
    url: str | None


@dataclass
class Answer:
    request: Sent


@pytest.mark.parametrize(
    ("method", "path", "kind"),
    [
        ("GET", "/storage/v1/b/results/o?prefix=a%2F&fields=items", RequestKind.LIST),
        ("GET", "/storage/v1/b/results/o/a%2Fb?projection=noAcl", RequestKind.GET),
        ("POST", "/upload/storage/v1/b/results/o?uploadType=multipart", RequestKind.UPLOAD),
        ("PUT", "/upload/storage/v1/b/results/o?upload_id=1", RequestKind.UPLOAD),
        ("GET", "/download/storage/v1/b/results/o/a%2Fb?alt=media", RequestKind.DOWNLOAD),
        ("DELETE", "/storage/v1/b/results/o/a%2Fb", RequestKind.DELETE),
        ("POST", "/storage/v1/b/r/o/a/rewriteTo/b/r/o/a?prettyPrint=false", RequestKind.REWRITE),
        ("GET", "/storage/v1/b/results?projection=noAcl", RequestKind.OTHER),
    ],
)
def test_each_call_of_the_api_has_its_kind(method: str, path: str, kind: RequestKind) -> None:
    assert kind_of(method, HOST + path) is kind


def test_counts_add_up() -> None:
    counter = RequestCounter()
    for method in ("GET", "GET", "DELETE"):
        counter.note(Answer(Sent(method, f"{HOST}/storage/v1/b/results/o/x")), timeout=1)
    assert counter.total() == 3
    assert counter.counts()[RequestKind.GET] == 2
    assert counter.counts()[RequestKind.DELETE] == 1
    assert counter.counts()[RequestKind.LIST] == 0
