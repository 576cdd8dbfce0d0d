"""Uploads become runs exactly once on a real storage server, as they do in memory."""

import random
import time
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from headrace.arrivals import triggers
from headrace.arrivals.claims import Started, Starter
from headrace.arrivals.events import FINALIZED
from headrace.arrivals.outcomes import Kind
from headrace.errors import UnavailableError
from headrace.gcs import ObjectUri
from headrace.pipeline import Pipeline
from headrace.records import encode_json
from headrace.runs.cloudstore import CloudStore
from headrace.runs.records import RunRequest
from headrace.runs.store import Store
from headrace.settings import Settings
from tests.unit.arrivals.memory import MemoryService
from tests.unit.arrivals.world import RULES, make_handler

NAMES = ["run/s1_L001_R1.fastq.gz", "run/s1_L001_R2.fastq.gz"]


class CountingService(MemoryService):
    """Takes any job any number of times, as Life Sciences does, and counts them."""

    def __init__(self) -> None:
        super().__init__()
        self.submissions = 0

    def submit(self, job_id: str, pipeline: Pipeline) -> str:
        self.submissions += 1
        self.submitted[job_id] = pipeline
        return job_id


@pytest.fixture
def settings(bucket: str) -> Settings:
    return Settings(
        project="project",
        region="us-central1",
        inbox=bucket,
        results="results-of-all",
        stage_image="stage",
        controller_image="controller",
    )


@pytest.fixture
def results(client: Any, settings: Settings) -> str:
    if not client.bucket(settings.results).exists():
        client.create_bucket(settings.results)
    return settings.results


def test_1000_deliveries_from_16_threads_start_one_run(
    store: Store, settings: Settings, results: str
) -> None:
    service = MemoryService()
    rules = triggers.parse(RULES, "rules")
    handler = make_handler(settings, rules, store, service, lambda: datetime.now(UTC))
    for name in NAMES:
        store.write(ObjectUri(str(settings.inbox), name), b"reads")
    events = [
        {
            "bucket": settings.inbox,
            "name": stored.uri.name,
            "generation": str(stored.generation),
            "updated": stored.updated.isoformat(),
        }
        for stored in store.list_objects(ObjectUri(str(settings.inbox), "run/"))
    ] * 500
    random.Random(11).shuffle(events)  # noqa: S311 - an order, not a secret

    def deliver(event: dict[str, Any]) -> Kind | None:
        try:
            return handler.handle(FINALIZED, event)[0].kind
        except UnavailableError:
            return None

    with ThreadPoolExecutor(16) as pool:
        kinds = list(pool.map(deliver, events))
    assert kinds.count(Kind.STARTED) == 1
    assert set(kinds) <= {Kind.STARTED, Kind.DUPLICATE, None}
    (run,) = service.submitted
    assert run in store.list_folders(ObjectUri(results, "runs"))


def test_a_claim_whose_owner_died_is_taken_over_by_one_of_many_deliveries(
    endpoint: str, settings: Settings, results: str
) -> None:
    store = CloudStore(endpoint=endpoint)
    request = RunRequest(
        run_id=f"paired-{settings.inbox}",
        rule="paired",
        created=datetime.now(UTC),
        image="controller",
        objects=[],
    )
    claim = ObjectUri(results, f"runs/{request.run_id}/run.json")
    store.create(claim, encode_json(request))
    service = CountingService()
    starter = Starter(settings, store, service, grace=timedelta(seconds=3))
    (stored,) = store.list_objects(claim)
    while datetime.now(UTC) - stored.updated < starter.grace:
        time.sleep(0.1)

    def deliver(_: int) -> Started | None:
        try:
            return starter.start(request, datetime.now(UTC))
        except UnavailableError:
            return None

    with ThreadPoolExecutor(16) as pool:
        outcomes = list(pool.map(deliver, range(16)))
    assert outcomes.count(Started.LATE) == 1
    assert service.submissions == 1
