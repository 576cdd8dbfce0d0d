"""One run of a folder's files when its marker closes it."""

import pytest

from headrace.arrivals import requests, triggers
from headrace.arrivals.decisions import Decision, Ready, Waiting
from tests.unit.arrivals.listing import at, decided

RULES = triggers.parse(
    """
rules:
  - name: flowcell
    match: "{flowcell}/CopyComplete.txt"
    when:
      kind: marker
      files: "{flowcell}/{sample}_R{read}.fastq.gz"
      complete: {read: ["1", "2"]}
      settle: 2m
""",
    "rules",
)
MARKER = "fc/CopyComplete.txt"
FILES = {"fc/a_R1.fastq.gz": 0, "fc/a_R2.fastq.gz": 1}
OTHERS = {"gc/a_R1.fastq.gz": 0, "fc/notes.txt": 0}
ALL = {**FILES, MARKER: 2, **OTHERS}


def one(name: str, uploads: dict[str, int], minutes: float = 10) -> Decision:
    (decision,) = decided(RULES, name, uploads, at(minutes=minutes))
    return decision


@pytest.mark.parametrize("name", [MARKER, *FILES])
def test_whichever_object_is_asked_about_the_marked_folder_is_ready(name: str) -> None:
    ready = one(name, ALL)
    assert isinstance(ready, Ready)
    assert [member.object.uri.name for member in ready.members] == list(FILES)
    assert ready.opener is not None
    assert ready.opener.object.uri.name == MARKER
    assert ready.fields == {"flowcell": "fc"}


def test_without_its_marker_a_folder_waits() -> None:
    waiting = one("fc/a_R1.fastq.gz", FILES)
    assert isinstance(waiting, Waiting)
    assert waiting.reason == "waiting for the marker 'fc/CopyComplete.txt'"


def test_a_marked_folder_with_a_mate_missing_waits_for_it_and_is_late_after_an_hour() -> None:
    uploads = {"fc/a_R1.fastq.gz": 0, MARKER: 2}
    waiting, late = one(MARKER, uploads), one(MARKER, uploads, minutes=62)
    assert isinstance(waiting, Waiting)
    assert isinstance(late, Waiting)
    assert "waiting for fc/a_R2.fastq.gz" in waiting.reason
    assert (waiting.late, late.late) == (False, True)


def test_a_marker_in_an_empty_folder_waits_for_any_file() -> None:
    waiting = one(MARKER, {MARKER: 0})
    assert isinstance(waiting, Waiting)
    assert "'fc/{sample}_R{read}.fastq.gz'" in waiting.reason


def test_stragglers_that_the_marker_overtook_are_waited_for() -> None:
    uploads = {MARKER: 0, **dict.fromkeys(FILES, 4)}
    waiting = one(MARKER, uploads, minutes=5)
    assert isinstance(waiting, Waiting)
    assert waiting.until == at(minutes=6)
    assert isinstance(one(MARKER, uploads, minutes=6), Ready)


def test_one_upload_of_a_marker_is_one_run_whatever_comes_later() -> None:
    first = one(MARKER, ALL)
    more = one(MARKER, {**FILES, MARKER: 2, "fc/b_R1.fastq.gz": 3, "fc/b_R2.fastq.gz": 3})
    assert isinstance(first, Ready)
    assert isinstance(more, Ready)
    assert len(more.members) == 4
    assert requests.run_id(first) == requests.run_id(more)
