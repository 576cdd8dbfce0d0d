"""Runs whose controller was lost get a successor or an end; others are left alone."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import timedelta

import msgspec
import pytest

from headrace.arrivals.claims import Starter
from headrace.errors import ServiceError, UnknownStateError
from headrace.gcs import ObjectUri
from headrace.guard import pause
from headrace.guard.pause import PauseState
from headrace.pipeline import Pipeline
from headrace.records import decode_json, encode_json
from headrace.runs import ending, ends
from headrace.runs.controllers import CONTROLLERS, controller_job
from headrace.runs.healing import Cure, Healer
from headrace.runs.records import ControllerTerms, RunError, RunRequest
from headrace.services import Failure, FailureKind, JobReport, JobState
from headrace.services.protocol import RUN_LABEL
from tests.unit.arrivals.memory import MemoryService, MemoryStore
from tests.unit.runs.conftest import NOW
from tests.unit.runs.test_rerunning import SETTINGS

RUN = "paired-0123456789abcdef0123"
FOLDER = ObjectUri("results", f"runs/{RUN}")
LOST = Failure(FailureKind.INFRASTRUCTURE, "VM preempted.")


@dataclass
class Service(MemoryService):
    """A service whose jobs end as they are told."""

    ended: dict[str, Failure] = field(default_factory=dict)
    states: dict[str, JobState] = field(default_factory=dict)
    cancelled: list[str] = field(default_factory=list)

    def __post_init__(self) -> None:
        super().__init__()

    def list_jobs(self, labels: Mapping[str, str]) -> Iterator[JobReport]:
        for report in super().list_jobs(labels):
            state = JobState.FAILED if report.job_id in self.ended else JobState.RUNNING
            yield JobReport(report.name, report.job_id, self.states.get(report.job_id, state))

    def explain(self, name: str) -> Failure:
        if name not in self.ended:
            raise UnknownStateError(f"{name} is in the unknown state 'ODD'.")
        return self.ended[name]

    def cancel(self, name: str) -> None:
        self.cancelled.append(name)
        self.states[name] = JobState.CANCELLED


@dataclass
class World:
    """One run, its controllers, and a healer."""

    service: Service
    store: MemoryStore

    def asked(self, **terms: int) -> None:
        request = RunRequest(
            run_id=RUN,
            rule="paired",
            created=NOW,
            image="registry/controller@sha256:9",
            objects=[],
            controller=ControllerTerms(**terms),  # type: ignore[arg-type]
        )
        self.store.create(FOLDER / "run.json", encode_json(request))
        self.service.submit(RUN, controller_job(SETTINGS, request))

    def job(self, name: str, run: str = RUN) -> None:
        request = RunRequest(
            run_id=run, rule="r", created=NOW, image="registry/controller@sha256:9", objects=[]
        )
        made = controller_job(SETTINGS, request)
        jobs = Pipeline(made.actions, made.machine, 60, labels={RUN_LABEL: run})
        self.service.submit(name, jobs)

    def heal(self) -> list[tuple[str, Cure]]:
        starter = Starter(SETTINGS, self.store, self.service)
        healed = Healer(starter, {}, lambda: NOW + timedelta(hours=1)).heal()
        self.reasons = " ".join(found.reason for found in healed)
        return [(found.run_id, found.cure) for found in healed]

    @property
    def error(self) -> RunError:
        end = ends.read(self.store, FOLDER)
        assert isinstance(end, RunError)
        return end

    @property
    def controllers(self) -> list[str]:
        labels = {RUN_LABEL: CONTROLLERS}
        return [report.job_id for report in self.service.list_jobs(labels)]


@pytest.fixture
def world(store: MemoryStore) -> World:
    return World(Service(), store)


def test_a_controller_at_work_is_left_alone(world: World) -> None:
    world.asked()
    assert world.heal() == []
    assert world.controllers == [RUN]


def test_a_run_that_has_an_end_is_left_alone(world: World) -> None:
    world.asked()
    world.service.ended[RUN] = LOST
    ends.write(world.store, FOLDER, ending.error(FOLDER, "So.", NOW))
    assert world.heal() == []


def test_a_controller_that_succeeded_is_not_even_looked_at(world: World) -> None:
    world.asked()
    world.service.states[RUN] = JobState.SUCCEEDED
    assert world.heal() == []


@pytest.mark.parametrize(
    "failure",
    [LOST, Failure(FailureKind.USER, "Killed.", 137), None],
    ids=["machine", "killed", "unknown"],
)
def test_a_lost_controller_gets_a_successor(world: World, failure: Failure | None) -> None:
    world.asked()
    world.service.states[RUN] = JobState.UNKNOWN
    if failure is not None:
        world.service.states[RUN] = JobState.FAILED
        world.service.ended[RUN] = failure
    assert world.heal() == [(RUN, Cure.RESTARTED)]
    assert world.controllers == [RUN, f"{RUN}-2"]
    assert ends.read(world.store, FOLDER) is None


def test_sweeps_one_after_another_start_one_successor(world: World) -> None:
    world.asked()
    world.service.ended[RUN] = LOST
    for _ in range(3):
        world.heal()
    assert world.controllers == [RUN, f"{RUN}-2"]


def test_after_its_restarts_a_run_ends_with_the_reason(world: World) -> None:
    world.asked(restarts=2)
    for start, job in enumerate([RUN, f"{RUN}-2", f"{RUN}-3"], start=1):
        world.service.ended[job] = LOST
        assert world.heal() == [(RUN, Cure.RESTARTED if start < 3 else Cure.ENDED)]
    assert world.error.sentence == "The controller was lost 3 times, at last so: VM preempted."
    assert not world.error.cancelled
    assert world.heal() == []


@pytest.mark.parametrize(
    ("kind", "sentence", "cancelled"),
    [
        (FailureKind.CANCELLED, "cancelled at the job service", True),
        (FailureKind.TIMEOUT, "longer than the 5 hours", False),
    ],
)
def test_what_a_successor_could_not_mend_ends_the_run_and_its_jobs(
    world: World, kind: FailureKind, sentence: str, cancelled: bool
) -> None:
    world.asked(hours=5)
    world.job("align-1")
    world.job("other", run="another-run")
    world.service.ended[RUN] = Failure(kind, "Over.")
    assert world.heal() == [(RUN, Cure.ENDED)]
    assert sentence in world.error.sentence
    assert world.error.cancelled is cancelled
    assert world.service.cancelled == ["align-1"]


def test_while_paused_nothing_is_started_and_the_reason_is_told(world: World) -> None:
    world.asked()
    world.service.ended[RUN] = LOST
    state = PauseState(paused=True, reason="budget", by="guard", since=NOW)
    pause.write(world.store, "results", state)
    assert world.heal() == [(RUN, Cure.FAILED)]
    assert "headrace resume" in world.reasons
    assert world.controllers == [RUN]
    pause.write(world.store, "results", msgspec.structs.replace(state, paused=False))
    assert world.heal() == [(RUN, Cure.RESTARTED)]


def test_a_request_that_cannot_be_read_is_reported_and_stops_nobody_else(world: World) -> None:
    world.asked()
    world.store.write(FOLDER / "run.json", b"{")
    world.service.ended[RUN] = LOST
    assert world.heal() == [(RUN, Cure.FAILED)]
    assert "run.json" in world.reasons


def test_a_run_whose_folder_is_gone_is_nobody_s_business(world: World) -> None:
    world.asked()
    world.store = MemoryStore(lambda: NOW)
    world.service.ended[RUN] = LOST
    assert world.heal() == []


def test_a_service_that_cannot_say_is_an_error(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(labels: Mapping[str, str]) -> Iterator[JobReport]:
        raise ServiceError(f"no {labels}")

    monkeypatch.setattr(world.service, "list_jobs", fail)
    with pytest.raises(ServiceError):
        world.heal()


def test_the_claim_of_a_start_holds_the_request(world: World) -> None:
    world.asked(hours=9)
    world.service.ended[RUN] = LOST
    world.heal()
    claim = decode_json(world.store.read(FOLDER / "start-2.json"), RunRequest, "claim")
    assert claim.controller.hours == 9
