"""The programs that do the work: terraform and gcloud, run with argument lists."""

import json
import shutil
import subprocess
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from headrace.errors import DeployError

MISSING = {
    "terraform": "install Terraform 1.9 or later: https://developer.hashicorp.com/terraform/install",
    "gcloud": "install the Google Cloud CLI: https://cloud.google.com/sdk/docs/install",
}


@dataclass(frozen=True)
class Tools:
    """Runs programs found on the environment's PATH, in the repository."""

    repository: Path
    environ: Mapping[str, str]

    def has(self, program: str) -> bool:
        """Whether the program is there."""
        return shutil.which(program, path=self.environ.get("PATH", "")) is not None

    def gcloud(self, *arguments: str, folder: Path | None = None) -> str:
        """Run gcloud without questions and return what it writes; raises `DeployError`."""
        return self._run("gcloud", "--quiet", *arguments, folder=folder)

    def gcloud_json(self, *arguments: str, folder: Path | None = None) -> Any:
        """Run gcloud and return its JSON; raises `DeployError`."""
        return _json("gcloud", self.gcloud(*arguments, "--format=json", folder=folder))

    def terraform(self, *arguments: str) -> str:
        """Run terraform on `infra/` and return what it writes; raises `DeployError`."""
        return self._run("terraform", "-chdir=infra", *arguments)

    def terraform_json(self, command: str, *arguments: str) -> Any:
        """Run terraform and return its JSON; raises `DeployError`."""
        return _json("terraform", self.terraform(command, "-json", *arguments))

    def _run(self, program: str, *arguments: str, folder: Path | None = None) -> str:
        found = shutil.which(program, path=self.environ.get("PATH", ""))
        if found is None:
            raise DeployError(f"'{program}' is not on PATH: {MISSING[program]}.")
        done = subprocess.run(
            [found, *arguments],
            cwd=folder or self.repository,
            env=dict(self.environ),
            capture_output=True,
            text=True,
            check=False,
        )
        if done.returncode != 0:
            command = " ".join([program, *arguments])
            raise DeployError(f"'{command}' failed: {_reason(done.stderr or done.stdout)}")
        return done.stdout


def _json(program: str, text: str) -> Any:
    try:
        return json.loads(text or "null")
    except ValueError as error:
        raise DeployError(f"{program} wrote something that is not JSON: {text[:200]!r}.") from error


def _reason(text: str) -> str:
    """Return the lines that say why, without Terraform's frames."""
    lines = [line.strip(" │╷╵\t") for line in text.splitlines()]
    return " ".join(line for line in lines if line) or "it does not say why."
