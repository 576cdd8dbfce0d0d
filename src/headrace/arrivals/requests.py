"""What a complete set asks for: the run's id, its request, and the job that carries it out."""

import hashlib
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

import msgspec

from headrace import settings as settings_module
from headrace.arrivals import sheets
from headrace.arrivals.checks import CONFIG_FIELD
from headrace.arrivals.sets import Complete, Member
from headrace.arrivals.triggers import Rule
from headrace.gcs import ObjectUri
from headrace.pipeline import Action, Disk, Machine, Network, Pipeline
from headrace.runs.records import RUN_FILE, InputObject, RunRequest, run_folder
from headrace.runs.workspace import WORK_MOUNT, WORK_VARIABLE
from headrace.services.protocol import RUN_LABEL
from headrace.settings import Settings

CONTROLLERS = "controllers"
"""Run label of all controllers: a run's own label is for its jobs, which its head polls."""

_MACHINE_TYPE = "e2-standard-2"
_CPUS = 2
_MEMORY_MB = 8 * 1024
_DISK_GB = 50
_HEX_DIGITS = 20


def run_id(rule: str, members: Sequence[Member]) -> str:
    """Return `<rule>-<20 hex>`: the same for the same uploads, new when one is uploaded again."""
    uploads = sorted(
        f"{m.object.uri.bucket}/{m.object.uri.name}#{m.object.generation}" for m in members
    )
    digest = hashlib.sha256("\n".join([rule, *uploads]).encode()).hexdigest()
    return f"{rule}-{digest[:_HEX_DIGITS]}"


def run_request(rule: Rule, complete: Complete, settings: Settings, now: datetime) -> RunRequest:
    """Return the request of a complete set, to be carried out by the settings' controller."""
    names = {"inbox": str(settings.inbox), "results": settings.results}
    fields = complete.members[0].fields
    names |= {field: fields[field] for field in rule.when.sharing}
    return RunRequest(
        run_id=run_id(rule.name, complete.members),
        rule=rule.name,
        created=now,
        objects=[_input_object(member) for member in complete.members],
        sheet=sheets.build(rule, complete.members),
        config=_filled(rule.workflow.config, names),
        targets=rule.workflow.targets,
        image=settings.controller_image,
        profile=rule.workflow.profile,
        cap=rule.cap,
        notify=rule.notify,
        samples=_samples(rule, complete.members),
    )


def request_uri(settings: Settings, run: str) -> ObjectUri:
    """Return the address of a run's request."""
    return run_folder(settings.results, run) / RUN_FILE


def controller_job(settings: Settings, run: str, hours: int) -> Pipeline:
    """Return the job that carries a run out: `headrace-controller` on its request."""
    environment = settings_module.environment(msgspec.structs.replace(settings, run=run))
    action = Action(
        name="controller",
        image=settings.controller_image,
        entrypoint="headrace-controller",
        commands=(str(request_uri(settings, run)),),
        environment={**environment, WORK_VARIABLE: WORK_MOUNT},
    )
    labels = {RUN_LABEL: CONTROLLERS}
    return Pipeline((action,), _machine(settings, labels), hours * 3600, labels=labels)


def _samples(rule: Rule, members: Sequence[Member]) -> list[str]:
    text = rule.workflow.samples
    if text is None:
        if "sample" not in rule.pattern.fields:
            return []
        text = "{sample}"
    return sorted({text.format_map(member.fields) for member in members})


def _filled(value: Any, names: Mapping[str, str]) -> Any:
    """Return a configuration with names in braces replaced in all its texts."""
    match value:
        case str():
            return CONFIG_FIELD.sub(lambda found: names[found[1]], value)
        case dict():
            return {key: _filled(part, names) for key, part in value.items()}
        case list():
            return [_filled(part, names) for part in value]
        case _:
            return value


def _machine(settings: Settings, labels: dict[str, str]) -> Machine:
    network = None
    if settings.network is not None and settings.subnetwork is not None:
        network = Network(settings.network, settings.subnetwork)
    return Machine(
        machine_type=_MACHINE_TYPE,
        cpus=_CPUS,
        memory_mb=_MEMORY_MB,
        region=settings.region,
        disk=Disk("work", _DISK_GB, WORK_MOUNT),
        service_account=settings.controller_service_account,
        network=network,
        labels=labels,
    )


def _input_object(member: Member) -> InputObject:
    stored = member.object
    return InputObject(
        bucket=stored.uri.bucket,
        name=stored.uri.name,
        generation=stored.generation,
        size=stored.size,
        crc32c=stored.crc32c,
        fields=dict(member.fields),
    )
