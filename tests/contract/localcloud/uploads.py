"""A function for the tests: appends each event it gets to a file; fails as often as told."""

import json
import os
from pathlib import Path

import functions_framework
from cloudevents.http import CloudEvent

FOLDER = Path(os.environ["FOLDER"])


@functions_framework.cloud_event
def note(event: CloudEvent) -> None:
    attributes = {name: event[name] for name in ("id", "type", "source", "subject", "bucket")}
    with (FOLDER / "events").open("a") as file:
        file.write(json.dumps({"attributes": attributes, "data": event.data}) + "\n")
    failures = FOLDER / "failures"
    left = int(failures.read_text()) if failures.exists() else 0
    if left:
        failures.write_text(str(left - 1))
        raise RuntimeError("ordered by the test")


@functions_framework.http
def hello(_request: object) -> str:
    return "hello"
