"""`headrace estimate` and `headrace caps`: what people see."""

import xml.etree.ElementTree as ET
from datetime import UTC, datetime

import pytest

from headrace.commands import caps, estimate
from headrace.money import outlook
from headrace.money.ledger import Reservation, State
from headrace.planning.graph import PlannedWorkflow
from headrace.settings import Settings
from tests.unit.planning.test_estimating import HISTORY, made, workflow

NOW = datetime(2026, 8, 1, 12, tzinfo=UTC)


def test_an_estimate_is_shown_by_rule_and_sample(capsys: pytest.CaptureFixture[str]) -> None:
    estimate.show(made(runs=[HISTORY]))
    shown = capsys.readouterr().out
    assert "rule\tjobs\tmachine time\tcost\tlow\thigh\tat most" in shown
    assert "align\t2\t22.0 min" in shown
    assert "sample\tjobs" in shown
    assert "The end waits for: align s" in shown
    assert "Prices: Cloud Billing Catalog" in shown


def test_two_lines_say_the_most_of_it() -> None:
    first, second = outlook.brief(made(runs=[HISTORY]))
    assert first.startswith("Estimate: 0.0")
    assert "at most" in first
    assert "4 jobs on machines, 4 of them predicted from former runs; dearest: align" in second


def test_nothing_to_do_is_said(capsys: pytest.CaptureFixture[str]) -> None:
    estimate.show(made(PlannedWorkflow()))
    assert capsys.readouterr().out == "Nothing to be done on a machine.\n"


def test_the_picture_is_svg_with_a_bar_for_each_rule() -> None:
    drawn = ET.fromstring(estimate.picture(made(workflow(), runs=[HISTORY])))  # noqa: S314 - ours
    bars = [one for one in drawn.iter() if one.get("class") == "band"]
    assert len(bars) == 2
    texts = [one.text for one in drawn.iter() if one.text]
    assert any("align x 2" in text for text in texts)


def test_caps_are_shown_with_what_is_left(capsys: pytest.CaptureFixture[str]) -> None:
    settings = Settings(
        project="p",
        region="r",
        results="b",
        stage_image="s",
        controller_image="c",
        cap_day=10,
        cap_run=5,
    )
    held = Reservation(run_id="r1", amount=3, made=NOW, expires=NOW)
    caps.show(State(open=(held,), spent={"2026-08-01": 1.5}), settings, "EUR", NOW)
    shown = capsys.readouterr().out
    assert "day\t10.00\t4.50\t5.50" in shown
    assert "month\tno limit\t4.50" in shown
    assert "r1\t3.00\t2026-08-01" in shown
