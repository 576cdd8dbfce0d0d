"""One suite for both job services, against the local cloud."""

import dataclasses
import json
import time
import uuid
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing, contextmanager
from pathlib import Path
from threading import Barrier

import pytest

from headrace import services
from headrace.errors import (
    AlreadyExistsError,
    NotFoundError,
    RequestRefusedError,
    UnavailableError,
)
from headrace.pipeline import Action, Pipeline
from headrace.runs.cloudstore import CloudStore
from headrace.services import lifesciences
from headrace.services.lifesciences import Claims
from headrace.services.protocol import (
    RUN_LABEL,
    FailureKind,
    JobReport,
    JobService,
    JobState,
    ServiceName,
)
from headrace.services.retry import Backoff
from localcloud.testing import LocalCloud
from snakemake_executor_plugin_lifesciences import claims as journal
from tests.unit.services.pipelines import LICENCE, MAXIMAL, MINIMAL, STREAMING

WAIT_SECONDS = 60
HEADS = 4
CREATE = {
    ServiceName.BATCH: "batch.jobs.create",
    ServiceName.LIFESCIENCES: "lifesciences.pipelines.run",
}


@pytest.fixture(scope="module")
def cloud() -> Iterator[LocalCloud]:
    with LocalCloud.start(buckets=["results"]) as running:
        yield running


@pytest.fixture(params=list(ServiceName), ids=lambda name: name.value)
def name(request: pytest.FixtureRequest) -> ServiceName:
    chosen: ServiceName = request.param
    return chosen


@contextmanager
def connected(
    cloud: LocalCloud, name: ServiceName, region: str = "us-central1", claims: Claims | None = None
) -> Iterator[JobService]:
    service = services.connect(
        name, project=cloud.project, region=region, endpoint=cloud.url, claims=claims
    )
    with closing(service):
        yield service


@pytest.fixture
def service(cloud: LocalCloud, name: ServiceName) -> Iterator[JobService]:
    with connected(cloud, name) as made:
        yield made


@pytest.fixture
def run() -> str:
    return f"run-{uuid.uuid4().hex[:12]}"


def shell(run: str, *commands: str, seconds: int = 60) -> Pipeline:
    actions = tuple(
        Action(f"step-{number}", "alpine", ("-c", command), entrypoint="bash")
        for number, command in enumerate(commands)
    )
    return dataclasses.replace(
        MINIMAL, actions=actions, labels={RUN_LABEL: run}, timeout_seconds=seconds
    )


def ended(service: JobService, job_id: str, run: str) -> JobReport:
    deadline = time.monotonic() + WAIT_SECONDS
    while not (report := service.find(job_id, {RUN_LABEL: run})).state.ended:
        assert time.monotonic() < deadline, report
        time.sleep(0.05)
    return report


def test_a_job_runs_to_success_and_is_found_by_id_and_by_run(service: JobService, run: str) -> None:
    submitted = service.submit("align-1", shell(run, "true", "true"))
    report = ended(service, "align-1", run)
    assert (report.name, report.job_id, report.state) == (submitted, "align-1", JobState.SUCCEEDED)
    assert [listed.name for listed in service.list_jobs({RUN_LABEL: run})] == [submitted]


def test_every_field_of_a_pipeline_is_accepted(cloud: LocalCloud, name: ServiceName) -> None:
    """Every field but GPUs, which no test cloud has: the golden requests hold those."""
    machine = dataclasses.replace(MAXIMAL.machine, gpus=None)
    labels = {**MAXIMAL.labels, RUN_LABEL: f"run-{uuid.uuid4().hex[:12]}"}
    pipeline = dataclasses.replace(MAXIMAL, machine=machine, labels=labels)
    with connected(cloud, name, "europe-west4") as europe:
        europe.submit(f"maximal-{uuid.uuid4().hex[:8]}", pipeline)


def test_a_streamed_image_is_accepted_where_streaming_is_known(cloud: LocalCloud, run: str) -> None:
    labels = {**STREAMING.labels, RUN_LABEL: run}
    with connected(cloud, ServiceName.BATCH, "europe-west4") as europe:
        europe.submit(f"streaming-{run}", dataclasses.replace(STREAMING, labels=labels))


def test_a_secret_reaches_its_action_and_no_other(tmp_path: Path, run: str) -> None:
    secrets = tmp_path / "secrets.json"
    secrets.write_text(json.dumps({LICENCE: "s3cret"}))
    with (
        LocalCloud.start(options=[f"--secrets={secrets}"]) as cloud,
        connected(cloud, ServiceName.BATCH) as service,
    ):
        first, second = shell(run, "[[ $KEY == s3cret ]]", "[[ -z ${KEY-} ]]").actions
        actions = (dataclasses.replace(first, secrets={"KEY": LICENCE}), second)
        service.submit("secret", dataclasses.replace(shell(run, "true"), actions=actions))
        assert ended(service, "secret", run).state is JobState.SUCCEEDED


def test_an_id_is_taken_once_even_by_another_process(
    cloud: LocalCloud, name: ServiceName, run: str
) -> None:
    with connected(cloud, name) as first, connected(cloud, name) as second:
        first.submit(f"once-{run}", shell(run, "true"))
        with pytest.raises(AlreadyExistsError):
            second.submit(f"once-{run}", shell(run, "true"))


def claims_of(cloud: LocalCloud, run: str) -> journal.Claims:
    return journal.Claims(CloudStore(cloud.project, cloud.storage_url), f"gs://results/work/{run}")


def test_of_heads_that_race_one_submits_the_job_and_the_others_hear_of_it(
    cloud: LocalCloud, name: ServiceName, run: str
) -> None:
    """The first to submit is slow, so that the others look for a job that is not there yet."""
    cloud.order_fault(method=CREATE[name], do="delay", seconds=1)
    start = Barrier(HEADS)

    def head() -> str:
        with connected(cloud, name, claims=claims_of(cloud, run)) as service:
            start.wait()
            try:
                return service.submit("raced", shell(run, "true"))
            except AlreadyExistsError:
                return "taken"

    with ThreadPoolExecutor(HEADS) as pool:
        answers = [future.result() for future in [pool.submit(head) for _ in range(HEADS)]]
    with connected(cloud, name) as service:
        (job,) = service.list_jobs({RUN_LABEL: run})
    assert sorted(answers) == sorted([job.name] + ["taken"] * (HEADS - 1))


def test_a_claim_whose_head_died_is_taken_over(
    cloud: LocalCloud, run: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(lifesciences, "CLAIM_BACKOFF", Backoff(deadline=0.2))
    orphans = ["orphan-0", "orphan-1"]
    dead = claims_of(cloud, run)
    dead.together(orphans)
    assert dead.take("orphan-0", 0).ours
    with connected(cloud, ServiceName.LIFESCIENCES, claims=claims_of(cloud, run)) as service:
        submitted = [service.submit(job_id, shell(run, "true")) for job_id in orphans]
        listed = [job.name for job in service.list_jobs({RUN_LABEL: run})]
        assert sorted(listed) == sorted(submitted)
    assert not dead.take("orphan-0", 1).ours


@pytest.mark.parametrize("code", ["UNAVAILABLE", "RESOURCE_EXHAUSTED", "INTERNAL"])
def test_an_error_that_passes_is_not_noticed(
    cloud: LocalCloud, name: ServiceName, run: str, code: str
) -> None:
    cloud.order_fault(method=CREATE[name], do="error", code=code)
    cloud.order_fault(method="*.list", do="error", code=code)
    with connected(cloud, name) as service:
        submitted = service.submit(f"again-{run}", shell(run, "true"))
        assert [job.name for job in service.list_jobs({RUN_LABEL: run})] == [submitted]


@pytest.mark.parametrize("loss", ["drop-reply", "empty-reply"])
def test_a_job_whose_answer_was_lost_is_there_once(
    cloud: LocalCloud, name: ServiceName, run: str, loss: str
) -> None:
    cloud.order_fault(method=CREATE[name], do=loss)
    with connected(cloud, name) as service:
        try:
            service.submit(f"unheard-{run}", shell(run, "true"))
        except AlreadyExistsError:
            assert name is ServiceName.BATCH
        (job,) = service.list_jobs({RUN_LABEL: run})
    assert job.job_id == f"unheard-{run}"


def test_what_the_service_does_not_do_is_refused_at_once(
    cloud: LocalCloud, name: ServiceName, run: str
) -> None:
    cloud.order_fault(method=CREATE[name], do="error", code="UNIMPLEMENTED")
    with connected(cloud, name) as service, pytest.raises(RequestRefusedError):
        service.submit(f"undone-{run}", shell(run, "true"))


def test_a_failing_command_is_the_users_and_its_exit_code_is_told(
    service: JobService, run: str
) -> None:
    submitted = service.submit(f"fails-{run}", shell(run, "exit 3", "true"))
    assert ended(service, f"fails-{run}", run).state is JobState.FAILED
    failure = service.explain(submitted)
    assert (failure.kind, failure.exit_code) == (FailureKind.USER, 3)


def test_a_job_over_its_limit_timed_out(cloud: LocalCloud, run: str) -> None:
    """Batch counts run time alone; Life Sciences counts waiting too, so we give it two days."""
    with connected(cloud, ServiceName.BATCH) as service:
        submitted = service.submit(f"slow-{run}", shell(run, "sleep 60", seconds=1))
        ended(service, f"slow-{run}", run)
        assert service.explain(submitted).kind is FailureKind.TIMEOUT


def test_a_cancelled_job_is_cancelled_and_cancelling_again_is_harmless(
    service: JobService, run: str
) -> None:
    submitted = service.submit(f"long-{run}", shell(run, "sleep 60"))
    service.cancel(submitted)
    assert ended(service, f"long-{run}", run).state is JobState.CANCELLED
    assert service.explain(submitted).kind is FailureKind.CANCELLED
    service.cancel(submitted)


def test_an_unknown_job_is_not_found(service: JobService, run: str) -> None:
    with pytest.raises(NotFoundError):
        service.find("nothing", {RUN_LABEL: run})


def test_a_request_the_service_cannot_take_is_refused_with_its_reason(
    service: JobService, run: str
) -> None:
    machine = dataclasses.replace(MINIMAL.machine, machine_type="e2-nothing-7")
    pipeline = dataclasses.replace(shell(run, "true"), machine=machine)
    try:
        submitted = service.submit(f"odd-{run}", pipeline)
    except RequestRefusedError as error:
        assert "e2-nothing-7" in str(error)
    else:
        ended(service, f"odd-{run}", run)
        assert "e2-nothing-7" in service.explain(submitted).message


@pytest.mark.parametrize("service_name", list(ServiceName))
def test_a_service_that_does_not_answer_is_one_sentence(service_name: ServiceName) -> None:
    nowhere = services.connect(
        service_name, project="p", region="r", endpoint="http://127.0.0.1:9", patience=0.1
    )
    with pytest.raises(UnavailableError, match=r"at http://127.0.0.1:9 does not answer"):
        list(nowhere.list_jobs({RUN_LABEL: "run"}))
