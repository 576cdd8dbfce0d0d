"""The picture of a plan as SVG: readable by day and by night, without anything from elsewhere."""

from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from xml.etree.ElementTree import Element, SubElement, indent, tostring

from headrace.planning.picture import Box, Lane, Line, Scene

WIDTH, HEIGHT = 132, 36
"""Of a box, in pixels."""

GAP_X, GAP_Y = 34, 8
PADDING = 7
LABEL = 13
MARGIN = 20
HEADER = 46
NOTE = 16
LONGEST = {"rule": 21, "detail": 26}
"""Characters that fit into a box."""

HUES = (211, 28, 142, 280, 48, 187, 330, 96, 250, 8)
"""Of machines, one after the other; the picture does not rely on colour alone."""

_STYLE = """
text { font: 12px system-ui, sans-serif; fill: #1c2733 }
.title { font-size: 16px; font-weight: 600 }
.quiet, .detail { fill: #526070 } .detail { font-size: 10.5px } .machine { font-size: 10px }
.paper { fill: #ffffff } .box { fill: #ffffff; stroke: #8795a5 }
.line { fill: none; stroke: #9aa7b4 }
.critical { stroke: #c2271b; stroke-width: 2.6 }
@media (prefers-color-scheme: dark) {
  text { fill: #e7edf3 } .quiet, .detail { fill: #a3b1bf }
  .paper { fill: #12181f } .box { fill: #1d2631; stroke: #64748a } .line { stroke: #59677a }
  .critical { stroke: #ff7a6b }
}
"""


@dataclass(frozen=True)
class _Placed:
    """Where things are: boxes by key and lanes by key, as x, y, width, height."""

    boxes: Mapping[str, tuple[float, float]]
    lanes: Mapping[str, tuple[float, float, float, float]]
    width: float
    height: float


def draw(scene: Scene, title: str, notes: Sequence[str]) -> str:
    """Return the picture; `notes` stand below the title, one line for each."""
    placed = _place(scene, HEADER + NOTE * len(notes))
    width, height = placed.width, placed.height
    root = Element(
        "svg",
        {
            "xmlns": "http://www.w3.org/2000/svg",
            "viewBox": f"0 0 {width:g} {height:g}",
            "width": f"{width:g}",
            "height": f"{height:g}",
            "role": "img",
            "aria-label": title,
        },
    )
    SubElement(root, "style").text = _STYLE + _hues()
    _rectangle(root, (0, 0, width, height), "paper")
    _text(root, (MARGIN, 28), title, "title")
    for number, note in enumerate(notes):
        _text(root, (MARGIN, HEADER + NOTE * number), note, "quiet")
    for number, lane in enumerate(scene.lanes):
        _draw_lane(root, lane, placed, number)
    for line in sorted(scene.lines, key=lambda line: line.critical):
        _draw_line(root, line, placed)
    for lane in scene.lanes:
        for box in lane.boxes:
            _draw_box(root, box, placed)
    indent(root)
    return tostring(root, encoding="unicode") + "\n"


def _hues() -> str:
    day = (f".m{n} {{ fill: hsl({h} 70% 93%); stroke: hsl({h} 45% 60%) }}" for n, h in _numbered())
    night = (
        f".m{n} {{ fill: hsl({h} 35% 19%); stroke: hsl({h} 40% 48%) }}" for n, h in _numbered()
    )
    dark = "\n  ".join(night)
    return "\n".join(day) + f"\n@media (prefers-color-scheme: dark) {{\n  {dark}\n}}\n"


def _numbered() -> Iterable[tuple[int, int]]:
    return enumerate(HUES)


def _place(scene: Scene, header: float) -> _Placed:
    """Put every lane as far up as the columns that it covers are free."""
    boxes: dict[str, tuple[float, float]] = {}
    lanes: dict[str, tuple[float, float, float, float]] = {}
    floor: dict[int, float] = defaultdict(lambda: header)
    for lane in scene.lanes:
        rows = Counter(box.layer for box in lane.boxes)
        columns = range(min(rows), max(rows) + 1)
        top = max(floor[column] for column in columns)
        height = max(rows.values()) * (HEIGHT + GAP_Y) - GAP_Y + 2 * PADDING + LABEL
        seen: Counter[int] = Counter()
        for box in lane.boxes:
            y = top + PADDING + LABEL + seen[box.layer] * (HEIGHT + GAP_Y)
            boxes[box.key] = (_x(box.layer), y)
            seen[box.layer] += 1
        left = _x(columns.start) - PADDING
        right = _x(columns.stop - 1) + WIDTH + PADDING
        lanes[lane.key] = (left, top, right - left, height)
        floor |= dict.fromkeys(columns, top + height + GAP_Y)
    width: float = max((x + w for x, _, w, _ in lanes.values()), default=600) + MARGIN
    bottom = max((y + h for _, y, _, h in lanes.values()), default=header) + MARGIN
    return _Placed(boxes, lanes, max(width, 600), bottom)


def _x(layer: int) -> float:
    return MARGIN + PADDING + layer * (WIDTH + GAP_X)


def _draw_lane(root: Element, lane: Lane, placed: _Placed, number: int) -> None:
    x, y, width, height = placed.lanes[lane.key]
    shape = _rectangle(root, (x, y, width, height), f"m{number % len(HUES)}", round_=8)
    SubElement(shape, "title").text = f"{lane.key}: {lane.text}"
    _text(root, (x + PADDING, y + LABEL), lane.text, "quiet machine")


def _draw_box(root: Element, box: Box, placed: _Placed) -> None:
    x, y = placed.boxes[box.key]
    names = "box critical" if box.critical else "box"
    shape = _rectangle(root, (x, y, WIDTH, HEIGHT), names, round_=5)
    SubElement(shape, "title").text = f"{box.text} {box.detail}".strip()
    middle = y + (23 if not box.detail else 15)
    _text(root, (x + 7, middle), _cut(box.text, LONGEST["rule"]), "rule")
    if box.detail:
        _text(root, (x + 7, y + 29), _cut(box.detail, LONGEST["detail"]), "detail")


def _draw_line(root: Element, line: Line, placed: _Placed) -> None:
    (x0, y0), (x1, y1) = placed.boxes[line.before], placed.boxes[line.after]
    names = "line critical" if line.critical else "line"
    y0, y1 = y0 + HEIGHT / 2, y1 + HEIGHT / 2
    if x1 > x0:
        x0, bend = x0 + WIDTH, min(60.0, (x1 - x0) / 2)
        path = f"M{x0:g} {y0:g} C{x0 + bend:g} {y0:g} {x1 - bend:g} {y1:g} {x1:g} {y1:g}"
    else:
        x0, x1, bend = x0 + WIDTH, x1 + WIDTH, max(x0, x1) + WIDTH + GAP_X
        path = f"M{x0:g} {y0:g} C{bend:g} {y0:g} {bend:g} {y1:g} {x1:g} {y1:g}"
    SubElement(root, "path", {"d": path, "class": names})


def _rectangle(
    root: Element, place: tuple[float, float, float, float], names: str, round_: float = 0
) -> Element:
    x, y, width, height = (f"{value:g}" for value in place)
    sizes = {"x": x, "y": y, "width": width, "height": height, "rx": f"{round_:g}"}
    return SubElement(root, "rect", sizes | {"class": names})


def _text(root: Element, place: tuple[float, float], text: str, names: str) -> None:
    element = SubElement(root, "text", {"x": f"{place[0]:g}", "y": f"{place[1]:g}", "class": names})
    element.text = text


def _cut(text: str, longest: int) -> str:
    return text if len(text) <= longest else text[: longest - 1] + "…"
