"""What becomes of a job that had not ended when the local cloud stopped: pure."""

from __future__ import annotations

from datetime import datetime

from localcloud.jobs.events import Loss
from localcloud.jobs.job import Ending, Job
from localcloud.jobs.states import JobState, TaskState

REASON = "The local cloud was stopped before the job ended; nothing of the job runs any more."


def bring_to_an_end(job: Job, now: datetime) -> None:
    """End a job that nothing runs any more.

    Its machines are lost, so a client sees what it sees when Google loses machines; what was being
    cancelled is cancelled. One that has ended stays as it is.
    """
    if job.state.is_final:
        return
    for task in job.tasks:
        if task.state in {TaskState.ASSIGNED, TaskState.RUNNING}:
            loss = Loss.REPORTING_TIMEOUT
            job.move_task(now, task.index, TaskState.FAILED, exit_code=loss.value, loss=loss)
    job.skip_pending(now)
    if job.state is JobState.CANCELLATION_IN_PROGRESS:
        job.ending = Ending.CANCELLED
        job.move(now, JobState.CANCELLED)
        return
    job.ending = Ending.LOST
    job.move(now, JobState.FAILED, REASON)
