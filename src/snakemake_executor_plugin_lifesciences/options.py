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
from headrace.planning.families import FAMILIES, GPU_TYPES
from headrace.records import nearest

PREFIX = "lifesciences_"
FILES = "files"
"""A resource of single rules that says nothing of machines; see `carrying`."""

PLAIN = ("gpu", "gpu_type")
"""Options that rules may also set without the prefix, by the names of other executors."""

_TRUE = {"true", "yes", "on", "1"}
_FALSE = {"false", "no", "off", "0"}
# Compute Engine, "Labels": what both APIs and the billing export take.
_LABEL_NAME = re.compile(r"(?!goog)[a-z][a-z0-9_-]{0,62}\Z")
_LABEL_VALUE = re.compile(r"[a-z0-9_-]{0,63}\Z")
_LABELS_AT_MOST = 60
"""Compute Engine takes 64 on a resource; ours and the service's own are among them."""

_TAG = re.compile(r"[a-z]([a-z0-9-]{0,61}[a-z0-9])?\Z")
_ZONE = re.compile(r"[a-z]+-[a-z]+[0-9]+-[a-z]\Z")
_VARIABLE = re.compile(r"[A-Za-z_][A-Za-z0-9_]*\Z")
_SECRET = re.compile(
    r"(projects/[a-z0-9:.-]+/secrets/)?[A-Za-z0-9_-]{1,255}(/versions/[a-z0-9-]+)?\Z"
)


@dataclass(frozen=True)
class JobOptions:
    """What may differ from rule to rule; see `ExecutorSettings` for meanings and units."""

    machine_type: str | None = None
    machine_families: tuple[str, ...] = ("e2", "n2", "n2d")
    gpu: int = 0
    gpu_type: str | None = None
    spot: bool = False
    max_spot_attempts: int = 3
    zones: tuple[str, ...] = ()
    boot_disk_mb: int = 30_000
    disk_type: DiskType = DiskType.BALANCED
    network: str | None = None
    subnetwork: str | None = None
    external_address: bool = False
    service_account: str | None = None
    tags: tuple[str, ...] = ()
    labels: tuple[tuple[str, str], ...] = ()
    secrets: tuple[tuple[str, str], ...] = ()
    image_streaming: bool = False
    min_cpu_platform: str | None = None
    reservation: str | None = None
    escalations: int = 0
    array_size: int = 1000
    array_minutes: int = 30

    @classmethod
    def of(cls, settings: Any, resources: Mapping[str, Any], rule: str) -> Self:
        """Return the options of a rule's job.

        Raises:
            JobRefusedError: an unknown `lifesciences_…` resource, or a value that does not fit.
        """
        plain = {name: resources[name] for name in PLAIN if name in resources}
        given = plain | {
            name.removeprefix(PREFIX): value
            for name, value in resources.items()
            if name.startswith(PREFIX)
        }
        known = [field.name for field in fields(cls)]
        for name in given:
            if name not in [*known, FILES]:
                hint = nearest(PREFIX + name, [PREFIX + option for option in [*known, FILES]])
                raise JobRefusedError(f"Rule {rule}: unknown resource '{PREFIX}{name}'{hint}")
        values = {name: given.get(name, getattr(settings, name)) for name in known}
        found = cls(**{name: _read(name, value, rule) for name, value in values.items()})
        if (found.network is None) != (found.subnetwork is None):
            raise JobRefusedError(
                f"Rule {rule}: {PREFIX}network and {PREFIX}subnetwork belong together: give both."
            )
        return found


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


def _count(text: str) -> int:
    if not text.isascii() or not text.isdecimal():
        raise ValueError("a whole number, 0 or more")
    return int(text)


def _positive(text: str) -> int:
    if not text.isascii() or not text.isdecimal() or int(text) == 0:
        raise ValueError("a whole number above 0")
    return int(text)


def _escalations(text: str) -> int:
    if _count(text) > MAX_ESCALATIONS:
        raise ValueError(f"a whole number up to {MAX_ESCALATIONS}")
    return int(text)


def _array_size(text: str) -> int:
    if not 0 < _count(text) <= MAX_ARRAY_SIZE:
        raise ValueError(f"a whole number from 1 to {MAX_ARRAY_SIZE}")
    return int(text)


def _words(text: str) -> tuple[str, ...]:
    return tuple(word.strip() for word in text.split(",") if word.strip())


def _matching(pattern: re.Pattern[str], what: str) -> Callable[[str], tuple[str, ...]]:
    def read(text: str) -> tuple[str, ...]:
        words = _words(text)
        if not all(pattern.match(word) for word in words):
            raise ValueError(what)
        return words

    return read


def _families(text: str) -> tuple[str, ...]:
    words = _words(text)
    if not words or not set(words) <= set(FAMILIES):
        raise ValueError(f"some of {', '.join(FAMILIES)}")
    return words


def _gpu_type(text: str) -> str:
    if text not in GPU_TYPES:
        raise ValueError(f"one of {', '.join(GPU_TYPES)}")
    return text


def _disk_type(text: str) -> DiskType:
    kinds = [kind.value for kind in DiskType]
    if text not in kinds:
        raise ValueError(f"one of {', '.join(kinds)}")
    return DiskType(text)


def _pairs(text: str) -> list[tuple[str, str]]:
    return [(name, value) for name, _, value in (word.partition("=") for word in _words(text))]


def _labels(text: str) -> tuple[tuple[str, str], ...]:
    pairs = _pairs(text)
    if not all(_LABEL_NAME.match(name) and _LABEL_VALUE.match(value) for name, value in pairs):
        raise ValueError(
            "name=value divided by commas, in lower-case letters, digits, - and _, not with goog"
        )
    if len(pairs) > _LABELS_AT_MOST:
        raise ValueError(f"at most {_LABELS_AT_MOST} labels")
    return tuple(pairs)


def _secrets(text: str) -> tuple[tuple[str, str], ...]:
    pairs = _pairs(text)
    if not all(_VARIABLE.match(name) and _SECRET.match(value) for name, value in pairs):
        raise ValueError("VARIABLE=SECRET divided by commas, with the secret's name and no value")
    return tuple(pairs)


MAX_ESCALATIONS = 5
"""Five doublings are 32 times what the rule asked for."""

MAX_ARRAY_SIZE = 10_000
"""Each task reads the plans of all: larger arrays would be busy with that."""

_LISTS = {"zones", "tags", "labels", "secrets"}
_READERS: Mapping[str, Callable[[str], Any]] = {
    "spot": _boolean,
    "external_address": _boolean,
    "image_streaming": _boolean,
    "gpu": _count,
    "gpu_type": _gpu_type,
    "boot_disk_mb": _positive,
    "max_spot_attempts": _positive,
    "escalations": _escalations,
    "array_size": _array_size,
    "array_minutes": _count,
    "zones": _matching(_ZONE, "zones such as us-central1-a, divided by commas"),
    "tags": _matching(_TAG, "network tags of lower-case letters, digits and -, divided by commas"),
    "labels": _labels,
    "secrets": _secrets,
    "machine_families": _families,
    "disk_type": _disk_type,
}
"""How an option is read from text; a `ValueError` says what to write instead."""
