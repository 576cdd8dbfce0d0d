"""What the documentation tells people to type can be typed."""

import shlex
from collections.abc import Iterator
from pathlib import Path

import pytest

from headrace import cli

DOCS = Path(__file__).parents[3] / "docs"


def commands(page: str) -> Iterator[list[str]]:
    """Yield the words of every `headrace` line in the page's blocks of commands."""
    for block in (DOCS / page).read_text().split("```bash\n")[1:]:
        for line in block.split("```")[0].splitlines():
            words = shlex.split(line, comments=True)
            if words[:1] == ["headrace"]:
                yield words[1:]


@pytest.mark.parametrize(
    "words", [words for page in ("runs.md", "notices.md") for words in commands(page)], ids=" ".join
)
def test_a_documented_command_is_understood(words: list[str]) -> None:
    assert callable(cli.parser().parse_args(words).command)


@pytest.mark.parametrize(("page", "least"), [("runs.md", 10), ("notices.md", 4)])
def test_there_are_commands_to_look_at(page: str, least: int) -> None:
    assert len(list(commands(page))) >= least
