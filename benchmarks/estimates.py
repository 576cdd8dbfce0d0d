"""How good estimates become: like samples run one after the other on a local cloud's bill.

Every run takes one sample of random size; its steps wait in proportion to that, give or take a
fifth. Before each run it is estimated from those before it, and afterwards compared with what the
local cloud billed for its machines.
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


class EstimateFigures(msgspec.Struct, frozen=True, kw_only=True):
    """What was measured.

    Attributes:
        errors: how far each estimate was off the bill, as a part of the bill, in order.
        inside: estimates after the first whose band held the bill.
    """

    errors: list[float]
    inside: int

    @property
    def median(self) -> float:
        """The median error of the runs that had others before them."""
        return statistics.median(self.errors[1:])


def measure(runs: int) -> EstimateFigures:
    """Measure so many runs, two at least, each of which takes about ten seconds."""
    options = [f"--boot-seconds={BOOT}", f"--pull-seconds={PULL}", f"--time-scale={SCALE}"]
    images = {"headrace-controller": PROGRAMS, "headrace-stage": PROGRAMS}
    with (
        tempfile.TemporaryDirectory(prefix="headrace-bench-") as scratch,
        LocalCloud.start(buckets=["inbox", "results"], images=images, options=options) as cloud,
    ):
        folder = Path(scratch)
        shutil.copytree(REPOSITORY / "profiles", folder / "profiles")
        (folder / "Snakefile").write_text(RULES)
        found = [_one(cloud, folder, number) for number in range(runs)]
    return EstimateFigures(
        errors=[round(error, 3) for error, _ in found],
        inside=sum(inside for _, inside in found[1:]),
    )


def _one(cloud: LocalCloud, folder: Path, number: int) -> tuple[float, bool]:
    """Estimate one run and carry it out; returns its error, and whether the band held the bill."""
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
    return error, expected.jobs_cost.low <= billed <= expected.jobs_cost.high


def _billed(cloud: LocalCloud, run: str) -> float:
    """Return what the local cloud billed for a run's machines, with our prices of their disks."""
    with urllib.request.urlopen(f"{cloud.url}/_localcloud/bill", timeout=60) as answer:  # noqa: S310 - of this machine
        labels = json.load(answer)["labels"]
    (label,) = [one for one in labels if (one["key"], one["value"]) == (RUN_LABEL, run)]
    disks = hourly(BUILT_IN, Use("e2-standard-2", boot_disk_gb=30, work_disk_gb=10))
    besides = (disks.disk + BUILT_IN.address_hour.on_demand) * label["billedSeconds"] / 3600
    return float(label["cost"] + besides)
