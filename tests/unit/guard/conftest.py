"""Budget messages as Cloud Billing sends them, and a guard with all it works with in memory."""

import base64
import json
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from headrace.guard.decisions import Step
from headrace.guard.handler import Guard
from headrace.guard.messages import PUBLISHED
from tests.unit.arrivals.memory import MemoryService, MemoryStore

RECORDED = Path(__file__).with_name("recorded")


def recorded(name: str) -> dict[str, Any]:
    """Return the data of an event, from `recorded/`."""
    event: dict[str, Any] = json.loads((RECORDED / f"{name}.json").read_text())
    return event


def message(**changes: Any) -> dict[str, Any]:
    """Return the data of an event whose amounts are changed."""
    event = recorded("below-threshold")
    content = json.loads(base64.b64decode(event["message"]["data"])) | changes
    event["message"]["data"] = base64.b64encode(json.dumps(content).encode()).decode()
    return event


class World:
    """A guard, and what it acts upon."""

    def __init__(self, service: MemoryService) -> None:
        self.now = datetime(2026, 10, 12, 9, tzinfo=UTC)
        self.store = MemoryStore(lambda: self.now)
        self.service = service
        self.guard = Guard("results", self.store, self.service, lambda: self.now)

    def receive(self, **changes: Any) -> Step | None:
        """Receive a message with these amounts."""
        return self.guard.handle(PUBLISHED, message(**changes))


@pytest.fixture
def world() -> World:
    return World(MemoryService())
