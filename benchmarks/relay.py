"""A relay in front of a server, which counts the requests that pass.

Only the head under measurement is told its address, so that what machines ask for is not counted.
It adds about 0.2 ms to a request, the same for every executor, and as much more as is asked for,
to put the server as far away as Google's are.
"""

import asyncio
import re
import threading
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from urllib.parse import urlsplit

from benchmarks.counting import Side, name_of

_LENGTH = re.compile(rb"\r\ncontent-length: *(\d+)", re.IGNORECASE)
_PIECE = 1 << 16
_HEAD_LIMIT = 1 << 20
_BROKEN = (ConnectionError, asyncio.IncompleteReadError, OSError)


class Relay:
    """Counts while it runs; `url` is what a client is told.

    A request waits `delay` seconds before it goes on.
    """

    def __init__(self, side: Side, backend: str) -> None:
        self.url = ""
        self.delay = 0.0
        self._side = side
        self._backend = urlsplit(backend)
        self._counts: Counter[str] = Counter()

    def take_counts(self) -> dict[str, int]:
        """Return the requests since the last call, by what they were."""
        counts, self._counts = self._counts, Counter()
        return dict(sorted(counts.items()))

    async def _serve(self, client: asyncio.StreamReader, answers: asyncio.StreamWriter) -> None:
        server, requests = await asyncio.open_connection(self._backend.hostname, self._backend.port)
        back = asyncio.create_task(_copy(server, answers))
        try:
            with suppress(*_BROKEN, asyncio.CancelledError):  # at the end
                while True:
                    await self._pass_request(client, requests)
        finally:
            requests.close()
            answers.close()
            back.cancel()

    async def _pass_request(
        self, client: asyncio.StreamReader, requests: asyncio.StreamWriter
    ) -> None:
        head = await client.readuntil(b"\r\n\r\n")
        verb, target, _ = head.split(b"\r\n", 1)[0].decode("latin-1").split(" ", 2)
        self._counts[name_of(self._side, verb, target)] += 1
        await asyncio.sleep(self.delay)
        requests.write(head)
        match = _LENGTH.search(head)
        left = int(match[1]) if match else 0
        while left:
            piece = await client.readexactly(min(left, _PIECE))
            left -= len(piece)
            requests.write(piece)
            await requests.drain()
        await requests.drain()

    @classmethod
    @contextmanager
    def running(cls, side: Side, backend: str) -> Iterator["Relay"]:
        """Run a relay in a thread of its own."""
        relay, loop = cls(side, backend), asyncio.new_event_loop()
        server = loop.run_until_complete(
            asyncio.start_server(relay._serve, "127.0.0.1", 0, limit=_HEAD_LIMIT)
        )
        relay.url = f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}"
        thread = threading.Thread(target=loop.run_forever)
        thread.start()
        try:
            yield relay
        finally:
            loop.call_soon_threadsafe(loop.stop)
            thread.join()
            server.close()
            loop.run_until_complete(_cancel_all())
            loop.close()


async def _copy(source: asyncio.StreamReader, target: asyncio.StreamWriter) -> None:
    with suppress(*_BROKEN):
        while piece := await source.read(_PIECE):
            target.write(piece)
            await target.drain()
    target.close()


async def _cancel_all() -> None:
    tasks = asyncio.all_tasks() - {asyncio.current_task()}
    for task in tasks:
        task.cancel()
    await asyncio.gather(*tasks, return_exceptions=True)
    await asyncio.sleep(0.01)  # closed connections say goodbye in the loop
