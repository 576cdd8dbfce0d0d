"""Plots as SVG: bars and lines, drawn by code and nothing else."""

import math
from collections.abc import Mapping, Sequence
from html import escape

COLOURS = ("#1b6ca8", "#e07b39", "#3a8f5c", "#8a5fa8", "#b0413e", "#6b6b6b")
_WIDTH, _ROW, _LEFT, _RIGHT = 760, 26, 250, 90
_WHOLE_FROM = 100
_PLOT = (90, 40, 470, 300)
"""Left, top, width and height of the lines' field."""

_STYLE = (
    "<style>text{font:13px sans-serif;fill:#222}.t{font-size:15px;font-weight:600}"
    ".s{fill:#555;font-size:12px}@media (prefers-color-scheme:dark)"
    "{text{fill:#ddd}.s{fill:#aaa}}</style>"
)


def bars(title: str, unit: str, groups: Mapping[str, Mapping[str, float]]) -> str:
    """Draw horizontal bars on one scale: a group of named values under each heading."""
    names = list(dict.fromkeys(name for group in groups.values() for name in group))
    colour = {name: COLOURS[n % len(COLOURS)] for n, name in enumerate(names)}
    parts, y = [_text(10, 22, f"{title} ({unit})", "t")], 44
    most = max(value for group in groups.values() for value in group.values()) or 1.0
    for heading, group in groups.items():
        parts.append(_text(10, y + 14, heading, "s"))
        y += 22
        for name, value in group.items():
            width = max(1.0, (_WIDTH - _LEFT - _RIGHT) * value / most)
            parts.append(_text(_LEFT - 8, y + 15, name, anchor="end"))
            parts.append(
                f'<rect x="{_LEFT}" y="{y + 3}" width="{width:.1f}" height="16" rx="2" '
                f'fill="{colour[name]}"/>'
            )
            parts.append(_text(_LEFT + width + 6, y + 15, number(value)))
            y += _ROW
        y += 8
    return _svg(_WIDTH, y + 4, title, parts)


def lines(
    title: str, x_label: str, unit: str, series: Mapping[str, Sequence[tuple[float, float]]]
) -> str:
    """Draw lines over two logarithmic scales; where growth is linear, they rise by 45 degrees."""
    left, top, width, height = _PLOT
    points = [point for line in series.values() for point in line]
    low_x, high_x = _decades([x for x, _ in points])
    low_y, high_y = _decades([y for _, y in points])

    def place(x: float, y: float) -> tuple[float, float]:
        across = (math.log10(x) - low_x) / (high_x - low_x)
        up = (math.log10(y) - low_y) / (high_y - low_y)
        return left + width * across, top + height * (1 - up)

    parts = [_text(10, 22, f"{title} ({unit})", "t")]
    parts += [_grid_x(10.0**n, place(10.0**n, 10.0**low_y)) for n in range(low_x, high_x + 1)]
    parts += [_grid_y(10.0**n, place(10.0**low_x, 10.0**n)) for n in range(low_y, high_y + 1)]
    parts.append(_text(left + width / 2, top + height + 38, x_label, "s", "middle"))
    for n, (name, line) in enumerate(series.items()):
        parts += _line(name, [place(*point) for point in line], n)
    return _svg(_WIDTH, top + height + 50, title, parts)


def number(value: float) -> str:
    """Return a number with three significant digits, or all of a larger one."""
    if value and abs(value) < _WHOLE_FROM:
        return f"{value:.3g}"
    return f"{value:,.0f}"


def _line(name: str, points: Sequence[tuple[float, float]], number_: int) -> list[str]:
    colour = COLOURS[number_ % len(COLOURS)]
    path = " ".join(f"{x:.1f},{y:.1f}" for x, y in points)
    dots = [f'<circle cx="{x:.1f}" cy="{y:.1f}" r="3.5" fill="{colour}"/>' for x, y in points]
    left, top, width, _ = _PLOT
    y = top + 12 + 20 * number_
    return [
        f'<polyline points="{path}" fill="none" stroke="{colour}" stroke-width="2"/>',
        *dots,
        f'<rect x="{left + width + 12}" y="{y - 9}" width="10" height="10" fill="{colour}"/>',
        _text(left + width + 27, y, name, "s"),
    ]


def _grid_x(value: float, at: tuple[float, float]) -> str:
    x, y = at
    height = _PLOT[3]
    line = f'<path d="M{x:.1f} {y:.1f}V{y - height:.1f}" stroke="#8886" stroke-width="1"/>'
    return line + _text(x, y + 18, number(value), "s", "middle")


def _grid_y(value: float, at: tuple[float, float]) -> str:
    x, y = at
    width = _PLOT[2]
    line = f'<path d="M{x:.1f} {y:.1f}H{x + width:.1f}" stroke="#8886" stroke-width="1"/>'
    return line + _text(x - 8, y + 4, number(value), "s", "end")


def _decades(values: Sequence[float]) -> tuple[int, int]:
    low, high = math.floor(math.log10(min(values))), math.ceil(math.log10(max(values)))
    return low, max(high, low + 1)


def _text(x: float, y: float, text: str, class_: str = "", anchor: str = "start") -> str:
    kind = f' class="{class_}"' if class_ else ""
    return f'<text x="{x:.1f}" y="{y:.1f}" text-anchor="{anchor}"{kind}>{escape(text)}</text>'


def _svg(width: float, height: float, title: str, parts: Sequence[str]) -> str:
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width:.0f} {height:.0f}" '
        f'role="img" aria-label="{escape(title)}">{_STYLE}\n' + "\n".join(parts) + "\n</svg>\n"
    )
