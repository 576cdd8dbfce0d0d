"""A run is submitted by exactly one delivery, whatever happens in between."""

from datetime import UTC, datetime, timedelta

import pytest

from headrace.arrivals.claims import GRACE, Started, Starter
from headrace.errors import UnavailableError
from headrace.gcs import ObjectUri
from headrace.pipeline import Pipeline
from headrace.records import decode_json
from headrace.runs.controllers import controller_job
from headrace.runs.records import RunRequest, Submission
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


def request(image: str = "registry/controller@sha256:7") -> RunRequest:
    return RunRequest(run_id=RUN, rule="paired", created=NOW, image=image, objects=[])


class Deliveries:
    """Deliveries of one event, at chosen times."""

    def __init__(self, settings: Settings, service: MemoryService) -> None:
        self._now = NOW
        self._service = service
        self.store = MemoryStore(lambda: self._now)
        self._starter = Starter(settings, self.store, service)

    def at(self, delay: timedelta, image: str = "registry/controller@sha256:7") -> Started:
        self._now = NOW + delay
        return self._starter.start(request(image), self._now)

    def lose(self) -> None:
        """Make it that claims stand, but neither job nor record: their owner died before."""
        self._service.submitted.clear()
        self.store.delete(ObjectUri("results", f"runs/{RUN}/submitted.json"))

    def restart(self, start: int, delay: timedelta) -> Started:
        self._now = NOW + delay
        return self._starter.restart(request(), start, self._now)


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


def test_a_job_that_the_service_has_forgotten_is_not_submitted_again(settings: Settings) -> None:
    """Batch deletes jobs 60 days after their end; a sweep may look further back."""
    deliveries = Deliveries(settings, service := MemoryService())
    deliveries.at(timedelta())
    service.submitted.clear()
    assert deliveries.at(timedelta(days=90)) is Started.BEFORE
    assert not service.submitted


def test_a_submission_without_a_record_gets_one_from_the_next_delivery(settings: Settings) -> None:
    deliveries = Deliveries(settings, MemoryService())
    deliveries.at(timedelta())
    record = ObjectUri("results", f"runs/{RUN}/submitted.json")
    deliveries.store.delete(record)
    assert deliveries.at(timedelta(seconds=1)) is Started.BEFORE
    assert decode_json(deliveries.store.read(record), Submission, "record").job == RUN


def test_a_submission_whose_answer_was_lost_is_found(settings: Settings) -> None:
    service = DyingService(received=True)
    deliveries = Deliveries(settings, service)
    with pytest.raises(UnavailableError, match="cut"):
        deliveries.at(timedelta())
    assert deliveries.at(timedelta(seconds=1)) is Started.BEFORE


def test_who_takes_over_has_the_same_time_as_the_first_owner(settings: Settings) -> None:
    """Two who take over at once would make two jobs where the service lets nobody choose ids."""
    deliveries = Deliveries(settings, MemoryService())
    deliveries.at(timedelta())
    deliveries.lose()
    deliveries.at(GRACE)
    deliveries.lose()
    with pytest.raises(UnavailableError, match="another delivery"):
        deliveries.at(GRACE + timedelta(seconds=1))
    assert deliveries.at(2 * GRACE) is Started.LATE


def test_a_job_that_appears_in_the_very_last_moment_is_success(settings: Settings) -> None:
    service = MemoryService()
    service.submit(RUN, controller_job(settings, request()))
    assert Deliveries(settings, service).at(timedelta()) is Started.NOW


def test_what_was_claimed_is_what_is_submitted_late(settings: Settings) -> None:
    """A controller refuses a request that names another image than its own."""
    deliveries = Deliveries(settings, service := DyingService(received=False))
    with pytest.raises(UnavailableError, match="cut"):
        deliveries.at(timedelta(), image="registry/controller@sha256:1")
    assert deliveries.at(GRACE, image="registry/controller@sha256:2") is Started.LATE
    (action,) = service.submitted[RUN].actions
    assert action.image == "registry/controller@sha256:1"


def test_a_second_start_has_its_own_claim_and_its_own_job(settings: Settings) -> None:
    deliveries = Deliveries(settings, service := MemoryService())
    deliveries.at(timedelta())
    assert deliveries.restart(2, timedelta(hours=1)) is Started.NOW
    assert deliveries.restart(2, timedelta(hours=1)) is Started.BEFORE
    assert list(service.submitted) == [RUN, f"{RUN}-2"]
    assert service.submitted[RUN] == service.submitted[f"{RUN}-2"]


def test_a_second_start_whose_owner_died_is_taken_over(settings: Settings) -> None:
    deliveries = Deliveries(settings, DyingService(received=False))
    with pytest.raises(UnavailableError, match="cut"):
        deliveries.restart(2, timedelta())
    with pytest.raises(UnavailableError, match="another delivery"):
        deliveries.restart(2, timedelta(seconds=1))
    assert deliveries.restart(2, GRACE) is Started.LATE
