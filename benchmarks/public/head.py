"""Snakemake with the public plugins, led to a local cloud: run by an environment of its own.

The plugins know no other address than Google's. So before Snakemake imports them, their client of
Batch is one that speaks REST to CLOUD_URL, the one of Cloud Logging finds no entries (their
requests are not counted), and the script that would install Snakemake on the machine from the
internet is empty. What they ask for, and when, is theirs. Machines that are played cannot ask
Snakemake what a job makes, so it is noted in the file MAKES. It imports nothing of this repository.
"""

import functools
import json
import os
import sys
from pathlib import Path
from typing import Any

import snakemake_executor_plugin_googlebatch.command as commands
from google.api_core.client_options import ClientOptions
from google.auth.credentials import AnonymousCredentials
from google.cloud import batch_v1, logging
from snakemake.cli import main
from snakemake_executor_plugin_googlebatch.executor import GoogleBatchExecutor as Executor
from snakemake_interface_executor_plugins.utils import encode_target_jobs_cli_args


class NoLogging:
    """Stands for the client of Cloud Logging."""

    def __init__(self, **_: Any) -> None:
        pass

    def logger(self, _name: str) -> "NoLogging":
        """Return a log, which is this."""
        return self

    def list_entries(self, **_: Any) -> list[Any]:
        """Return that there is nothing in it."""
        return []


def lead_to_the_local_cloud() -> None:
    """Replace what reaches for Google."""
    batch_v1.BatchServiceClient = functools.partial(
        batch_v1.BatchServiceClient,
        transport="rest",
        credentials=AnonymousCredentials(),
        client_options=ClientOptions(api_endpoint=os.environ["CLOUD_URL"]),
    )
    logging.Client = NoLogging
    commands.CentosWriter.setup = lambda _self: "true"


def note_what_jobs_make(notes: Path) -> None:
    """Write a line for each job that is handed over: its name and the addresses it is to fill."""
    hand_over = Executor.run_job

    def run_job(self: Executor, job: Any) -> None:
        made = [*job.output, *job.log, *([job.benchmark] if job.benchmark else [])]
        addresses = [file.storage_object.query for file in made if file.is_storage]
        (name,) = encode_target_jobs_cli_args(job.get_target_spec())
        with notes.open("a") as lines:
            lines.write(json.dumps([name, addresses]) + "\n")
        hand_over(self, job)

    Executor.run_job = run_job


if __name__ == "__main__":
    note_what_jobs_make(Path(os.environ["MAKES"]))
    lead_to_the_local_cloud()
    main(sys.argv[1:])
