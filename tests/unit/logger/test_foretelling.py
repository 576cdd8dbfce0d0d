"""After a dry run: the estimate of the same command."""

import pytest

from headrace.settings import DRY_RUN_VARIABLE
from snakemake_logger_plugin_headrace import foretelling


@pytest.mark.parametrize(
    ("words", "left"),
    [
        (["--profile", "gcp", "-n"], ["--profile", "gcp"]),
        (["-np", "all"], ["-p", "all"]),
        (["--dry-run", "--config", "n=-n2"], ["--config", "n=-n2"]),
        (["--dryrun", "-j", "5"], ["-j", "5"]),
    ],
)
def test_the_dry_run_is_taken_out_of_the_arguments(words: list[str], left: list[str]) -> None:
    assert list(foretelling.without_dry(words)) == left


def test_nothing_is_said_where_it_is_not_snakemakes_command_or_switched_off(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    foretelling.say(["/usr/bin/pytest", "-n", "2"])
    monkeypatch.setenv(foretelling.SWITCH, "off")
    foretelling.say(["snakemake", "-n"])
    monkeypatch.delenv(foretelling.SWITCH)
    monkeypatch.setenv(DRY_RUN_VARIABLE, "plan.json")
    foretelling.say(["snakemake"])
    assert capsys.readouterr().err == ""
