"""Draw the rule graph: `snakemake --rulegraph | python -m workflow.lib.picture > rules.svg`.

Snakemake writes the graph for Graphviz, which not every machine has. Rules stand in rows, each
just above the first one that waits for it; arrows that others imply are left out.
"""

import re
import sys
from collections.abc import Iterable, Mapping
from html import escape

import networkx as nx

from .checking import InputError

LEFT_OUT = ("all",)  # the target, where nothing is worked on

WIDTH, HEIGHT = 170, 34  # of a box, in pixels
GAP_X, GAP_Y = 30, 40
MARGIN = 20

_NODE = re.compile(r'^\s*(\d+)\[label = "(\w+)"', re.MULTILINE)
_EDGE = re.compile(r"^\s*(\d+) -> (\d+)", re.MULTILINE)
_STYLE = """\
  <style>
    rect { fill: #ffffff; stroke: #1f5f8b; stroke-width: 1.5; }
    text { fill: #12303f; font: 13px system-ui, sans-serif; text-anchor: middle; }
    path { fill: none; stroke: #7a919d; stroke-width: 1.5; marker-end: url(#head); }
    marker path { fill: #7a919d; stroke: none; }
  </style>
  <defs>
    <marker id="head" viewBox="0 0 8 8" refX="8" refY="4" markerWidth="7" markerHeight="7"
            orient="auto"><path d="M0,0 L8,4 L0,8 z"/></marker>
  </defs>
"""

Places = Mapping[str, tuple[float, float]]  # middle of the upper side of each rule's box


def read_graph(dot: str) -> "nx.DiGraph[str]":
    """The rules and what they wait for, from the output of `snakemake --rulegraph`.

    Raises:
        InputError: there is no rule in it.
    """
    names = dict(_NODE.findall(dot))
    if not names:
        raise InputError("this is no rule graph: pipe the output of `snakemake --rulegraph` in.")
    graph: nx.DiGraph[str] = nx.DiGraph()
    graph.add_nodes_from(sorted(names.values()))
    graph.add_edges_from(sorted((names[one], names[other]) for one, other in _EDGE.findall(dot)))
    graph.remove_nodes_from(LEFT_OUT)
    reduced: nx.DiGraph[str] = nx.transitive_reduction(graph)
    return reduced


def draw(graph: "nx.DiGraph[str]") -> str:
    """The graph as an SVG document."""
    upwards = nx.topological_generations(graph.reverse())
    rows = [_in_order(graph, row) for row in upwards][::-1]
    places = _places(rows)
    width = max(x for x, _ in places.values()) + WIDTH / 2 + MARGIN
    height = max(y for _, y in places.values()) + HEIGHT + MARGIN
    arrows = "".join(_arrow(places[one], places[other]) for one, other in sorted(graph.edges))
    boxes = "".join(_box(name, places[name]) for row in rows for name in row)
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width:.0f} {height:.0f}"'
        f' width="{width:.0f}" role="img" aria-label="The rules and their order">\n'
        f"{_STYLE}{arrows}{boxes}</svg>\n"
    )


def _in_order(graph: "nx.DiGraph[str]", row: Iterable[str]) -> list[str]:
    """Rules that wait for the same ones stand side by side."""
    return sorted(row, key=lambda name: (sorted(graph.predecessors(name)), name))


def _places(rows: list[list[str]]) -> Places:
    longest = max(len(row) for row in rows)
    middle = MARGIN + (longest * (WIDTH + GAP_X) - GAP_X) / 2
    return {
        name: (
            middle + (column - (len(row) - 1) / 2) * (WIDTH + GAP_X),
            MARGIN + number * (HEIGHT + GAP_Y),
        )
        for number, row in enumerate(rows)
        for column, name in enumerate(row)
    }


def _arrow(start: tuple[float, float], end: tuple[float, float]) -> str:
    (x1, top), (x2, y2) = start, end
    y1 = top + HEIGHT
    bend = GAP_Y / 2
    curve = f"M{x1:.0f},{y1:.0f} C{x1:.0f},{y1 + bend:.0f} {x2:.0f},{y2 - bend:.0f}"
    return f'  <path d="{curve} {x2:.0f},{y2:.0f}"/>\n'


def _box(name: str, place: tuple[float, float]) -> str:
    x, y = place
    return (
        f'  <rect x="{x - WIDTH / 2:.0f}" y="{y:.0f}" width="{WIDTH}" height="{HEIGHT}" rx="6"/>\n'
        f'  <text x="{x:.0f}" y="{y + HEIGHT / 2 + 4:.0f}">{escape(name)}</text>\n'
    )


def main() -> int:
    """Draw what comes in; returns the exit code."""
    try:
        sys.stdout.write(draw(read_graph(sys.stdin.read())))
    except InputError as problem:
        sys.stderr.write(f"{problem}\n")
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
