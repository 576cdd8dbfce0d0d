"""Enums as numbers, for clients that ask for `$alt=json;enum-encoding=int`."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from localcloud.wire.discovery import document

INTEGER_ALT = "json;enum-encoding=int"


def enums_as_numbers(api: str, schema: str, message: Mapping[str, Any]) -> dict[str, Any]:
    """The message with every enum's name replaced by its number.

    The discovery documents list enum values in the order of their numbers, from 0.
    """
    properties = document(api)["schemas"][schema].get("properties", {})
    return {name: _value(api, properties.get(name, {}), item) for name, item in message.items()}


def _value(api: str, schema: Mapping[str, Any], value: Any) -> Any:
    if "$ref" in schema:
        return enums_as_numbers(api, schema["$ref"], value)
    if "enum" in schema:
        return schema["enum"].index(value)
    if "items" in schema:
        return [_value(api, schema["items"], item) for item in value]
    if "additionalProperties" in schema and isinstance(value, dict):
        inner = schema["additionalProperties"]
        return {key: _value(api, inner, item) for key, item in value.items()}
    return value
