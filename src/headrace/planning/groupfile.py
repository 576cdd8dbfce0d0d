"""Groups of rules as a file: what `headrace plan --write` leaves and the setting `fuse` reads.

    groups:
      check_fastq: sample
      trim: sample

It is written as the `groups` of a Snakemake profile, and means the same: jobs of rules with the
same name, if one reads what another makes, share a machine. Only what is sure to go wrong is left
out: jobs that must be alone, and groups that would wait for each other or break a limit.
"""

from collections import defaultdict
from collections.abc import Collection, Iterable, Iterator

import msgspec
import networkx as nx

from headrace import records
from headrace.errors import InputError
from headrace.planning.fusing import Proposal, broken_limit, why_alone
from headrace.planning.graph import PlannedWorkflow, in_order, to_dag
from headrace.planning.simulation import Grouping


class GroupFile(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """The file: the name of a group for each of its rules."""

    groups: dict[str, str]


def read(text: bytes | str, source: str, rules: Collection[str]) -> GroupFile:
    """Read a file; raises `RecordError` or `InputError` if it does not fit the workflow's rules."""
    file = records.decode_yaml(text, GroupFile, source)
    for rule in file.groups:
        if rule not in rules:
            raise InputError(f"{source}: there is no rule '{rule}'{records.nearest(rule, rules)}")
    return file


def of_proposal(workflow: PlannedWorkflow, proposal: Proposal) -> GroupFile:
    """Return a file that proposes the same for other runs of the workflow.

    Rules that share a machine somewhere share a group, which is named after the first of them.
    """
    jobs = {job.jobid: job for job in workflow.jobs}
    graph = nx.Graph()
    for group in proposal.fused:
        nx.add_path(graph, [jobs[one].rule for one in group.jobs])
    first = {rule: number for number, rule in reversed(list(enumerate(graph)))}
    return GroupFile(
        {
            rule: min(rules, key=first.__getitem__)
            for rules in nx.connected_components(graph)
            for rule in sorted(rules, key=first.__getitem__)
        }
    )


def grouping(workflow: PlannedWorkflow, file: GroupFile) -> Grouping:
    """Return which jobs share a machine by this file."""
    dag = to_dag(workflow)
    order = {job.jobid: number for number, job in enumerate(in_order(workflow))}
    named: dict[str, list[int]] = defaultdict(list)
    for job in workflow.jobs:
        if job.rule in file.groups and why_alone(job) is None:
            named[file.groups[job.rule]].append(job.jobid)
    found = [
        sorted(component, key=order.__getitem__)
        for ids in named.values()
        for component in nx.weakly_connected_components(dag.subgraph(ids))
        if len(component) > 1
    ]
    allowed = [
        group for group in found if broken_limit([dag.nodes[one]["job"] for one in group]) is None
    ]
    return Grouping(tuple(sorted(map(tuple, acyclic(dag, allowed)))))


def acyclic(dag: nx.DiGraph, groups: Iterable[list[int]]) -> Iterator[list[int]]:
    """Yield the groups that do not wait for each other, nor for themselves through others."""
    groups = list(groups)
    home = {one: group[0] for group in groups for one in group}
    machines = nx.DiGraph()
    for before, after in dag.edges:
        pair = home.get(before, before), home.get(after, after)
        if pair[0] != pair[1]:
            machines.add_edge(*pair)
    circles = [one for one in nx.strongly_connected_components(machines) if len(one) > 1]
    caught = set().union(*circles)
    yield from (group for group in groups if group[0] not in caught)
