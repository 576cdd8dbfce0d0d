"""The page of a run in headless Chromium: what a person sees, reaches by key, and may come to."""

import struct
import threading
import zlib
from collections import Counter
from collections.abc import Iterator
from dataclasses import replace
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from importlib import resources
from pathlib import Path
from typing import Any

import pytest

from headrace.gcs import ObjectUri
from headrace.page import overview, render
from headrace.page.facts import Facts
from tests.contract.page import picture
from tests.contract.page.browser import Browser, browser
from tests.unit.arrivals.memory import MemoryStore
from tests.unit.page import made
from tests.unit.page.test_overview import put

SAMPLES = [f"s{n:02}" for n in range(1, 13)]
HOSTILE = [
    "</script><script>document.title='taken'</script>",
    "<img src=x onerror=document.title='taken'>",
    "a\u2028b\"'&`${document.title='taken'}",
    "\u202efdp.exe",
    "x" * 900,
]


@pytest.fixture(scope="module")
def chromium() -> Iterator[Browser]:
    """One browser for all."""
    with browser() as running:
        yield running


@pytest.fixture
def tab(chromium: Browser) -> Iterator[Browser]:
    """A tab that ends without an error on its console and without a request to elsewhere."""
    chromium.prefer("light")
    chromium.problems.clear()
    chromium.requests.clear()
    yield chromium
    assert chromium.problems == []
    asked = {url.partition("?")[0].partition("#")[0] for url in chromium.requests}
    assert {url for url in asked if not url.startswith(("file:", "http://127.0.0.1:"))} == set()


def _stand(rule: str, sample: str) -> str:
    """Let every standing occur."""
    number, step = int(sample[1:] or 0), [*made.RULES, made.REPORT].index(rule)
    if step == 0:
        return "reused" if number % 2 else "retried"
    if (number, step) == (3, 4):
        return "failed"
    if step < 4:
        return "done"
    return ["running", "starting", "queued"][number % 3] if step == 4 else "waiting"


def _write(folder: Path, facts: Facts) -> str:
    file = folder / "index.html"
    file.write_bytes(render.page(facts))
    return file.as_uri()


def _labels(tab: Browser) -> list[str]:
    labels: list[str] = tab.run(
        "[...document.querySelectorAll('#matrix td[data-row]')].map(td => td.ariaLabel)"
    )
    return labels


def test_every_standing_has_a_sign_and_a_name(tab: Browser, tmp_path: Path) -> None:
    tab.open(_write(tmp_path, made.running(SAMPLES, _stand)))
    labels = _labels(tab)
    assert len(labels) == len(SAMPLES) * len(made.RULES) + 1
    names = Counter(label.split(": ")[1].split(",")[0] for label in labels)
    assert names.keys() == {
        "reused", "retried", "done", "failed", "running", "booting", "waiting for quota", "queued",
    }  # fmt: skip
    signs = tab.run("[...document.querySelectorAll('#matrix td span')].map(s => s.textContent[0])")
    assert len(set(signs) - {"n"}) == len(names), "they differ by more than colour"
    assert labels[0].startswith("s03, "), "what failed comes first"


def test_a_cell_tells_all_about_its_job_by_keyboard_alone(tab: Browser, tmp_path: Path) -> None:
    tab.open(_write(tmp_path, made.failed(SAMPLES)))
    tab.run("document.querySelector('#matrix td[tabindex=\"0\"]').focus()")
    for _ in range(4):
        tab.press("ArrowRight")
    tab.press("Enter")
    told = tab.run("document.getElementById('job').innerText")
    for words in (
        "align · s01",
        "Killed",
        "align --threads 2 --sample s01",
        made.IMAGE,
        "812 MiB",
        "n2-standard-4, us-central1-a",
        "2 s",
        f"{made.FOLDER}/logs/align/s01.log",
        f"{made.FOLDER}/results/qc_trimmed/s01.out",
        f"{made.FOLDER}/results/align/s01.out",
    ):
        assert words in told
    assert tab.run("location.hash") == "#?job=s01%2Falign"
    tab.press("Escape")
    assert tab.run("document.activeElement.ariaLabel") == "s01, align: failed"


def test_a_run_of_the_local_cloud_is_shown_as_it_was(tab: Browser, tmp_path: Path) -> None:
    """The documents are of the demo with tables, as its run left them."""
    tab.open(_write(tmp_path, picture.recorded()))
    assert tab.run("document.querySelector('.sentence').innerText") == (
        "All jobs are done, in 2 min 53 s. Verdicts: 2 FAIL, 1 WARN, 2 PASS."
    )
    rows = tab.run("[...document.querySelectorAll('#matrix tbody th')].map(th => th.innerText)")
    assert rows == ["desert", "torn", "city", "alps", "coast", "all samples"]
    assert len(_labels(tab)) == 5 * 3 + 4
    prices = tab.run("[...document.querySelectorAll('#steps td:last-child')].map(c => c.innerText)")
    assert prices.count("") == 1, "the target rule runs on the head and costs nothing of its own"
    tab.run("document.querySelector('#matrix td[aria-label^=\"desert, clean\"]').click()")
    told = tab.run("document.getElementById('job').innerText")
    assert "Boot and pull" in told
    assert "docker.io/duckdb/duckdb:1.5.5@sha256:" in told


def test_samples_are_found_and_shown_by_standing(tab: Browser, tmp_path: Path) -> None:
    tab.open(_write(tmp_path, made.running(SAMPLES, _stand)))
    tab.run(
        "document.getElementById('find').value = 's1';"
        "document.getElementById('find').dispatchEvent(new Event('input'))"
    )
    assert {label.split(",")[0] for label in _labels(tab)} == {"s10", "s11", "s12"}
    tab.run(
        "document.getElementById('find').value = '';"
        "document.getElementById('only').value = 'bad';"
        "document.getElementById('only').dispatchEvent(new Event('change'))"
    )
    assert {label.split(",")[0] for label in _labels(tab)} == {"s03"}


def test_hostile_names_are_only_ever_text(tab: Browser, tmp_path: Path) -> None:
    tab.open(_write(tmp_path, made.failed(HOSTILE)))
    shown = tab.run("[...document.querySelectorAll('#matrix tbody th')].map(th => th.textContent)")
    assert {HOSTILE[0], HOSTILE[1], HOSTILE[4]} <= set(shown)
    tab.run("document.querySelector('#matrix td[data-row]').click()")
    assert HOSTILE[0] in tab.run("document.getElementById('job').innerText")
    assert tab.run("document.querySelectorAll('main img, main script').length") == 0
    assert tab.run("document.title") == "✕ Failed · reads-0123456789abcdef0123"
    assert tab.run("document.documentElement.scrollWidth <= innerWidth")


def test_a_thousand_samples_are_shown_and_searched(tab: Browser, tmp_path: Path) -> None:
    samples = [f"s{n:04}" for n in range(1, 1001)]
    tab.open(_write(tmp_path, made.succeeded(samples, bad=["s0777"])))
    assert _labels(tab)[0].startswith("s0777, "), "what was judged bad comes first"
    assert tab.run("document.querySelectorAll('#matrix tbody tr').length") == 200
    tab.run("document.querySelector('#shown button').click()")
    assert tab.run("document.querySelectorAll('#matrix tbody tr').length") == 1001


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_no_serious_finding_of_axe(tab: Browser, tmp_path: Path, scheme: str) -> None:
    axe = (resources.files("axe_core_python") / "axe.min.js").read_text()
    tab.prefer(scheme)
    for facts in (
        made.running(SAMPLES, _stand),
        made.failed(SAMPLES),
        made.succeeded(SAMPLES, bad=["s02"]),
    ):
        tab.open(_write(tmp_path, facts))
        assert _findings(tab, axe) == []
    tab.run("document.querySelector('#matrix td[data-row]').click()")
    assert _findings(tab, axe) == [], "of the details of a job"


def _findings(tab: Browser, axe: str) -> list[Any]:
    tab.run(f"{axe};1")
    found: list[Any] = tab.run(
        "axe.run(document, {resultTypes: ['violations']}).then(r => r.violations"
        ".filter(v => v.impact === 'serious' || v.impact === 'critical')"
        ".map(v => [v.id, v.nodes[0].html, v.nodes[0].failureSummary]))"
    )
    return found


def test_runs_are_found_on_the_page_of_all_runs(tab: Browser, tmp_path: Path) -> None:
    store = MemoryStore(lambda: made.at(0))
    for run_id, facts in {
        "good-1": made.succeeded(["s1", "s2"], bad=["s2"]),
        "bad-2": made.failed(HOSTILE[:1]),
        "on-3": made.running(["s4"]),
    }.items():
        put(store, run_id, facts, 0)
    overview.renew(store, "results", made.at(3600))
    file = tmp_path / "index.html"
    file.write_bytes(store.read(ObjectUri("results", "runs/index.html")))
    tab.open(file.as_uri())
    assert _runs_shown(tab) == ["on-3", "good-1", "bad-2"]
    for field, event, value, shown in (
        ("find", "input", "s2", ["good-1"]),
        ("find", "input", "code 137", ["bad-2"]),
        ("find", "input", "", ["on-3", "good-1", "bad-2"]),
        ("only", "change", "running", ["on-3"]),
        ("only", "change", "", ["on-3", "good-1", "bad-2"]),
        ("verdict", "change", "FAIL", ["good-1"]),
    ):
        tab.run(
            f"document.getElementById('{field}').value = '{value}';"
            f"document.getElementById('{field}').dispatchEvent(new Event('{event}'))"
        )
        assert _runs_shown(tab) == shown
    axe = (resources.files("axe_core_python") / "axe.min.js").read_text()
    assert _findings(tab, axe) == []


def _runs_shown(tab: Browser) -> list[str]:
    shown: list[str] = tab.run(
        "[...document.querySelectorAll('#runs tbody tr')].filter(row => !row.hidden)"
        ".map(row => row.querySelector('a').textContent)"
    )
    return shown


class _Quiet(SimpleHTTPRequestHandler):
    def log_message(self, format: str, *args: object) -> None:  # noqa: A002
        pass


@pytest.fixture
def served(tmp_path: Path) -> Iterator[str]:
    """The address of the page when a web server has it."""
    with ThreadingHTTPServer(("127.0.0.1", 0), partial(_Quiet, directory=tmp_path)) as server:
        thread = threading.Thread(target=server.serve_forever, args=(0.02,))
        thread.start()
        try:
            yield f"http://127.0.0.1:{server.server_port}/index.html"
        finally:
            server.shutdown()
            thread.join()


@pytest.mark.parametrize("from_server", [True, False], ids=["http", "file"])
def test_a_page_follows_its_run_and_keeps_what_one_looks_at(
    tab: Browser, tmp_path: Path, served: str, *, from_server: bool
) -> None:
    going_on = replace(made.running(SAMPLES, _stand), refresh=1)
    file = _write(tmp_path, going_on)
    tab.open(served if from_server else file, height=600)
    tab.run(
        "document.getElementById('find').value = 's05';"
        "document.getElementById('find').dispatchEvent(new Event('input'));"
        "scrollTo(0, 300)"
    )
    _write(tmp_path, made.succeeded(SAMPLES))
    tab.until(
        "document.title.includes('Done') && document.querySelectorAll('#matrix td').length > 0"
    )
    assert {label.split(",")[0] for label in _labels(tab)} == {"s05"}
    tab.until("scrollY === 300")
    assert tab.run("document.body.dataset.refresh") is None, "it has ended: no more looking"


def test_a_silent_head_is_noticed_by_a_page_that_is_not_rewritten(
    tab: Browser, tmp_path: Path
) -> None:
    tab.open(_write(tmp_path, made.running(SAMPLES, _stand)))
    told = tab.run("document.getElementById('stale').innerText")
    assert "No sign of life since 2026-03-02 09:37:30 UTC" in told
    assert "headrace sweep" in told


@pytest.mark.parametrize("width", [390, 1280])
@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_pictures_are_full_of_content_and_as_wide_as_the_window(
    tab: Browser, tmp_path: Path, width: int, scheme: str
) -> None:
    tab.prefer(scheme)
    tab.open(_write(tmp_path, made.failed(SAMPLES)), width=width)
    picture = tab.picture(tmp_path / "page.png")
    assert struct.unpack(">I", picture[16:20])[0] == width, "nothing sticks out"
    lightness = _lightness(picture)
    assert lightness > 200 if scheme == "light" else lightness < 70
    assert len(picture) > 40_000, "text and drawings"


def test_on_paper_nothing_is_cut_and_no_control_is_left(tab: Browser, tmp_path: Path) -> None:
    tab.prefer("light", media="print")
    tab.open(_write(tmp_path, made.succeeded(SAMPLES, bad=["s02"])), width=800)
    assert tab.run("getComputedStyle(document.querySelector('nav')).display") == "none"
    assert tab.run("document.querySelector('.graph svg').getBoundingClientRect().right < 800")
    height = "document.getElementById('matrix').clientHeight"
    assert tab.run(f"document.getElementById('matrix').scrollHeight <= {height} + 1")


def _lightness(png: bytes) -> float:
    """Return how light the upper left corner of a picture is, 0 to 255: the page's ground."""
    at, packed = 8, b""
    while at < len(png):
        (length,) = struct.unpack(">I", png[at : at + 4])
        if png[at + 4 : at + 8] == b"IDAT":
            packed += png[at + 8 : at + 8 + length]
        at += 12 + length
    red, green, blue = zlib.decompressobj().decompress(packed, 4)[1:]  # after the row's filter
    return (red + green + blue) / 3
