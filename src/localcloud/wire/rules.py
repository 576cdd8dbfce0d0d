"""Rules both APIs share and no discovery document states: places, labels, names, regions."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence

from localcloud.jobs.machine_types import MachineType, parse_machine_type
from localcloud.wire.errors import invalid

LABEL_LIMIT = 64
_LABEL_KEY = re.compile(r"[a-z][-a-z0-9_]{0,62}")
_LABEL_VALUE = re.compile(r"[-a-z0-9_]{0,63}")
_RESERVED_LABELS = ("goog-", "google-")
_REGION = re.compile(r"[a-z]+-[a-z]+\d{1,2}")
_ZONE = re.compile(r"([a-z]+-[a-z]+\d{1,2})-[a-z]")
_TOPIC = re.compile(r"projects/[^/]+/topics/[^/]+")
_VARIABLE = re.compile(r"[^=\0]+")


def check_labels(field: str, labels: Mapping[str, str]) -> None:
    """Refuse labels that Google refuses (https://cloud.google.com/compute/docs/labeling-resources).

    Keys start with a lower-case letter; keys and values hold lower-case letters, digits, `_` and
    `-`, at most 63 of them; at most 64 labels; `goog-` and `google-` are Google's.
    """
    if len(labels) > LABEL_LIMIT:
        raise invalid(field, f"{len(labels)} labels; at most {LABEL_LIMIT} are allowed")
    for key, value in labels.items():
        if not _LABEL_KEY.fullmatch(key):
            raise invalid(field, f"label key {key!r} does not match [a-z][-a-z0-9_]{{0,62}}")
        if key.startswith(_RESERVED_LABELS):
            raise invalid(field, f"label key {key!r}: the prefix is reserved for Google")
        if not _LABEL_VALUE.fullmatch(value):
            raise invalid(
                field, f"value {value!r} of label {key!r} does not match [-a-z0-9_]{{0,63}}"
            )


def check_environment(field: str, variables: Mapping[str, str]) -> None:
    """Refuse names and values that no process can have in its environment."""
    for name, value in variables.items():
        if not _VARIABLE.fullmatch(name) or "\0" in value:
            raise invalid(field, f"{name!r} cannot be an environment variable")


def check_topic(field: str, name: str) -> None:
    """Refuse what is not the name of a Pub/Sub topic."""
    if not _TOPIC.fullmatch(name):
        raise invalid(field, f"{name!r} is not a topic such as 'projects/P/topics/T'")


def check_machine_type(field: str, name: str) -> MachineType:
    """The machine type of that name; ApiError when there is none."""
    try:
        return parse_machine_type(name)
    except ValueError as error:
        raise invalid(field, str(error)) from None


def check_region(field: str, name: str) -> str:
    """The region of that name, such as `us-central1`; ApiError when it is not one."""
    if not _REGION.fullmatch(name):
        raise invalid(field, f"{name!r} is not a region such as 'us-central1'")
    return name


def check_zone(field: str, name: str) -> str:
    """The region of the zone of that name; ApiError when it is not one."""
    match = _ZONE.fullmatch(name)
    if match is None:
        raise invalid(field, f"{name!r} is not a zone such as 'us-central1-a'")
    return match[1]


def check_range(field: str, value: float, low: float, high: float) -> None:
    """Refuse a value outside `low`..`high`, both included."""
    if not low <= value <= high:
        raise invalid(field, f"{value:g} is not between {low:g} and {high:g}")


def check_choice(field: str, message: Mapping[str, object], names: Sequence[str]) -> str:
    """The one of the fields `names` that a message sets; ApiError unless exactly one is."""
    present = [name for name in names if name in message]
    if len(present) != 1:
        given = f"not {' and '.join(present)}" if present else "none is set"
        raise invalid(field, f"exactly one of {', '.join(names)} must be set; {given}")
    return present[0]
