"""HTML with every text escaped: what is not Html is text."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from html import escape
from urllib.parse import quote

_STYLE = """
body { font: 14px/1.5 system-ui, sans-serif; margin: 2rem auto; max-width: 75rem; padding: 0 1rem;
  color: #1f2933; background: #fff }
h1 { font-size: 1.5rem } h2 { font-size: 1.1rem; margin-top: 2rem } a { color: #0b5394 }
table { border-collapse: collapse; width: 100% }
th, td { text-align: left; padding: .25rem .75rem .25rem 0; border-bottom: 1px solid #e4e7eb;
  vertical-align: top; overflow-wrap: anywhere }
th { color: #52606d; font-weight: 600 }
pre { background: #f5f7fa; padding: .75rem; overflow: auto; max-height: 30rem }
.bar { position: relative; height: 1rem; min-width: 16rem; background: #f5f7fa }
.bar span { position: absolute; top: 0; bottom: 0; min-width: 2px }
.waits { background: #cbd2d9 } .runs { background: #3e8ed0 }
.SUCCEEDED { color: #1a7f37 } .FAILED { color: #c62828 } .CANCELLED { color: #8a6100 }
"""


class Html(str):
    """Text that is HTML already."""

    __slots__ = ()


def text(value: object) -> Html:
    """A value as text, unless it is HTML already."""
    return value if isinstance(value, Html) else Html(escape(str(value)))


def link(path: Sequence[str], label: object) -> Html:
    """A link to the path made of these parts, whatever is in them."""
    target = "/".join(quote(part, safe="") for part in path)
    return Html(f'<a href="/{target}">{text(label)}</a>')


def marked(kind: str, label: object) -> Html:
    """A label with a class for its colour."""
    return Html(f'<span class="{escape(kind)}">{text(label)}</span>')


def table(heads: Sequence[str], rows: Iterable[Sequence[object]]) -> Html:
    """A table, or a word when it has no rows."""
    body = "".join(
        "<tr>" + "".join(f"<td>{text(cell)}</td>" for cell in row) + "</tr>" for row in rows
    )
    if not body:
        return Html("<p>none</p>")
    head = "".join(f"<th>{text(each)}</th>" for each in heads)
    return Html(f"<table><thead><tr>{head}</tr></thead><tbody>{body}</tbody></table>")


def section(title: object, *parts: Html) -> Html:
    """Parts under a heading."""
    return Html(f"<section><h2>{text(title)}</h2>{''.join(parts)}</section>")


def preformatted(content: str) -> Html:
    """Text with its lines kept."""
    return Html(f"<pre>{escape(content)}</pre>")


def page(title: str, *parts: Html) -> Html:
    """A whole page."""
    return Html(
        f'<!doctype html><html lang="en"><head><meta charset="utf-8"><title>{escape(title)}</title>'
        f"<style>{_STYLE}</style></head><body><h1>{escape(title)}</h1>{''.join(parts)}</body></html>"
    )
