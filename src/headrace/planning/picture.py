"""What is drawn of a plan: jobs or rules in layers, the machines around them, the critical path."""

from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise

import networkx as nx

from headrace.planning.graph import PlannedJob, PlannedWorkflow, to_dag
from headrace.planning.simulation import Simulation

MOST_JOBS = 140
"""Drawn one by one: 12 steps of 10 samples and some more; beyond, one box stands for a rule."""


@dataclass(frozen=True)
class Box:
    """A job, or all jobs of a rule that share machines with the same other rules."""

    key: str
    text: str
    detail: str
    layer: int
    lane: str
    critical: bool


@dataclass(frozen=True)
class Lane:
    """A machine, or machines of one kind, with what they run."""

    key: str
    text: str
    boxes: tuple[Box, ...]


@dataclass(frozen=True)
class Line:
    """Who waits for whom, by the keys of boxes."""

    before: str
    after: str
    critical: bool


@dataclass(frozen=True)
class Scene:
    """All that is drawn; boxes are in lanes, lanes in the order of the work."""

    lanes: tuple[Lane, ...]
    lines: tuple[Line, ...]


def scene(workflow: PlannedWorkflow, plan: Simulation) -> Scene:
    """Return what to draw of a simulated plan; jobs on the head are left out."""
    jobs = [job for job in workflow.jobs if plan.jobs[job.jobid].vm is not None]
    machines = {jobid: number for number, vm in enumerate(plan.vms) for jobid in vm.jobs}
    if len(jobs) <= MOST_JOBS:
        lane_of = {job.jobid: f"machine {machines[job.jobid]}" for job in jobs}
        key_of = {job.jobid: str(job.jobid) for job in jobs}
    else:
        lane_of = _kinds(jobs, machines)
        key_of = {job.jobid: f"{job.rule} on {lane_of[job.jobid]}" for job in jobs}
    layers = _layers(workflow, key_of)
    critical = list(dict.fromkeys(key_of[one] for one in plan.critical_path if one in key_of))
    boxes = [
        _box(key, same, layers, lane_of[same[0].jobid], critical=key in critical)
        for key, same in _by(key_of, jobs).items()
    ]
    lanes = [
        Lane(key, _machines(same, plan), tuple(box for box in boxes if box.lane == key))
        for key, same in _by(lane_of, jobs).items()
    ]
    lane_of_key = {box.key: box.lane for box in boxes}
    jumps = [pair for pair in pairwise(critical) if lane_of_key[pair[0]] != lane_of_key[pair[1]]]
    return Scene(tuple(lanes), tuple(_lines(jobs, key_of, list(pairwise(critical)), jumps)))


def _kinds(jobs: Iterable[PlannedJob], machines: Mapping[int, int]) -> dict[int, str]:
    """Return for each job the rules that share its machine, as text."""
    rules: dict[int, set[str]] = defaultdict(set)
    for job in jobs:
        rules[machines[job.jobid]].add(job.rule)
    return {job.jobid: " + ".join(sorted(rules[machines[job.jobid]])) for job in jobs}


def _layers(workflow: PlannedWorkflow, drawn: Mapping[int, str]) -> dict[int, int]:
    """Return how many jobs at least come before each, of those that are drawn."""
    dag = to_dag(workflow).subgraph(drawn)
    generations = enumerate(nx.topological_generations(dag))
    return {one: number for number, generation in generations for one in generation}


def _by(names: Mapping[int, str], jobs: Iterable[PlannedJob]) -> dict[str, list[PlannedJob]]:
    found: dict[str, list[PlannedJob]] = defaultdict(list)
    for job in jobs:
        found[names[job.jobid]].append(job)
    return found


def _box(
    key: str, jobs: Sequence[PlannedJob], layers: Mapping[int, int], lane: str, *, critical: bool
) -> Box:
    values = ", ".join(jobs[0].wildcards.values())
    return Box(
        key=key,
        text=jobs[0].rule,
        detail=values if len(jobs) == 1 else f"{len(jobs)} jobs",
        layer=min(layers[job.jobid] for job in jobs),
        lane=lane,
        critical=critical,
    )


def _machines(jobs: Iterable[PlannedJob], plan: Simulation) -> str:
    numbers = {plan.jobs[job.jobid].vm for job in jobs}
    types = Counter(plan.vms[number].machine for number in numbers if number is not None)
    return ", ".join(
        name if count == 1 else f"{count} {name}" for name, count in sorted(types.items())
    )


def _lines(
    jobs: Iterable[PlannedJob],
    key_of: Mapping[int, str],
    critical: Sequence[tuple[str, str]],
    jumps: Sequence[tuple[str, str]],
) -> list[Line]:
    """Return who waits for whom, without what follows from the rest.

    `jumps` are parts of the critical path from machine to machine; those on one machine are drawn
    where one job needs the other.
    """
    graph = nx.DiGraph()
    for job in jobs:
        for before in job.after:
            if before in key_of and key_of[before] != key_of[job.jobid]:
                graph.add_edge(key_of[before], key_of[job.jobid])
    if nx.is_directed_acyclic_graph(graph):
        graph = nx.transitive_reduction(graph)
    pairs = dict.fromkeys([*sorted(graph.edges), *jumps])
    return [Line(before, after, (before, after) in critical) for before, after in pairs]
