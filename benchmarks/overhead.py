"""What a job costs besides its command: `make bench`.

The same trivial jobs run one after another on one local cloud: directly, and with Snakemake in the
machine. Two numbers of jobs are taken each time, and the difference divided by the difference in
jobs, so that starting Snakemake on the head and everything else that happens once cancels out. The
local cloud plays no boot and no image pull here: on Google Cloud those come on top, the same for
both.
"""

import os
import shutil
import subprocess
import sys
import tempfile
import time
import uuid
from pathlib import Path

from rich.console import Console
from rich.table import Table

from examples.local import REPOSITORY, images
from localcloud.testing import LocalCloud

FEW, MANY = 2, 8
SNAKEFILE = """
container: "docker://any-image"

rule all:
    input: expand("results/{i}.txt", i=range(int(config["jobs"])))

rule direct:
    output: "results/{i}.txt"
"""
KINDS = {
    "direct": '    shell: "touch {output}"\n',
    "Snakemake in the machine": "    run: open(output[0], 'w').close()\n",
}


def main() -> None:
    """Measure both kinds and print seconds per job, and their ratio."""
    with LocalCloud.start(buckets=["inbox", "results"], images=images()) as cloud:
        seconds = {kind: _seconds_per_job(cloud, body) for kind, body in KINDS.items()}
    table = Table("a trivial job", "seconds each", "ratio", title="One job after another")
    fastest = min(seconds.values())
    for kind, each in seconds.items():
        table.add_row(kind, f"{each:.2f}", f"{each / fastest:.1f}")
    Console().print(table)


def _seconds_per_job(cloud: LocalCloud, body: str) -> float:
    few, many = (_run(cloud, body, jobs) for jobs in (FEW, MANY))
    return (many - few) / (MANY - FEW)


def _run(cloud: LocalCloud, body: str, jobs: int) -> float:
    with tempfile.TemporaryDirectory() as folder:
        shutil.copytree(REPOSITORY / "profiles", Path(folder, "profiles"))
        Path(folder, "Snakefile").write_text(SNAKEFILE + body)
        command = [sys.executable, "-m", "snakemake", "--profile", "profiles/local"]
        command += ["--jobs", "1", "--seconds-between-status-checks", "0", "--config"]
        environment = {
            **os.environ,
            **cloud.environment,
            "HEADRACE_RUN": f"bench-{uuid.uuid4().hex[:12]}",
        }
        began = time.monotonic()
        subprocess.run(
            [*command, f"jobs={jobs}"],
            cwd=folder,
            env=environment,
            check=True,
            capture_output=True,
        )
        return time.monotonic() - began


if __name__ == "__main__":
    main()
