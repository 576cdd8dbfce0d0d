import re
from xml.etree import ElementTree as ET

import pytest

from workflow.lib.checking import InputError
from workflow.lib.picture import draw, read_graph

DOT = """\
digraph snakemake_dag {
    graph[bgcolor=white, margin=0];
\t0[label = "all", color = "0.09 0.6 0.85", style="rounded"];
\t1[label = "report", color = "0.53 0.6 0.85", style="rounded"];
\t3[label = "trim", color = "0.18 0.6 0.85", style="rounded"];
\t4[label = "check", color = "0.18 0.6 0.85", style="rounded"];
\t1 -> 0
\t3 -> 1
\t4 -> 1
\t4 -> 3
}
"""


def test_implied_arrows_and_the_target_are_left_out() -> None:
    graph = read_graph(DOT)
    assert set(graph.nodes) == {"check", "trim", "report"}
    assert set(graph.edges) == {("check", "trim"), ("trim", "report")}


def test_the_drawing_is_svg_with_a_box_per_rule_below_what_it_waits_for() -> None:
    svg = draw(read_graph(DOT))
    names = [element.text for element in ET.fromstring(svg) if element.tag.endswith("text")]  # noqa: S314  # our own text
    assert names == ["check", "trim", "report"]
    heights = [int(y) for y in re.findall(r'<rect x="\d+" y="(\d+)"', svg)]
    assert heights == sorted(set(heights))


def test_the_drawing_is_the_same_every_time() -> None:
    """Snakemake's own order varies from run to run."""
    lines = DOT.splitlines()
    shuffled = "\n".join([*lines[:2], *lines[2:-1][::-1], lines[-1]])
    assert draw(read_graph(shuffled)) == draw(read_graph(DOT))


def test_what_is_no_rule_graph_is_refused() -> None:
    with pytest.raises(InputError, match="this is no rule graph"):
        read_graph("MissingInputException")
