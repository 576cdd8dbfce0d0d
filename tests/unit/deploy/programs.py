"""Stand-ins for terraform and gcloud: programs that answer as told and remember their calls."""

import json
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from headrace.deploy.tools import Tools

_PROGRAM = """#!{python} -IS
import json, pathlib, sys
home = pathlib.Path({home!r})
call = [pathlib.Path(sys.argv[0]).name, *sys.argv[1:]]
with (home / "calls.jsonl").open("a") as log:
    log.write(json.dumps(call) + "\\n")
answers = json.loads((home / "answers.json").read_text())
for words, given in answers.items():
    if words in " ".join(call):
        code, text = given.pop(0) if len(given) > 1 else given[0]
        (home / "answers.json").write_text(json.dumps(answers))
        (sys.stderr if code else sys.stdout).write(text)
        sys.exit(code)
"""


class Programs:
    """Both programs in a folder; an answer is given to calls that hold its words, in order."""

    def __init__(self, folder: Path, repository: Path) -> None:
        self._home = folder
        self.tools = Tools(repository, {"PATH": str(folder), "HOME": str(folder)})
        self._answers: dict[str, list[tuple[int, str]]] = {}
        folder.mkdir(parents=True)
        for name in ("terraform", "gcloud"):
            self.add(name)
        self._save()

    def add(self, name: str) -> None:
        """Put a program on PATH."""
        program = self._home / name
        program.write_text(_PROGRAM.format(python=sys.executable, home=str(self._home)))
        program.chmod(0o755)

    def remove(self, name: str) -> None:
        """Take a program off PATH."""
        (self._home / name).unlink()

    def answer(self, words: str, *values: Any) -> None:
        """Answer calls that hold these words with text or a value as JSON; the last one stays."""
        texts = [value if isinstance(value, str) else json.dumps(value) for value in values]
        self._answers[words] = [(0, text) for text in texts]
        self._save()

    def fail(self, words: str, reason: str, times: int | None = None) -> None:
        """Let calls that hold these words fail: always, or so many times and then no more."""
        self._answers[words] = [(1, reason)] if times is None else [(1, reason)] * times + [(0, "")]
        self._save()

    def outputs(self, *values: Mapping[str, Any]) -> None:
        """Let Terraform tell these outputs, one time after the other."""
        told = [{name: {"value": value} for name, value in one.items()} for one in values]
        self.answer("terraform -chdir=infra output", *told)

    @property
    def calls(self) -> list[list[str]]:
        """All calls so far."""
        log = self._home / "calls.jsonl"
        return [json.loads(line) for line in log.read_text().splitlines()] if log.exists() else []

    def called(self, *words: str) -> list[list[str]]:
        """Return the calls that hold all these words."""
        return [call for call in self.calls if all(word in " ".join(call) for word in words)]

    def _save(self) -> None:
        (self._home / "answers.json").write_text(json.dumps(self._answers))
