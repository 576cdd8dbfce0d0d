"""How good estimates become: like samples run one after the other on a local cloud's bill.

Every run takes one sample of random size; its steps wait in proportion to that, give or take a
fifth. Before each run it is estimated from those before it, and afterwards compared with what the
local cloud billed for its machines. Usage: python -m benchmarks.estimates [RUNS]
"""

import json
import random
import shutil
import statistics
import subprocess
import sys
import tempfile
import urllib.request
from datetime import UTC, datetime
from pathlib import Path

import msgspec

from headrace import dryrun, settings, storage_client
from headrace.local import DEFAULTS
from headrace.money import closing, outlook
from headrace.planning.pricetable import BUILT_IN, Use, hourly
from headrace.runs.cloudstore import CloudStore
from headrace.services.protocol import RUN_LABEL
from localcloud.testing import LocalCloud

RUNS = 11
BOOT, PULL, SCALE = 60, 20, 60
REPOSITORY = Path(__file__).parents[1]
PROGRAMS = Path(sys.executable).parent
SNAKEMAKE = ["--profile", "profiles/local"]

RULES = """
container: "docker://any-image"

rule call:
    input: storage("gs://inbox/" + config["sample"]), "aligned.txt"
    output: "called.txt"
    shell:
        "sleep $(( $(stat -c %s {input[0]}) / 1000 * (80 + RANDOM % 41) / 100 ))e-3; echo >{output}"

rule align:
    input: storage("gs://inbox/" + config["sample"])
    output: "aligned.txt"
    threads: 2
    shell:
        "sleep $(( $(stat -c %s {input}) / 500 * (80 + RANDOM % 41) / 100 ))e-3; echo >{output}"
"""


def main() -> None:
    """Run and print one line for each run, then the medians."""
    runs = int(sys.argv[1]) if len(sys.argv) > 1 else RUNS
    options = [f"--boot-seconds={BOOT}", f"--pull-seconds={PULL}", f"--time-scale={SCALE}"]
    images = {"headrace-controller": PROGRAMS, "headrace-stage": PROGRAMS}
    with (
        tempfile.TemporaryDirectory() as scratch,
        LocalCloud.start(buckets=["inbox", "results"], images=images, options=options) as cloud,
    ):
        folder = Path(scratch)
        shutil.copytree(REPOSITORY / "profiles", folder / "profiles")
        (folder / "Snakefile").write_text(RULES)
        errors = [_one(cloud, folder, number) for number in range(runs)]
    known = errors[1:]
    print(
        f"median error without the first run: {statistics.median(known):.1%} of {len(known)} runs"
    )
    print(f"median error of the last five:      {statistics.median(errors[-5:]):.1%}")


def _one(cloud: LocalCloud, folder: Path, number: int) -> float:
    """Estimate one run, carry it out, and return how far the estimate was off the bill."""
    chance = random.Random(number)  # noqa: S311 - chance, not secrecy
    sample, run = f"s{number}", f"like-{number}"
    client = storage_client.connect(cloud.project, cloud.storage_url)
    size = chance.randrange(500_000, 2_000_000)
    client.bucket("inbox").blob(sample).upload_from_string(bytes(size))
    client.close()
    environment = {
        "PATH": f"{PROGRAMS}:/usr/bin:/bin",
        "HOME": str(folder),
        **cloud.environment,
        "HEADRACE_RUN": run,
    }
    here = settings.load(environment, defaults=DEFAULTS)
    here = msgspec.structs.replace(here, storage_endpoint=cloud.storage_url)
    store = CloudStore(cloud.project, cloud.storage_url)
    words = [*SNAKEMAKE, "--config", f"sample={sample}"]
    expected = outlook.of_workflow(
        store, here, dryrun.plan(words, folder, environment), datetime.now(UTC)
    )
    outlook.write(store, here.results, expected)
    subprocess.run(
        [sys.executable, "-m", "snakemake", *words],
        cwd=folder,
        env=environment,
        capture_output=True,
        check=True,
    )
    closing.close(store, here, run, datetime.now(UTC))
    billed = _billed(cloud, run)
    error = abs(expected.jobs_cost.likely - billed) / billed  # a part of the bill
    inside = expected.jobs_cost.low <= billed <= expected.jobs_cost.high
    print(
        f"{run}: {size / 1e6:.2f} MB, expected {expected.jobs_cost.likely:.5f} "
        f"({expected.jobs_cost.low:.5f} to {expected.jobs_cost.high:.5f}), billed {billed:.5f}: "
        f"off by {error:.0%}, {'inside' if inside else 'outside'} the band",
        flush=True,
    )
    return float(error)


def _billed(cloud: LocalCloud, run: str) -> float:
    """Return what the local cloud billed for a run's machines, with our prices of their disks."""
    with urllib.request.urlopen(f"{cloud.url}/_localcloud/bill", timeout=60) as answer:  # noqa: S310 - of this machine
        labels = json.load(answer)["labels"]
    (label,) = [one for one in labels if (one["key"], one["value"]) == (RUN_LABEL, run)]
    disks = hourly(BUILT_IN, Use("e2-standard-2", boot_disk_gb=30, work_disk_gb=10))
    besides = (disks.disk + BUILT_IN.address_hour.on_demand) * label["billedSeconds"] / 3600
    return float(label["cost"] + besides)


if __name__ == "__main__":
    main()
