"""Which decision on groups holds: an earlier head's, as long as its jobs are about."""

import logging
from collections.abc import Iterator
from dataclasses import dataclass, field
from types import SimpleNamespace
from typing import Any

import pytest

from headrace.errors import ObjectMissingError
from headrace.planning.decisions import Decision
from headrace.services.protocol import JobReport, JobState
from snakemake_executor_plugin_lifesciences.deciding import Decisions

EARLIER = Decision("auto", (("a", "b"),))
LATER = Decision("auto", (("b", "c"),))


@dataclass
class Cloud:
    """A bucket, and a service that lists these jobs."""

    jobs: list[JobReport] = field(default_factory=list)
    objects: dict[str, bytes] = field(default_factory=dict)
    lists: int = 0

    def read(self, address: str) -> bytes:
        if address not in self.objects:
            raise ObjectMissingError(address)
        return self.objects[address]

    def write(self, address: str, document: bytes) -> None:
        self.objects[address] = document

    def list_jobs(self, labels: dict[str, str]) -> Iterator[JobReport]:
        assert labels
        self.lists += 1
        yield from self.jobs


def settle(cloud: Cloud, mine: Decision, *awaited: str) -> Decision:
    """Let a head that begins now decide."""
    settings = SimpleNamespace(run="run-1", work="gs://results/work/run-1")
    head: Any = SimpleNamespace(
        settings=settings, folders=cloud, service=cloud, logger=logging.getLogger("test")
    )
    return Decisions(head).settle(mine, lambda: awaited)


@pytest.mark.parametrize(
    ("report", "holds"),
    [
        (JobReport("j", "j", JobState.RUNNING), EARLIER),
        (JobReport("j", "j", JobState.QUEUED), EARLIER),
        (JobReport("awaited", "j", JobState.SUCCEEDED), EARLIER),
        (JobReport("array", "j", JobState.FAILED, tasks=2), EARLIER),
        (JobReport("awaited", "j", JobState.FAILED), LATER),
        (JobReport("j", "j", JobState.SUCCEEDED), LATER),
        (None, LATER),
    ],
    ids=lambda value: value.state.value if isinstance(value, JobReport) else "",
)
def test_an_earlier_decision_holds_as_long_as_its_jobs_are_about(
    report: JobReport | None, holds: Decision
) -> None:
    cloud = Cloud()
    assert settle(cloud, EARLIER) == EARLIER
    cloud.jobs = [] if report is None else [report]
    assert settle(cloud, LATER, "awaited", "array#1") == holds
    cloud.jobs = [JobReport("k", "k", JobState.RUNNING)]
    assert settle(cloud, EARLIER) == holds, "what holds is what is kept"


def test_a_first_head_and_one_that_decides_alike_ask_the_service_nothing() -> None:
    cloud = Cloud()
    assert settle(cloud, EARLIER) == settle(cloud, EARLIER) == EARLIER
    assert cloud.lists == 0


def test_whoever_wants_something_else_gets_it() -> None:
    cloud = Cloud(jobs=[JobReport("j", "j", JobState.RUNNING)])
    settle(cloud, EARLIER)
    other = Decision("of-a-file", LATER.groups)
    assert settle(cloud, other) == other


def test_a_decision_that_cannot_be_read_is_made_anew() -> None:
    cloud = Cloud(objects={"gs://results/work/run-1/groups.json": b"{"})
    assert settle(cloud, LATER) == LATER
