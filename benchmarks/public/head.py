"""Snakemake with the public plugins, led to a local cloud: run by an environment of its own.

The plugins know no other address than Google's. So before Snakemake imports them, their client of
Batch is one that speaks REST to CLOUD_URL, the one of Cloud Logging finds no entries (their
requests are not counted), and the script that would install Snakemake on the machine from the
internet is empty. What they ask for, and when, is theirs. It imports nothing of this repository.
"""

import functools
import os
import sys
from typing import Any

import snakemake_executor_plugin_googlebatch.command as commands
from google.api_core.client_options import ClientOptions
from google.auth.credentials import AnonymousCredentials
from google.cloud import batch_v1, logging
from snakemake.cli import main


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


if __name__ == "__main__":
    lead_to_the_local_cloud()
    main(sys.argv[1:])
