"""Replies against Google's discovery documents: no unknown field, no wrong type."""

from collections.abc import Mapping
from typing import Any

from localcloud.wire.discovery import document

_TYPES: Mapping[str, type | tuple[type, ...]] = {
    "string": str,
    "boolean": bool,
    "integer": int,
    "number": (int, float),
    "array": list,
}


def assert_conforms(api: str, schema: str, message: Any, path: str = "") -> None:
    """Fail unless a message is one of this schema of the discovery document `api`."""
    assert isinstance(message, dict), f"{path}: {message!r} is not a {schema}"
    properties = document(api)["schemas"][schema].get("properties", {})
    for name, value in message.items():
        assert name in properties, f"{path}: {schema} has no field {name!r}"
        _check(api, properties[name], value, f"{path}.{name}")


def _check(api: str, schema: Mapping[str, Any], value: Any, path: str) -> None:
    if "$ref" in schema:
        assert_conforms(api, schema["$ref"], value, path)
    elif "enum" in schema:
        names = schema["enum"]
        assert value in names or value in range(len(names)), f"{path}: {value!r} is not in {names}"
    elif "additionalProperties" in schema:
        for key, item in value.items():
            _check(api, schema["additionalProperties"], item, f"{path}[{key}]")
    elif schema["type"] == "array":
        assert isinstance(value, list), f"{path}: {value!r} is no list"
        for number, item in enumerate(value):
            _check(api, schema["items"], item, f"{path}[{number}]")
    elif schema["type"] in _TYPES:
        assert isinstance(value, _TYPES[schema["type"]]), f"{path}: {value!r} is of a wrong type"
