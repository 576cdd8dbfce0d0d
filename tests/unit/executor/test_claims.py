"""Of heads that want the same jobs at once, one has each."""

from collections.abc import Iterator
from types import SimpleNamespace
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from headrace.gcs import ObjectUri
from snakemake_executor_plugin_lifesciences.claims import FRESH_SECONDS, Claims

WORK = "gs://results/work/run-1"


class Bucket:
    """A store in memory; answers to creations can be lost, so that they are repeated."""

    def __init__(self) -> None:
        self.objects: dict[str, bytes] = {}
        self.reads = 0
        self.lost_answers = 0

    def create(self, uri: ObjectUri, data: bytes) -> bool:
        free = str(uri) not in self.objects
        self.objects.setdefault(str(uri), data)
        if free and self.lost_answers:
            self.lost_answers -= 1
            return False
        return free

    def list_objects(self, prefix: ObjectUri) -> Iterator[Any]:
        for name in sorted(self.objects):
            if name.startswith(str(prefix)):
                yield SimpleNamespace(uri=ObjectUri.parse(name))

    def read(self, uri: ObjectUri) -> bytes:
        self.reads += 1
        return self.objects[str(uri)]


class Clock:
    now = 0.0

    def __call__(self) -> float:
        return self.now


def head(bucket: Bucket, clock: Clock | None = None) -> Claims:
    return Claims(bucket, WORK, clock or Clock())  # type: ignore[arg-type] # plays the store


def test_jobs_that_go_together_are_claimed_by_one_object() -> None:
    bucket = Bucket()
    claims = head(bucket)
    names = [f"job-{number}" for number in range(100)]
    claims.together(names)
    assert all(claims.take(name, 0).ours for name in names)
    assert list(bucket.objects) == [f"{WORK}/claims/00000.json"]
    other = head(bucket)
    assert not any(other.take(name, 0).ours for name in names)
    assert bucket.reads == 1


@given(st.lists(st.tuples(st.integers(0, 2), st.integers(0, 5)), max_size=40), st.integers(0, 3))
def test_each_claim_of_a_job_belongs_to_one_head(
    takes: list[tuple[int, int]], lost_answers: int
) -> None:
    bucket = Bucket()
    bucket.lost_answers = lost_answers
    heads = [head(bucket) for _ in range(3)]
    for one in heads:
        one.together([f"job-{number}" for number in range(3)])
    holders: dict[tuple[str, int], int] = {}
    for who, number in takes:
        claim = heads[who].take(f"job-{number}", 0)
        if claim.ours:
            assert holders.setdefault((f"job-{number}", claim.number), who) == who
        else:
            assert holders.get((f"job-{number}", claim.number)) != who
    assert len({job for job, _ in holders}) == len(holders), "nobody has given up waiting"


def test_who_has_waited_for_a_claim_in_vain_makes_the_next() -> None:
    bucket, clock = Bucket(), Clock()
    head(bucket).take("job", 0)
    second, third = head(bucket, clock), head(bucket, clock)
    assert not second.take("job", 0).ours
    assert not third.take("job", 0).ours
    clock.now = 30.0
    assert second.take("job", 0).age == 30.0
    assert second.take("job", 1).ours
    late = third.take("job", 1)
    assert (late.number, late.ours, late.age) == (1, False, 0.0)


def test_a_slow_head_claims_again_before_it_submits_and_finds_who_came_before_it() -> None:
    bucket, clock = Bucket(), Clock()
    slow = head(bucket, clock)
    slow.together(["first", "second", "third"])
    assert slow.take("first", 0).ours
    clock.now = FRESH_SECONDS + 1
    assert head(bucket).take("second", 1).ours, "it has waited longer than any head may be slow"
    assert not slow.take("second", 0).ours
    assert slow.take("third", 0).number == 1
    assert "first" not in bucket.objects[f"{WORK}/claims/00002.json"].decode(), "it is submitted"
