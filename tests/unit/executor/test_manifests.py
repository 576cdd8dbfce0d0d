"""The manifests of ended jobs: together in one listing where that costs less than reading each."""

from bisect import bisect_left
from concurrent.futures import Future
from dataclasses import dataclass, field
from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from headrace.errors import ObjectMissingError
from headrace.staging.manifest import Manifest
from headrace.staging.plan import Plan, manifest_of
from snakemake_executor_plugin_lifesciences import manifests as module
from snakemake_executor_plugin_lifesciences.flights import Flight, Place
from snakemake_executor_plugin_lifesciences.manifests import Manifests, clusters
from snakemake_executor_plugin_lifesciences.options import JobOptions
from snakemake_executor_plugin_lifesciences.preparing import Prepared
from snakemake_executor_plugin_lifesciences.silence import Silence
from snakemake_executor_plugin_lifesciences.waiting import Waiting
from tests.unit.services.pipelines import MINIMAL

NOW = datetime(2026, 11, 26, tzinfo=UTC)
WORK = "gs://results/work/run"
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
            address: None if manifest is LONG else manifest
            for address, manifest in self.manifests.items()
            if first <= address <= last
        }

    def read_manifest(self, address: str) -> Manifest:
        self.reads.append(address)
        if address not in self.manifests:
            raise ObjectMissingError(address)
        return self.manifests[address]


def at(name: str) -> str:
    return manifest_of(WORK, f"{WORK}/{name}")


def folders(**manifests: Manifest) -> Folders:
    return Folders({at(name.replace("_", "/")): one for name, one in manifests.items()})


def flight(name: str) -> Flight:
    folder = f"{WORK}/{name}"
    prepared = Prepared(None, "x", Plan("", (), (), (), ()), name, MINIMAL, JobOptions())
    future: Future[dict[str, Place]] = Future()
    future.set_result({name: Place(f"jobs/{name}", folder, NOW)})
    made = Flight(prepared, future, Waiting(0, 1), Silence(1))
    made.land()
    return made


def reader(bucket: Folders) -> Manifests:
    return Manifests(bucket, WORK)  # type: ignore[arg-type] # plays the bucket


def test_jobs_and_tasks_that_ended_together_come_in_one_listing() -> None:
    bucket = folders(a_0=MANIFEST, a_1=LONG, a_3=MANIFEST, single=MANIFEST)
    manifests = reader(bucket)
    names = ["single", "a/3", "a/0", "a/1"]
    manifests.expect(map(flight, names))
    assert bucket.listings == [(at("a/0"), at("single"))]
    read = [manifests.read(f"{WORK}/{name}") for name in names]
    assert read == [MANIFEST, MANIFEST, MANIFEST, LONG]
    assert bucket.reads == [at("a/1")]


def test_a_job_that_ended_alone_is_read_and_not_listed() -> None:
    bucket = folders(one=MANIFEST)
    manifests = reader(bucket)
    manifests.expect([flight("one")])
    assert manifests.read(f"{WORK}/one") == MANIFEST
    assert (bucket.listings, bucket.reads) == ([], [at("one")])


def test_a_job_that_left_no_manifest_is_not_asked_for_again() -> None:
    bucket = folders()
    manifests = reader(bucket)
    manifests.expect([flight("a/0"), flight("a/1")])
    with pytest.raises(ObjectMissingError, match="a/0"):
        manifests.read(f"{WORK}/a/0")
    assert bucket.reads == []


def test_what_an_earlier_poll_did_not_find_is_looked_for_at_the_next() -> None:
    bucket = folders()
    manifests = reader(bucket)
    for _ in range(2):
        manifests.expect([flight("a/0"), flight("a/1")])
        bucket.manifests = {at("a/0"): MANIFEST, at("a/1"): MANIFEST}
    assert manifests.read(f"{WORK}/a/0") == MANIFEST


@given(st.sets(st.integers(0, 99)), st.sets(st.integers(0, 99)))
def test_a_listing_never_takes_more_pages_than_reading_takes_requests(
    wanted: set[int], there: set[int]
) -> None:
    known = sorted(f"{number:02d}" for number in wanted | there)
    with pytest.MonkeyPatch.context() as patched:
        patched.setattr(module, "PAGE", 5)
        found = clusters(sorted(f"{number:02d}" for number in wanted), known)
    assert sorted(int(one) for near in found for one in near) == sorted(wanted)
    for near in found:
        listed = bisect_left(known, near[-1]) + 1 - bisect_left(known, near[0])
        assert -(-listed // 5) <= len(near)
