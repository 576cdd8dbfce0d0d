"""What the head says of jobs, to people in words and to our logger plugin in records."""

from datetime import UTC, datetime
from logging import Logger

import msgspec

from headrace.runs.journal import ATTEMPT_ATTRIBUTE, Attempt
from headrace.services.protocol import FailureKind, JobReport
from headrace.staging.manifest import Manifest
from snakemake_executor_plugin_lifesciences import attempts
from snakemake_executor_plugin_lifesciences.flights import Flight
from snakemake_executor_plugin_lifesciences.plans import display_name, members


class Reporter:
    """Tells of jobs in flight through Snakemake's logger."""

    def __init__(self, logger: Logger) -> None:
        self._logger = logger

    def submitted(self, flight: Flight) -> None:
        """Say the service's name of a job."""
        jobids = [member.jobid for member in members(flight.job)]
        details = {"jobids": jobids, "external_id": flight.name}
        self._logger.info(
            f"Submitted {display_name(flight.job)} as {flight.name}.",
            extra={"headrace_submitted": details},
        )
        self._tell(flight, attempts.submitted(flight, datetime.now(UTC)))

    def seen(self, flight: Flight, report: JobReport) -> None:
        """Tell where a job stands, if that is news."""
        if flight.attempt is not None:
            self._tell(flight, attempts.seen(flight.attempt, report))

    def ended(self, flight: Flight, manifest: Manifest | None, failure: FailureKind | None) -> None:
        """Tell how a job ended."""
        if flight.attempt is not None:
            self._tell(flight, attempts.ended(flight.attempt, manifest, failure))

    def _tell(self, flight: Flight, attempt: Attempt) -> None:
        if attempt == flight.attempt:
            return
        flight.attempt = attempt
        # Snakemake shows no empty message, and drops what is below INFO before plugins see it.
        self._logger.info("", extra={ATTEMPT_ATTRIBUTE: msgspec.to_builtins(attempt)})
