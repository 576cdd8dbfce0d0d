"""Checking documents against JSON schemas, with one sentence for people when they do not fit.

Every value in our schemas carries a `description` that completes the sentence "must be …".
"""

from collections.abc import Iterable, Mapping
from difflib import get_close_matches
from pathlib import Path
from typing import Any, cast

import yaml
from jsonschema import Draft202012Validator
from jsonschema.exceptions import ValidationError, best_match

SCHEMAS = Path(__file__).parent.parent / "schemas"


class InputError(ValueError):
    """The user's configuration or sample sheet cannot be used; the message is one sentence."""


def load_schema(name: str) -> Mapping[str, Any]:
    """Read `schemas/NAME.schema.yaml`."""
    schema: Mapping[str, Any] = yaml.safe_load((SCHEMAS / f"{name}.schema.yaml").read_text())
    return schema


def check(document: object, schema: Mapping[str, Any], subject: str) -> None:
    """Raise InputError if `document` does not fit; `subject` says where it came from."""
    error = best_match(Draft202012Validator(schema).iter_errors(document))
    if error is not None:
        raise InputError(f"{subject}: {_sentence(error)}")


def suggestion(name: str, known: Iterable[str]) -> str:
    """What to write instead of the unknown `name`: the most similar known name, or all of them."""
    names = list(known)
    similar = get_close_matches(name, names, n=1)
    return f"did you mean {similar[0]!r}?" if similar else f"known are {', '.join(names)}."


def _sentence(error: ValidationError) -> str:
    place = ".".join(str(part) for part in error.absolute_path)
    schema = cast("Mapping[str, Any]", error.schema)
    instance: Any = error.instance
    if error.validator == "additionalProperties":
        known = schema["properties"]
        unknown = next(key for key in instance if key not in known)
        return f"unknown key {_join(place, unknown)!r}; {suggestion(unknown, known)}"
    if error.validator == "required":
        missing = next(key for key in schema["required"] if key not in instance)
        return f"the key {_join(place, missing)!r} is missing."
    return f"{place or 'it'} is {instance!r} but must be {schema['description']}."


def _join(place: str, key: str) -> str:
    return f"{place}.{key}" if place else key
