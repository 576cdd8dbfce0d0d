"""A picture of an estimate: what each rule is likely to cost, and how sure that is. Pure."""

from collections.abc import Sequence
from html import escape

from headrace.money.records import Estimate, EstimatedPart

WIDTH, LEFT, RIGHT = 900, 190, 210
ROW, TOP, BOTTOM = 30, 92, 58
MOST_RULES = 30

_STYLE = (
    "text{font:14px system-ui,sans-serif;fill:#1f2933}.title{font-size:18px;font-weight:600}"
    ".small{font-size:12px;fill:#52606d}.band{fill:#9fc5e8}.likely{fill:#0b5394}"
    ".grid{stroke:#d9e2ec}.end{text-anchor:end}.middle{text-anchor:middle}"
)


def draw(made: Estimate, title: str, caption: str) -> str:
    """Return an SVG with a bar for each rule from low to high and a mark where it is likely."""
    parts = [part for part in made.rules if part.cost.high > 0][:MOST_RULES]
    most = max((part.cost.high for part in parts), default=0.0) or 1.0
    height = TOP + ROW * max(1, len(parts)) + BOTTOM
    bottom = height - BOTTOM
    currency = made.prices.currency
    lines = [
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {height}" role="img">',
        f"<title>{escape(title)}</title><style>{_STYLE}</style>",
        f'<rect width="{WIDTH}" height="{height}" fill="#ffffff"/>',
        _text(20, 32, title, "title"),
        _text(20, 54, caption, "small"),
        _text(LEFT - 10, TOP - 10, "rule", "small end"),
        _text(WIDTH - RIGHT + 16, TOP - 10, f"likely, at most ({currency})", "small"),
        *_grid(most, bottom),
        *(line for number, part in enumerate(parts) for line in _row(number, part, most)),
        _text(LEFT, bottom + 40, _key(made), "small"),
        "</svg>",
    ]
    return "\n".join(lines) + "\n"


def _row(number: int, part: EstimatedPart, most: float) -> Sequence[str]:
    top = TOP + ROW * number
    low, likely, high = (
        _x(amount, most) for amount in (part.cost.low, part.cost.likely, part.cost.high)
    )
    name = f"{part.name} x {part.jobs}" if part.jobs > 1 else part.name
    wide = max(1.0, high - low)
    amounts = f"{part.cost.likely:.4f}, {part.worst:.2f}"
    return (
        _text(LEFT - 10, top + 19, name, "end"),
        f'<rect class="band" x="{low:.1f}" y="{top + 7}" width="{wide:.1f}" height="16" rx="3"/>',
        f'<rect class="likely" x="{likely - 1.5:.1f}" y="{top + 3}" width="3" height="{ROW - 6}"/>',
        _text(WIDTH - RIGHT + 16, top + 19, amounts),
    )


def _grid(most: float, bottom: int) -> list[str]:
    lines = []
    for quarter in range(5):
        amount = most * quarter / 4
        x = _x(amount, most)
        lines += [
            f'<line class="grid" x1="{x:.1f}" y1="{TOP}" x2="{x:.1f}" y2="{bottom}"/>',
            _text(x, bottom + 18, f"{amount:.3g}", "small middle"),
        ]
    return lines


def _key(made: Estimate) -> str:
    left = len([part for part in made.rules if part.cost.high > 0]) - MOST_RULES
    more = f" {left} cheaper rules are left out." if left > 0 else ""
    return f"A bar holds eight of ten runs; the dark mark is the likely cost.{more}"


def _x(amount: float, most: float) -> float:
    return LEFT + (WIDTH - LEFT - RIGHT) * amount / most


def _text(x: float, y: float, text: str, kind: str = "") -> str:
    attribute = f' class="{kind}"' if kind else ""
    return f'<text x="{x:.1f}" y="{y:.1f}"{attribute}>{escape(text)}</text>'
