"""The limits of listings, and one sentence for each way a service can fail."""

import contextlib
import http.server
import socket
import threading
from collections.abc import Iterator

import pytest
from google.cloud import storage
from snakemake_interface_common.exceptions import WorkflowError

from snakemake_storage_plugin_gcsindex.client import FOLDER_PAGES, StorageClient, open_client
from snakemake_storage_plugin_gcsindex.counting import RequestCounter
from snakemake_storage_plugin_gcsindex.names import Address


@pytest.fixture(autouse=True)
def _no_background_requests(monkeypatch: pytest.MonkeyPatch) -> None:
    """Keep the library from asking about buckets, for traces, in a thread that outlives a test."""
    monkeypatch.setenv("DISABLE_GCS_PYTHON_CLIENT_OTEL_BUCKET_METADATA", "true")


@contextlib.contextmanager
def _client(endpoint: str, page_names: int = 1000) -> Iterator[StorageClient]:
    client = StorageClient(
        open_client("test", endpoint),
        endpoint,
        RequestCounter(),
        deadline_seconds=0.3,
        page_names=page_names,
    )
    try:
        yield client
    finally:
        client.close()


@contextlib.contextmanager
def _server_that_answers(status: int) -> Iterator[str]:
    class Handler(http.server.BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            self.send_error(status)

        def log_message(self, format: str, *args: object) -> None:  # noqa: A002
            pass

    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        thread = threading.Thread(target=server.serve_forever, args=(0.02,))
        thread.start()
        try:
            yield f"http://127.0.0.1:{server.server_port}"
        finally:
            server.shutdown()
            thread.join()


def test_the_listing_of_a_huge_folder_stops_after_some_pages(
    endpoint: str, bucket: storage.Bucket
) -> None:
    for n in range(2 * FOLDER_PAGES + 2):
        bucket.blob(f"in/{n:02}").upload_from_string(b"")
    bucket.blob("few/a/b").upload_from_string(b"")
    bucket.blob("few/c").upload_from_string(b"")
    with _client(endpoint, page_names=2) as client:
        huge, small = client.folder(bucket.name, "in/"), client.folder(bucket.name, "few/")
    assert not huge.complete
    assert [found.name for found in huge.objects][-1] == f"in/{2 * FOLDER_PAGES - 1:02}"
    assert small.complete
    assert [found.name for found in small.objects] == ["few/c"]
    assert small.subfolders == {"few/a/"}


def test_refused_access_names_the_bucket_and_the_role() -> None:
    with (
        _server_that_answers(403) as endpoint,
        _client(endpoint) as client,
        pytest.raises(WorkflowError, match=r"refused \(403\).*objectUser.*'results'"),
    ):
        list(client.at(Address("results", "a")))


def test_refused_credentials_say_how_to_get_some() -> None:
    with (
        _server_that_answers(401) as endpoint,
        _client(endpoint) as client,
        pytest.raises(WorkflowError, match="no usable Google credentials: run 'gcloud auth"),
    ):
        list(client.at(Address("results", "a")))


def test_a_service_that_only_fails_is_given_up_after_the_deadline() -> None:
    with (
        _server_that_answers(503) as endpoint,
        _client(endpoint) as client,
        pytest.raises(WorkflowError, match=f"at {endpoint} gave no good answer.*answered 503"),
    ):
        list(client.tree("results", "runs/x/"))


def test_a_service_that_is_not_there_is_named() -> None:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        endpoint = f"http://127.0.0.1:{probe.getsockname()[1]}"
        with (
            _client(endpoint) as client,
            pytest.raises(WorkflowError, match=f"{endpoint} gave no.*Connection refused"),
        ):
            list(client.tree("results", "runs/x/"))


def test_a_request_the_service_does_not_understand_is_reported() -> None:
    with (
        _server_that_answers(400) as endpoint,
        _client(endpoint) as client,
        pytest.raises(WorkflowError, match="Cannot list gs://results/in/: 400"),
    ):
        client.folder("results", "in/")
