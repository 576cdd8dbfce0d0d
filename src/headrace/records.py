"""Documents from outside, read into types: strict, and with one sentence when they do not fit."""

import re
from collections.abc import Iterable, Iterator
from enum import Enum
from typing import Any, TypeVar, get_args

import msgspec

from headrace.errors import RecordError

Record = TypeVar("Record")

_UNKNOWN_VALUE = re.compile(r"Invalid (enum )?value '(?P<value>[^']*)'")
_UNKNOWN_FIELD = re.compile(r"Object contains unknown field `(?P<name>[^`]*)`")


def decode_json(text: bytes | str, kind: type[Record], source: str) -> Record:
    """Read JSON of this kind; `source` names the document in the `RecordError` it may raise."""
    try:
        return msgspec.json.decode(text, type=kind)
    except (msgspec.DecodeError, UnicodeDecodeError) as error:
        raise RecordError(f"{source}: {_sentence(error, kind)}") from error


def decode_yaml(text: bytes | str, kind: type[Record], source: str) -> Record:
    """Read YAML of this kind; `source` names the document in the `RecordError` it may raise."""
    import yaml  # noqa: PLC0415 # a job's machine reads none, and would wait for the import

    try:
        document = yaml.safe_load(text)
    except yaml.YAMLError as error:
        problem = " ".join(str(error).split())
        raise RecordError(f"{source}: not YAML: {problem}.") from error
    return convert({} if document is None else document, kind, source)


def convert(document: Any, kind: type[Record], source: str, *, strict: bool = True) -> Record:
    """Turn plain dictionaries and lists into this kind; not `strict` reads numbers from text."""
    try:
        return msgspec.convert(document, kind, strict=strict)
    except msgspec.ValidationError as error:
        raise RecordError(f"{source}: {_sentence(error, kind)}") from error


def encode_json(record: Any) -> bytes:
    """Write a record as indented JSON, ending in a newline."""
    return msgspec.json.format(msgspec.json.encode(record), indent=2) + b"\n"


def nearest(name: str, known: Iterable[str]) -> str:
    """Return a sentence's end that says which known name was probably meant, if one is near."""
    import difflib  # noqa: PLC0415 # for mistakes only, and each job's machine would wait for it

    close = difflib.get_close_matches(name, sorted(set(known)), n=1)
    return f"; did you mean '{close[0]}'?" if close else "."


def _sentence(error: Exception, kind: Any) -> str:
    text = str(error)
    value = _UNKNOWN_VALUE.match(text)
    if value is not None:
        return f"{text}{nearest(value['value'], _known_values(kind))}"
    unknown = _UNKNOWN_FIELD.match(text)
    if unknown is None:
        return f"{text}."
    name = unknown["name"]
    return f"unknown key '{name}'{text[unknown.end() :]}{nearest(name, _field_names(kind))}"


def _known_values(kind: Any) -> Iterator[str]:
    """Yield the texts that stand for members of enumerations and for kinds of records."""
    if isinstance(kind, type) and issubclass(kind, Enum):
        yield from (str(member.value) for member in kind)
    elif isinstance(kind, type) and issubclass(kind, msgspec.Struct):
        if kind.__struct_config__.tag is not None:
            yield str(kind.__struct_config__.tag)
        for field in msgspec.structs.fields(kind):
            yield from _known_values(field.type)
    else:
        for part in get_args(kind):
            yield from _known_values(part)


def _field_names(kind: Any) -> Iterator[str]:
    if isinstance(kind, type) and issubclass(kind, msgspec.Struct):
        for field in msgspec.structs.fields(kind):
            yield field.encode_name
            yield from _field_names(field.type)
        return
    for part in get_args(kind):
        yield from _field_names(part)
