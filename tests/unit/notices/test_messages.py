"""How notices read, hostile names included."""

import json
from datetime import UTC, datetime
from email import message_from_bytes
from email.policy import default

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st
from jsonschema import validate

from headrace.errors import InputError
from headrace.notices import messages, records
from headrace.notices.records import Link, Notice, Price, SampleVerdict
from headrace.runs.records import RunEvent

NOTICE = Notice(
    id="run-1.finished",
    event=RunEvent.FINISHED,
    created=datetime(2026, 1, 1, tzinfo=UTC),
    headline="paired-reads s1, s2 has finished: 1 FAIL, 1 PASS",
    sentence="24 jobs ran.",
    next_step="Look at the report.",
    run_id="run-1",
    rule="paired-reads",
    counts={"FAIL": 1, "PASS": 1},
    verdicts=[SampleVerdict(sample="s2", verdict="FAIL", reasons=["Q30 is 41 %."])],
    cost=Price(amount=1.25, currency="USD"),
    links=[Link(title="Report", address="https://example.org/r.html")],
)
HOSTILE = "<!channel> [x](http://evil.example) <http://evil.example|x> & \n*b*"


def test_the_text_holds_what_a_person_needs() -> None:
    assert messages.text(NOTICE).splitlines() == [
        "paired-reads s1, s2 has finished: 1 FAIL, 1 PASS",
        "",
        "24 jobs ran.",
        "Verdicts: 1 FAIL, 1 PASS.",
        "s2: FAIL. Q30 is 41 %.",
        "Cost: 1.25 USD.",
        "Next: Look at the report.",
        "Report: https://example.org/r.html",
    ]


def test_slack_gets_every_text_as_plain_text() -> None:
    body = messages.slack(msgspec.structs.replace(NOTICE, headline=HOSTILE, sentence=HOSTILE))
    texts = [block["text"] for block in body["blocks"] if "text" in block]
    assert {text["type"] for text in texts} == {"plain_text"}
    assert "<" not in body["text"]


@pytest.mark.parametrize("length", [10, 5000])
def test_slack_gets_no_text_that_it_refuses_for_its_length(length: int) -> None:
    long = msgspec.structs.replace(NOTICE, headline="h" * length, sentence="s" * length)
    header, section, *_ = messages.slack(long)["blocks"]
    assert len(header["text"]["text"]) <= 150
    assert len(section["text"]["text"]) <= 3000


def test_teams_gets_text_runs_which_hold_no_markup() -> None:
    body = messages.teams(msgspec.structs.replace(NOTICE, sentence=HOSTILE))
    (attachment,) = body["attachments"]
    card = attachment["content"]
    assert {block["type"] for block in card["body"]} == {"RichTextBlock"}
    assert HOSTILE in json.dumps(card, ensure_ascii=False).encode().decode("unicode_escape")
    assert card["actions"] == [
        {"type": "Action.OpenUrl", "title": "Report", "url": "https://example.org/r.html"}
    ]


@given(st.text(max_size=200))
def test_no_headline_can_add_a_header_to_a_letter(headline: str) -> None:
    notice = msgspec.structs.replace(NOTICE, headline=headline)
    letter = messages.email(notice, "runs@example.org", ["a@example.org"])
    read = message_from_bytes(letter.as_bytes(), policy=default)
    assert set(read.keys()) == {
        "Subject",
        "From",
        "To",
        "Date",
        "Message-ID",
        "Auto-Submitted",
        "Content-Type",
        "Content-Transfer-Encoding",
        "MIME-Version",
    }
    assert read["To"] == "a@example.org"


def test_a_notice_fits_its_own_schema() -> None:
    validate(msgspec.to_builtins(NOTICE), records.schema())


@pytest.mark.parametrize("id_", ["", "a/b", "../x", ".hidden", "a" * 201, "a\n"])
def test_an_id_that_could_not_be_an_object_is_refused(id_: str) -> None:
    with pytest.raises(InputError):
        msgspec.structs.replace(NOTICE, id=id_)
