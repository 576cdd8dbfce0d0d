"""A dry run that leaves a document: the jobs that would run, with all that planning needs.

Snakemake's own `-n` takes another executor in our place, which knows neither the options of ours
nor which rules run without Snakemake. Where `HEADRACE_DRY_RUN` names a file, this class is the
executor instead: it is given the same workflow and settings as the real one, and submits nothing.
"""

import os
from pathlib import Path
from typing import Any

import msgspec
from snakemake.settings.enums import Quietness
from snakemake_interface_common.exceptions import WorkflowError
from snakemake_interface_executor_plugins.executors.base import AbstractExecutor

from headrace.errors import HeadraceError
from headrace.settings import DRY_RUN_VARIABLE
from snakemake_executor_plugin_lifesciences.fusing import fuse
from snakemake_executor_plugin_lifesciences.planned import planned


class Planner(AbstractExecutor):
    """Writes what would be done, and does nothing of it."""

    def __init__(self, workflow: Any, logger: Any) -> None:
        """Write the document; called by Snakemake once the graph of jobs is known.

        Raises:
            WorkflowError: a rule asks for what there is not, or the file cannot be written.
        """
        super().__init__(workflow, logger)
        path = Path(os.environ[DRY_RUN_VARIABLE])
        try:
            fuse(self.dag, workflow.executor_settings, logger)
            path.write_bytes(msgspec.json.encode(planned(self.dag, workflow.executor_settings)))
        except (HeadraceError, OSError) as error:
            raise WorkflowError(str(error)) from error
        # this ends Snakemake's dry run here, before it goes through job after job
        workflow.output_settings.quiet = {Quietness.RULES, Quietness.PROGRESS}

    def run_job(self, job: Any) -> None:
        """Never called: the dry run has ended."""
        raise NotImplementedError

    def handle_job_success(self, job: Any) -> None:
        """Never called, as above."""
        raise NotImplementedError

    def handle_job_error(self, job: Any) -> None:
        """Never called, as above."""
        raise NotImplementedError

    def cancel(self) -> None:
        """Do nothing: nothing was started."""

    def shutdown(self) -> None:
        """Do nothing: nothing was started."""
