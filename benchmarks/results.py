"""What was measured: records that become `benchmarks/results.json`."""

from enum import StrEnum
from pathlib import Path

import msgspec
from msgspec import Struct

from benchmarks.arrivals import ArrivalFigures
from benchmarks.estimates import EstimateFigures
from benchmarks.heads import HeadUse
from benchmarks.localcloud import LocalCloudFigures
from benchmarks.staging import Overhead, Transfers
from benchmarks.tools import Step
from benchmarks.world import Machines, MachineTimes
from headrace.records import decode_json, encode_json

RESULTS = Path(__file__).parent / "results.json"


class Way(StrEnum):
    """How a workflow is run."""

    LOCAL = "Snakemake, local"
    DIRECT = "Headrace, a VM per job"
    FUSED = "Headrace, fused"
    ARRAYS = "Headrace, arrays"
    LIFE_SCIENCES = "Headrace, Life Sciences"
    CLASSIC = "Headrace, Snakemake in the VM"
    PUBLIC = "googlebatch + gcs"


class Workflow(StrEnum):
    """What is run."""

    LIKE_JOBS = "like jobs"
    REFERENCE = "reference workflow"


class Run(Struct, frozen=True):
    """One run of a workflow, one way.

    Attributes:
        workflow: what was run.
        size: like jobs, or samples of the reference workflow.
        jobs: how many jobs Snakemake saw.
        way: how it was run.
        head: what the head took.
        api_calls: requests of the head to the job service, by method.
        storage_requests: requests of the head to Cloud Storage, by kind.
        machines: what the machines have cost; None where there are none.
        tool_seconds: time in the rules' commands, in the cloud's seconds.
        round_trip: seconds that each of the head's requests takes longer than here.
    """

    workflow: Workflow
    size: int
    jobs: int
    way: Way
    head: HeadUse
    api_calls: dict[str, int] = {}
    storage_requests: dict[str, int] = {}
    machines: Machines | None = None
    tool_seconds: float = 0.0
    round_trip: float = 0.0


class ToolTimes(Struct, frozen=True):
    """The commands of both chains on the same reads."""

    pairs: int
    ours: list[Step]
    usual: list[Step]

    @property
    def ratio(self) -> float | None:
        """CPU seconds of ours for one of the usual chain's."""
        usual = sum(step.cpu_seconds for step in self.usual)
        return round(sum(step.cpu_seconds for step in self.ours) / usual, 2) if usual else None


class Where(Struct, frozen=True):
    """On what, and when, it was measured."""

    date: str
    machine: str
    cores: int
    memory_gib: float
    load_average: float
    python: str
    snakemake: str


class Problem(Struct, frozen=True):
    """What could not be measured, in which part of the suite, and why in a sentence."""

    part: str
    text: str


class Figures(Struct, frozen=True, kw_only=True):
    """All that one run of the suite has measured.

    `classic_seconds` and `direct_seconds` are of a trivial job, one after another, without boots.
    """

    where: Where
    times: MachineTimes
    overhead: Overhead | None = None
    transfers: Transfers | None = None
    runs: list[Run] = []
    tools: list[ToolTimes] = []
    dry_run_jobs: int = 0
    dry_run_seconds: float = 0.0
    dry_run_cpu_seconds: float = 0.0
    direct_seconds: float = 0.0
    classic_seconds: float = 0.0
    arrivals: ArrivalFigures | None = None
    estimates: EstimateFigures | None = None
    local_cloud: LocalCloudFigures | None = None
    problems: list[Problem] = []

    def run(self, workflow: Workflow, size: int, way: Way, *, far: bool = False) -> Run | None:
        """Return a run, one whose requests were far from their servers if asked; None without."""
        wanted = (workflow, size, way, far)
        found = (r for r in self.runs if (r.workflow, r.size, r.way, r.round_trip > 0) == wanted)
        return next(found, None)


class Results(Struct, frozen=True, kw_only=True):
    """The document: figures for comparison by name, and everything they come from."""

    key_figures: dict[str, float | None]
    figures: Figures


def write(results: Results, path: Path = RESULTS) -> None:
    """Write the document."""
    document = msgspec.to_builtins(results)
    path.write_bytes(encode_json({**document["key_figures"], "figures": document["figures"]}))


def read(path: Path = RESULTS) -> Results:
    """Read the document; raises `RecordError` if it is none."""
    document = decode_json(path.read_bytes(), dict, str(path))
    figures = msgspec.convert(document.pop("figures"), Figures)
    return Results(key_figures=document, figures=figures)
