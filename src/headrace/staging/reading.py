"""The plan of this job, or of this task among those of an array."""

from collections import Counter
from dataclasses import dataclass

import msgspec

from headrace.errors import RecordError
from headrace.records import decode_json
from headrace.staging.objects import Objects
from headrace.staging.plan import Input, Plan
from headrace.staging.surroundings import Surroundings


@dataclass(frozen=True)
class FoundPlan:
    """A plan, its JSON, and the addresses among its inputs that other tasks read as well."""

    plan: Plan
    document: bytes
    shared: frozenset[str] = frozenset()


class _InputsOnly(msgspec.Struct):
    """What one task needs to know of the others' plans."""

    inputs: tuple[Input, ...]


def read_plan(around: Surroundings, objects: Objects) -> FoundPlan:
    """Fetch the plan; raises `RecordError` if there is none for this task, or it makes no sense."""
    content = objects.read(around.plans, around.part)
    if around.task is None:
        return FoundPlan(decode_json(content, Plan, str(around.plans)), content)
    lines = content.splitlines()
    if around.task >= len(lines):
        raise RecordError(f"{around.plans} has {len(lines)} plans, none for task {around.task}.")
    document = lines[around.task]
    plan = decode_json(document, Plan, str(around.plans))
    return FoundPlan(plan, document, _shared(plan, lines))


def _shared(plan: Plan, lines: list[bytes]) -> frozenset[str]:
    decoder = msgspec.json.Decoder(_InputsOnly)
    readers = Counter(one.uri for line in lines for one in decoder.decode(line).inputs)
    return frozenset(one.uri for one in plan.inputs if readers[one.uri] > 1)
