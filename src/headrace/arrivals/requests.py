"""What a complete set asks for: the run's id, and its request."""

import hashlib
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from headrace.arrivals import sheets
from headrace.arrivals.checks import CONFIG_FIELD
from headrace.arrivals.sets import Complete, Member
from headrace.arrivals.triggers import Rule
from headrace.runs.records import ControllerTerms, InputObject, RunRequest
from headrace.settings import Settings

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
        controller=_terms(rule),
        profile=rule.workflow.profile,
        home=rule.workflow.home,
        cap=rule.cap,
        notify=rule.notify,
        samples=_samples(rule, complete.members),
    )


def _terms(rule: Rule) -> ControllerTerms:
    workflow = rule.workflow
    return ControllerTerms(hours=workflow.hours, spot=workflow.spot, restarts=workflow.restarts)


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
