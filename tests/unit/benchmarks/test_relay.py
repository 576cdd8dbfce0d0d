"""The relay passes everything on, and counts it."""

import http.client
import http.server
import threading
import time
from collections.abc import Iterator
from contextlib import closing
from urllib.parse import urlsplit

import pytest

from benchmarks.counting import Side
from benchmarks.relay import Relay


class Echo(http.server.BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def do_POST(self) -> None:
        content = self.rfile.read(int(self.headers["Content-Length"]))
        self.send_response(200)
        self.send_header("Content-Length", str(len(content)))
        self.end_headers()
        self.wfile.write(content)

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002
        pass


@pytest.fixture
def backend() -> Iterator[str]:
    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), Echo) as server:
        thread = threading.Thread(target=server.serve_forever, args=(0.02,))
        thread.start()
        yield f"http://127.0.0.1:{server.server_port}"
        server.shutdown()
        thread.join()


def test_bodies_pass_whole_and_requests_on_one_connection_are_counted_apart(backend: str) -> None:
    bodies = [b"", b"x" * 300_000, b"GET /not/a/request HTTP/1.1\r\n\r\n"]
    with Relay.running(Side.STORAGE, backend) as relay:
        netloc = urlsplit(relay.url).netloc
        with closing(http.client.HTTPConnection(netloc, timeout=20)) as connection:
            for body in bodies:
                connection.request("POST", "/upload/storage/v1/b/bucket/o?name=x", body)
                assert connection.getresponse().read() == body
        assert relay.take_counts() == {"upload": 3}
        assert relay.take_counts() == {}


def test_a_server_can_be_put_far_away(backend: str) -> None:
    with Relay.running(Side.STORAGE, backend) as relay:
        relay.delay = 0.05
        netloc = urlsplit(relay.url).netloc
        with closing(http.client.HTTPConnection(netloc, timeout=20)) as connection:
            began = time.monotonic()
            for _ in range(4):
                connection.request("POST", "/upload/storage/v1/b/bucket/o?name=x", b"x")
                connection.getresponse().read()
        assert time.monotonic() - began >= 4 * relay.delay
