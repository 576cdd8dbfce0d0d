"""Advice rests on what former jobs used, and says how much it saves."""

from datetime import UTC, datetime
from typing import Any

import pytest

from headrace.commands import advice as command
from headrace.money.advice import Advice, Topic, advise
from headrace.planning.history import Observation, RunHistory
from headrace.planning.pricetable import BUILT_IN

NOW = datetime(2026, 8, 1, tzinfo=UTC)


def used(**more: Any) -> Observation:
    values: dict[str, Any] = {
        "rule": "align",
        "threads": 2,
        "mem_mb": 16_000,
        "bytes_in": 10**9,
        "bytes_out": 10**8,
        "worked": 3600.0,
        "tool": 3500.0,
        "cpu": 6900.0,
        "peak_mb": 15_000.0,
        **more,
    }
    return Observation(**values)


def told(*jobs: Observation, **more: Any) -> list[Advice]:
    return advise([RunHistory(run_id="r", began=NOW, observations=jobs, **more)], BUILT_IN)


def of(found: list[Advice], topic: Topic) -> list[Advice]:
    return [one for one in found if one.topic is topic]


def test_memory_that_is_never_used_is_money() -> None:
    peaks = [2000.0] * 39 + [3100.0]
    (one,) = of(told(*(used(peak_mb=peak) for peak in peaks)), Topic.MEMORY)
    assert "align asks for 16000 MB and used 3100 MB at most over 40 jobs" in one.sentence
    assert "mem_mb=4500 saves" in one.sentence
    assert one.saving == pytest.approx(1 - 0.0670 / 0.0904, abs=0.01)


def test_memory_that_is_used_is_left_alone() -> None:
    assert of(told(*[used()] * 10), Topic.MEMORY) == []


def test_more_memory_than_asked_for_is_a_warning() -> None:
    (one,) = of(told(*[used(peak_mb=20_000.0)] * 10), Topic.MEMORY)
    assert "keeps it from being killed" in one.sentence
    assert one.saving is None


def test_threads_that_idle_are_money() -> None:
    lazy = [used(threads=16, mem_mb=8000, cpu=3500.0 * busy) for busy in (1.0, 2.5, 3.0)]
    (one,) = of(told(*lazy), Topic.CPU)
    assert "kept 3.0 busy at most over 3 jobs: threads: 4 saves" in one.sentence
    assert one.saving is not None
    assert one.saving > 0.5
    assert of(told(*[used(cpu=3500.0 * 1.9)] * 5), Topic.CPU) == []


def test_short_jobs_should_share_a_machine() -> None:
    (one,) = of(told(*[used(worked=20.0, tool=5.0)] * 5, boots=(70.0,)), Topic.SHARE)
    assert "works for 5 s on a machine that is paid for 90 s" in one.sentence
    assert of(told(*[used()] * 5), Topic.SHARE) == []


def test_spot_machines_pay_unless_they_are_lost_all_the_time() -> None:
    (calm,) = of(told(*[used()] * 5, spot_hours=100.0, spot_losses=2), Topic.SPOT)
    assert calm.saving is not None
    assert 0.3 < calm.saving < 0.8
    assert "2 machines were lost in 100.0 spot hours" in calm.sentence
    (stormy,) = of(told(*[used()] * 5, spot_hours=10.0, spot_losses=90), Topic.SPOT)
    assert stormy.saving == 0
    assert "would cost" in stormy.sentence


def test_few_jobs_and_missing_measurements_say_nothing() -> None:
    assert told(*[used(peak_mb=100.0)] * 2) == []
    assert of(told(*[used(peak_mb=None, cpu=None)] * 9), Topic.MEMORY) == []
    assert of(told(*[used(mem_mb=0)] * 9), Topic.MEMORY) == []
    assert advise([], BUILT_IN) == []


def test_the_greatest_saving_comes_first_and_is_shown(capsys: pytest.CaptureFixture[str]) -> None:
    found = told(*[used(peak_mb=2000.0, threads=16, cpu=3500.0)] * 5)
    savings = [one.saving or 0 for one in found]
    assert savings == sorted(savings, reverse=True)
    command.show(found, 1)
    assert capsys.readouterr().out.startswith("rule\ttopic\tsaves\tadvice\n")
    command.show([], 0)
    assert "No run has left anything" in capsys.readouterr().out
