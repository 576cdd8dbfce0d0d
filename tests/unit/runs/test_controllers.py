"""The job that carries a run out, and its starts."""

from datetime import UTC, datetime

import msgspec
import pytest

from headrace import settings as settings_module
from headrace.errors import RecordError
from headrace.pipeline import Network
from headrace.runs import controllers
from headrace.runs.controllers import controller_job
from headrace.runs.records import ControllerTerms, RunRequest
from headrace.services.protocol import RUN_LABEL
from headrace.settings import Settings

REQUEST = RunRequest(
    run_id="paired-0123456789abcdef0123",
    rule="paired",
    created=datetime(2026, 1, 1, tzinfo=UTC),
    image="registry/controller@sha256:1",
    objects=[],
    controller=ControllerTerms(hours=6),
)


@pytest.fixture
def settings() -> Settings:
    return Settings(
        project="project",
        region="us-central1",
        results="results",
        stage_image="registry/stage@sha256:0",
        controller_image="registry/controller@sha256:2",
    )


def test_the_controller_is_told_its_request_and_its_settings(settings: Settings) -> None:
    job = controller_job(settings, REQUEST)
    (action,) = job.actions
    assert action.entrypoint == "headrace-controller"
    assert action.commands == (f"gs://results/runs/{REQUEST.run_id}/run.json",)
    assert settings_module.load(action.environment) == msgspec.structs.replace(
        settings, run=REQUEST.run_id, controller_image=REQUEST.image
    )
    assert "HEADRACE_WORK" not in action.environment


def test_a_controller_needs_no_right_of_roots_and_no_disk_that_is_roots(settings: Settings) -> None:
    job = controller_job(settings, REQUEST)
    assert not any(action.writes_disk for action in job.actions)
    assert (job.machine.disk, job.machine.boot_disk_gb) == (None, 50)
    assert job.timeout_seconds == 6 * 3600


def test_the_image_is_the_request_s_whatever_was_deployed_since(settings: Settings) -> None:
    (action,) = controller_job(settings, REQUEST).actions
    assert action.image == REQUEST.image


def test_controllers_do_not_carry_the_label_of_a_run_s_own_jobs(settings: Settings) -> None:
    assert controller_job(settings, REQUEST).labels == {RUN_LABEL: "controllers"}


def test_the_controller_s_machine_sits_in_the_given_network(settings: Settings) -> None:
    inside = msgspec.structs.replace(
        settings, network="net", subnetwork="sub", controller_service_account="c@x"
    )
    machine = controller_job(inside, REQUEST).machine
    assert machine.network == Network("net", "sub")
    assert machine.service_account == "c@x"
    assert controller_job(settings, REQUEST).machine.network is None


@pytest.mark.parametrize("spot", [True, False])
def test_only_who_asks_for_it_gets_a_spot_machine(settings: Settings, spot: bool) -> None:
    wish = msgspec.structs.replace(REQUEST, controller=ControllerTerms(spot=spot))
    assert controller_job(settings, wish).machine.spot is spot


@pytest.mark.parametrize("start", range(1, 10))
def test_run_and_start_are_read_back_from_the_id_of_a_start(start: int) -> None:
    job = controllers.job_id(REQUEST.run_id, start)
    assert controllers.run_and_start(job) == (REQUEST.run_id, start)


@pytest.mark.parametrize("run", ["by-hand-2", "paired-2", "x-0123456789abcdef0123-12"])
def test_other_ids_are_first_starts_of_their_own(run: str) -> None:
    assert controllers.run_and_start(run) == (run, 1)


def test_a_controller_is_started_again_as_often_as_the_request_allows() -> None:
    twice = msgspec.structs.replace(REQUEST, controller=ControllerTerms(restarts=2))
    assert [controllers.may_restart(twice, start) for start in (1, 2, 3)] == [True, True, False]


def test_an_id_that_is_too_long_for_a_second_start_has_none() -> None:
    long = msgspec.structs.replace(REQUEST, run_id=f"{'r' * 42}-0123456789abcdef0123")
    assert not controllers.may_restart(long, 1)


@pytest.mark.parametrize(
    "image",
    [
        "evil.example/controller@sha256:1",
        "registry/other@sha256:1",
        "registry/controller/x@sha256:1",
        "registry/controller.evil.example:1/x",
        "",
    ],
)
def test_a_request_cannot_name_an_image_of_its_own(settings: Settings, image: str) -> None:
    """A tool that was taken over can write requests; it must not become a controller by that."""
    forged = msgspec.structs.replace(REQUEST, image=image)
    with pytest.raises(RecordError, match="no controller image of this installation"):
        controller_job(settings, forged)


@pytest.mark.parametrize(
    ("image", "name"),
    [
        ("host:5000/a/b:tag@sha256:0", "host:5000/a/b"),
        ("host:5000/a/b", "host:5000/a/b"),
        ("headrace-controller", "headrace-controller"),
        ("controller:1", "controller"),
    ],
)
def test_digest_and_tag_are_no_part_of_an_image_s_name(image: str, name: str) -> None:
    assert controllers.image_name(image) == name
