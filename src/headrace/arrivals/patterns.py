"""Patterns over object names: `{folder}/{sample}_{lane}_R{read}.fastq.gz`.

A field in braces stands for one to 64 letters, digits and `_ . -`, begins with a letter or digit
and never holds a slash. Where two divisions fit, the fields further left take as much as they can.
"""

import re
import string
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from headrace import gcs
from headrace.errors import InputError, UnsafeNameError

MAX_FIELDS_PER_PART = 4
"""Between two slashes; bounds how long a hostile name can keep the matcher busy."""

_VALUE = r"[A-Za-z0-9][A-Za-z0-9_.-]{0,63}"
_FIELD_NAME = re.compile(r"[a-z][a-z0-9_]{0,31}\Z")

Choices = Mapping[str, Sequence[str]]
"""The only values that a field may have, for fields that are limited."""


@dataclass(frozen=True)
class Pattern:
    """A pattern, ready to match; made by `parse`."""

    text: str
    fields: tuple[str, ...]
    regex: re.Pattern[str]

    def match(self, name: str) -> dict[str, str] | None:
        """Return the fields of an object name, or nothing if it does not fit."""
        found = self.regex.fullmatch(name)
        return found.groupdict() if found else None

    def name(self, fields: Mapping[str, str]) -> str:
        """Return the object name with these fields: what `match` takes apart."""
        return self.text.format_map(fields)

    @property
    def ending(self) -> str:
        """The text behind the last field."""
        return self.text.rpartition("}")[2]

    def hint(self, fields: Mapping[str, str]) -> str:
        """Return the pattern with these fields filled in, for people."""
        open_fields = {field: f"{{{field}}}" for field in self.fields}
        return f"'{self.text.format_map(open_fields | dict(fields))}'"

    def prefix(self, fields: Mapping[str, str]) -> str:
        """Return the beginning that all names with these fields share; the others are open."""
        start = ""
        for literal, field, _, _ in string.Formatter().parse(self.text):
            start += literal
            if field is None or field not in fields:
                break
            start += fields[field]
        return start


def is_value(text: str) -> bool:
    """Say whether a field could have this value."""
    return re.fullmatch(_VALUE, text) is not None


def parse(text: str, choices: Choices) -> Pattern:
    """Read a pattern; raises `InputError` saying what is wrong with it."""
    try:
        pieces = [(literal, field) for literal, field, *_ in string.Formatter().parse(text)]
    except ValueError as error:
        raise InputError(f"pattern '{text}' has unmatched braces: {error}") from error
    fields = tuple(field for _, field in pieces if field is not None)
    _check(text, pieces, fields)
    regex = "".join(re.escape(literal) + _group(field, choices) for literal, field in pieces)
    return Pattern(text, fields, re.compile(regex))


def _group(field: str | None, choices: Choices) -> str:
    if field is None:
        return ""
    values = [re.escape(value) for value in choices.get(field, ())]
    return f"(?P<{field}>{'|'.join(values) or _VALUE})"


def _check(text: str, pieces: list[tuple[str, str | None]], fields: tuple[str, ...]) -> None:
    if not fields:
        raise InputError(f"pattern '{text}' has no field: write one in braces, such as {{sample}}.")
    if text != "".join(
        literal + ("" if field is None else f"{{{field}}}") for literal, field in pieces
    ):
        raise InputError(f"pattern '{text}' has more than a name in braces: write {{sample}}.")
    for field in fields:
        if not _FIELD_NAME.match(field):
            raise InputError(
                f"pattern '{text}' has the field '{field}': "
                "use small letters, digits and _, with a letter first."
            )
        if fields.count(field) > 1:
            raise InputError(f"pattern '{text}' has the field '{field}' twice.")
    if "}{" in text:
        raise InputError(f"pattern '{text}' has fields side by side: put a character between them.")
    if any(part.count("{") > MAX_FIELDS_PER_PART for part in text.split("/")):
        raise InputError(
            f"pattern '{text}' has more than {MAX_FIELDS_PER_PART} fields between two slashes."
        )
    try:
        gcs.check_name(text.format_map(dict.fromkeys(fields, "x")), "pattern")
    except UnsafeNameError as error:
        raise InputError(f"pattern '{text}' could match no permitted name: {error}") from error
