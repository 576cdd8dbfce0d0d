"""The graph of a run as a drawing: of jobs if they are few, else of rules."""

from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise

from headrace.page import flow, words
from headrace.page.flow import Flow
from headrace.page.jobs import Job, Standing

MAX_JOBS = 14
"""More jobs than that are drawn as rules."""

NODE_WIDTH = 126
NODE_HEIGHT = 40
_GAP_X = 22
_GAP_Y = 12
_MARGIN = 4
_MAX_LABEL = 17


@dataclass(frozen=True)
class Node:
    """A job or a rule, in pixels from the upper left corner."""

    label: str
    note: str
    title: str
    standing: Standing
    critical: bool
    x: float
    y: float


@dataclass(frozen=True)
class Edge:
    """A line from one node to another, as an SVG path."""

    path: str
    critical: bool


@dataclass(frozen=True)
class Diagram:
    """The drawing; `of_rules` if a node stands for all jobs of a rule."""

    width: float
    height: float
    nodes: tuple[Node, ...]
    edges: tuple[Edge, ...]
    of_rules: bool


def diagram(jobs: Sequence[Job], graph: Flow, critical: Sequence[Job]) -> Diagram:
    """Draw the graph."""
    of_rules = len(jobs) > MAX_JOBS
    key = _rule_key if of_rules else _job_key
    needs = _needs(jobs, graph, of_rules=of_rules)
    members: defaultdict[str, list[Job]] = defaultdict(list)
    for job in jobs:
        members[key(job)].append(job)
    path = [key(job) for job in critical]
    steps = {(a, b) for a, b in pairwise(path) if a != b}
    places = _places(needs)
    nodes = tuple(_node(members[name], places[name], name in path) for name in places)
    return Diagram(
        width=2 * _MARGIN + max((x for x, _ in places.values()), default=0) + NODE_WIDTH,
        height=2 * _MARGIN + max((y for _, y in places.values()), default=0) + NODE_HEIGHT,
        nodes=nodes,
        edges=tuple(_edges(_reduced(needs, steps), places, steps)),
        of_rules=of_rules,
    )


def _rule_key(job: Job) -> str:
    return job.entry.rule


def _job_key(job: Job) -> str:
    return f"{job.entry.rule} {job.entry.jobid}"


def _needs(jobs: Sequence[Job], graph: Flow, *, of_rules: bool) -> Mapping[str, frozenset[str]]:
    if of_rules:
        return flow.rule_needs(jobs, graph)
    name = {job.entry.jobid: _job_key(job) for job in jobs}
    return {name[n]: frozenset(name[b] for b in graph.needs[n]) for n in name}


def _reduced(
    needs: Mapping[str, frozenset[str]], kept: set[tuple[str, str]]
) -> Iterable[tuple[str, str]]:
    """Yield the edges that no longer way makes superfluous, and those to be kept."""
    above: dict[str, frozenset[str]] = {}

    def ancestors(name: str, path: frozenset[str]) -> frozenset[str]:
        if name not in above:
            direct = needs.get(name, frozenset()) - path
            further = (ancestors(other, path | {name}) for other in direct)
            above[name] = direct.union(*further)
        return above[name]

    for name, before in needs.items():
        implied = frozenset().union(*(ancestors(other, frozenset({name})) for other in before))
        for other in sorted(before):
            if other not in implied or (other, name) in kept:
                yield other, name


def _places(needs: Mapping[str, frozenset[str]]) -> dict[str, tuple[float, float]]:
    """Put layers from left to right; in a layer, names stand near what they need."""
    columns = flow.layers(needs)
    rank: dict[str, float] = {}
    placed: dict[str, tuple[float, float]] = {}
    tallest = max((len(column) for column in columns), default=0)
    for number, column in enumerate(columns):
        column.sort(key=lambda name: (_middle([rank[b] for b in needs[name] if b in rank]), name))
        first = (tallest - len(column)) / 2
        for index, name in enumerate(column):
            rank[name] = first + index
            x = _MARGIN + number * (NODE_WIDTH + _GAP_X)
            placed[name] = (x, _MARGIN + (first + index) * (NODE_HEIGHT + _GAP_Y))
    return placed


def _middle(ranks: Sequence[float]) -> float:
    return sum(ranks) / len(ranks) if ranks else 0.0


def _node(members: Sequence[Job], place: tuple[float, float], critical: bool) -> Node:
    first = members[0].entry
    counts = Counter(job.standing for job in members)
    # An enumeration's order is that of urgency: what failed colours the whole.
    worst = next(standing for standing in Standing if counts[standing])
    if len(members) > 1:
        good = sum(n for standing, n in counts.items() if standing.good)
        note = f"{good:,}/{len(members):,} done"
        title = f"{first.rule}: " + ", ".join(f"{n:,} {s.value}" for s, n in counts.items())
    else:
        values = " ".join(first.wildcards.values())
        seconds = members[0].seconds
        took = words.duration(seconds) if seconds is not None else worst.value
        note = f"{_cut(values)} · {took}" if values else took
        title = f"{first.rule} {values}: {worst.value}"
    return Node(_cut(first.rule), note, title, worst, critical, *place)


def _edges(
    edges: Iterable[tuple[str, str]],
    places: Mapping[str, tuple[float, float]],
    critical: set[tuple[str, str]],
) -> Iterable[Edge]:
    for begin, end in edges:
        (x1, y1), (x2, y2) = places[begin], places[end]
        x1, y1, y2 = x1 + NODE_WIDTH, y1 + NODE_HEIGHT / 2, y2 + NODE_HEIGHT / 2
        bend = max(18.0, (x2 - x1) / 2)
        path = f"M{x1:g} {y1:g}C{x1 + bend:g} {y1:g} {x2 - bend:g} {y2:g} {x2:g} {y2:g}"
        yield Edge(path, (begin, end) in critical)


def _cut(text: str) -> str:
    return text if len(text) <= _MAX_LABEL else f"{text[: _MAX_LABEL - 1]}…"
