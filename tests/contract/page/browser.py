"""Headless Chromium, driven over its DevTools protocol by a pair of pipes."""

import base64
import itertools
import json
import os
import subprocess
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

from tests.contract.localcloud.debian import NotHereError, find

FLAGS = (
    "--headless",
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--hide-scrollbars",
    "--remote-debugging-pipe",
    "--host-resolver-rules=MAP * ~NOTFOUND , EXCLUDE 127.0.0.1",
)
PATIENCE_SECONDS = 60

KEYS = {"Tab": 9, "Enter": 13, "Escape": 27}


class Browser:
    """One tab; `problems` are errors on its console, `requests` what it asked for."""

    def __init__(self, into: int, out: int) -> None:
        self._into = into
        self._out = out
        self._numbers = itertools.count(1)
        self._pending = b""
        self._events: list[dict[str, Any]] = []
        self._session: str | None = None
        self.problems: list[str] = []
        self.requests: list[str] = []
        target = self("Target.createTarget", url="about:blank")["targetId"]
        self._session = self("Target.attachToTarget", targetId=target, flatten=True)["sessionId"]
        for domain in ("Page", "Runtime", "Log", "Network"):
            self(f"{domain}.enable")

    def __call__(self, method: str, **params: Any) -> dict[str, Any]:
        """Call a method of the protocol."""
        number = next(self._numbers)
        message: dict[str, Any] = {"id": number, "method": method, "params": params}
        if self._session is not None:
            message["sessionId"] = self._session
        os.write(self._into, json.dumps(message).encode() + b"\0")
        while True:
            answer = self._receive()
            if answer.get("id") == number:
                assert "error" not in answer, answer
                result: dict[str, Any] = answer["result"]
                return result

    def open(self, url: str, width: int = 1280, height: int = 900) -> None:
        """Show a page, and wait until it is loaded."""
        self(
            "Emulation.setDeviceMetricsOverride",
            width=width,
            height=height,
            deviceScaleFactor=1,
            mobile=False,
        )
        self._events.clear()
        self("Page.navigate", url=url)
        self._wait("Page.loadEventFired")

    def run(self, script: str) -> Any:
        """Return what an expression of JavaScript comes to; a promise is waited for."""
        result = self("Runtime.evaluate", expression=script, awaitPromise=True, returnByValue=True)
        assert "exceptionDetails" not in result, result
        return result["result"].get("value")

    def until(self, script: str) -> None:
        """Wait until an expression is true."""
        deadline = time.monotonic() + PATIENCE_SECONDS
        while not self.run(script):
            assert time.monotonic() < deadline, f"never: {script}"
            time.sleep(0.05)

    def press(self, key: str) -> None:
        """Press a key and let it go."""
        told = {"key": key, "code": key, "windowsVirtualKeyCode": KEYS.get(key, 0)}
        text = "\r" if key == "Enter" else ""
        self("Input.dispatchKeyEvent", type="keyDown", text=text, **told)
        self("Input.dispatchKeyEvent", type="keyUp", **told)

    def prefer(self, scheme: str = "light", media: str = "") -> None:
        """Prefer a colour scheme, or take a medium such as `print`."""
        features = [{"name": "prefers-color-scheme", "value": scheme}]
        self("Emulation.setEmulatedMedia", media=media, features=features)

    def picture(self, file: Path, *, whole: bool = True) -> bytes:
        """Take a screenshot, of the whole page or of the window, and keep it in a file."""
        taken = self("Page.captureScreenshot", format="png", captureBeyondViewport=whole)
        data = base64.b64decode(taken["data"])
        file.write_bytes(data)
        return data

    def _wait(self, event: str) -> None:
        while not any(seen["method"] == event for seen in self._events):
            self._receive()

    def _receive(self) -> dict[str, Any]:
        while b"\0" not in self._pending:
            part = os.read(self._out, 1 << 16)
            assert part, "Chromium has gone"
            self._pending += part
        text, _, self._pending = self._pending.partition(b"\0")
        message: dict[str, Any] = json.loads(text)
        if "method" in message:
            self._events.append(message)
            self._note(message["method"], message["params"])
        return message

    def _note(self, method: str, params: dict[str, Any]) -> None:
        if method == "Runtime.exceptionThrown":
            self.problems.append(json.dumps(params["exceptionDetails"]))
        if method == "Log.entryAdded" and params["entry"]["level"] == "error":
            self.problems.append(params["entry"]["text"])
        if method == "Network.requestWillBeSent":
            self.requests.append(params["request"]["url"])


@contextmanager
def browser() -> Iterator[Browser]:
    """Start Chromium; a test that needs it is skipped where it cannot be brought."""
    try:
        chromium = find("chromium", "chromium")
    except NotHereError as error:
        pytest.skip(f"there is no chromium: {error}")
    their_in, our_out = os.pipe()
    our_in, their_out = os.pipe()
    with tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as folder:
        # Chromium reads commands from descriptor 3 and writes answers to 4.
        command = ["bash", "-c", f'exec "$@" 3<&{their_in} 4>&{their_out}', "bash", chromium]
        process = subprocess.Popen(
            [*command, *FLAGS, f"--user-data-dir={folder}"],
            pass_fds=(their_in, their_out),
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )
        os.close(their_in)
        os.close(their_out)
        try:
            yield Browser(our_out, our_in)
        finally:
            os.close(our_out)
            os.close(our_in)
            process.terminate()
            process.wait(PATIENCE_SECONDS)
