"""The page of a run: its facts in, one self-contained HTML document out.

Everything in it is escaped by the template engine; the script gets its data as inert JSON. The
content security policy names style and script by their checksums and allows nothing else but to
ask the page's own address for its next version.
"""

import base64
import hashlib
from collections.abc import Iterable, Mapping
from functools import cache
from importlib import resources
from typing import Any
from urllib.parse import quote

from jinja2 import Environment, PackageLoader, StrictUndefined
from markupsafe import Markup

from headrace.gcs import ObjectUri
from headrace.page import (
    compact,
    diagram,
    flow,
    headline,
    jobs,
    money,
    provenance,
    samples,
    steps,
    timeline,
    words,
)
from headrace.page.facts import Facts
from headrace.page.jobs import Standing
from headrace.page.samples import SHARED, Matrix
from headrace.runs.records import PAGE_FILE, Grade, Verdict
from headrace.runs.status import RunError

MAX_FAILURES = 50
"""Most failures that are shown one by one."""

MAX_UPLOADS = 200
"""Most uploads that are shown; `run.json` has all."""

MAX_VERDICTS = 100
"""More verdicts than that are shown without those that are good."""

GLYPHS = {
    Standing.FAILED: "✕",
    Standing.STOPPED: "■",
    Standing.RUNNING: "◐",
    Standing.BOOTING: "○",
    Standing.QUOTA: "…",
    Standing.QUEUED: "·",
    Standing.RETRIED: "↻",
    Standing.DONE: "✓",
    Standing.REUSED: "≡",
}
"""What stands for a standing where there is no room for its name; `page.js` has the same."""

MARKS = {"running": "◐", "done": "✓", "failed": "✕", "submitted": "…", "stale": "!"}


def page(facts: Facts) -> bytes:
    """Return the page of a run."""
    found = jobs.of_journal(facts.journal, facts.state)
    graph = flow.of_jobs(found)
    matrix = samples.arrange(found, graph)
    critical = flow.critical_path(found, graph)
    failures = [job for job in found if job.standing is Standing.FAILED]
    good, bad = _verdicts(facts)
    live = not facts.state.ended
    first = headline.headline(facts, found)
    context = {
        "facts": facts,
        "folder": facts.folder,
        "index": f"gs://{facts.folder.bucket}/runs/{PAGE_FILE}",
        "live": live,
        "headline": first,
        "mark_glyph": MARKS[first.mark],
        "resume_step": headline.resume_step(facts),
        "stale_seconds": int(headline.STALE.total_seconds()),
        "progress": headline.progress(facts, found),
        "end": facts.end or facts.now,
        "jobs": found,
        "matrix": matrix,
        "samples": _count_samples(matrix),
        "steps": steps.steps(facts, found, matrix.rules),
        "failures": failures[:MAX_FAILURES],
        "failures_total": len(failures),
        "run_errors": [] if failures else list(_run_errors(facts)),
        "verdicts_shown": bad + ([] if len(bad) + len(good) > MAX_VERDICTS else good),
        "verdicts_rest": good if len(bad) + len(good) > MAX_VERDICTS else [],
        "timeline": timeline.timeline(facts, found),
        "diagram": diagram.diagram(found, graph, critical),
        "node_width": diagram.NODE_WIDTH,
        "node_height": diagram.NODE_HEIGHT,
        "critical": critical,
        "cost": money.cost(facts),
        "provenance": provenance.provenance(facts),
        "max_uploads": MAX_UPLOADS,
        "files": list(_files(facts)),
        "data": Markup(compact.data(facts, found, matrix, flow.names(critical))),  # noqa: S704
    }
    return document("page.html", "page.js", {**context, "sections": list(_sections(context))})


def document(template: str, script: str, context: Mapping[str, Any]) -> bytes:
    """Return a self-contained document: template, style, script and the policy that seals them.

    Raises:
        jinja2.TemplateError: the template asks for something that the context does not have.
    """
    css, code = _asset("page.css"), _asset(script)
    policy = (
        f"default-src 'none'; style-src {_checksum(css)}; script-src {_checksum(code)}; "
        "connect-src 'self'; base-uri 'none'; form-action 'none'"
    )
    # Ours and constant: these two are the only ones that are not escaped.
    sealed = {"css": Markup(css), "script": Markup(code), "policy": policy}  # noqa: S704
    return _environment().get_template(template).render(**context, **sealed).encode()


def href(address: str, folder: ObjectUri) -> str:
    """Return a link: relative for what is in the run's folder, else Google's page of the object."""
    if address.startswith(f"{folder}/"):
        return f"./{quote(address.removeprefix(f'{folder}/'))}"
    if address.startswith("gs://"):
        return f"https://storage.cloud.google.com/{quote(address.removeprefix('gs://'))}"
    return f"./{quote(address)}"


def slug(standing: Standing) -> str:
    """Return the standing's class in the style."""
    return "quota" if standing is Standing.QUOTA else standing.value


@cache
def _environment() -> Environment:
    made = Environment(
        loader=PackageLoader("headrace.page", "assets"),
        autoescape=True,
        finalize=_visible,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    made.filters |= {
        "count": words.count,
        "duration": words.duration,
        "glyph": GLYPHS.__getitem__,
        "href": href,
        "jobs_text": _jobs_text,
        "maybe_duration": lambda value: "" if value is None else words.duration(value),
        "maybe_memory": lambda value: "" if value is None else words.memory(value),
        "moment": words.moment,
        "pairs": _pairs,
        "size": words.size,
        "slug": slug,
        "span": words.span,
    }
    return made


def _visible(value: Any) -> Any:
    return words.visible(value) if type(value) is str else value


@cache
def _asset(name: str) -> str:
    return (resources.files("headrace.page") / "assets" / name).read_text(encoding="utf-8")


def _checksum(text: str) -> Markup:
    digest = base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()
    return Markup(f"'sha256-{digest}'")  # noqa: S704 - a checksum


def _count_samples(matrix: Matrix) -> int:
    return sum(row != SHARED for row in matrix.rows)


def _run_errors(facts: Facts) -> Iterable[RunError]:
    """Yield what went wrong with the run as a whole, where no job tells of it."""
    if facts.status is None or not facts.state.ended or facts.outputs is not None:
        return
    yield from (error for error in facts.status.errors if error.rule is None)


def _verdicts(facts: Facts) -> tuple[list[Verdict], list[Verdict]]:
    """Return those that are good and those that are not."""
    good = [v for v in facts.verdicts if v.verdict is Grade.PASS]
    return good, [v for v in facts.verdicts if v.verdict is not Grade.PASS]


def _files(facts: Facts) -> Iterable[tuple[str, str]]:
    if facts.outputs is not None and facts.outputs.report:
        yield "MultiQC report", facts.outputs.report
    for title, name in facts.links.items():
        yield title, str(facts.folder / name)


def _sections(context: Mapping[str, Any]) -> Iterable[tuple[str, str]]:
    """Yield the anchors and titles of the sections that the page has."""
    has = {
        ("failures", "Failures"): context["failures"] or context["run_errors"],
        ("verdicts", "Verdicts"): context["facts"].verdicts,
        ("samples", "Samples"): context["jobs"],
        ("steps", "Steps"): context["jobs"],
        ("machines", "Machines"): context["timeline"].attempts,
        ("graph", "Graph"): context["jobs"],
        ("cost", "Cost"): context["cost"].rows,
        ("provenance", "Provenance"): True,
        ("files", "Files"): context["files"],
    }
    return (section for section, there in has.items() if there)


def _jobs_text(bar: timeline.Bar) -> str:
    """Name the jobs of an attempt: `align s1`, `trim s1 and 3 more`."""
    if not bar.jobs:
        return bar.attempt.external_id.rpartition("/")[2]
    first = " ".join([bar.jobs[0].rule, *bar.jobs[0].wildcards.values()])
    more = len(bar.jobs) - 1
    return f"{first} and {more} more" if more else first


def _pairs(wildcards: Mapping[str, str]) -> str:
    """Return `sample=s1, lane=2`; the name is left out where there is one only."""
    if len(wildcards) == 1:
        return next(iter(wildcards.values()))
    return ", ".join(f"{name}={value}" for name, value in wildcards.items())
