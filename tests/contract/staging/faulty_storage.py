"""A storage server that breaks to order: a front of the real one.

The real server neither breaks a body nor keeps the pieces of a resumable upload, which Cloud
Storage does. The front plays both and passes everything else on.
"""

import http.client
import http.server
import itertools
import re
import threading
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass, field
from enum import Enum
from typing import Any
from urllib.parse import parse_qs, urlsplit

_RANGE = re.compile(r"bytes (?:(\d+)-(\d+)|\*)/(\d+)")
_PIECE = 1 << 16


class Fault(Enum):
    """What happens to one request."""

    BREAK = "the connection ends after `at` bytes of the body, whoever sends it"
    UNAVAILABLE = "503"
    WRONG_BYTE = "the byte at `at` of the answer is another"
    LOST_SESSION = "410"
    NO_REPLY = "the request is carried out, and not answered"


@dataclass
class Order:
    """A fault of the next `times` requests of a method; `then` is called when it has happened."""

    method: str
    fault: Fault
    at: int = 0
    times: int = 1
    then: Callable[[], object] = bool


@dataclass
class Seen:
    """A request as it came."""

    method: str
    query: dict[str, list[str]]
    content_range: str
    range: str


@dataclass
class FaultyStorage:
    """The front's orders, and what it has seen."""

    backend: str
    orders: list[Order] = field(default_factory=list)
    seen: list[Seen] = field(default_factory=list)
    sessions: dict[str, bytearray] = field(default_factory=dict)
    names: Iterator[int] = field(default_factory=itertools.count)
    url: str = ""

    def order(self, method: str, fault: Fault, **details: Any) -> None:
        """Order a fault."""
        self.orders.append(Order(method, fault, **details))

    def next_fault(self, method: str) -> Order | None:
        """Take the fault of a request, if one is ordered."""
        for order in self.orders:
            if order.method == method and order.times > 0:
                order.times -= 1
                return order
        return None


@contextmanager
def in_front_of(backend: str) -> Iterator[FaultyStorage]:
    """Run a front of the server at `backend`."""
    storage = FaultyStorage(backend)

    class Handler(_Handler):
        world = storage

    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        storage.url = f"http://127.0.0.1:{server.server_port}"
        thread = threading.Thread(target=server.serve_forever, args=(0.02,))
        thread.start()
        try:
            yield storage
        finally:
            server.shutdown()
            thread.join()


@dataclass(frozen=True)
class _Answer:
    status: int
    headers: dict[str, str]
    body: bytes = b""


class _Handler(http.server.BaseHTTPRequestHandler):
    world: FaultyStorage
    protocol_version = "HTTP/1.1"

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002
        """Be quiet."""

    def do_GET(self) -> None:
        self._serve()

    def do_POST(self) -> None:
        self._serve()

    def do_PUT(self) -> None:
        self._serve()

    def _serve(self) -> None:
        query = parse_qs(urlsplit(self.path).query)
        ranges = (self.headers.get("Content-Range", ""), self.headers.get("Range", ""))
        self.world.seen.append(Seen(self.command, query, *ranges))
        order = self.world.next_fault(self.command)
        length = int(self.headers.get("Content-Length") or 0)
        sent = bytes(self.rfile.read(length))
        broken = order is not None and order.fault is Fault.BREAK and self.command != "GET"
        answer = self._carry_out(query, sent[: order.at] if order and broken else sent, order)
        if broken or (order and order.fault is Fault.NO_REPLY):
            self.close_connection = True
            return
        self._reply(answer, order)

    def _carry_out(self, query: dict[str, list[str]], sent: bytes, order: Order | None) -> _Answer:
        if order is not None and order.fault is Fault.UNAVAILABLE:
            return _Answer(503, {})
        if query.get("uploadType") == ["resumable"] and self.command == "POST":
            return self._begin(query["name"][0])
        if self.command == "PUT":
            return self._go_on(query["upload_id"][0], query["name"][0], sent, order)
        return self._pass_on(self.command, self.path, sent)

    def _begin(self, name: str) -> _Answer:
        session = f"session-{next(self.world.names)}"
        self.world.sessions[session] = bytearray()
        path = urlsplit(self.path).path
        place = f"{self.world.url}{path}?name={name}&upload_id={session}"
        return _Answer(200, {"Location": place})

    def _go_on(self, session: str, name: str, sent: bytes, order: Order | None) -> _Answer:
        if order is not None and order.fault is Fault.LOST_SESSION:
            del self.world.sessions[session]
        kept = self.world.sessions.get(session)
        match = _RANGE.fullmatch(self.headers["Content-Range"])
        if kept is None or match is None:
            return _Answer(410, {})
        if match[1] is not None:
            assert int(match[1]) == len(kept), "a piece begins where the last one ended"
            kept += sent
        if len(kept) < int(match[3]):
            return _Answer(308, {"Range": f"bytes=0-{len(kept) - 1}"} if kept else {})
        path = urlsplit(self.path).path
        return self._pass_on("POST", f"{path}?uploadType=media&name={name}", bytes(kept))

    def _pass_on(self, method: str, path: str, sent: bytes) -> _Answer:
        address = urlsplit(self.world.backend).netloc
        with closing(http.client.HTTPConnection(address, timeout=60)) as connection:
            names = ("Content-Type", "Range")
            headers = {name: self.headers[name] for name in names if self.headers[name]}
            connection.request(method, path, sent or None, headers)
            reply = connection.getresponse()
            kept = ("content-type", "x-goog-hash", "x-goog-generation", "content-range")
            passed = {name: text for name, text in reply.getheaders() if name.lower() in kept}
            return _Answer(reply.status, passed, reply.read())

    def _reply(self, answer: _Answer, order: Order | None) -> None:
        body = bytearray(answer.body)
        if order is not None and order.fault is Fault.WRONG_BYTE:
            body[order.at] ^= 1
        end = len(body)
        if order is not None and order.fault is Fault.BREAK:
            end, self.close_connection = order.at, True
        self.send_response(answer.status)
        for name, text in answer.headers.items():
            self.send_header(name, text)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        if order is not None:
            order.then()
        for begin in range(0, end, _PIECE):
            self.wfile.write(body[begin : min(begin + _PIECE, end)])
