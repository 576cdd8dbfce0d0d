"""The live view: on a terminal what matters and bars, elsewhere Snakemake's own lines."""

import logging
import os
import pty
import re
import subprocess
import sys
from pathlib import Path

import pytest
from snakemake_interface_common.exceptions import WorkflowError
from snakemake_interface_logger_plugins.common import LogEvent
from snakemake_interface_logger_plugins.tests import MockOutputSettings

from snakemake_logger_plugin_headrace import LogHandler, LogHandlerSettings, terminal

SNAKEFILE = """
rule all:
    input: expand("out/{sample}.txt", sample=["a", "b"])

rule make:
    output: "out/{sample}.txt"
    log: "logs/{sample}.log"
    shell: "test {wildcards.sample} != b && echo hello > {output}"
"""


def _on_a_terminal(folder: Path, *arguments: str) -> str:
    """Run the workflow with a pseudo-terminal for its errors; return what was shown there."""
    (folder / "Snakefile").write_text(SNAKEFILE)
    ours, theirs = pty.openpty()
    command = [sys.executable, "-m", "snakemake", "--cores", "1", "--keep-going"]
    environment = {**os.environ, "TERM": "xterm", "COLUMNS": "200"}
    environment.pop("NO_COLOR", None)
    with subprocess.Popen(
        [*command, "--logger", "headrace", *arguments],
        cwd=folder,
        env=environment,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL,
        stderr=theirs,
    ) as process:
        os.close(theirs)
        shown = b""
        while True:
            try:
                part = os.read(ours, 1 << 16)
            except OSError:  # the other side has closed
                break
            if not part:
                break
            shown += part
        assert process.wait(60) == 1
    os.close(ours)
    return re.sub(r"\x1b\[[0-9;?]*[A-Za-z]", "", shown.decode())


def test_a_terminal_shows_bars_and_failures_and_no_chatter(tmp_path: Path) -> None:
    shown = _on_a_terminal(tmp_path, "--logger-headrace-file", "status.json")
    assert "make (sample=b) failed: " in shown
    assert "  its log: logs/b.log" in shown
    assert re.search(r"local +━+.* 1/3 +1 failed", shown)
    assert "Complete log(s):" in shown
    assert "Execute 1 jobs" not in shown
    assert "Finished jobid" not in shown


def test_who_asks_for_lines_gets_snakemakes_own(tmp_path: Path) -> None:
    shown = _on_a_terminal(tmp_path, "--logger-headrace-view", "lines")
    assert "Finished jobid" in shown
    assert "━" not in shown


@pytest.mark.parametrize("name", ["dryrun", "verbose", "printshellcmds", "debug_dag"])
def test_who_asks_for_more_than_usual_gets_lines(
    name: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("TTY_INTERACTIVE", "1")  # rich's own switch
    settings = MockOutputSettings()
    settings.quiet, settings.dryrun, settings.stdout = (), False, False
    settings.verbose = settings.printshellcmds = settings.debug_dag = False
    assert terminal.wanted(settings, "auto")
    assert not terminal.wanted(settings, "lines")
    setattr(settings, name, True)
    assert not terminal.wanted(settings, "auto")


def test_warnings_are_no_chatter_whatever_they_are_about() -> None:
    def record(level: int, **fields: object) -> logging.LogRecord:
        return logging.makeLogRecord({"msg": "x", "levelno": level, **fields})

    assert not terminal.chatter(record(logging.WARNING, headrace_submitted={}))
    assert terminal.chatter(record(logging.INFO, headrace_submitted={}))
    assert terminal.chatter(record(logging.INFO, event=LogEvent.JOB_INFO))
    assert not terminal.chatter(record(logging.INFO))


def test_an_unknown_view_is_refused(tmp_path: Path) -> None:
    settings = LogHandlerSettings(file=str(tmp_path / "status.json"), view="colourful")
    with pytest.raises(WorkflowError, match="--logger-headrace-view is 'colourful': write auto"):
        LogHandler(common_settings=MockOutputSettings(), settings=settings)
