"""Groups of jobs whose members may ask for different texts, such as the files they carry.

Snakemake 9.27 refuses a group if a resource that is a text is not the same for all members
(`GroupResources._is_string_resource`). It needs the resources of a group for nothing but counting
against its limits, which are numbers; each member's own texts are read where it is planned.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from snakemake.iocontainers import ResourceList
from snakemake.jobs import GroupJob
from snakemake.resources import GroupResources


class MixedGroup(GroupJob):
    """A group that adds up numbers and leaves texts alone."""

    @property
    def resources(self) -> Any:
        """Return what the group asks for, as Snakemake adds it up."""
        if self._resources is None:  # type: ignore[has-type] # Snakemake has no types
            self._resources = self._add_up()
        return ResourceList(fromdict=self._resources)

    def _add_up(self) -> Any:
        return GroupResources.basic_layered(
            toposorted_jobs=[[_Numbers.of(job) for job in layer] for layer in self.toposorted],
            constraints=self.global_resources,
            run_local=False,
            additive_resources=["runtime"],
            sortby=["runtime"],
        )


@dataclass(frozen=True)
class _Numbers:
    """A member as `GroupResources` looks at it."""

    resources: dict[str, int]
    pipe_group: Any

    @classmethod
    def of(cls, job: Any) -> "_Numbers":
        numbers = {name: v for name, v in job.resources.items() if not isinstance(v, str)}
        return cls(numbers, job.pipe_group)


class GroupFactory:
    """Makes groups where Snakemake's own `GroupJobFactory` would; the same for the same jobs."""

    def __init__(self) -> None:
        self._made: dict[tuple[str, frozenset[Any]], MixedGroup] = {}

    def new(self, id: str, jobs: Iterable[Any], resources: Any) -> MixedGroup:  # noqa: A002 - theirs
        """Return the group of these jobs."""
        key = (id, frozenset(jobs))
        if key not in self._made:
            self._made[key] = MixedGroup(id, key[1], resources)
        return self._made[key]


def regroup(dag: Any) -> None:
    """Let Snakemake look anew which jobs are in groups, and which may start."""
    dag.group_job_factory = GroupFactory()
    dag.update_groups()
    # those that are ready were found with the former groups
    dag.ready_jobs.clear()
    dag.update_ready()
