"""Stopping runs, and letting them go on, from the command line."""

import msgspec
import pytest

from headrace.arrivals.claims import Starter
from headrace.commands import runs_control, runs_open
from headrace.errors import InputError, PausedError, ServiceError
from headrace.gcs import ObjectUri
from headrace.guard import pause
from headrace.guard.pause import PauseState
from headrace.pipeline import Pipeline
from headrace.runs import cancelling, listing, rerunning
from headrace.runs.controllers import controller_job
from headrace.runs.listing import Run, State
from headrace.runs.records import Grade, RunRequest
from headrace.services import JobState
from headrace.services.protocol import RUN_LABEL
from tests.unit.cli.results import NOW, Results
from tests.unit.runs.test_healing import Service
from tests.unit.runs.test_rerunning import SETTINGS


@pytest.fixture
def service() -> Service:
    return Service()


def read(results: Results, run: str) -> Run:
    return listing.read_run(results.store, "results", run)


def at_work(results: Results, service: Service, run: str) -> None:
    """A run with a controller and two jobs."""
    results.submit(run)
    request = read(results, run).request
    assert isinstance(request, RunRequest)
    controller = controller_job(SETTINGS, request)
    service.submit(run, controller)
    for job in ("align", "call"):
        jobs = Pipeline(controller.actions, controller.machine, 60, labels={RUN_LABEL: run})
        service.submit(f"{run}-{job}", jobs)


def cancel(results: Results, service: Service, run: str) -> None:
    why = "Cancelled by ann: wrong samples."
    runs_control.cancel(results.store, service, "results", read(results, run), why)


def rerun(results: Results, service: Service, run: str, *, fresh: bool = False) -> None:
    starter = Starter(SETTINGS, results.store, service)
    wanted = rerunning.request(read(results, run), SETTINGS, NOW, fresh=fresh)
    runs_control.start(starter, wanted, NOW)


def test_cancelling_stops_controller_and_jobs_of_that_run_only(
    results: Results, service: Service, capsys: pytest.CaptureFixture[str]
) -> None:
    at_work(results, service, "one")
    at_work(results, service, "two")
    cancel(results, service, "one")
    assert sorted(service.cancelled) == ["one", "one-align", "one-call"]
    assert read(results, "one").state is State.CANCELLED
    assert read(results, "two").state is State.SUBMITTED
    assert capsys.readouterr().out.endswith("Run one is cancelled; 3 jobs were stopped.\n")


def test_a_job_that_is_submitted_while_its_run_is_stopped_is_stopped_as_well(
    results: Results, service: Service, monkeypatch: pytest.MonkeyPatch
) -> None:
    at_work(results, service, "one")
    stop, late = service.cancel, service.submitted["one-call"]

    def cancel_late(name: str) -> None:
        if name == "one":
            service.submit("one-late", late)
        stop(name)

    monkeypatch.setattr(service, "cancel", cancel_late)
    cancel(results, service, "one")
    assert "one-late" in service.cancelled


def test_what_does_not_stop_is_an_error_that_names_it(
    service: Service, results: Results, monkeypatch: pytest.MonkeyPatch
) -> None:
    at_work(results, service, "one")
    monkeypatch.setattr(service, "cancel", lambda _: None)
    waited: list[float] = []
    with pytest.raises(ServiceError, match=r"3 jobs of run one .* still run: one"):
        cancelling.stop_jobs(service, "one", waited.append)
    assert 240 < sum(waited) < 360


def test_cancelling_again_changes_nothing(
    results: Results, service: Service, capsys: pytest.CaptureFixture[str]
) -> None:
    at_work(results, service, "one")
    cancel(results, service, "one")
    first = read(results, "one").error
    cancel(results, service, "one")
    assert read(results, "one").error == first
    assert len(service.cancelled) == 3
    assert "had ended before; 0 jobs were stopped" in capsys.readouterr().out


def test_a_run_that_succeeded_stays_so(
    results: Results, service: Service, capsys: pytest.CaptureFixture[str]
) -> None:
    results.submit("one")
    results.succeed("one", Grade.PASS)
    cancel(results, service, "one")
    assert read(results, "one").state is State.SUCCEEDED
    assert read(results, "one").error is None
    assert "It succeeded." in capsys.readouterr().out


def test_a_run_by_hand_loses_its_jobs_and_its_owner_is_told(
    results: Results, service: Service, capsys: pytest.CaptureFixture[str]
) -> None:
    results.progress("by-hand")
    cancel(results, service, "by-hand")
    assert "its Snakemake may still run" in capsys.readouterr().out


def test_a_failed_run_again_is_submitted_once_and_its_id_is_shown(
    results: Results, service: Service, capsys: pytest.CaptureFixture[str]
) -> None:
    results.submit("one")
    results.fail("one")
    rerun(results, service, "one")
    rerun(results, service, "one")
    first, second, sentence = capsys.readouterr().out.splitlines()
    assert first == second
    assert "was run again before and is submitted" in sentence
    assert list(service.submitted) == [first]
    request = read(results, first).request
    assert request is not None
    assert request.continues == "one"


def test_who_was_run_again_already_is_told_which_run_to_repeat(
    results: Results, service: Service, capsys: pytest.CaptureFixture[str]
) -> None:
    results.submit("one")
    results.fail("one")
    rerun(results, service, "one")
    two = capsys.readouterr().out.strip()
    results.fail(two)
    service.states[two] = JobState.FAILED
    with pytest.raises(InputError, match=f"headrace runs rerun {two}"):
        rerun(results, service, "one")


def test_while_paused_nothing_is_run_again_and_the_reason_is_told(
    results: Results, service: Service
) -> None:
    results.submit("one")
    results.fail("one")
    state = PauseState(paused=True, reason="budget", by="guard", since=NOW)
    pause.write(results.store, "results", state)
    with pytest.raises(PausedError, match="headrace resume"):
        rerun(results, service, "one")
    assert not service.submitted
    assert results.store.list_folders(ObjectUri("results", "runs")) == ["one"]


def test_all_again_of_a_run_that_succeeded_needs_a_word(results: Results, service: Service) -> None:
    results.submit("one")
    results.succeed("one")
    with pytest.raises(InputError, match="--fresh"):
        rerun(results, service, "one")
    rerun(results, service, "one", fresh=True)
    assert len(service.submitted) == 1


@pytest.mark.parametrize(
    ("endpoint", "begins"),
    [
        (None, "https://storage.cloud.google.com/results/runs/r/"),
        ("http://127.0.0.1:1/", "http://127.0.0.1:1/results/runs/r/"),
    ],
)
def test_the_page_is_opened_or_else_the_report_or_else_the_folder(
    results: Results, endpoint: str | None, begins: str
) -> None:
    def address() -> str:
        return runs_open.address(results.store, "results", read(results, "r"), endpoint)

    results.submit("r")
    assert "runs" in address()
    assert not address().startswith(begins)
    results.succeed("r")
    assert address() == f"{begins}report/multiqc.html"
    results.store.write(ObjectUri("results", "runs/r/index.html"), b"<p>")
    assert address() == f"{begins}index.html"


def test_a_request_is_not_changed_by_being_repeated(results: Results) -> None:
    results.submit("one")
    results.fail("one")
    former = read(results, "one").request
    again = rerunning.request(read(results, "one"), SETTINGS, NOW, fresh=False)
    assert former is not None
    assert (
        msgspec.structs.replace(
            again,
            run_id=former.run_id,
            created=former.created,
            image=former.image,
            predecessor=None,
            continues=None,
        )
        == former
    )
