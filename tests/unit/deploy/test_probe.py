"""The test upload is refused by the real handler, where the probe looks for it."""

from headrace.arrivals import triggers
from headrace.deploy import probe
from headrace.gcs import ObjectUri
from headrace.settings import Settings
from tests.unit.arrivals.world import RULES, World

SETTINGS = Settings(
    project="p",
    region="us-central1",
    inbox="inbox",
    results="results",
    stage_image="stage",
    controller_image="controller",
)


class Eventarc:
    """Delivers the event of the upload when it is waited for."""

    def __init__(self, world: World, *, delivers: bool) -> None:
        self._world = world
        self._delivers = delivers

    def wait(self, _: float) -> None:
        if not self._delivers:
            return
        uri = ObjectUri(self._world.inbox, probe.NAME)
        (stored,) = self._world.store.list_objects(uri)
        event = {
            "bucket": uri.bucket,
            "name": uri.name,
            "generation": str(stored.generation),
            "updated": stored.updated.isoformat(),
        }
        self._world.deliver(event)


def test_an_upload_that_arrives_is_refused_and_starts_nothing() -> None:
    world = World(SETTINGS, triggers.parse(RULES, "rules"))
    eventarc = Eventarc(world, delivers=True)
    finding = probe.upload(world.store, "inbox", "results", "us-central1", eventarc.wait)
    assert finding.well
    assert not world.service.submitted


def test_an_upload_that_never_arrives_is_a_finding_with_where_to_look() -> None:
    world = World(SETTINGS, triggers.parse(RULES, "rules"))
    eventarc = Eventarc(world, delivers=False)
    finding = probe.upload(world.store, "inbox", "results", "us-central1", eventarc.wait)
    assert not finding.well
    assert "gcloud functions logs read" in finding.fix
