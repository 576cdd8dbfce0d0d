"""List filters, after https://google.aip.dev/160: text -> expression -> yes or no.

Restrictions `field op value` joined by AND, OR, NOT, `-`, parentheses or mere blanks (which mean
AND). As AIP-160 has it, OR binds tighter than AND.
"""

from __future__ import annotations

import operator
import re
from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass
from datetime import datetime

from localcloud.wire.errors import ApiError, Code
from localcloud.wire.times import parse_timestamp

Scalar = str | int | bool | datetime
Value = Scalar | Collection[str] | None
Lookup = Callable[[tuple[str, ...]], Value]
"""Gives a field's value by its path, None when it is not set; KeyError when there is no such."""

_MAX_DEPTH = 50


@dataclass(frozen=True, slots=True)
class Restriction:
    """One comparison, such as `labels."job-id" = "x"`."""

    field: tuple[str, ...]
    comparator: str
    argument: str


@dataclass(frozen=True, slots=True)
class Not:
    """The opposite of an expression."""

    operand: Expression


@dataclass(frozen=True, slots=True)
class And:
    """All of the expressions; of none: everything."""

    operands: tuple[Expression, ...]


@dataclass(frozen=True, slots=True)
class Or:
    """Any of the expressions."""

    operands: tuple[Expression, ...]


Expression = Restriction | Not | And | Or

_TOKEN = re.compile(
    r"""\s*(?:
      (?P<text>"(?:[^"\\]|\\.)*"|'(?:[^'\\]|\\.)*')
    | (?P<comparator><=|>=|!=|=|<|>|:)
    | (?P<mark>[().-])
    | (?P<word>\d[\w+-]*(?:[:.]\d[\w+-]*)* | [^\s()"'=<>!:.-][^\s()"'=<>!:.]*)
    )""",
    re.VERBOSE,
)


def parse_filter(text: str) -> Expression:
    """The expression of a filter; ApiError INVALID_ARGUMENT saying where it breaks."""
    return _Parser(text).parse()


def matches(expression: Expression, lookup: Lookup) -> bool:
    """Whether a resource, seen through `lookup`, satisfies the filter."""
    match expression:
        case And(operands):
            return all(matches(each, lookup) for each in operands)
        case Or(operands):
            return any(matches(each, lookup) for each in operands)
        case Not(operand):
            return not matches(operand, lookup)
        case Restriction(field, comparator, argument):
            return _compare(_look(lookup, field), comparator, argument, field)


def _look(lookup: Lookup, field: tuple[str, ...]) -> Value:
    try:
        return lookup(field)
    except KeyError:
        name = ".".join(field)
        raise ApiError(Code.INVALID_ARGUMENT, f"Invalid filter: unknown field {name!r}.") from None


_ORDER: Mapping[str, Callable[[int], bool]] = {
    "=": lambda sign: sign == 0,
    "!=": lambda sign: sign != 0,
    "<": lambda sign: sign < 0,
    "<=": lambda sign: sign <= 0,
    ">": lambda sign: sign > 0,
    ">=": lambda sign: sign >= 0,
    ":": lambda sign: sign == 0,
}


def _compare(value: Value, comparator: str, argument: str, field: tuple[str, ...]) -> bool:
    if value is None:
        return comparator == "!=" or (comparator == "=" and argument.lower() == "null")
    if not isinstance(value, (str, int, bool, datetime)):
        return any(item.lower() == argument.lower() or argument == "*" for item in value)
    if comparator == ":" and argument == "*":
        return True
    wanted = _coerce(value, argument, field)
    if isinstance(wanted, str) and comparator in {"=", "!="} and "*" in wanted:
        pattern = ".*".join(re.escape(part) for part in wanted.split("*"))
        return (re.fullmatch(pattern, str(value), re.DOTALL) is not None) == (comparator == "=")
    sign = operator.gt(value, wanted) - operator.lt(value, wanted)
    return _ORDER[comparator](sign)


def _coerce(value: Scalar, argument: str, field: tuple[str, ...]) -> Scalar:
    """The argument in the type of the field's value."""
    try:
        if isinstance(value, bool):
            return {"true": True, "false": False}[argument.lower()]
        if isinstance(value, int):
            return int(argument)
        if isinstance(value, datetime):
            return parse_timestamp(argument)
    except (KeyError, ValueError):
        name = ".".join(field)
        raise ApiError(
            Code.INVALID_ARGUMENT,
            f"Invalid filter: {argument!r} cannot be compared with field {name!r}.",
        ) from None
    return argument


class _Parser:
    """Recursive descent over the tokens of one filter."""

    def __init__(self, text: str) -> None:
        self._text = text
        self._tokens = self._scan(text.strip())
        self._at = 0

    def parse(self) -> Expression:
        expression = self._conjunction(0) if self._tokens else And(())
        if self._at < len(self._tokens):
            raise self._error()
        return expression

    def _scan(self, text: str) -> list[tuple[str, str]]:
        tokens: list[tuple[str, str]] = []
        at = 0
        while at < len(text):
            match = _TOKEN.match(text, at)
            if match is None or match.end() == at:
                raise ApiError(
                    Code.INVALID_ARGUMENT,
                    f"Invalid filter {text!r}: cannot read it from {text[at:]!r} on.",
                )
            kind = match.lastgroup or ""
            tokens.append((kind, match[kind]))
            at = match.end()
        return tokens

    def _peek(self, offset: int = 0) -> tuple[str, str]:
        at = self._at + offset
        return self._tokens[at] if at < len(self._tokens) else ("end", "")

    def _next(self) -> tuple[str, str]:
        token = self._peek()
        self._at += 1
        return token

    def _error(self) -> ApiError:
        _, found = self._peek()
        place = f"at {found!r}" if found else "at its end"
        return ApiError(Code.INVALID_ARGUMENT, f"Invalid filter {self._text!r}: wrong {place}.")

    def _conjunction(self, depth: int) -> Expression:
        if depth > _MAX_DEPTH:
            raise ApiError(Code.INVALID_ARGUMENT, "Invalid filter: nested too deeply.")
        operands = [self._disjunction(depth)]
        while True:
            if self._peek() == ("word", "AND"):
                self._next()
            elif self._peek()[0] == "end" or self._peek()[1] == ")":
                return operands[0] if len(operands) == 1 else And(tuple(operands))
            operands.append(self._disjunction(depth))

    def _disjunction(self, depth: int) -> Expression:
        operands = [self._term(depth)]
        while self._peek() == ("word", "OR"):
            self._next()
            operands.append(self._term(depth))
        return operands[0] if len(operands) == 1 else Or(tuple(operands))

    def _term(self, depth: int) -> Expression:
        if self._peek() in {("word", "NOT"), ("mark", "-")}:
            self._next()
            return Not(self._simple(depth))
        return self._simple(depth)

    def _simple(self, depth: int) -> Expression:
        if self._peek() == ("mark", "("):
            self._next()
            inner = self._conjunction(depth + 1)
            if self._next() != ("mark", ")"):
                self._at -= 1
                raise self._error()
            return inner
        return self._restriction()

    def _restriction(self) -> Restriction:
        field = [self._name()]
        while self._peek() == ("mark", "."):
            self._next()
            field.append(self._name())
        kind, comparator = self._peek()
        if kind != "comparator":
            raise self._error()
        self._next()
        return Restriction(tuple(field), comparator, self._argument())

    def _name(self) -> str:
        kind, text = self._peek()
        if kind not in {"word", "text"}:
            raise self._error()
        self._next()
        return _unquote(text) if kind == "text" else text

    def _argument(self) -> str:
        sign = ""
        if self._peek() == ("mark", "-"):
            sign = self._next()[1]
        return sign + self._name()


def _unquote(text: str) -> str:
    return re.sub(r"\\(.)", r"\1", text[1:-1])
