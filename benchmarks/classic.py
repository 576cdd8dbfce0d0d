"""What a job costs besides its command, directly and with Snakemake in its machine.

The same trivial jobs run one after another on a local cloud whose machines cost no time. Two
numbers of jobs are taken each time, and the difference divided by the difference in jobs, so that
starting Snakemake on the head and everything else that happens once cancels out.
"""

import os
import uuid
from pathlib import Path

from benchmarks import ways
from benchmarks.heads import run_head, snakemake
from localcloud.testing import LocalCloud

FEW, MANY = 2, 6
SNAKEFILE = """
container: "docker://any-image"

rule all:
    input: expand("results/{i}.txt", i=range(int(config["jobs"])))

rule trivial:
    output: "results/{i}.txt"
"""
DIRECT = '    shell: "touch {output}"\n'
IN_THE_VM = "    run: open(output[0], 'w').close()\n"


def seconds_per_job(cloud: LocalCloud) -> tuple[float, float]:
    """Return the seconds of a trivial job: directly, and with Snakemake in its machine."""
    return _seconds(cloud, DIRECT), _seconds(cloud, IN_THE_VM)


def _seconds(cloud: LocalCloud, body: str) -> float:
    few, many = (_run(cloud, body, jobs) for jobs in (FEW, MANY))
    return round((many - few) / (MANY - FEW), 2)


def _run(cloud: LocalCloud, body: str, jobs: int) -> float:
    with ways.workplace() as name:
        Path(name, "Snakefile").write_text(SNAKEFILE + body)
        options = ("--jobs", "1", "--seconds-between-status-checks", "0")
        words = ("--profile", "profiles/local", *options, "--config", f"jobs={jobs}")
        run = {"HEADRACE_RUN": f"bench-{uuid.uuid4().hex[:12]}"}
        environment = {**os.environ, **cloud.environment, **run}
        return run_head(snakemake(*words), Path(name), environment).wall_seconds
