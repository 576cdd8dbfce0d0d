"""Machines whose steps are played: `python -m benchmarks.played STORAGE FILE` does their staging.

Thousands of jobs, each of three processes that start Python or a tool, are more than two cores do
in minutes, and would measure those cores. So the programs of a played machine are lines of bash
that ask this one server, which reads the job's plan, says how long each step takes, stores small
results under the planned names, and writes the manifest. The head and the services see no
difference; of the VM, boots and bill are real to them, transfers are not.
"""

import re
import socketserver
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from functools import cache
from pathlib import Path

import msgspec
from msgspec import Struct

from headrace.gcs import ObjectUri
from headrace.staging.manifest import Manifest, StepRecord, StoredObject, as_metadata
from headrace.staging.objects import Objects
from headrace.staging.plan import Output, OutputKind, Plan
from headrace.staging.reading import read_plan
from headrace.staging.surroundings import Surroundings, surroundings
from snakemake_executor_plugin_lifesciences.naming import slug

CONTENT = b"played\n"

STAGE = """#!/bin/bash
[[ $1 == follow ]] && exec sleep infinity
exec 3<>/dev/tcp/127.0.0.1/{port}
printf '%s %s %s %s\\n' "$1" "$HEADRACE_PLAN" "${{BATCH_TASK_INDEX:-0}}" "$HEADRACE_WORK" >&3
read -r code <&3
exit "$code"
"""
"""The stage image's only program."""

STEP = """#!/bin/bash
work=$HEADRACE_WORK
if [[ ${HEADRACE_PLAN-} == */plans.jsonl ]]; then work+=/tasks/$BATCH_TASK_INDEX; fi
read -r seconds <"$work/.headrace/steps/$1/seconds"
[[ $seconds == 0.0 ]] || exec sleep "$seconds"
"""
"""What stands for the script that runs a rule's command."""

PYTHON = """#!/bin/bash
exec 3<>/dev/tcp/127.0.0.1/{port}
printf 'snakemake %s\n' "$*" >&3
read -r code <&3
exit "$code"
"""
"""What stands for Snakemake in a machine of the public executor."""

NOTHING = "#!/bin/bash\nexit 0\n"
"""What stands for pip, by which the public executor's jobs install the storage plugin."""

_RUN = re.compile(r"--default-storage-prefix gs://results/runs/(\S+?)/? ")
_TARGET = re.compile(r"--target-jobs '?([^\s']+)")


class Parts(Struct, frozen=True):
    """What there is to play.

    Attributes:
        scale: how many times faster than ours the cloud's clock runs.
        seconds: what steps take by name, in the cloud's seconds; under "" all others.
    """

    scale: float
    seconds: dict[str, float] = {}


class Stage:
    """Plays stage-in and stage-out of every machine."""

    def __init__(self, endpoint: str, parts: Parts, notes: Path) -> None:
        self._objects = Objects(endpoint)
        self._endpoint = endpoint
        self._parts = parts
        self._notes = notes
        self._plan = cache(lambda around: read_plan(around, self._objects).plan)

    def answer(self, line: str) -> int:
        """Do what a machine asks; returns the exit code of its program."""
        direction, *words = line.split()
        if direction == "snakemake":
            return self._run_snakemake(line)
        plan, task, work = words
        around = surroundings(
            {
                "HEADRACE_PLAN": plan,
                "BATCH_TASK_INDEX": task,
                "HEADRACE_WORK": work,
                "STORAGE_EMULATOR_HOST": self._endpoint,
            }
        )
        act = {"in": self._bring_in, "out": self._take_out}.get(direction)
        if act is not None:
            act(self._plan(around), around)
        return 0

    def _run_snakemake(self, line: str) -> int:
        """Take a job's time and make what it makes; nothing for other calls of Snakemake."""
        run, target = _RUN.search(line), _TARGET.search(line)
        if run and target:
            step = slug(target[1].partition(":")[0])
            time.sleep(self._real_seconds(step))
            for address in _noted(self._notes / run[1], target[1]):
                self._objects.write(ObjectUri.parse(address), CONTENT)
        return 0

    def _bring_in(self, plan: Plan, around: Surroundings) -> None:
        disk = around.disk
        for number, step in enumerate(plan.steps):
            folder = disk.step(number)
            folder.mkdir(parents=True, exist_ok=True)
            (folder / "seconds").write_text(f"{self._real_seconds(step.name)}\n")
        disk.step_program.parent.mkdir(parents=True, exist_ok=True)
        if not disk.step_program.exists():
            disk.step_program.write_text(STEP)

    def _take_out(self, plan: Plan, around: Surroundings) -> None:
        around.disk.clear()
        outputs = [output for output in plan.outputs if output.kind is not OutputKind.LOG]
        results: dict[str, tuple[StoredObject, ...]] = {
            output.uri: (self._store(output),) for output in outputs
        }
        manifest = Manifest(
            steps=tuple(self._record(step.name) for step in plan.steps),
            results=results,
            logs=(),
            problems=(),
            bytes_in=len(CONTENT) * len(plan.inputs),
            bytes_out=len(CONTENT) * len(results),
        )
        document = msgspec.json.encode(manifest)
        place = ObjectUri.parse(plan.manifest)
        self._objects.write(place, document, "application/json", as_metadata(document))

    def _store(self, output: Output) -> StoredObject:
        uri = ObjectUri.parse(output.uri)
        return self._objects.write(uri / "part" if output.directory else uri, CONTENT)

    def _record(self, name: str) -> StepRecord:
        seconds = self._step_seconds(name)
        return StepRecord(name, 0, seconds, seconds, 100.0)

    def _real_seconds(self, name: str) -> float:
        return self._step_seconds(name) / self._parts.scale

    def _step_seconds(self, name: str) -> float:
        return self._parts.seconds.get(name, self._parts.seconds.get("", 0.0))


def _noted(notes: Path, target: str) -> list[str]:
    """Return the addresses that a job fills, which the public executor's head has noted."""
    for line in notes.read_text().splitlines():
        name, addresses = msgspec.json.decode(line, type=tuple[str, list[str]])
        if name == target:
            return addresses
    return []


@contextmanager
def playing(endpoint: str, parts: Parts, programs: Path) -> Iterator[None]:
    """Run the server of played machines, and fill the folder of the programs they have."""
    document = programs / "parts.json"
    document.write_bytes(msgspec.json.encode(parts))
    words = [sys.executable, "-m", "benchmarks.played", endpoint, str(document)]
    with subprocess.Popen(words, stdin=subprocess.PIPE, stdout=subprocess.PIPE) as server:
        port = int(server.stdout.readline() if server.stdout else b"")
        for name, text in (("headrace-stage", STAGE), ("python", PYTHON), ("pip", NOTHING)):
            (programs / name).write_text(text.format(port=port))
            (programs / name).chmod(0o755)
        try:
            yield
        finally:
            server.terminate()


def main() -> None:
    """Serve until standard input ends, and say on which port."""
    endpoint, document = sys.argv[1:]
    parts = msgspec.json.decode(Path(document).read_bytes(), type=Parts)
    stage = Stage(endpoint, parts, notes=Path(document).parent)

    class Handler(socketserver.StreamRequestHandler):
        def handle(self) -> None:
            code = stage.answer(self.rfile.readline().decode())
            self.wfile.write(f"{code}\n".encode())

    class Server(socketserver.ThreadingTCPServer):
        request_queue_size = 1024
        daemon_threads = True

    with Server(("127.0.0.1", 0), Handler) as server:
        sys.stdout.write(f"{server.server_address[1]}\n")
        sys.stdout.flush()
        threading.Thread(target=server.serve_forever, daemon=True).start()
        sys.stdin.read()


if __name__ == "__main__":
    main()
