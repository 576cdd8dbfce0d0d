"""What a machine takes besides the tools, in seconds: published figures, each with its source.

They are other people's, of single jobs on some day, and spread widely (a second report of the same
step reads 236.5 s instead of 68.6 s): good for comparing plans, not for promises.
"""

from dataclasses import dataclass
from datetime import date

READ = date(2026, 9, 30)
"""The month in which the sources were read."""

SOURCES = {
    "queue_seconds": "Broad cromwell issue 6462: a Life Sciences operation, queue to resources",
    "boot_seconds": "Nextflow issue 4225: a trivial Batch job, SCHEDULED to RUNNING",
    "pull_seconds": "Nextflow issue 4225: RUNNING to SUCCEEDED 10.1 s, less one action of 3.4 s",
    "step_seconds": "Broad cromwell issue 6462: each further container action",
    "mb_per_second_per_cpu": "Cromwell changelog 87: up to 1,200 MB/s on 16 vCPUs",
    "notice_seconds": "half the seconds between two polls of profiles/gcp",
    "preemptions_per_hour": "a guess of ours: no rate was found published",
}
"""Where each figure of `Assumptions` comes from."""


@dataclass(frozen=True)
class Assumptions:
    """Seconds of a machine besides its commands.

    Attributes:
        queue_seconds: from submission until the machine is being made; not paid for.
        boot_seconds: until its first container can start; paid for.
        pull_seconds: for each image that was not on the machine yet, the staging image included.
        step_seconds: for starting and ending each container: staging in, each step, staging out.
        mb_per_second_per_cpu: how fast files come and go, up to `mb_per_second`.
        notice_seconds: from the end of a job until the head knows.
        preemptions_per_hour: how often a spot machine is lost in an hour.
    """

    queue_seconds: float = 11.8
    boot_seconds: float = 68.6
    pull_seconds: float = 6.7
    step_seconds: float = 3.4
    mb_per_second_per_cpu: float = 75.0
    mb_per_second: float = 1200.0
    notice_seconds: float = 5.0
    preemptions_per_hour: float = 0.05


PUBLISHED = Assumptions()
"""What is taken where nobody says otherwise."""

NONE = Assumptions(0, 0, 0, 0, float("inf"), float("inf"), 0, 0)
"""A cloud whose machines are there at once: what the tools alone would take."""
