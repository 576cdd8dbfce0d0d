"""Typed records to JSON and back, by their annotations.

It knows what the records of a job are made of: frozen dataclasses, enums, times, mappings, and
sequences of such. A dataclass carries its name, which tells the members of a union apart.
"""

from __future__ import annotations

import types
from collections.abc import Mapping
from dataclasses import fields, is_dataclass
from datetime import datetime
from enum import Enum
from functools import cache
from typing import Any, Union, get_args, get_origin, get_type_hints

_KIND = "is"


def encode(value: object) -> Any:
    """The JSON of a record; TypeError for what it does not know."""
    match value:
        case None | bool() | int() | float() | str():
            return value
        case Enum():
            return value.name
        case datetime():
            return value.isoformat()
        case Mapping():
            return {str(key): encode(item) for key, item in value.items()}
        case list() | tuple() | frozenset():
            return [encode(item) for item in value]
    if is_dataclass(value):
        own = {field.name: encode(getattr(value, field.name)) for field in fields(value)}
        return {_KIND: type(value).__name__, **own}
    raise TypeError(f"{value!r} cannot be kept as JSON")


def decode(hint: Any, value: Any) -> Any:
    """The record of the annotated type `hint` that `encode` made `value` of.

    What an older version did not know yet has its default.
    """
    origin, arguments = get_origin(hint), get_args(hint)
    if origin in {Union, types.UnionType}:
        return _decode_union(arguments, value)
    if origin is not None and issubclass(origin, Mapping):
        return {key: decode(arguments[1], item) for key, item in value.items()}
    if origin is not None:
        return origin(decode(arguments[0], item) for item in value)
    if isinstance(hint, type) and is_dataclass(hint):
        own = _hints(hint)
        return hint(**{name: decode(own[name], value[name]) for name in own if name in value})
    if isinstance(hint, type) and issubclass(hint, Enum):
        return hint[value]
    return datetime.fromisoformat(value) if hint is datetime else value


def _decode_union(members: tuple[Any, ...], value: Any) -> Any:
    if value is None:
        return None
    known = [member for member in members if member is not types.NoneType]
    if isinstance(value, dict) and _KIND in value:
        known = [member for member in known if member.__name__ == value[_KIND]]
    return decode(known[0], value)


@cache
def _hints(record: type) -> dict[str, Any]:
    return get_type_hints(record)
