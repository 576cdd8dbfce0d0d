"""The manifests of ended jobs, by one listing for each array."""

from concurrent.futures import Future
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

import pytest

from headrace.errors import ObjectMissingError
from headrace.staging.manifest import Manifest
from headrace.staging.plan import Plan
from snakemake_executor_plugin_lifesciences.flights import Flight, Place
from snakemake_executor_plugin_lifesciences.manifests import Manifests
from snakemake_executor_plugin_lifesciences.options import JobOptions
from snakemake_executor_plugin_lifesciences.preparing import Prepared
from snakemake_executor_plugin_lifesciences.silence import Silence
from snakemake_executor_plugin_lifesciences.waiting import Waiting
from tests.unit.services.pipelines import MINIMAL

NOW = datetime(2026, 11, 26, tzinfo=UTC)
MANIFEST = Manifest((), {}, (), (), 1, 2)
LONG = Manifest((), {}, (), ("long",), 1, 2)


@dataclass
class Folders:
    """A bucket whose listings bring all manifests but the long ones."""

    manifests: dict[str, Manifest]
    listings: list[tuple[str, str]] = field(default_factory=list)
    reads: list[str] = field(default_factory=list)

    def list_manifests(self, first: str, last: str) -> dict[str, Manifest | None]:
        self.listings.append((first, last))
        return {
            folder: None if manifest is LONG else manifest
            for folder, manifest in self.manifests.items()
            if first <= folder <= last
        }

    def read_manifest(self, folder: str) -> Manifest:
        self.reads.append(folder)
        return self.manifests[folder]


def flight(name: str, folder: str) -> Flight:
    prepared = Prepared(None, "x", Plan("", (), (), (), ()), folder, MINIMAL, JobOptions())
    future: Future[dict[str, Place]] = Future()
    future.set_result({folder: Place(name, folder, NOW)})
    made = Flight(prepared, future, Waiting(0, 1), Silence(1))
    made.land()
    return made


def reader(folders: Any) -> Manifests:
    return Manifests(folders)


def test_tasks_of_an_array_come_in_one_listing_and_jobs_of_their_own_one_by_one() -> None:
    folders = Folders({"w/a/0": MANIFEST, "w/a/1": LONG, "w/a/3": MANIFEST, "w/single": MANIFEST})
    manifests = reader(folders)
    ended = [flight(f"jobs/a#{number}", f"w/a/{number}") for number in (3, 0, 1)]
    manifests.expect([*ended, flight("jobs/single", "w/single")])
    assert folders.listings == [("w/a/0", "w/a/3")]
    assert [manifests.read(f"w/a/{number}") for number in (0, 1, 3)] == [MANIFEST, LONG, MANIFEST]
    assert manifests.read("w/single") == MANIFEST
    assert folders.reads == ["w/a/1", "w/single"]


def test_a_task_that_left_no_manifest_is_not_asked_for_again() -> None:
    folders = Folders({})
    manifests = reader(folders)
    manifests.expect([flight("jobs/a#0", "w/a/0")])
    with pytest.raises(ObjectMissingError, match="w/a/0"):
        manifests.read("w/a/0")
    assert folders.reads == []


def test_what_an_earlier_poll_did_not_find_is_looked_for_at_the_next() -> None:
    folders = Folders({})
    manifests = reader(folders)
    for _ in range(2):
        manifests.expect([flight("jobs/a#0", "w/a/0")])
        folders.manifests = {"w/a/0": MANIFEST}
    assert manifests.read("w/a/0") == MANIFEST
