"""The drawing of the graph: jobs or rules, the critical path, and no line too many."""

from headrace.page import diagram, flow, jobs
from headrace.page.diagram import Diagram
from headrace.page.facts import Facts
from headrace.page.jobs import Standing
from tests.unit.page import made


def _diagram(facts: Facts) -> Diagram:
    found = jobs.of_journal(facts.journal, facts.state)
    graph = flow.of_jobs(found)
    return diagram.diagram(found, graph, flow.critical_path(found, graph))


def test_few_jobs_are_boxes_of_their_own() -> None:
    drawn = _diagram(made.succeeded(["a"]))
    assert not drawn.of_rules
    assert len(drawn.nodes) == len(made.RULES) + 1
    assert all(node.critical for node in drawn.nodes), "a chain is its own critical path"
    assert len(drawn.edges) == len(made.RULES)


def test_many_jobs_are_drawn_as_rules_by_the_worst_of_their_jobs() -> None:
    drawn = _diagram(made.failed(["a", "b", "c"]))
    assert drawn.of_rules
    nodes = {node.label: node for node in drawn.nodes}
    assert nodes["align"].standing is Standing.FAILED
    assert nodes["align"].note == "2/3 done"
    assert nodes["qc_raw"].standing is Standing.DONE


def test_a_line_that_a_longer_way_implies_is_left_out() -> None:
    needs = {
        "a": frozenset[str](),
        "b": frozenset({"a"}),
        "c": frozenset({"a", "b"}),
    }
    assert list(diagram._reduced(needs, set())) == [("a", "b"), ("b", "c")]
    assert ("a", "c") in list(diagram._reduced(needs, {("a", "c")})), "unless it is critical"


def test_boxes_do_not_overlap_and_lie_in_the_field() -> None:
    drawn = _diagram(made.succeeded([f"s{n}" for n in range(5)]))
    boxes = [(node.x, node.y) for node in drawn.nodes]
    assert len(set(boxes)) == len(boxes)
    assert all(x + diagram.NODE_WIDTH <= drawn.width for x, _ in boxes)
    assert all(y + diagram.NODE_HEIGHT <= drawn.height for _, y in boxes)
