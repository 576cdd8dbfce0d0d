"""headrace.planning.picture and svg: a plan drawn, one box a job or a rule."""

from xml.etree import ElementTree as ET

import pytest

from headrace.planning.graph import PlannedJob, PlannedWorkflow
from headrace.planning.picture import MOST_JOBS, Scene, scene
from headrace.planning.simulation import Grouping, simulate
from headrace.planning.svg import draw

SVG = "{http://www.w3.org/2000/svg}"
STEPS = ("check", "trim", "align", "mark", "call", "stats", "metrics")


def workflow(samples: int) -> PlannedWorkflow:
    """Seven steps for each sample, a verdict on all, and a target on the head."""
    jobs = []
    for sample in range(samples):
        for step, rule in enumerate(STEPS):
            jobid = sample * len(STEPS) + step + 1
            jobs.append(
                PlannedJob(
                    jobid=jobid,
                    rule=rule,
                    wildcards={"sample": f"<s{sample}>"},
                    after=(jobid - 1,) if step else (),
                    image="i",
                )
            )
    ends = tuple(len(STEPS) * (sample + 1) for sample in range(samples))
    verdict = len(jobs) + 1
    jobs.append(PlannedJob(jobid=verdict, rule="judge", after=(*ends, 1), image="i"))
    jobs.append(PlannedJob(jobid=verdict + 1, rule="all", after=(verdict,), local=True))
    return PlannedWorkflow(jobs=tuple(jobs))


def drawn(samples: int) -> Scene:
    planned = workflow(samples)
    chains = [
        tuple(range(start, start + len(STEPS)))
        for start in range(1, samples * len(STEPS), len(STEPS))
    ]
    seconds = {job.jobid: 20.0 for job in planned.jobs}
    return scene(planned, simulate(planned, seconds, Grouping(tuple(chains))))


def parsed(found: Scene) -> ET.Element:
    return ET.fromstring(draw(found, "A plan & more", ["first", "second"]))  # noqa: S314 - ours


def of_class(root: ET.Element, name: str) -> list[ET.Element]:
    return [one for one in root.iter() if name in (one.get("class") or "").split()]


def test_ten_samples_of_seven_steps_are_drawn_job_by_job() -> None:
    root = parsed(drawn(10))
    assert len(of_class(root, "box")) == 71, "what runs on the head is left out"
    assert len(of_class(root, "line")) == 70, "who waits for whom, without what follows from it"
    fields = [one for one in root.iter(f"{SVG}rect") if (one.get("class") or "").startswith("m")]
    assert len(fields) == 11
    texts = [one.text for one in root.iter(f"{SVG}text")]
    assert texts[:3] == ["A plan & more", "first", "second"]
    assert texts.count("align") == 10
    assert "<s3>" in texts


def test_the_critical_path_is_marked_from_end_to_end() -> None:
    root = parsed(drawn(3))
    critical = of_class(root, "critical")
    assert sum(one.tag == f"{SVG}rect" for one in critical) == len(STEPS) + 1
    assert sum(one.tag == f"{SVG}path" for one in critical) == len(STEPS)


def test_boxes_lie_in_their_field_and_on_no_other_box() -> None:
    root = parsed(drawn(10))
    places = [
        tuple(float(one.get(name) or 0) for name in ("x", "y", "width", "height"))
        for one in of_class(root, "box")
    ]
    width, height = (float(root.get(name) or 0) for name in ("width", "height"))
    assert all(x + w <= width and y + h <= height for x, y, w, h in places)
    assert len({(x, y) for x, y, _, _ in places}) == len(places)
    for x, y, _, _ in places:
        near = [one for one in places if abs(one[0] - x) < one[2] and abs(one[1] - y) < one[3]]
        assert len(near) == 1


@pytest.mark.parametrize("samples", [150, 1000])
def test_many_jobs_are_drawn_rule_by_rule_with_their_number(samples: int) -> None:
    assert samples * len(STEPS) > MOST_JOBS
    root = parsed(drawn(samples))
    assert len(of_class(root, "box")) == len(STEPS) + 1
    texts = [one.text for one in root.iter(f"{SVG}text")]
    assert texts.count(f"{samples} jobs") == len(STEPS)
    assert any(text and text.startswith(f"{samples} e2-") for text in texts)


def test_day_and_night_have_colours_of_their_own() -> None:
    style = parsed(drawn(1)).findtext(f"{SVG}style") or ""
    assert style.count("prefers-color-scheme: dark") == 2


def test_nothing_to_do_is_an_empty_sheet() -> None:
    nothing = PlannedWorkflow()
    assert of_class(parsed(scene(nothing, simulate(nothing, {}))), "box") == []
