"""The page as a document: complete, sealed, and harmless whatever the names are."""

import json
import re
from dataclasses import replace
from html.parser import HTMLParser
from typing import Any

import msgspec
from hypothesis import given, settings
from hypothesis import strategies as st

from headrace.page import compact, render
from headrace.page.facts import Facts
from tests.unit.page import made

HOSTILE = [
    "</script><script>alert(1)</script>",
    "<img src=x onerror=alert(1)>",
    "a\u2028b\"'&`${1}",
    "\u202efdp.exe",
    "<!--",
    "x" * 900,
]
TEXT = st.text(st.characters(exclude_categories=["Cs"]), max_size=30)


class Reader(HTMLParser):
    """The tags of a page, its texts, its data, and the addresses it names."""

    def __init__(self, page: bytes) -> None:
        super().__init__()
        self.tags: list[str] = []
        self.attributes: set[str] = set()
        self.addresses: list[str] = []
        self.texts: list[str] = []
        self.policy = ""
        self.data: dict[str, Any] = {}
        self._open: list[str] = []
        self.feed(page.decode())
        self.close()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append(tag)
        self._open.append(dict(attrs).get("id") or tag)
        given = dict(attrs)
        self.attributes |= given.keys()
        self.addresses += [given[name] or "" for name in ("href", "src") if name in given]
        if given.get("http-equiv") == "Content-Security-Policy":
            self.policy = given["content"] or ""

    def handle_data(self, data: str) -> None:
        if self._open and self._open[-1] == "data" and data.startswith("{"):
            self.data = json.loads(data)
        self.texts.append(data)


def _tags(page: bytes) -> list[str]:
    return Reader(page).tags


def test_a_page_is_one_document_that_may_fetch_nothing_but_itself() -> None:
    read = Reader(render.page(made.succeeded(["a"])))
    assert read.policy.startswith("default-src 'none'; style-src 'sha256-")
    assert "unsafe" not in read.policy
    assert read.policy.endswith("connect-src 'self'; base-uri 'none'; form-action 'none'")
    assert not {"img", "link", "iframe", "object", "embed"} & set(read.tags)
    assert "style" not in read.attributes, "the policy would ignore it"
    assert not [name for name in read.attributes if name.startswith("on")]
    outside = [a for a in read.addresses if not a.startswith(("#", "./", "../"))]
    assert all(a.startswith("https://storage.cloud.google.com/") for a in outside)


def test_names_are_text_whatever_they_are() -> None:
    plain = [f"sample{n}" for n in range(len(HOSTILE))]
    hostile, harmless = (render.page(made.failed(names)) for names in (HOSTILE, plain))
    assert _tags(hostile) == _tags(harmless), "names make no elements"
    rows = Reader(hostile).data["rows"]
    assert HOSTILE[0] in rows
    assert "\ufffdfdp.exe" in rows, "a name does not turn the text around it"


@settings(deadline=None, max_examples=15)
@given(names=st.lists(TEXT.filter(bool), min_size=1, max_size=3, unique=True), message=TEXT)
def test_any_text_leaves_the_structure_of_the_page_alone(names: list[str], message: str) -> None:
    def page(samples: list[str], text: str) -> list[str]:
        facts = made.failed(samples)
        assert facts.error is not None
        error = type(facts.error)(
            **{n: getattr(facts.error, n) for n in facts.error.__struct_fields__}
            | {"sentence": text or "x"}
        )
        return _tags(render.page(replace(facts, error=error)))

    same = [f"{n}{'y' * 5}" for n in range(len(names))]
    assert page(names, message) == page(same, "x")


@given(st.recursive(TEXT, lambda inner: st.lists(inner) | st.dictionaries(TEXT, inner)))
def test_data_has_no_markup_in_it_and_reads_back(value: Any) -> None:
    encoded = compact.encode(value)
    assert not set("<>&\u2028\u2029") & set(encoded)
    assert len(json.dumps(json.loads(encoded))) > 0


@settings(deadline=None)
@given(st.lists(TEXT, max_size=9), TEXT)
def test_a_text_is_folded_by_its_wildcards_and_unfolds_to_itself(
    values: list[str], rest: str
) -> None:
    folder = "gs://results/runs/r"
    text = f"{folder}/{rest}".join(values)
    wildcards = {f"w{n}": value for n, value in enumerate(values)}
    folded = compact._template(text, folder, wildcards)

    def unfold(found: re.Match[str]) -> str:
        return values[ord(found[1]) - 0xE002] if found[1] else folder

    clean = text.replace(compact.OPEN, "\ufffd").replace(compact.CLOSE, "\ufffd")
    assert re.sub("\ue000([\ue002-\ue009]?)\ue001", unfold, folded) == clean


def test_a_thousand_samples_fit_into_two_megabytes() -> None:
    page = render.page(made.succeeded([f"sample{n:04}" for n in range(1000)]))
    assert len(page) < 2_000_000
    data = Reader(page).data
    assert len(data["jobs"]) == 9001
    assert len(data["details"]) < 60, "what jobs of a rule have in common is told once"


def test_the_page_of_a_run_by_hand_that_has_just_begun_is_whole() -> None:
    facts = made.running(["a"], lambda *_: "waiting")
    texts = Reader(render.page(replace(facts, request=None, journal=None))).texts
    assert "by hand, with snakemake" in texts
    asked = Facts(folder=made.FOLDER, now=made.at(0), request=made.request(["a"]))
    assert "Submitted" in " ".join(Reader(render.page(asked)).texts)


def test_the_verdicts_come_with_the_bad_ones_first_and_the_report_beside_them() -> None:
    read = Reader(render.page(made.succeeded(["a", "b", "c"], bad=["c"])))
    names = [text for text in read.texts if text in {"a", "b", "c"}]
    assert names[:3] == ["c", "a", "b"]
    assert "./report/multiqc.html" in read.addresses
    assert "Bases at Q30 or better: 41.65 % is below 75 % (FAIL)." in read.texts


def test_settings_stand_beside_the_workflows_own() -> None:
    texts = Reader(render.page(made.succeeded(["a"]))).texts
    at = texts.index("trimming.minimum_length")
    assert texts[at + 1 : at + 3] == ["50", "30"]


def test_only_a_page_of_a_run_that_goes_on_looks_for_a_newer_one() -> None:
    assert b'data-refresh="5"' in render.page(made.running(["a"]))
    assert b"data-refresh=" not in render.page(made.succeeded(["a"]))


def test_a_job_that_failed_without_a_log_of_its_own_is_told_of_all_the_same() -> None:
    facts = made.failed(["s1"])
    assert facts.journal is not None
    jobs = tuple(msgspec.structs.replace(job, logs=()) for job in facts.journal.jobs)
    journal = msgspec.structs.replace(facts.journal, jobs=jobs)
    read = Reader(render.page(replace(facts, journal=journal)))
    assert "failures" in [address.removeprefix("#") for address in read.addresses]
    assert not any("Its own log" in text for text in read.texts)
