"""The main job, from upload to verdicts: `make demo`, and `make demo-tables` for other data.

It makes sample data, starts a local cloud with this repository's function, uploads the data, and
does nothing more: events, function, controllers and jobs do the rest. Then it shows what the
results bucket holds, and stops the local cloud. Everything stays in .localcloud/demo.
"""

import argparse
import shutil
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from examples import local as stack
from headrace import services, settings
from headrace.commands import output, place, runs_watch
from headrace.errors import HeadraceError
from headrace.gcs import ObjectUri
from headrace.local import DEFAULTS, STATE_FOLDER, read_environment
from headrace.page import words
from headrace.runs import listing
from headrace.runs.listing import Run, State
from headrace.runs.records import PAGE_FILE, run_folder
from headrace.runs.store import Store
from headrace.services.protocol import RUN_LABEL
from headrace.settings import Settings

STATE = STATE_FOLDER / "demo"
START_SECONDS = 60

TABLES = stack.REPOSITORY / "examples" / "tables" / "data"


@dataclass(frozen=True)
class Demo:
    """What is uploaded, and what comes of it.

    Attributes:
        make: the module that makes the data.
        data: the folder that it is made in.
        files: names in the inbox by file of that folder, in the order of uploading.
        runs: how many runs they start.
    """

    make: str
    data: Path
    files: Mapping[str, str]
    runs: int


DEMOS = {
    "sequencing": Demo(
        "examples.sequencing.simulate",
        stack.DATA,
        {"genome.fa": stack.REFERENCE}
        | {
            f"reads/{sample}_L001_R{mate}.fastq.gz": f"demo/{sample}_L001_R{mate}.fastq.gz"
            for sample in ("good", "bad")
            for mate in (1, 2)
        },
        runs=2,
    ),
    "tables": Demo(
        "examples.tables.simulate",
        TABLES,
        {
            name: f"tables/demo/{name}"
            for name in (
                "alps.csv",
                "city.csv",
                "coast.parquet",
                "desert.csv",
                "torn.parquet",
                "COMPLETE",
            )
        },
        runs=1,
    ),
}


def main(arguments: Sequence[str] | None = None) -> int:
    """Run a demo; the exit code says whether every run succeeded."""
    parser = argparse.ArgumentParser(description="From upload to verdicts on a local cloud.")
    parser.add_argument("demo", nargs="?", choices=list(DEMOS), default="sequencing")
    demo = DEMOS[parser.parse_args(arguments).demo]
    began = time.monotonic()
    output.say("1. Sample data")
    stack.ensure_data(demo.make, demo.data, demo.files)
    try:
        with _local_cloud() as found:
            store = place.store(found)
            _upload(store, found, demo)
            ids = _await_runs(store, found.results, demo.runs)
            output.say("\nThe function has started what the uploads ask for:\n")
            runs_watch.watch(store, found.results, ids)
            finished = listing.read_runs(store, found.results, ids)
            _show(finished, found, time.monotonic() - began)
    except HeadraceError as error:
        sys.stderr.write(f"demo: {error}\n")
        return 1
    return 0 if all(run.state is State.SUCCEEDED for run in finished) else 1


@contextmanager
def _local_cloud() -> Iterator[Settings]:
    """Start a local cloud with nothing in it, and stop it at the end, whatever happens."""
    output.say("\n2. Local cloud")
    if STATE.exists():
        _localcloud("down", f"--state={STATE}")
        shutil.rmtree(STATE)
    try:
        _localcloud("up", "--detach", f"--state={STATE}", *stack.contents())
        yield settings.load(read_environment(STATE), defaults=DEFAULTS)
    finally:
        _localcloud("down", f"--state={STATE}")


def _localcloud(*words: str) -> None:
    command = [sys.executable, "-m", "localcloud", *words]
    if subprocess.run(command, cwd=stack.REPOSITORY, check=False).returncode != 0:
        raise HeadraceError("the local cloud did not start; the reason is above.")


def _upload(store: Store, found: Settings, demo: Demo) -> None:
    output.say("\n3. Upload")
    for file, name in demo.files.items():
        path, uri = demo.data / file, ObjectUri(str(found.inbox), name)
        store.upload(uri, path)
        output.say(f"   {uri} ({words.size(path.stat().st_size)})")


def _await_runs(store: Store, results: str, count: int) -> list[str]:
    """Return the ids of the runs as soon as the function has claimed so many."""
    deadline = time.monotonic() + START_SECONDS
    while time.monotonic() < deadline:
        claimed = listing.list_runs(store, results)
        if len(claimed) == count:
            return sorted(run.run_id for run in claimed)
        time.sleep(0.2)
    raise HeadraceError(
        f"the function started no run within {START_SECONDS} seconds; "
        f"its log is {STATE / 'functions' / 'handle.log'}."
    )


def _show(finished: Sequence[Run], found: Settings, seconds: float) -> None:
    """Show verdicts, where everything is, and what it took."""
    output.say("\n4. Verdicts\n")
    rows = [
        [verdict.sample, verdict.verdict.value, " ".join(verdict.reasons)]
        for run in finished
        if run.outputs is not None
        for verdict in run.outputs.verdicts
    ]
    output.show_table(["sample", "verdict", "reasons"], rows)
    output.say()
    for run in finished:
        for label, text in _whereabouts(run, found.results).items():
            output.say(f"   {label:<8} {text}")
    jobs = sum(run.outputs.jobs for run in finished if run.outputs is not None)
    machines = _machines(found, [run.run_id for run in finished])
    output.say(f"\n   {jobs} jobs on {machines} virtual machines in {seconds:.0f} seconds.")


def _whereabouts(run: Run, results: str) -> Mapping[str, str]:
    if run.outputs is None or run.outputs.report is None:
        return {"failed": run.error.sentence if run.error is not None else run.run_id}
    folder = run_folder(results, run.run_id)
    return {
        "run": str(folder),
        "page": str(_on_disk(folder / PAGE_FILE)),
        "report": str(_on_disk(ObjectUri.parse(run.outputs.report))),
    }


def _on_disk(uri: ObjectUri) -> Path:
    return STATE / "storage" / uri.bucket / uri.name


def _machines(found: Settings, run_ids: Sequence[str]) -> int:
    """Count the machines of controllers and jobs: one for each, as the service lists them."""
    service = services.connect(
        found.service, project=found.project, region=found.region, endpoint=found.endpoint
    )
    return sum(
        1 for label in ("controllers", *run_ids) for _ in service.list_jobs({RUN_LABEL: label})
    )


if __name__ == "__main__":
    sys.exit(main())
