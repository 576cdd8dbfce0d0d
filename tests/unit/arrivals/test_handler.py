"""Uploads become runs: exactly once, complete, and never by a hostile name."""

import json
import random
from concurrent.futures import ThreadPoolExecutor

import msgspec
import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from headrace.arrivals import triggers
from headrace.arrivals.events import FINALIZED
from headrace.arrivals.outcomes import Kind
from headrace.errors import PausedError, UnavailableError
from headrace.guard import pause
from headrace.guard.pause import PauseState
from headrace.records import decode_json
from headrace.runs.records import RunRequest
from headrace.settings import Settings
from tests.unit.arrivals.world import RULES, World

SETTINGS = Settings(
    project="project",
    region="us-central1",
    inbox="inbox",
    results="results",
    stage_image="stage",
    controller_image="controller",
)
R1 = "run/s1_L001_R1.fastq.gz"
R2 = "run/s1_L001_R2.fastq.gz"


def test_a_complete_pair_starts_one_run_and_leaves_its_request(world: World) -> None:
    assert world.upload(R1).kind is Kind.WAITING
    outcome = world.upload(R2)
    assert outcome.kind is Kind.STARTED
    assert list(world.service.submitted) == [outcome.run_id]
    assert world.result_names() == [
        f"runs/{outcome.run_id}/run.json",
        f"runs/{outcome.run_id}/submitted.json",
    ]


def test_the_request_left_behind_is_what_the_controller_reads(world: World) -> None:
    world.upload(R1)
    outcome = world.upload(R2)
    uri = world.result(f"runs/{outcome.run_id}/run.json")
    request = decode_json(world.store.read(uri), RunRequest, "run.json")
    assert request.run_id == outcome.run_id
    assert [found.name for found in request.objects] == [R1, R2]


def test_an_incomplete_pair_starts_nothing_and_says_what_is_missing(world: World) -> None:
    outcome = world.upload(R2)
    assert outcome.kind is Kind.WAITING
    assert R1 in outcome.reason
    assert not world.service.submitted
    assert not world.result_names()


def test_while_paused_nothing_starts_and_the_event_comes_again_for_later(world: World) -> None:
    said = PauseState(paused=True, reason="the budget is spent", by="guard", since=world.now)
    pause.write(world.store, world.results, said)
    world.upload(R1)
    event = world.put(R2)
    with pytest.raises(PausedError, match="the budget is spent"):
        world.deliver(event)
    assert not world.service.submitted
    pause.write(world.store, world.results, msgspec.structs.replace(said, paused=False))
    assert world.deliver(event).kind is Kind.STARTED


def test_an_event_that_comes_again_does_nothing(world: World) -> None:
    world.upload(R1)
    event = world.put(R2)
    first = world.deliver(event)
    second = world.deliver(event)
    assert second.kind is Kind.DUPLICATE
    assert second.run_id == first.run_id
    assert len(world.service.submitted) == 1


def test_a_later_upload_under_an_old_name_is_a_new_run(world: World) -> None:
    world.upload(R1)
    first = world.upload(R2)
    second = world.upload(R2, b"better reads")
    assert second.kind is Kind.STARTED
    assert list(world.service.submitted) == [first.run_id, second.run_id]


def test_a_single_read_is_a_set_where_the_rule_says_so(world: World) -> None:
    assert world.upload("run-single/s1_L001_R1.fastq.gz").kind is Kind.STARTED


def test_many_deliveries_in_any_order_from_many_threads_start_one_run(world: World) -> None:
    """200 copies of both events, shuffled; a delivery may be turned away, but never all."""
    events = [world.put(R1), world.put(R2)] * 100
    random.Random(7).shuffle(events)  # noqa: S311 - an order, not a secret

    def deliver(event: dict[str, str]) -> Kind | None:
        try:
            return world.deliver(event).kind
        except UnavailableError:
            return None

    with ThreadPoolExecutor(16) as pool:
        kinds = list(pool.map(deliver, events))
    assert kinds.count(Kind.STARTED) == 1
    assert set(kinds) <= {Kind.STARTED, Kind.DUPLICATE, None}
    assert len(world.service.submitted) == 1
    assert {world.deliver(event).kind for event in events} == {Kind.DUPLICATE}


def test_an_event_of_another_bucket_is_ignored(world: World) -> None:
    event = world.put(R1) | {"bucket": world.results}
    assert world.deliver(event).kind is Kind.IGNORED


def test_an_event_of_another_type_is_ignored(world: World) -> None:
    (outcome,) = world.handler.handle("google.cloud.storage.object.v1.deleted", world.put(R1))
    assert outcome.kind is Kind.IGNORED


def test_a_permitted_name_that_no_rule_wants_leaves_no_trace(world: World) -> None:
    assert world.upload("run/notes.txt").kind is Kind.UNMATCHED
    assert not world.result_names()


def test_a_refused_name_leaves_its_reason_under_a_harmless_name(world: World) -> None:
    hostile = "run/$(reboot)_L001_R1.fastq.gz"
    outcome = world.upload(hostile)
    assert outcome.kind is Kind.REJECTED
    (name,) = world.result_names()
    assert name.startswith("rejected/")
    assert "reboot" not in name
    rejection = json.loads(world.store.read(world.result(name)))
    assert rejection["name"] == hostile
    assert "could be read as commands" in rejection["reason"]


def test_a_refused_upload_is_reported_once(world: World) -> None:
    event = world.put("run/a b.gz")
    world.deliver(event)
    world.deliver(event)
    assert len(world.result_names("rejected/")) == 1


@given(
    noise=st.text(alphabet=st.characters(exclude_categories=["Cs"]), min_size=1, max_size=40),
    place=st.sampled_from(["{}", "run/{}", "run/{}_L001_R1.fastq.gz", "{}/s1_L001_R1.fastq.gz"]),
)
@example(noise="'; rm -rf ~ #", place="run/{}_L001_R1.fastq.gz")
@example(noise="$(id)", place="run/{}_L001_R1.fastq.gz")
@example(noise="`id`", place="run/{}_L001_R1.fastq.gz")
@example(noise="{sample}", place="run/{}_L001_R1.fastq.gz")
@example(noise="{0.__class__}", place="run/{}_L001_R1.fastq.gz")
@example(noise="a\nb", place="run/{}_L001_R1.fastq.gz")
@example(noise="..", place="{}/s1_L001_R1.fastq.gz")
@example(noise="-rf", place="{}/s1_L001_R1.fastq.gz")
@example(noise="é" * 511, place="{}")
def test_no_name_whatever_crashes_the_function_or_starts_half_a_set(noise: str, place: str) -> None:
    world = World(SETTINGS, triggers.parse(RULES, "rules"))
    event = world.put(R1) | {"name": place.replace("{}", noise)}
    outcome = world.deliver(event)
    assert outcome.kind in {Kind.IGNORED, Kind.REJECTED, Kind.UNMATCHED, Kind.WAITING}
    assert not world.service.submitted
    assert all(name.isascii() for name in world.result_names())


@given(
    uploads=st.lists(
        st.tuples(
            st.sampled_from(["s1", "s2"]), st.sampled_from(["L1", "L2"]), st.sampled_from("12")
        ),
        max_size=10,
    ),
    seed=st.integers(0, 1000),
)
def test_after_any_uploads_and_deliveries_the_complete_sets_have_run(
    uploads: list[tuple[str, str, str]], seed: int
) -> None:
    """Events come after all uploads, thrice each and in any order; the model is two lines."""
    world = World(SETTINGS, triggers.parse(RULES, "rules"))
    events = [world.put(f"run/{s}_{lane}_R{read}.fastq.gz") for s, lane, read in uploads] * 3
    random.Random(seed).shuffle(events)  # noqa: S311 - an order, not a secret
    for event in events:
        world.deliver(event)
    lanes = {
        (s, lane): {r for s2, l2, r in uploads if (s2, l2) == (s, lane)} for s, lane, _ in uploads
    }
    complete = {s for s, _ in lanes} - {s for (s, _), reads in lanes.items() if len(reads) < 2}
    requests = [
        decode_json(world.store.read(world.result(name)), RunRequest, name)
        for name in world.result_names("runs/")
        if name.endswith("/run.json")
    ]
    assert sorted(r.objects[0].fields["sample"] for r in requests) == sorted(complete)
    assert len(world.service.submitted) == len(complete)


@pytest.mark.parametrize("event_type", [FINALIZED, "", "x"])
def test_nonsense_is_ignored(world: World, event_type: str) -> None:
    (outcome,) = world.handler.handle(event_type, {"nonsense": True})
    assert outcome.kind is Kind.IGNORED
