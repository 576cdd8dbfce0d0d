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
            lines = path.read_text().splitlines()
            self._done = {tuple(json.loads(line)) for line in lines if line.endswith("]")}

    def add(self, function: str, key: str) -> None:
        """Note that a function has acknowledged an upload."""
        self._done.add((function, key))
        with self._path.open("a") as file:
            file.write(json.dumps([function, key]) + "\n")

    def __contains__(self, entry: tuple[str, str]) -> bool:
        return entry in self._done
