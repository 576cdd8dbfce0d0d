from collections.abc import Callable
from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from localcloud.wire.errors import ApiError, Code
from localcloud.wire.filters import Value, matches, parse_filter

FIELDS: dict[str, Value] = {
    "status.state": "RUNNING",
    "labels.job-id": "a b",
    "labels.x": "1",
    "done": False,
    "error": None,
    "code": 9,
    "createTime": datetime(2026, 1, 31, 12, tzinfo=UTC),
    "events": frozenset({"failed", "workerAssigned"}),
}


def lookup(path: tuple[str, ...]) -> Value:
    if path[0] == "labels":
        return FIELDS.get(".".join(path))
    return FIELDS[".".join(path)]


@pytest.mark.parametrize(
    "text",
    [
        "",
        'labels."job-id" = "a b"',
        '(labels."job-id" = "a b")',
        'labels.job-id="a b"',
        'status.state="RUNNING" OR status.state="QUEUED"',
        '(status.state="FAILED" OR status.state="RUNNING") AND labels.x = "1"',
        "NOT done = true",
        "-done=true",
        "done=false labels.x=1",
        "done = false AND (code > 1)",
        'createTime >= "2026-01-31T12:00:00Z"',
        "createTime < 2026-02-01T00:00:00+00:00",
        "code != 0",
        "error = null",
        "events:failed",
        "labels.x:*",
        'labels.x != "2"',
        "labels.absent != 3",
        'status.state = "RUN*"',
        "code=9 AND labels.x=2 OR done=false",
    ],
)
def test_matches(text: str) -> None:
    assert matches(parse_filter(text), lookup)


@pytest.mark.parametrize(
    "text",
    [
        'labels.absent = "x"',
        "error = 0",
        "error > 1",
        'status.state="QUEUED"',
        "NOT (done=false)",
        "events:containerKilled",
        'createTime > "2026-01-31T12:00:00Z"',
        "labels.absent:*",
        "done=false AND code=1",
    ],
)
def test_does_not_match(text: str) -> None:
    assert not matches(parse_filter(text), lookup)


@pytest.mark.parametrize(
    "text",
    [
        "(",
        "a",
        "a =",
        "= 1",
        "a = 1)",
        "a = (1)",
        "AND",
        'a = "open',
        "a == 1",
        "(" * 60 + "a=1" + ")" * 60,
    ],
)
def test_broken_filters_are_refused(text: str) -> None:
    with pytest.raises(ApiError) as caught:
        matches(parse_filter(text), lookup)
    assert caught.value.code is Code.INVALID_ARGUMENT


@pytest.mark.parametrize("text", ["nonsense = 1", "done = maybe", "code = x", "createTime > 7"])
def test_unknown_fields_and_values_of_another_type_are_refused(text: str) -> None:
    with pytest.raises(ApiError, match="Invalid filter"):
        matches(parse_filter(text), lookup)


@given(st.text())
def test_any_text_is_parsed_or_refused(text: str) -> None:
    try:
        parse_filter(text)
    except ApiError as error:
        assert error.code is Code.INVALID_ARGUMENT


EXPRESSIONS: st.SearchStrategy[tuple[str, bool]] = st.recursive(
    st.sampled_from([("done=false", True), ("done=true", False), ('labels.x="1"', True)]),
    lambda inner: st.one_of(
        inner.map(lambda e: (f"NOT ({e[0]})", not e[1])),
        st.tuples(inner, inner).map(
            lambda p: (f"({p[0][0]}) AND ({p[1][0]})", p[0][1] and p[1][1])
        ),
        st.tuples(inner, inner).map(lambda p: (f"({p[0][0]}) OR ({p[1][0]})", p[0][1] or p[1][1])),
    ),
    max_leaves=8,
)


@given(EXPRESSIONS)
def test_logic_is_that_of_python(expression: tuple[str, bool]) -> None:
    text, expected = expression
    assert matches(parse_filter(text), lookup) is expected


def test_or_binds_tighter_than_and() -> None:
    facts = {"a": True, "b": False, "c": False}
    read: Callable[[tuple[str, ...]], Value] = lambda path: facts[path[0]]  # noqa: E731
    assert not matches(parse_filter("a=true OR b=true AND c=true"), read)
