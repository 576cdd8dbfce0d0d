"""What a head has decided, kept for the next head of the same run: pure.

What is decided depends on sizes and resources, some of which are known only once files are there.
So a head that follows one that was killed would decide otherwise, and what is in flight would be
started a second time in other company. Jobs are named by rule and wildcards, as numbers change.
"""

import msgspec
import networkx as nx

from headrace import records
from headrace.planning.fusing import broken_limit, why_alone
from headrace.planning.graph import PlannedWorkflow, in_order, to_dag
from headrace.planning.groupfile import acyclic
from headrace.planning.simulation import Grouping

DECISION_NAME = "groups.json"
"""The object in the folder of the run's work."""


class Decision(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Which jobs share machines.

    Attributes:
        fuse: what was asked for: decisions on different wishes have nothing in common.
        groups: the names of each group's jobs, in order.
    """

    fuse: str
    groups: tuple[tuple[str, ...], ...]


def read(text: bytes, source: str) -> Decision:
    """Read a decision; raises `RecordError` if it is none."""
    return records.decode_json(text, Decision, source)


def decided(fuse: str, workflow: PlannedWorkflow, grouping: Grouping) -> Decision:
    """Return a decision to be kept."""
    names = {job.jobid: job.name for job in workflow.jobs}
    return Decision(fuse, tuple(tuple(names[one] for one in group) for group in grouping.groups))


def applied(decision: Decision, workflow: PlannedWorkflow) -> Grouping:
    """Return the groups of a decision, as far as the workflow still allows them."""
    dag = to_dag(workflow)
    jobs = {job.name: job for job in in_order(workflow)}
    place = {name: number for number, name in enumerate(jobs)}
    allowed = []
    for group in decision.groups:
        found = [jobs[name] for name in sorted(jobs.keys() & group, key=place.__getitem__)]
        whole = len(found) == len(group) and nx.is_weakly_connected(
            dag.subgraph(job.jobid for job in found)
        )
        if whole and not any(map(why_alone, found)) and broken_limit(found) is None:
            allowed.append([job.jobid for job in found])
    return Grouping(tuple(map(tuple, acyclic(dag, allowed))))
