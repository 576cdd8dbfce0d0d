"""Pages of lists: sizes, tokens, filters over jobs."""

from __future__ import annotations

import base64
import binascii
from collections.abc import Callable, Iterable, Mapping
from typing import Any, TypeVar

from localcloud.wire.errors import ApiError, Code, invalid

_START = 2**62

Item = TypeVar("Item")


def page_size(query: Mapping[str, str], default: int, limit: int) -> int:
    """The size of the page asked for; too large is cut to `limit`, zero means `default`."""
    text = query.get("pageSize", "0")
    try:
        size = int(text)
    except ValueError:
        raise invalid("page_size", f"{text!r} is not a number") from None
    if size < 0:
        raise invalid("page_size", f"{size} is negative")
    return min(size or default, limit)


def page_start(query: Mapping[str, str], start: int = _START) -> int:
    """Where the page begins, out of its token; `start` for the first page."""
    token = query.get("pageToken", "")
    if not token:
        return start
    try:
        return int(base64.urlsafe_b64decode(token.encode()))
    except (binascii.Error, ValueError):
        raise ApiError(Code.INVALID_ARGUMENT, f"Invalid page token {token!r}.") from None


def page_start_name(query: Mapping[str, str]) -> str:
    """The same where pages begin after a name; empty for the first page."""
    try:
        return base64.urlsafe_b64decode(query.get("pageToken", "").encode()).decode()
    except (binascii.Error, ValueError):
        text = f"Invalid page token {query['pageToken']!r}."
        raise ApiError(Code.INVALID_ARGUMENT, text) from None


def page_token(position: int | str) -> str:
    """The token of the page that begins after `position`."""
    return base64.urlsafe_b64encode(str(position).encode()).decode()


def page(
    items: Iterable[Item],
    wanted: Callable[[Item], bool],
    size: int,
    position: Callable[[Item], int | str],
    render: Callable[[Item], Any],
) -> tuple[list[Any], str]:
    """One page: the rendered items and the token of the next page, empty on the last.

    Reads no further than the first item of the next page.
    """
    kept: list[Item] = []
    for item in items:
        if not wanted(item):
            continue
        if len(kept) == size:
            return [render(each) for each in kept], page_token(position(kept[-1]))
        kept.append(item)
    return [render(each) for each in kept], ""
