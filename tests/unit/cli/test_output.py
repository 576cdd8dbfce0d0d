"""Tables are for people on a terminal, lines for programs elsewhere."""

import io

import pytest
from rich.console import Console

from headrace.commands import output

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
