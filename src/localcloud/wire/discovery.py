"""Strict request checks from Google's own discovery documents.

The documents come with google-api-python-client. They say which fields, types and enum values a
message has; they say nothing of required fields, ranges, labels or oneofs, which the `*_rules`
modules add. `normalize` accepts what protobuf's JSON parser accepts (camelCase or snake_case names,
nulls, int64 as number or text, enums as number or name) and answers the canonical form, so that
everything behind it sees one spelling.
"""

from __future__ import annotations

import base64
import binascii
import json
import re
from collections.abc import Callable, Mapping
from functools import cache
from importlib import resources
from typing import Any

from localcloud.wire.errors import ApiError, Code, FieldViolation
from localcloud.wire.times import parse_duration, parse_timestamp

Schema = Mapping[str, Any]

_INTEGER = re.compile(r"-?\d+")
_INTEGER_RANGES = {
    "int32": (-(2**31), 2**31 - 1),
    "uint32": (0, 2**32 - 1),
    "int64": (-(2**63), 2**63 - 1),
    "uint64": (0, 2**64 - 1),
}


@cache
def document(name: str) -> Mapping[str, Any]:
    """The discovery document `name`, such as `batch.v1`."""
    package = resources.files("googleapiclient") / "discovery_cache" / "documents"
    loaded: Mapping[str, Any] = json.loads((package / f"{name}.json").read_bytes())
    return loaded


def normalize(api: str, schema: str, message: Any, root: str = "") -> dict[str, Any]:
    """Check a JSON message against `schema` of the discovery document `api`.

    Args:
        api: name of the document, such as `lifesciences.v2beta`.
        schema: name of the message, such as `RunPipelineRequest`.
        message: the decoded JSON.
        root: how Google calls the message in field paths (`job`), empty for a whole body.

    Returns:
        The message with canonical names and values, nulls and output-only fields left out.

    Raises:
        ApiError: INVALID_ARGUMENT naming every wrong field by its path.
    """
    check = _Check(document(api)["schemas"])
    normal = check.message(schema, message, root)
    if check.violations:
        text = "\n".join(v.description for v in check.violations)
        raise ApiError(Code.INVALID_ARGUMENT, text, check.violations)
    return normal


def check_query(
    api: str, parameters: Mapping[str, Any], query: Mapping[str, str]
) -> dict[str, str]:
    """Check a request's query against a method's parameters; ApiError on an unknown one.

    Answers the method's own parameters, canonically named; system ones (`$alt`) are dropped.
    """
    system = document(api)["parameters"]
    known: dict[str, str] = {}
    for raw, value in query.items():
        name = _camel(raw)
        if name in parameters:
            known[name] = value
        elif raw.lstrip("$") not in system:
            description = (
                f'Invalid JSON payload received. Unknown name "{raw}": '
                "Cannot bind query parameter. Field could not be found in request message."
            )
            raise ApiError(Code.INVALID_ARGUMENT, description, [FieldViolation(raw, description)])
    return known


class _Check:
    """Walks one message and collects what is wrong with it."""

    def __init__(self, schemas: Mapping[str, Schema]) -> None:
        self._schemas = schemas
        self.violations: list[FieldViolation] = []

    def message(self, schema_name: str, value: Any, path: str) -> dict[str, Any]:
        if not isinstance(value, dict):
            self._wrong_type(path, schema_name, value)
            return {}
        properties = self._schemas[schema_name].get("properties", {})
        normal: dict[str, Any] = {}
        for raw, inner in value.items():
            name = raw if raw in properties else _camel(raw)
            if name not in properties:
                self._unknown(raw, path)
            elif inner is not None and not properties[name].get("readOnly"):
                normal[name] = self._value(properties[name], inner, _join(path, _snake(name)))
        return normal

    def _value(self, schema: Schema, value: Any, path: str) -> Any:
        if "$ref" in schema:
            return self.message(schema["$ref"], value, path)
        if "enum" in schema:
            return self._enum(schema["enum"], value, path)
        kind: str = schema["type"]
        return getattr(self, f"_{kind}")(schema, value, path)

    def _array(self, schema: Schema, value: Any, path: str) -> list[Any]:
        if not isinstance(value, list):
            self._wrong_type(path, "list", value)
            return []
        items = schema["items"]
        return [self._value(items, item, f"{path}[{i}]") for i, item in enumerate(value)]

    def _object(self, schema: Schema, value: Any, path: str) -> dict[str, Any]:
        if not isinstance(value, dict):
            self._wrong_type(path, "map", value)
            return {}
        inner = schema["additionalProperties"]
        return {
            key: self._value(inner, item, f'{path}["{key}"]')
            for key, item in value.items()
            if item is not None
        }

    def _any(self, _schema: Schema, value: Any, _path: str) -> Any:
        return value

    def _boolean(self, _schema: Schema, value: Any, path: str) -> bool:
        if not isinstance(value, bool):
            self._wrong_type(path, "TYPE_BOOL", value)
            return False
        return value

    def _integer(self, schema: Schema, value: Any, path: str) -> int:
        form = schema.get("format", "int32")
        number = _as_integer(value)
        low, high = _INTEGER_RANGES[form]
        if number is None or not low <= number <= high:
            self._wrong_type(path, f"TYPE_{form.upper()}", value)
            return 0
        return number

    def _string(self, schema: Schema, value: Any, path: str) -> str:
        form = schema.get("format", "")
        if form in _INTEGER_RANGES:
            return str(self._integer(schema, value, path))
        if not isinstance(value, str) or not _well_formed(form, value):
            self._wrong_type(path, _PROTO_NAMES.get(form, "TYPE_STRING"), value)
            return ""
        return value

    def _enum(self, names: list[str], value: Any, path: str) -> str:
        number = value if isinstance(value, int) and not isinstance(value, bool) else None
        if number is not None and 0 <= number < len(names):
            return names[number]
        if value in names:
            return str(value)
        self._wrong_type(path, "TYPE_ENUM", value)
        return names[0]

    def _unknown(self, name: str, path: str) -> None:
        where = f" at '{path}'" if path else ""
        self.violations.append(
            FieldViolation(
                path,
                f'Invalid JSON payload received. Unknown name "{name}"{where}: Cannot find field.',
            )
        )

    def _wrong_type(self, path: str, kind: str, value: Any) -> None:
        shown = json.dumps(value)[:200]
        self.violations.append(FieldViolation(path, f"Invalid value at '{path}' ({kind}), {shown}"))


_PROTO_NAMES = {
    "byte": "TYPE_BYTES",
    "google-datetime": "type.googleapis.com/google.protobuf.Timestamp",
    "google-duration": "type.googleapis.com/google.protobuf.Duration",
}


def _decode_base64(text: str) -> None:
    base64.b64decode(text, validate=True)


_FORMS: Mapping[str, Callable[[str], object]] = {
    "byte": _decode_base64,
    "google-datetime": parse_timestamp,
    "google-duration": parse_duration,
}


def _well_formed(form: str, text: str) -> bool:
    parse = _FORMS.get(form)
    if parse is None:
        return True
    try:
        parse(text)
    except (ValueError, binascii.Error):
        return False
    return True


def _as_integer(value: Any) -> int | None:
    if isinstance(value, bool):
        return None
    if isinstance(value, int):
        return value
    if isinstance(value, float) and value.is_integer():
        return int(value)
    if isinstance(value, str) and _INTEGER.fullmatch(value):
        return int(value)
    return None


def _camel(name: str) -> str:
    head, *rest = name.split("_")
    return head + "".join(part[:1].upper() + part[1:] for part in rest)


def _snake(name: str) -> str:
    return re.sub(r"(?<!^)([A-Z])", r"_\1", name).lower()


def _join(path: str, name: str) -> str:
    return f"{path}.{name}" if path else name
