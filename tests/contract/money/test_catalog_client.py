"""`headrace prices refresh` over HTTP: pages of the three services, and what may go wrong."""

import json
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest

from headrace import cli
from headrace.errors import RequestRefusedError
from headrace.money import catalog, catalog_client
from tests.unit.money.skus import catalogue

PAGE = 7


class Catalogue(ThreadingHTTPServer):
    """Serves entries in pages, and keeps what was asked."""

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), Answers)
        self.asked: list[tuple[str, dict[str, list[str]]]] = []
        self.failures = 0

    @property
    def address(self) -> str:
        return f"http://127.0.0.1:{self.server_port}"


class Answers(BaseHTTPRequestHandler):
    server: Catalogue

    def do_GET(self) -> None:
        parts = urlsplit(self.path)
        query = parse_qs(parts.query)
        self.server.asked.append((parts.path, query))
        if self.server.failures > 0:
            self.server.failures -= 1
            return self._say(503, {"error": {"code": 503, "message": "try again"}})
        currency = query["currencyCode"][0]
        if currency == "XXX":
            return self._say(400, {"error": {"code": 400, "message": "unknown currency XXX"}})
        begin = int(query.get("pageToken", ["0"])[0])
        rows = catalogue(currency) if catalog.SERVICES[0] in parts.path else []
        page: dict[str, Any] = {"skus": rows[begin : begin + PAGE]}
        page["nextPageToken"] = str(begin + PAGE) if begin + PAGE < len(rows) else ""
        return self._say(200, page)

    def _say(self, status: int, body: dict[str, Any]) -> None:
        data = json.dumps(body).encode()
        self.send_response(status)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(data)))
        self.end_headers()
        self.wfile.write(data)

    def log_message(self, *_arguments: object) -> None:
        """Keep quiet."""


@pytest.fixture
def server() -> Iterator[Catalogue]:
    with Catalogue() as running:
        thread = threading.Thread(target=running.serve_forever, args=(0.05,))
        thread.start()
        yield running
        running.shutdown()
        thread.join()


def test_every_page_of_every_service_is_read(server: Catalogue) -> None:
    found = list(catalog_client.skus("EUR", server.address))
    assert found == catalogue("EUR")
    paths = [path for path, _ in server.asked]
    assert list(dict.fromkeys(paths)) == [f"/v1/services/{id_}/skus" for id_ in catalog.SERVICES]
    assert all(query["currencyCode"] == ["EUR"] for _, query in server.asked)


def test_a_server_that_is_busy_is_asked_again(server: Catalogue) -> None:
    server.failures = 1
    assert len(list(catalog_client.skus("USD", server.address))) == len(catalogue())


def test_an_unknown_currency_is_said_by_the_catalogue(server: Catalogue) -> None:
    with pytest.raises(RequestRefusedError, match="unknown currency XXX"):
        list(catalog_client.skus("XXX", server.address))


def test_a_refresh_writes_the_prices_that_are_shown_from_then_on(
    server: Catalogue,
    endpoint: str,
    bucket: str,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    for name in ("PROJECT", "STAGE_IMAGE", "CONTROLLER_IMAGE"):
        monkeypatch.setenv(f"HEADRACE_{name}", "project")
    monkeypatch.setenv("HEADRACE_REGION", "europe-west1")
    monkeypatch.setenv("HEADRACE_RESULTS", bucket)
    monkeypatch.setenv("STORAGE_EMULATOR_HOST", endpoint)
    command = ["prices", "refresh", "--currency", "EUR", "--endpoint", server.address]
    assert cli.main(command) == 0
    assert f"prices of europe-west1 in EUR are in gs://{bucket}/control/prices.json" in (
        capsys.readouterr().out
    )
    assert cli.main(["prices", "show"]) == 0
    shown = capsys.readouterr().out
    assert "Prices of europe-west1 in EUR" in shown
    assert "vCPU, hour\tn2d\t0.030252\t0.0087\t" in shown
    assert "older than" not in shown


def test_a_currency_that_cannot_be_one_is_refused_before_anything_is_asked(
    server: Catalogue, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    for name in ("PROJECT", "REGION", "RESULTS", "STAGE_IMAGE", "CONTROLLER_IMAGE"):
        monkeypatch.setenv(f"HEADRACE_{name}", "results")
    command = ["prices", "refresh", "--currency", "euro", "--endpoint", server.address]
    assert cli.main(command) == 2
    assert "'euro' is no currency" in capsys.readouterr().err
    assert server.asked == []
