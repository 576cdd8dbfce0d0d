"""What a complete set asks for: the run's id, and its request."""

import hashlib
from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from typing import Any

from headrace.arrivals import sheets
from headrace.arrivals.checks import CONFIG_FIELD
from headrace.arrivals.decisions import Key, Member, Ready
from headrace.arrivals.triggers import Rule
from headrace.runs.records import ControllerTerms, InputObject, RunRequest, Sheet
from headrace.settings import Settings

_SAMPLE = "sample"
_STEM_DIGITS = 8
_TAIL_DIGITS = 12


def run_stem(key: Key) -> str:
    """Return `<rule>-<8 hex>`: how the ids of all runs of one set begin."""
    return f"{key[0]}-{_digest(key)[:_STEM_DIGITS]}"


def run_id(ready: Ready) -> str:
    """Return `<rule>-<20 hex>`: the same for the same uploads, new when one is uploaded again.

    The first 8 digits are of the set, the other 12 of the uploads or what stands for them.
    """
    uploads = sorted(f"{m.object.uri}#{m.object.generation}" for m in ready.everything)
    return run_stem(ready.key) + (ready.tail or _digest(uploads)[:_TAIL_DIGITS])


def later_tail(ready: Ready, number: int) -> str:
    """Return the second half of the id for a set's run number `number`, counted from 0."""
    return _digest([run_id(ready), str(number)])[:_TAIL_DIGITS]


def run_request(
    rule: Rule,
    ready: Ready,
    settings: Settings,
    now: datetime,
    predecessor: str | None = None,
) -> RunRequest:
    """Return the request of a complete set, to be carried out by the settings' controller."""
    names = {"inbox": str(settings.inbox), "results": settings.results, **ready.fields}
    sheet = ready.sheet or sheets.build(rule, ready.members)
    return RunRequest(
        run_id=run_id(ready),
        rule=rule.name,
        created=now,
        objects=[_input_object(member) for member in ready.everything],
        sheet=sheet,
        config=_filled(rule.workflow.config, names),
        targets=rule.workflow.targets,
        image=settings.controller_image,
        controller=_terms(rule),
        profile=rule.workflow.profile,
        home=rule.workflow.home,
        cap=rule.cap,
        notify=rule.notify,
        predecessor=predecessor,
        samples=_samples(rule, ready.members, sheet),
    )


def _terms(rule: Rule) -> ControllerTerms:
    workflow = rule.workflow
    return ControllerTerms(hours=workflow.hours, spot=workflow.spot, restarts=workflow.restarts)


def _digest(parts: Iterable[str]) -> str:
    return hashlib.sha256("\n".join(parts).encode()).hexdigest()


def _samples(rule: Rule, members: Sequence[Member], sheet: Sheet | None) -> list[str]:
    """Return the samples' names: as the rule says, or by the sheet, or by the pattern."""
    text = rule.workflow.samples
    if text is None and sheet is not None and _SAMPLE in sheet.columns:
        column = sheet.columns.index(_SAMPLE)
        return sorted({row[column] for row in sheet.rows})
    if text is None and _SAMPLE not in rule.members.fields:
        return []
    return sorted({(text or f"{{{_SAMPLE}}}").format_map(member.fields) for member in members})


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
