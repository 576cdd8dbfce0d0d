"""A run is submitted by exactly one delivery, whatever happens in between."""

from datetime import UTC, datetime, timedelta

import pytest

from headrace.arrivals import requests
from headrace.arrivals.claims import GRACE, Started, Starter
from headrace.errors import UnavailableError
from headrace.pipeline import Pipeline
from headrace.runs.records import RunRequest
from headrace.settings import Settings
from tests.unit.arrivals.memory import MemoryService, MemoryStore

NOW = datetime(2026, 1, 1, tzinfo=UTC)
RUN = "paired-1"


class DyingService(MemoryService):
    """A service whose client dies at the first submission, before or after it was received."""

    def __init__(self, *, received: bool) -> None:
        super().__init__()
        self._received = received
        self._died = False

    def submit(self, job_id: str, pipeline: Pipeline) -> str:
        if self._died or self._received:
            super().submit(job_id, pipeline)
        if not self._died:
            self._died = True
            raise UnavailableError("The line was cut.")
        return job_id


def request() -> RunRequest:
    return RunRequest(run_id=RUN, rule="paired", created=NOW, image="image", objects=[])


class Deliveries:
    """Deliveries of one event, at chosen times."""

    def __init__(self, settings: Settings, service: MemoryService) -> None:
        self._now = NOW
        self.store = MemoryStore(lambda: self._now)
        self._starter = Starter(settings, self.store, service)
        self._job = requests.controller_job(settings, RUN, 1)

    def at(self, delay: timedelta) -> Started:
        self._now = NOW + delay
        return self._starter.start(request(), self._job, self._now)


def test_the_first_delivery_starts_the_run_and_all_others_find_it(settings: Settings) -> None:
    service = MemoryService()
    deliveries = Deliveries(settings, service)
    assert deliveries.at(timedelta()) is Started.NOW
    assert deliveries.at(timedelta(seconds=1)) is Started.BEFORE
    assert deliveries.at(timedelta(days=2)) is Started.BEFORE
    assert list(service.submitted) == [RUN]


def test_a_claim_whose_owner_died_is_submitted_by_a_later_delivery(settings: Settings) -> None:
    service = DyingService(received=False)
    deliveries = Deliveries(settings, service)
    with pytest.raises(UnavailableError, match="cut"):
        deliveries.at(timedelta())
    with pytest.raises(UnavailableError, match="another delivery"):
        deliveries.at(GRACE - timedelta(seconds=1))
    assert deliveries.at(GRACE) is Started.LATE
    assert deliveries.at(GRACE + timedelta(seconds=1)) is Started.BEFORE
    assert list(service.submitted) == [RUN]


def test_a_submission_whose_answer_was_lost_is_found(settings: Settings) -> None:
    service = DyingService(received=True)
    deliveries = Deliveries(settings, service)
    with pytest.raises(UnavailableError, match="cut"):
        deliveries.at(timedelta())
    assert deliveries.at(timedelta(seconds=1)) is Started.BEFORE


def test_who_takes_over_has_the_same_time_as_the_first_owner(settings: Settings) -> None:
    """Two who take over at once would make two jobs where the service lets nobody choose ids."""
    deliveries = Deliveries(settings, service := MemoryService())
    deliveries.at(timedelta())
    service.submitted.clear()
    deliveries.at(GRACE)
    service.submitted.clear()
    with pytest.raises(UnavailableError, match="another delivery"):
        deliveries.at(GRACE + timedelta(seconds=1))
    assert deliveries.at(2 * GRACE) is Started.LATE


def test_a_job_that_appears_in_the_very_last_moment_is_success(settings: Settings) -> None:
    service = MemoryService()
    service.submit(RUN, requests.controller_job(settings, RUN, 1))
    assert Deliveries(settings, service).at(timedelta()) is Started.NOW
