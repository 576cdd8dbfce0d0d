"""Options that a profile sets for all jobs and a rule for itself: pure.

Each is a field of `ExecutorSettings` (`--lifesciences-spot`) and a resource of rules
(`lifesciences_spot=True`); the rule's wins. `docs/executor.md` lists them.
"""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, fields
from typing import Any, Self

from headrace.errors import JobRefusedError
from headrace.pipeline import DiskType
from headrace.planning.machines import FAMILIES
from headrace.records import nearest

PREFIX = "lifesciences_"
_TRUE = {"true", "yes", "on", "1"}
_FALSE = {"false", "no", "off", "0"}
# Compute Engine, "Labels": what both APIs and the billing export take.
_LABEL_NAME = re.compile(r"[a-z][a-z0-9_-]{0,62}\Z")
_LABEL_VALUE = re.compile(r"[a-z0-9_-]{0,63}\Z")


@dataclass(frozen=True)
class JobOptions:
    """What may differ from rule to rule; see `ExecutorSettings` for meanings and units."""

    machine_type: str | None = None
    machine_families: tuple[str, ...] = ("e2", "n2", "n2d")
    spot: bool = False
    max_spot_attempts: int = 2
    zones: tuple[str, ...] = ()
    boot_disk_mb: int = 30_000
    disk_type: DiskType = DiskType.BALANCED
    network: str | None = None
    subnetwork: str | None = None
    external_address: bool = False
    service_account: str | None = None
    tags: tuple[str, ...] = ()
    labels: tuple[tuple[str, str], ...] = ()
    min_cpu_platform: str | None = None
    reservation: str | None = None

    @classmethod
    def of(cls, settings: Any, resources: Mapping[str, Any], rule: str) -> Self:
        """Return the options of a rule's job.

        Raises:
            JobRefusedError: an unknown `lifesciences_…` resource, or a value that does not fit.
        """
        given = {
            name.removeprefix(PREFIX): value
            for name, value in resources.items()
            if name.startswith(PREFIX)
        }
        known = [field.name for field in fields(cls)]
        for name in given:
            if name not in known:
                hint = nearest(PREFIX + name, [PREFIX + option for option in known])
                raise JobRefusedError(f"Rule {rule}: unknown resource '{PREFIX}{name}'{hint}")
        values = {name: given.get(name, getattr(settings, name)) for name in known}
        return cls(**{name: _read(name, value, rule) for name, value in values.items()})


def _read(name: str, value: Any, rule: str) -> Any:
    """Turn what a person wrote into the option's type."""
    if value is None:
        return () if name in _LISTS else None
    try:
        return _READERS[name](str(value)) if name in _READERS else str(value)
    except ValueError as error:
        raise JobRefusedError(f"Rule {rule}: {PREFIX}{name} is '{value}': write {error}.") from None


def _boolean(text: str) -> bool:
    if text.lower() not in _TRUE | _FALSE:
        raise ValueError("true or false")
    return text.lower() in _TRUE


def _positive(text: str) -> int:
    if not text.isdecimal() or int(text) == 0:
        raise ValueError("a whole number above 0")
    return int(text)


def _words(text: str) -> tuple[str, ...]:
    return tuple(word.strip() for word in text.split(",") if word.strip())


def _families(text: str) -> tuple[str, ...]:
    known = [family.name for family in FAMILIES]
    words = _words(text)
    if not words or not set(words) <= set(known):
        raise ValueError(f"some of {', '.join(known)}")
    return words


def _disk_type(text: str) -> DiskType:
    kinds = [kind.value for kind in DiskType]
    if text not in kinds:
        raise ValueError(f"one of {', '.join(kinds)}")
    return DiskType(text)


def _labels(text: str) -> tuple[tuple[str, str], ...]:
    pairs = [word.partition("=") for word in _words(text)]
    if not all(_LABEL_NAME.match(name) and _LABEL_VALUE.match(value) for name, _, value in pairs):
        raise ValueError("name=value divided by commas, in lower-case letters, digits, - and _")
    return tuple((name, value) for name, _, value in pairs)


_LISTS = {"zones", "tags", "labels"}
_READERS: Mapping[str, Callable[[str], Any]] = {
    "spot": _boolean,
    "external_address": _boolean,
    "boot_disk_mb": _positive,
    "max_spot_attempts": _positive,
    "zones": _words,
    "tags": _words,
    "labels": _labels,
    "machine_families": _families,
    "disk_type": _disk_type,
}
"""How an option is read from text; a `ValueError` says what to write instead."""
