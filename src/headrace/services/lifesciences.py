"""Cloud Life Sciences v2beta: `pipelines.run` and its operations.

Google ended the hosted service on 2025-07-08, so this one speaks to the local cloud or to any
other endpoint of the protocol. Field names and codes: discovery document `lifesciences.v2beta`
(revision 20250411) and google.rpc.Code.
"""

import contextlib
import itertools
from collections.abc import Callable, Iterator, Mapping
from typing import Any

from headrace.errors import (
    AlreadyExistsError,
    JobRefusedError,
    NotFoundError,
    UnavailableError,
    UnknownStateError,
)
from headrace.pipeline import Action, Machine, Pipeline
from headrace.services.protocol import (
    JOB_LABEL,
    RUN_LABEL,
    Failure,
    FailureKind,
    JobReport,
    JobState,
)
from headrace.services.retry import Backoff, retry
from headrace.services.wire import Client, check_size, label_filter

QUEUE_SECONDS = 2 * 24 * 3600
"""What we add to a time limit, because this API's clock starts while a job still waits."""

CLAIM_BACKOFF = Backoff(first=0.5, longest=2.0, deadline=20.0)
"""How long the operation of a job that another process has claimed is waited for."""

Claim = Callable[[str, int], bool]
"""Takes a job id and a number; true for exactly one caller in the world."""

# google.rpc.Code: cancelled 1, deadline 4; an action's own failure arrives as 9; losses of the
# machine as 8, 10 and 14 (Google's advice to retry these: nextflow-io/nextflow#1912).
_FAILURE_KINDS = {
    1: FailureKind.CANCELLED,
    2: FailureKind.USER,
    3: FailureKind.USER,
    4: FailureKind.TIMEOUT,
    5: FailureKind.USER,
    6: FailureKind.USER,
    7: FailureKind.USER,
    8: FailureKind.INFRASTRUCTURE,
    9: FailureKind.USER,
    10: FailureKind.INFRASTRUCTURE,
    11: FailureKind.USER,
    12: FailureKind.USER,
    13: FailureKind.INFRASTRUCTURE,
    14: FailureKind.INFRASTRUCTURE,
    15: FailureKind.USER,
    16: FailureKind.USER,
}


class LifeSciencesService:
    """Runs Pipelines as Life Sciences operations.

    The API lets no client choose an operation's name, so the job id travels as a label: the
    operations of a run are listed once, and from then on this process remembers its own. Of
    processes that submit the same job at the same time, `claim` lets one through.
    """

    def __init__(
        self, client: Client, project: str, region: str, claim: Claim | None = None
    ) -> None:
        self._client = client
        self._parent = f"projects/{project}/locations/{region}"
        self._claim = claim
        self._claimed: set[str] = set()
        self._known: dict[str, dict[str, str]] = {}

    def submit(self, job_id: str, pipeline: Pipeline) -> str:
        """Start an operation; see `JobService.submit`."""
        body = run_request(job_id, pipeline)
        run = pipeline.labels[RUN_LABEL]
        known = self._names_of_run(run)
        if job_id in known:
            raise AlreadyExistsError(f"Job '{job_id}' exists already as {known[job_id]}.")
        may_exist = self._take(job_id, run)
        known[job_id] = self._run(job_id, run, body, may_exist=may_exist)
        return known[job_id]

    def _take(self, job_id: str, run: str) -> bool:
        """Claim the job; returns whether somebody may have submitted it all the same.

        Who finds it claimed waits for the claimant's operation to be listed, and if there is none
        claims it anew: the claimant died in between.

        Raises:
            AlreadyExistsError: another process has claimed and submitted it.
        """
        if self._claim is None or job_id in self._claimed:
            return job_id in self._claimed
        number = 0
        while not self._claim(job_id, number):
            self._refuse_listed(job_id, run)
            number += 1
        self._claimed.add(job_id)
        return number > 0

    def _refuse_listed(self, job_id: str, run: str) -> None:
        """Raise `AlreadyExistsError` as soon as the job is listed; return if it never is."""
        labels = {RUN_LABEL: run}
        with contextlib.suppress(NotFoundError):
            report = retry(
                lambda: self.find(job_id, labels), on=(NotFoundError,), backoff=CLAIM_BACKOFF
            )
            raise AlreadyExistsError(f"Job '{job_id}' exists already as {report.name}.")

    def _run(self, job_id: str, run: str, body: dict[str, Any], *, may_exist: bool) -> str:
        """Send the request until it is answered, each time but the first after a look for it.

        An answer may be lost on its way, and the operation be there all the same.
        """
        looks = itertools.chain([may_exist], itertools.repeat(True))

        def once() -> str:
            if next(looks):
                with contextlib.suppress(NotFoundError):
                    return self.find(job_id, {RUN_LABEL: run}).name
            request = self._client.locations.pipelines().run(parent=self._parent, body=body)
            return str(self._client.call_once(request, named=True)["name"])

        return retry(once, on=(UnavailableError,), backoff=self._client.backoff)

    def find(self, job_id: str, labels: Mapping[str, str]) -> JobReport:
        """Look a job up by its labels; see `JobService.find`."""
        for report in self.list_jobs({**labels, JOB_LABEL: job_id}):
            return report
        raise NotFoundError(f"There is no job '{job_id}' in {self._parent}.")

    def list_jobs(self, labels: Mapping[str, str]) -> Iterator[JobReport]:
        """List operations by label; see `JobService.list_jobs`."""
        operations = self._client.pages(
            self._client.locations.operations(),
            "operations",
            name=self._parent,
            filter=label_filter(dict(labels)),
        )
        return map(job_report, operations)

    def explain(self, name: str) -> Failure:
        """Read the reason from the operation; see `JobService.explain`."""
        return failure(self._get(name))

    def cancel(self, name: str) -> None:
        """Cancel the operation; see `JobService.cancel`."""
        if not job_report(self._get(name)).state.ended:
            self._client.call(self._client.locations.operations().cancel(name=name, body={}))

    def close(self) -> None:
        """Close this thread's connection; see `JobService.close`."""
        self._client.close()

    def _get(self, name: str) -> dict[str, Any]:
        request = self._client.locations.operations().get(name=name)
        return self._client.call(request, named=True)

    def _names_of_run(self, run: str) -> dict[str, str]:
        if run not in self._known:
            reports = self.list_jobs({RUN_LABEL: run})
            self._known[run] = {report.job_id: report.name for report in reports}
        return self._known[run]


def run_request(job_id: str, pipeline: Pipeline) -> dict[str, Any]:
    """Return the body of `pipelines.run`.

    Raises:
        JobRefusedError: the API has no place for something in the pipeline.
    """
    _check_possible(pipeline)
    body = {
        "labels": {**pipeline.labels, JOB_LABEL: job_id},
        "pipeline": {
            "actions": [_action(action, pipeline.machine) for action in pipeline.actions],
            "environment": dict(pipeline.environment),
            "resources": _resources(pipeline.machine),
            "timeout": f"{pipeline.timeout_seconds + QUEUE_SECONDS}s",
        },
    }
    check_size(body)
    return body


def _check_possible(pipeline: Pipeline) -> None:
    """Refuse what this API cannot say, rather than run the job without it."""
    refused = {
        "tags": bool(pipeline.machine.tags),
        "secrets": any(action.secrets for action in pipeline.actions),
        "image_streaming": pipeline.image_streaming,
    }
    names = [name for name, is_asked_for in refused.items() if is_asked_for]
    if names:
        raise JobRefusedError(
            f"Life Sciences knows no {' and no '.join(names)}: "
            "leave them out, or use lifesciences-service batch."
        )


def _action(action: Action, machine: Machine) -> dict[str, Any]:
    body: dict[str, Any] = {
        "containerName": action.name,
        "imageUri": action.image,
        "commands": list(action.commands),
        "environment": dict(action.environment),
        "mounts": [{"disk": machine.disk.name, "path": machine.disk.path}],
        "alwaysRun": action.always_run,
        "runInBackground": action.background,
    }
    if action.entrypoint is not None:
        body["entrypoint"] = action.entrypoint
    if action.timeout_seconds is not None:
        body["timeout"] = f"{action.timeout_seconds}s"
    return body


def _resources(machine: Machine) -> dict[str, Any]:
    place = {"zones": list(machine.zones)} if machine.zones else {"regions": [machine.region]}
    return {**place, "virtualMachine": _virtual_machine(machine)}


def _virtual_machine(machine: Machine) -> dict[str, Any]:
    disk = machine.disk
    body: dict[str, Any] = {
        "machineType": machine.machine_type,
        "preemptible": machine.spot,
        "bootDiskSizeGb": machine.boot_disk_gb,
        "disks": [{"name": disk.name, "sizeGb": disk.size_gb, "type": disk.type.value}],
        "labels": dict(machine.labels),
    }
    if machine.gpus is not None:
        # Named for built-in GPUs as well: it is what makes the service install a driver.
        count = str(machine.gpus.count)
        body["accelerators"] = [{"type": machine.gpus.type, "count": count}]
    if machine.service_account is not None:
        body["serviceAccount"] = {"email": machine.service_account}
    if machine.min_cpu_platform is not None:
        body["cpuPlatform"] = machine.min_cpu_platform
    if machine.reservation is not None:
        body["reservation"] = machine.reservation
    if machine.network is not None:
        body["network"] = {
            "network": machine.network.network,
            "subnetwork": machine.network.subnetwork,
            "usePrivateAddress": machine.network.private_address,
        }
    return body


def job_report(operation: Mapping[str, Any]) -> JobReport:
    """Translate an operation."""
    metadata = operation.get("metadata", {})
    events = metadata.get("events", [])  # newest first
    workers = (event["workerAssigned"] for event in events if "workerAssigned" in event)
    assigned: dict[str, str] = next(workers, {})
    return JobReport(
        name=operation["name"],
        job_id=metadata.get("labels", {}).get(JOB_LABEL, ""),
        state=_state(operation, events),
        detail=events[0].get("description", "") if events else "",
        machine=assigned.get("instance", ""),
        zone=assigned.get("zone", ""),
    )


def failure(operation: Mapping[str, Any]) -> Failure:
    """Say why an operation failed."""
    error = operation.get("error", {})
    code = error.get("code", 0)
    if code not in _FAILURE_KINDS:
        raise UnknownStateError(f"{operation['name']} ended with the unknown error code {code}.")
    events = operation.get("metadata", {}).get("events", [])
    return Failure(_FAILURE_KINDS[code], error.get("message", ""), _exit_code(events))


def _state(operation: Mapping[str, Any], events: list[dict[str, Any]]) -> JobState:
    if not operation.get("done"):
        return _live_state(events)
    if "error" not in operation:
        return JobState.SUCCEEDED
    kind = _FAILURE_KINDS.get(operation["error"].get("code", 0))
    if kind is None:
        return JobState.UNKNOWN
    return JobState.CANCELLED if kind is FailureKind.CANCELLED else JobState.FAILED


def _live_state(events: list[dict[str, Any]]) -> JobState:
    if any("containerStarted" in event for event in events):
        return JobState.RUNNING
    if any("workerAssigned" in event for event in events):
        return JobState.STARTING
    return JobState.QUEUED


def _exit_code(events: list[dict[str, Any]]) -> int | None:
    for event in reversed(events):
        if "unexpectedExitStatus" in event:
            return int(event["unexpectedExitStatus"].get("exitStatus", 0))
    return None
