"""Tables are for people on a terminal, lines for programs elsewhere."""

import io

import pytest
from rich.console import Console

from headrace.commands import output
from headrace.commands.progress import display

RUN = "paired-reads-6f3ca46662cb26cf000d"


def test_on_a_narrow_terminal_a_run_s_id_stays_whole() -> None:
    screen = io.StringIO()
    table = output.table(["run", "state", "reason"], [[RUN, "failed", "a long reason " * 9]])
    Console(file=screen, width=70).print(table)
    assert RUN in screen.getvalue()
    assert "failed" in screen.getvalue()


def test_an_empty_table_has_its_heading() -> None:
    screen = io.StringIO()
    Console(file=screen, width=70).print(output.table(["run", "state"], []))
    assert "state" in screen.getvalue()


def test_elsewhere_cells_are_separated_by_tabs(capsys: pytest.CaptureFixture[str]) -> None:
    output.show_table(["run", "state"], [[RUN, "failed"]])
    assert capsys.readouterr().out == f"run\tstate\n{RUN}\tfailed\n"


def test_elsewhere_progress_is_a_line_per_change(capsys: pytest.CaptureFixture[str]) -> None:
    with display(["run", "state"]) as progress:
        progress.show([["a", "running"], ["b", "running"]])
        progress.show([["a", "running"], ["b", "failed"]])
    assert capsys.readouterr().out == "a\trunning\nb\trunning\nb\tfailed\n"


def test_the_passing_of_time_is_no_change(capsys: pytest.CaptureFixture[str]) -> None:
    with display(["run", "time", "state"], passing="time") as progress:
        progress.show([["a", "1 s", "running"]])
        progress.show([["a", "2 s", "running"]])
        progress.show([["a", "3 s", "failed"]])
    assert capsys.readouterr().out == "a\t1 s\trunning\na\t3 s\tfailed\n"


@pytest.mark.parametrize(
    ("count", "text"), [(0, "0 B"), (999, "999 B"), (898_123, "898 kB"), (2_580_809, "2.58 MB")]
)
def test_sizes_are_said_as_people_do(count: int, text: str) -> None:
    assert output.size(count) == text
