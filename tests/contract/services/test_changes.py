"""Changes of jobs by Pub/Sub, as both services publish them, against the local cloud."""

import dataclasses
import logging
import uuid
from collections.abc import Iterator
from contextlib import closing
from threading import Event

import pytest

from headrace import services
from headrace.errors import NotFoundError, SettingsError
from headrace.pipeline import Action
from headrace.services.changes import Changes, check_topic
from headrace.services.protocol import RUN_LABEL, ServiceName
from headrace.services.retry import Backoff
from headrace.services.wire import Client
from localcloud.testing import LocalCloud
from snakemake_executor_plugin_lifesciences.listening import Listener
from tests.unit.services.pipelines import MINIMAL

TOPIC = "projects/local/topics/jobs"
WAIT_SECONDS = 60


@pytest.fixture(scope="module")
def cloud() -> Iterator[LocalCloud]:
    with LocalCloud.start(buckets=["results"]) as running:
        yield running


@pytest.fixture
def run() -> str:
    return f"run-{uuid.uuid4().hex[:12]}"


def changes_of(cloud: LocalCloud, run: str) -> Changes:
    client = Client("pubsub", "v1", cloud.url, Backoff(deadline=5))
    return Changes(client, check_topic(TOPIC), TOPIC, run)


def submit(cloud: LocalCloud, name: ServiceName, run: str, tasks: int = 1) -> None:
    pipeline = dataclasses.replace(
        MINIMAL,
        actions=(Action("step-0", "alpine", ("-c", "true"), entrypoint="bash"),),
        labels={RUN_LABEL: run},
        tasks=tasks,
        topic=TOPIC,
    )
    with closing(
        services.connect(name, project="local", region="us-central1", endpoint=cloud.url)
    ) as service:
        service.submit(f"job-{run}", pipeline)


@pytest.mark.parametrize(
    ("name", "tasks"),
    [(ServiceName.BATCH, 1), (ServiceName.BATCH, 3), (ServiceName.LIFESCIENCES, 1)],
)
def test_the_end_of_a_job_is_heard_and_heard_no_more_once_it_was(
    cloud: LocalCloud, run: str, name: ServiceName, tasks: int
) -> None:
    changes = changes_of(cloud, run)
    changes.open()
    changes.open()  # as another head of the run would
    try:
        submit(cloud, name, run, tasks)
        assert changes.wait()
        while changes.wait():
            pass
    finally:
        changes.close()
    assert_gone(changes)


def test_a_listener_wakes_who_polls_and_ends_with_its_subscription(
    cloud: LocalCloud, run: str
) -> None:
    woken = Event()
    changes = changes_of(cloud, run)
    changes.open()
    listener = Listener(changes, woken.set, logging.getLogger("test"))
    try:
        submit(cloud, ServiceName.BATCH, run)
        assert woken.wait(WAIT_SECONDS)
    finally:
        listener.close()
    assert_gone(changes)


def assert_gone(changes: Changes) -> None:
    with pytest.raises(NotFoundError):
        changes.wait()
    changes.disconnect()


def test_a_topic_that_cannot_be_is_refused_by_name() -> None:
    with pytest.raises(SettingsError, match="'jobs': write projects/PROJECT/topics/TOPIC"):
        check_topic("jobs")
