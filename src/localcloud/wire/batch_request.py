"""Batch v1: a Job message becomes a job, or an error naming the field."""

from __future__ import annotations

import re
import shlex
from collections.abc import Mapping
from functools import partial
from typing import Any

from localcloud.jobs.spec import (
    Api,
    Barrier,
    Container,
    JobSpec,
    Mount,
    PolicyAction,
    Program,
    RetryRule,
    Script,
    ScriptFile,
    Step,
)
from localcloud.runtime.paths import host_mount
from localcloud.wire.batch_environment import Variables, variables
from localcloud.wire.batch_machine import parse_machine
from localcloud.wire.batch_volumes import parse_volumes
from localcloud.wire.discovery import normalize
from localcloud.wire.errors import invalid
from localcloud.wire.rules import check_choice, check_labels, check_range, check_topic
from localcloud.wire.times import parse_duration

DOCUMENT = "batch.v1"
_JOB_ID = re.compile(r"[a-z]([a-z0-9-]{0,61}[a-z0-9])?")
_GROUP_FIELD = "job.task_groups[0]"
_SPEC_FIELD = f"{_GROUP_FIELD}.task_spec"
_MAX_TASKS = 100_000
_MAX_PARALLEL = 5_000
_MAX_RETRIES = 10
_MAX_PRIORITY = 99
_VOLUME_PARTS = 2
_NETWORK_OPTIONS = ("--network", "--net")

Message = Mapping[str, Any]


def check_job_id(job_id: str) -> None:
    """Refuse an id that Batch refuses."""
    if not _JOB_ID.fullmatch(job_id):
        raise invalid("job_id", f"{job_id!r} does not match ^[a-z]([a-z0-9-]{{0,61}}[a-z0-9])?$")


def parse_job(
    body: object, region: str, secrets: Mapping[str, str]
) -> tuple[dict[str, Any], JobSpec]:
    """The canonical Job message and the job it asks for, in `region` (the parent's location).

    `secrets` are the known values by resource name.

    Raises:
        ApiError: the request is wrong (INVALID_ARGUMENT) or asks for what is not played here
            (UNIMPLEMENTED); the message names the field.
    """
    job = normalize(DOCUMENT, "Job", body, root="job")
    job.pop("status", None)
    check_labels("job.labels", job.get("labels", {}))
    check_range("job.priority", int(job.get("priority", 0)), 0, _MAX_PRIORITY)
    for number, notification in enumerate(job.get("notifications", ())):
        check_topic(f"job.notifications[{number}]", notification.get("pubsubTopic", ""))
    groups = job.get("taskGroups", [])
    if len(groups) != 1:
        raise invalid("job.task_groups", f"exactly one task group is required, not {len(groups)}")
    group: Message = groups[0]
    task: Message = group.get("taskSpec", {})
    machine = parse_machine(job.get("allocationPolicy", {}), task, region)
    volumes, buckets = parse_volumes(task.get("volumes", ()), f"{_SPEC_FIELD}.volumes", machine)
    read = partial(variables, secrets=secrets)
    environments = _task_environments(group, read)
    steps, parallelism = _steps(task, volumes, read), _parallelism(group, len(environments))
    if parallelism < len(environments) and any(isinstance(s.program, Barrier) for s in steps):
        raise invalid(
            f"{_GROUP_FIELD}.parallelism",
            f"{parallelism}: a barrier needs all {len(environments)} tasks to run at once",
        )
    return job, JobSpec(
        api=Api.BATCH,
        steps=steps,
        machine=machine,
        environment=read(task, _SPEC_FIELD),
        task_environments=environments,
        parallelism=parallelism,
        tasks_per_vm=_tasks_per_vm(group),
        retry=_retry(task),
        run_timeout=_positive(task, "maxRunDuration", f"{_SPEC_FIELD}.max_run_duration"),
        volumes=volumes,
        buckets=buckets,
        log_path=_log_path(job.get("logsPolicy", {})),
    )


def _log_path(policy: Message) -> str:
    """The folder for log files, if the policy asks for such."""
    if policy.get("destination") != "PATH":
        return ""
    path: str = policy.get("logsPath", "")
    if not path.startswith("/"):
        raise invalid("job.logs_policy.logs_path", f"{path!r} is not an absolute path")
    return path


def _positive(message: Message, name: str, field: str) -> float | None:
    if name not in message:
        return None
    seconds = parse_duration(message[name])
    if seconds <= 0:
        raise invalid(field, f"{message[name]!r} is not a positive duration")
    return seconds


def _task_environments(group: Message, read: Variables) -> tuple[Mapping[str, str], ...]:
    """One environment for each task; `taskEnvironments` outweighs `taskCount`."""
    own = [
        read({"environment": each}, f"{_GROUP_FIELD}.task_environments[{number}]")
        for number, each in enumerate(group.get("taskEnvironments", ()))
    ]
    count = len(own) or int(group.get("taskCount", 1))
    check_range(f"{_GROUP_FIELD}.task_count", count, 1, _MAX_TASKS)
    plain: list[Mapping[str, str]] = own or [{}] * count
    return tuple(
        {**each, "BATCH_TASK_INDEX": str(index), "BATCH_TASK_COUNT": str(count)}
        for index, each in enumerate(plain)
    )


def _parallelism(group: Message, count: int) -> int:
    parallelism = int(group.get("parallelism", 0)) or min(count, _MAX_PARALLEL)
    field = f"{_GROUP_FIELD}.parallelism"
    check_range(field, parallelism, 1, _MAX_PARALLEL)
    if group.get("schedulingPolicy") != "IN_ORDER":
        return parallelism
    if int(group.get("parallelism", 1)) > 1:
        raise invalid(field, f"{parallelism}: must be 1 when the scheduling policy is IN_ORDER")
    return 1


def _tasks_per_vm(group: Message) -> int:
    tasks = int(group.get("taskCountPerNode", 0)) or 1
    check_range(f"{_GROUP_FIELD}.task_count_per_node", tasks, 1, _MAX_PARALLEL)
    return tasks


def _retry(task: Message) -> RetryRule:
    retries = task.get("maxRetryCount", 0)
    check_range(f"{_SPEC_FIELD}.max_retry_count", retries, 0, _MAX_RETRIES)
    policies = task.get("lifecyclePolicies", [])
    field = f"{_SPEC_FIELD}.lifecycle_policies"
    if not policies:
        return RetryRule(max_retries=retries)
    if len(policies) > 1:
        raise invalid(field, f"at most one lifecycle policy is supported, not {len(policies)}")
    action = policies[0].get("action", "ACTION_UNSPECIFIED")
    codes = policies[0].get("actionCondition", {}).get("exitCodes", [])
    if action == "ACTION_UNSPECIFIED" or not codes:
        raise invalid(f"{field}[0]", "an action and exit codes are required")
    return RetryRule(retries, PolicyAction(action), frozenset(codes))


def _steps(task: Message, volumes: tuple[Mount, ...], read: Variables) -> tuple[Step, ...]:
    runnables = task.get("runnables", [])
    if not runnables:
        raise invalid(f"{_SPEC_FIELD}.runnables", "at least one runnable is required")
    return tuple(
        _step(runnable, number, volumes, read) for number, runnable in enumerate(runnables)
    )


def _step(runnable: Message, number: int, volumes: tuple[Mount, ...], read: Variables) -> Step:
    field = f"{_SPEC_FIELD}.runnables[{number}]"
    check_labels(f"{field}.labels", runnable.get("labels", {}))
    return Step(
        name=runnable.get("displayName") or str(number),
        program=_program(runnable, field),
        environment=read(runnable, field),
        mounts=_container_mounts(runnable.get("container", {}), field, volumes),
        timeout=_positive(runnable, "timeout", f"{field}.timeout"),
        always_run=runnable.get("alwaysRun", False),
        ignore_exit_status=runnable.get("ignoreExitStatus", False),
        background=runnable.get("background", False),
        block_external_network=runnable.get("container", {}).get("blockExternalNetwork", False),
        told=bool(runnable.get("displayName")),
    )


def _program(runnable: Message, field: str) -> Program:
    kind = check_choice(field, runnable, ("container", "script", "barrier"))
    if kind == "barrier":
        return Barrier(runnable["barrier"].get("name", ""))
    if kind == "script":
        script = runnable["script"]
        if check_choice(f"{field}.script", script, ("text", "path")) == "text":
            return Script(script["text"])
        return ScriptFile(script["path"])
    container = runnable["container"]
    if not container.get("imageUri"):
        raise invalid(f"{field}.container.image_uri", "an image is required")
    return Container(
        container["imageUri"],
        container.get("entrypoint", ""),
        tuple(container.get("commands", ())),
        _options(container, f"{field}.container.options"),
    )


def _options(container: Message, field: str) -> tuple[str, ...]:
    """The words for `docker run`, as a shell would split them."""
    text = container.get("options", "")
    if container.get("enableImageStreaming"):
        return ()  # ignored then, like all that containerd is not told
    try:
        words = tuple(shlex.split(text))
    except ValueError as error:
        raise invalid(field, f"{text!r} cannot be split into words: {error}") from None
    names_network = any(word.split("=")[0] in _NETWORK_OPTIONS for word in words)
    if names_network and container.get("blockExternalNetwork"):
        raise invalid(field, f"{text!r} names a network, which block_external_network forbids")
    return words


def _container_mounts(
    container: Message, field: str, volumes: tuple[Mount, ...]
) -> tuple[Mount, ...]:
    """A container's `volumes` are docker's `HOST:PATH[:OPTIONS]`; none means the task's own."""
    texts = container.get("volumes", [])
    if not texts:
        return volumes
    mounts = []
    for number, text in enumerate(texts):
        host, *rest = text.split(":")
        if not host.startswith("/") or not 1 <= len(rest) <= _VOLUME_PARTS:
            raise invalid(
                f"{field}.container.volumes[{number}]",
                f"{text!r} is not HOST_PATH:CONTAINER_PATH or HOST_PATH:CONTAINER_PATH:ro",
            )
        disk, folder = host_mount(host.rstrip("/"), volumes)
        options = rest[1].split(",") if len(rest) == _VOLUME_PARTS else []
        mounts.append(Mount(rest[0].rstrip("/"), disk, folder, read_only="ro" in options))
    return tuple(mounts)
