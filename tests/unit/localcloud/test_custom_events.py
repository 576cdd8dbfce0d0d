"""Custom status events in a log that grows."""

import asyncio
from pathlib import Path

import pytest

from localcloud.engine.custom_events import CustomEvents, reporting

LINE = '{"batch/custom/event": "half done"}\n'


def test_events_are_read_once_and_only_when_their_line_is_whole(tmp_path: Path) -> None:
    log = tmp_path / "stdout"
    log.write_text(LINE)
    events = CustomEvents(log)
    assert events.new() == [], "what was there before is not of this attempt"
    with log.open("a") as file:
        for text in ("noise\n", LINE[:20]):
            file.write(text)
            file.flush()
            assert events.new() == []
        file.write(LINE[20:] + LINE)
        file.flush()
        assert events.new() == ["half done", "half done"]
    assert events.new() == []


@pytest.mark.parametrize(
    "line", ['{"batch/custom/event": 1}', '["batch/custom/event"]', '{"batch/custom/event": "cut']
)
def test_what_is_no_custom_event_is_passed_over(tmp_path: Path, line: str) -> None:
    log = tmp_path / "stdout"
    events = CustomEvents(log)
    log.write_text(line + "\n")
    assert events.new() == []


def test_the_last_event_is_reported_too(tmp_path: Path) -> None:
    told: list[str] = []

    async def scene() -> None:
        async with reporting(told.append) as listen:
            listen(tmp_path / "stdout")
            (tmp_path / "stdout").write_text(LINE)

    asyncio.run(scene())
    assert told == ["half done"]
