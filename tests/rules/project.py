"""A small project with the repository's workflow, for the tests of its rules."""

import shutil
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

from headrace.rules import lint, reading

REPOSITORY = Path(__file__).parents[2]
SHEET = (
    "sample\tlane\tfastq_1\tfastq_2\tplatform\tlibrary\n"
    "s1\tL001\tr1.fq.gz\tr2.fq.gz\tILLUMINA\ts1\n"
)


@dataclass(frozen=True)
class Project:
    """A folder with workflow, configuration, and inputs of no content."""

    folder: Path

    @classmethod
    def make(cls, folder: Path) -> "Project":
        """Copy the repository's workflow, and name a sample of one unit, `s1_L001`."""
        for part in ("workflow", "config", "images"):
            shutil.copytree(REPOSITORY / part, folder / part)
        for name in ("r1.fq.gz", "r2.fq.gz", "genome.fa"):
            (folder / name).touch()
        (folder / "samples.tsv").write_text(SHEET)
        return cls(folder)

    def planned(self, target: str, *settings: str) -> str:
        """Return what Snakemake says it would do for a target; fails where it cannot."""
        command = [sys.executable, "-m", "snakemake", "-n", target, "--cores", "1", "--config"]
        done = subprocess.run(
            [*command, "samples=samples.tsv", "reference=genome.fa", *settings],
            cwd=self.folder,
            capture_output=True,
            text=True,
            check=False,
        )
        assert done.returncode == 0, done.stderr
        return done.stdout + done.stderr

    def findings(self, rule: str) -> list[str]:
        """Return what `headrace lint` would say of a rule."""
        rules = reading.read(self.folder / "workflow" / "Snakefile", []).rules
        sources = {one.file: Path(one.file).read_text() for one in rules}
        found = lint.lint(rules, sources, lambda path: (self.folder / path).exists())
        return [finding.sentence for finding in found if finding.rule == rule]
