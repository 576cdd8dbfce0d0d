"""A job that waits for its machine: why, and for how long at most."""

from headrace.services.protocol import JobReport, JobState

QUIET_SECONDS = 30
"""Waiting of this length is ordinary and not worth a word."""


class Waiting:
    """One job's wait, from its submission; times in seconds of one clock."""

    def __init__(self, submitted: float, deadline: float) -> None:
        self._submitted = submitted
        self._deadline = deadline
        self._told = ""

    def news(self, report: JobReport, now: float) -> bool:
        """Tell whether there is a reason to wait that was not told yet; it counts as told then."""
        if not _waits(report) or now - self._submitted < QUIET_SECONDS:
            return False
        if not report.detail or report.detail == self._told:
            return False
        self._told = report.detail
        return True

    def over(self, report: JobReport, now: float) -> bool:
        """Tell whether the job has waited too long."""
        return _waits(report) and now - self._submitted > self._deadline

    def sentence(self, report: JobReport, now: float) -> str:
        """Say how long it has waited, and for what."""
        reason = report.detail or "the service does not say for what"
        minutes = (now - self._submitted) / 60
        return f"{report.job_id} has waited {minutes:.0f} min for a machine: {reason}"


def _waits(report: JobReport) -> bool:
    return report.state in {JobState.QUEUED, JobState.STARTING}
