import pytest
from hypothesis import given
from hypothesis import strategies as st

from localcloud.wire.errors import ApiError
from localcloud.wire.listing import page, page_size, page_start, page_token


@given(st.lists(st.integers(0), unique=True), st.integers(1, 10))
def test_pages_hold_everything_wanted_once_and_in_order(numbers: list[int], size: int) -> None:
    ordered = sorted(numbers)
    seen: list[int] = []
    after = -1
    while True:
        items, token = page(
            (n for n in ordered if n > after), lambda n: n % 2 == 0, size, lambda n: n, lambda n: n
        )
        assert len(items) <= size
        seen += items
        if not token:
            break
        after = page_start({"pageToken": token})
    assert seen == [n for n in ordered if n % 2 == 0]


def test_a_token_survives_and_nonsense_is_refused() -> None:
    assert page_start({"pageToken": page_token(17)}) == 17
    with pytest.raises(ApiError, match="Invalid page token"):
        page_start({"pageToken": "???"})


@pytest.mark.parametrize(
    ("query", "size"),
    [({}, 100), ({"pageSize": "0"}, 100), ({"pageSize": "7"}, 7), ({"pageSize": "9999"}, 1000)],
)
def test_sizes_default_and_are_cut(query: dict[str, str], size: int) -> None:
    assert page_size(query, 100, 1000) == size


@pytest.mark.parametrize("text", ["-1", "x"])
def test_other_sizes_are_refused(text: str) -> None:
    with pytest.raises(ApiError):
        page_size({"pageSize": text}, 100, 1000)
