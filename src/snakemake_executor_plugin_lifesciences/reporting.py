"""What the head tells our logger plugin of jobs in flight: records for the journal."""

from logging import Logger

import msgspec

from headrace.runs.journal import ATTEMPT_ATTRIBUTE, Attempt
from headrace.services.protocol import FailureKind, JobReport
from headrace.staging.manifest import Manifest
from snakemake_executor_plugin_lifesciences import attempts
from snakemake_executor_plugin_lifesciences.flights import Flight, Place


class Reporter:
    """Tells our logger plugin of jobs in flight, through Snakemake's logger.

    Snakemake shows no empty message, and drops what is below INFO before plugins see it.
    """

    def __init__(self, logger: Logger) -> None:
        self._logger = logger

    def submitted(self, flight: Flight, place: Place) -> None:
        """Tell the service's name of a job, and what its start is like."""
        attempt = attempts.submitted(flight, place)
        details = {"jobids": list(attempt.jobids), "external_id": attempt.external_id}
        self._logger.info("", extra={"headrace_submitted": details})
        self._tell(flight, attempt)

    def seen(self, flight: Flight, report: JobReport) -> None:
        """Tell where a job stands, if that is news."""
        if flight.attempt is not None and report != flight.report:
            flight.report = report
            self._tell(flight, attempts.seen(flight.attempt, report))

    def ended(self, flight: Flight, manifest: Manifest | None, failure: FailureKind | None) -> None:
        """Tell how a job ended."""
        if flight.attempt is not None:
            self._tell(flight, attempts.ended(flight.attempt, manifest, failure))

    def _tell(self, flight: Flight, attempt: Attempt) -> None:
        if attempt == flight.attempt:
            return
        flight.attempt = attempt
        self._logger.info("", extra={ATTEMPT_ATTRIBUTE: msgspec.to_builtins(attempt)})
