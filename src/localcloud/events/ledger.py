"""Which uploads a function has acknowledged, kept on disk over a restart."""

from __future__ import annotations

import json
from pathlib import Path


class Ledger:
    """A growing file with one line for each acknowledged upload."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._done: set[tuple[str, str]] = set()
        path.parent.mkdir(parents=True, exist_ok=True)
        if path.exists():
            self._load(path.read_text())

    def _load(self, text: str) -> None:
        """Read the file; a last line that a crash has cut short is dropped from it."""
        whole, _, torn = text.rpartition("\n")
        if torn:
            self._path.write_text(whole + "\n" if whole else "")
        for line in whole.splitlines():
            function, key = json.loads(line)
            self._done.add((function, key))

    def add(self, function: str, key: str) -> None:
        """Note that a function has acknowledged an upload."""
        self._done.add((function, key))
        with self._path.open("a") as file:
            file.write(json.dumps([function, key]) + "\n")

    def __contains__(self, entry: tuple[str, str]) -> bool:
        return entry in self._done
