"""Where a run comes from: its uploads, how its configuration differs, what it was run with."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from headrace.page.facts import Facts
from headrace.runs.records import InputObject

_MAX_IMAGES = 60


@dataclass(frozen=True)
class Setting:
    """A value of the configuration that the run set, beside the workflow's own."""

    name: str
    value: str
    default: str | None


@dataclass(frozen=True)
class Provenance:
    """See the attributes of `Facts` for where each comes from."""

    uploads: tuple[InputObject, ...]
    settings: tuple[Setting, ...]
    versions: tuple[tuple[str, str], ...]
    images: tuple[tuple[str, str], ...]


def provenance(facts: Facts) -> Provenance:
    """Return where the run comes from."""
    request = facts.request
    config = dict(_flat(request.config)) if request is not None else {}
    defaults = dict(_flat(facts.defaults))
    return Provenance(
        uploads=tuple(request.objects) if request is not None else (),
        settings=tuple(
            Setting(name, _text(value), _text(defaults[name]) if name in defaults else None)
            for name, value in config.items()
            if name not in defaults or defaults[name] != value
        ),
        versions=tuple((facts.journal.versions if facts.journal is not None else {}).items()),
        images=tuple(_images(facts))[:_MAX_IMAGES],
    )


def _images(facts: Facts) -> Iterable[tuple[str, str]]:
    """Yield each image once, with the rules that ran in it."""
    if facts.journal is None:
        return
    rule = {job.jobid: job.rule for job in facts.journal.jobs}
    users: dict[str, set[str]] = {}
    for attempt in facts.journal.attempts:
        rules = [rule[jobid] for jobid in attempt.jobids if jobid in rule]
        for image in attempt.images:
            users.setdefault(image, set()).update(rules)
    for image, rules_of_it in sorted(users.items()):
        yield image, ", ".join(sorted(rules_of_it))


def _flat(config: Mapping[str, Any], above: str = "") -> Iterable[tuple[str, Any]]:
    """Yield the values of nested settings by dotted names."""
    for name, value in config.items():
        if isinstance(value, Mapping) and value:
            yield from _flat(value, f"{above}{name}.")
        else:
            yield f"{above}{name}", value


def _text(value: Any) -> str:
    return value if isinstance(value, str) else str(value)
