"""Jobs that share a machine because the setting `fuse` says so, without a word in the workflow.

Groups are given to jobs, not to rules, once the graph of jobs is known: the same that Snakemake
does for `group:`, but with the samples and sizes of this very run. Nothing is planned apart, so the
head starts no later for it. A checkpoint's new jobs, which are not known yet, have none.
"""

from collections.abc import Callable, Collection, Iterable
from logging import Logger
from pathlib import Path
from typing import Any

from snakemake_interface_common.exceptions import WorkflowError

from headrace.errors import HeadraceError, SettingsError
from headrace.planning import decisions, groupfile
from headrace.planning.decisions import Decision
from headrace.planning.fusing import propose
from headrace.planning.graph import PlannedWorkflow
from headrace.planning.guesses import guessed
from headrace.planning.simulation import Grouping
from snakemake_executor_plugin_lifesciences.groups import regroup
from snakemake_executor_plugin_lifesciences.naming import job_key
from snakemake_executor_plugin_lifesciences.planned import planned

OFF = {None, "off", "False"}
"""A bare `off` in a profile is a boolean of YAML's; a dry run without a profile says nothing."""

AUTO = "auto"


Awaited = Callable[[], Collection[str]]

Settle = Callable[[Decision, Awaited], Decision]
"""Returns the decision that holds in place of another: it may be an earlier head's (`deciding`)."""


def fuse(
    dag: Any, settings: Any, logger: Logger, settle: Settle = lambda mine, _awaited: mine
) -> None:
    """Give jobs of a graph their groups, and let Snakemake look anew which may start.

    Raises:
        SettingsError: the setting names a file that cannot be read.
        InputError: that file does not fit the workflow.
    """
    if settings.fuse not in OFF:
        _choose(dag, settings, logger, settle)
    if any(job.group is not None for job in dag.needrun_jobs()):
        regroup(dag)


def _choose(dag: Any, settings: Any, logger: Logger, settle: Settle) -> None:
    chosen = _chosen(settings.fuse, dag)
    needed = {dag.jobid(job) for job in dag.needrun_jobs()}
    if not needed:
        return
    try:
        # with what is done already: a head that starts again must come to the same groups
        workflow = planned(dag, settings, done=True)
    except (HeadraceError, WorkflowError) as error:
        # what is wrong with a job is told when its turn comes
        logger.warning(f"Nothing is fused: {error}")
        return
    mine = decisions.decided(_wish(chosen), workflow, _groups(workflow, chosen))
    holds = settle(mine, lambda: _awaited(dag))
    if holds != mine:
        logger.info("Jobs of an earlier head are about: machines are shared as it decided.")
    found = [needed & set(group) for group in decisions.applied(holds, workflow).groups]
    groups = [group for group in found if len(group) > 1]
    if groups:
        _assign(dag, workflow, groups)
        jobs = sum(map(len, groups))
        logger.info(f"{jobs} jobs share {len(groups)} machines; 'headrace plan' tells why.")


def _chosen(choice: str, dag: Any) -> groupfile.GroupFile | None:
    """Return the file of the setting; None if groups are to be found here."""
    if choice == AUTO:
        return None
    try:
        text = Path(choice).read_bytes()
    except OSError as error:
        raise SettingsError(
            f"fuse is '{choice}': write auto, off, or a file of 'headrace plan --write' "
            f"({error.strerror})."
        ) from error
    return groupfile.read(text, choice, {rule.name for rule in dag.workflow.rules})


def _groups(workflow: PlannedWorkflow, file: groupfile.GroupFile | None) -> Grouping:
    if file is None:
        return propose(workflow, guessed(workflow)).grouping
    return groupfile.grouping(workflow, file)


def _wish(file: groupfile.GroupFile | None) -> str:
    """Return what was asked for: two files of the same groups ask for the same."""
    return AUTO if file is None else job_key(sorted(file.groups.items()))


def _awaited(dag: Any) -> set[str]:
    """Return the names at the service that an earlier head on this disk was waiting for."""
    persistence = dag.workflow.persistence
    return {name for job in dag.needrun_jobs() for name in persistence.external_jobids(job)}


def _assign(dag: Any, workflow: PlannedWorkflow, groups: Iterable[Collection[int]]) -> None:
    names = {job.jobid: job.name for job in workflow.jobs}
    group_of = {
        jobid: f"fused-{job_key(sorted(names[one] for one in group))}"
        for group in groups
        for jobid in group
    }
    for job in dag.needrun_jobs():
        name = group_of.get(dag.jobid(job))
        if name is not None:
            job.group = name
