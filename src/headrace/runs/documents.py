"""All documents that an installation writes, and their JSON Schemas. Pure."""

from typing import Any

import msgspec

from headrace.money.records import COST_FILE, ESTIMATE_FILE, Estimate, RunCost
from headrace.notices.records import Notice
from headrace.runs.dating import WORKFLOW_FILE, WorkflowFiles
from headrace.runs.journal import JOBS_FILE, Journal
from headrace.runs.listing import Run
from headrace.runs.records import (
    ERROR_FILE,
    OUTPUTS_FILE,
    RUN_FILE,
    SUBMITTED_FILE,
    RunError,
    RunOutputs,
    RunRequest,
    Submission,
)
from headrace.runs.status import STATUS_FILE, RunStatus

_KINDS: dict[str, Any] = {
    RUN_FILE: RunRequest,
    SUBMITTED_FILE: Submission,
    STATUS_FILE: RunStatus,
    JOBS_FILE: Journal,
    ESTIMATE_FILE: Estimate,
    COST_FILE: RunCost,
    OUTPUTS_FILE: RunOutputs,
    ERROR_FILE: RunError,
    WORKFLOW_FILE: WorkflowFiles,
    "notice.json": Notice,
}
"""By the name of the file in a run's folder; `notice.json` is sent and lies nowhere."""


def schemas() -> dict[str, dict[str, Any]]:
    """Return the JSON Schema of each document, by name."""
    return {name: msgspec.json.schema(kind) for name, kind in _KINDS.items()}


def of(run: Run) -> dict[str, Any]:
    """Return the documents that a run has, by the first word of their names."""
    found = {
        "run": run.request,
        "status": run.status,
        "outputs": run.outputs,
        "error": run.error,
        "cost": run.cost,
    }
    return {name: document for name, document in found.items() if document is not None}
