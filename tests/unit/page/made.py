"""Runs made up for the tests: any number of samples, in any state, with names of any kind."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta

from headrace.gcs import ObjectUri
from headrace.page.facts import Facts
from headrace.runs.journal import Attempt, EntryState, JobEntry, Journal, StepUse
from headrace.runs.records import (
    Grade,
    InputObject,
    OutputFile,
    RunError,
    RunOutputs,
    RunRequest,
    Verdict,
)
from headrace.runs.status import RunState, RunStatus

BEGAN = datetime(2026, 3, 2, 9, 30, tzinfo=UTC)
FOLDER = ObjectUri("results", "runs/reads-0123456789abcdef0123")
RULES = (
    "check_fastq",
    "qc_raw",
    "trim_paired",
    "qc_trimmed",
    "align",
    "mark_duplicates",
    "alignment_statistics",
    "call_variants",
    "collect_metrics",
)
REPORT = "report"
IMAGE = "quay.io/biocontainers/samtools@sha256:" + "5e" * 32
LAST_LINES = (
    "Step 'align' ended with exit code 137. Exit code 137 usually means out of memory: raise "
    "mem_mb. Machine align-7c2f (n2-standard-4).\n    [M::mm_idx_gen] collected minimizers\n"
    "    Killed\n  Whole log: gs://results/work/x/align-1/steps/00-align.log\n "
)

Stand = Callable[[str, str], str]
"""By rule and sample: `done`, `failed`, `running`, `starting`, `queued`, `waiting`, `reused` ..."""


def at(seconds: float) -> datetime:
    """Return a time of the run."""
    return BEGAN + timedelta(seconds=seconds)


@dataclass(frozen=True)
class Place:
    """Where a job of a made-up run is in it."""

    jobid: int
    rule: str
    sample: str
    begin: float


def done(_rule: str, _sample: str) -> str:
    """Say that all went well."""
    return "done"


def journal(samples: Sequence[str], stand: Stand = done, *, folder: ObjectUri = FOLDER) -> Journal:
    """Return what the jobs of so many samples did: a chain of rules each, and a report of all."""
    jobs: list[JobEntry] = []
    attempts: list[Attempt] = []
    for number, sample in enumerate(samples):
        for step, rule in enumerate(RULES):
            place = Place(len(jobs) + 1, rule, sample, 40.0 * step + number % 7)
            before = f"{folder}/results/{RULES[step - 1]}/{sample}.out" if step else ""
            uploaded = f"gs://inbox/lab/{sample}_R1.fastq.gz"
            entry, tries = _job(place, before or uploaded, stand(rule, sample), folder)
            jobs.append(entry)
            attempts += tries
    everything = tuple(f"{folder}/results/{RULES[-1]}/{sample}.out" for sample in samples)
    last = Place(len(jobs) + 1, REPORT, "", 40.0 * len(RULES) + 10)
    entry, tries = _job(last, "", stand(REPORT, ""), folder)
    jobs.append(replace_inputs(entry, everything))
    return Journal(
        run_id=folder.name.rpartition("/")[2],
        updated=at(500),
        versions={"snakemake": "9.27.1", "headrace": "0.1.0", "python": "3.12.8"},
        jobs=tuple(jobs),
        attempts=(*attempts, *tries),
    )


def replace_inputs(entry: JobEntry, inputs: tuple[str, ...]) -> JobEntry:
    """Return the job with other inputs."""
    return JobEntry(**{n: getattr(entry, n) for n in entry.__struct_fields__} | {"inputs": inputs})


def _job(
    place: Place, needs: str, standing: str, folder: ObjectUri
) -> tuple[JobEntry, tuple[Attempt, ...]]:
    states = {
        "done": EntryState.DONE,
        "retried": EntryState.DONE,
        "failed": EntryState.FAILED,
        "waiting": EntryState.WAITING,
        "reused": EntryState.REUSED,
    }
    state = states.get(standing, EntryState.RUNNING)
    begun = state not in {EntryState.WAITING, EntryState.REUSED}
    ended = state in {EntryState.DONE, EntryState.FAILED}
    output = f"{folder}/results/{place.rule}/{place.sample or 'all'}.out"
    entry = JobEntry(
        jobid=place.jobid,
        rule=place.rule,
        wildcards={"sample": place.sample} if place.sample else {},
        resources={"mem_mb": 4000, "disk_mb": 10000, "runtime": 60},
        inputs=(needs,) if needs else (),
        outputs=(output,),
        logs=(f"{folder}/logs/{place.rule}/{place.sample or 'all'}.log",),
        threads=2,
        command=f"{place.rule} --threads 2 --sample {place.sample} {needs} > {output}",
        reason="Missing output files",
        state=state,
        tries=(2 if standing == "retried" else 1) if begun else 0,
        started=at(place.begin) if begun else None,
        ended=at(place.begin + 38) if ended else None,
        message=LAST_LINES if standing in {"failed", "retried"} else "",
    )
    return entry, (_attempt(place, standing),) if begun else ()


def _attempt(place: Place, standing: str) -> Attempt:
    state = {"done": "succeeded", "retried": "succeeded"}.get(standing, standing)
    over = state in {"succeeded", "failed"}
    name = f"{place.rule.replace('_', '-')}-{place.jobid:016x}-0"
    steps = (StepUse(name=place.rule, exit_code=0, wall_seconds=20.25, peak_memory_mb=812.5),)
    return Attempt(
        external_id=f"projects/lab/locations/us-central1/jobs/{name}",
        jobids=(place.jobid,),
        folder=f"gs://results/work/reads-0123456789abcdef0123/{name}",
        machine_type="n2-standard-4" if place.rule == "align" else "e2-highcpu-2",
        spot=place.rule != "align",
        state=state,
        submitted=at(place.begin),
        scheduled=None if state == "queued" else at(place.begin + 2),
        running=None if state in {"queued", "starting"} else at(place.begin + 12),
        ended=at(place.begin + 37) if over else None,
        zone="us-central1-a",
        machine=f"vm-{place.jobid}",
        detail="waiting for quota C2_CPUS in us-central1" if state == "queued" else "",
        failure="user" if state == "failed" else None,
        images=(IMAGE,),
        steps=steps if over else (),
        bytes_in=12_345_678,
        bytes_out=2_345_678,
    )


def request(samples: Sequence[str]) -> RunRequest:
    """Return what asked for the run."""
    return RunRequest(
        run_id="reads-0123456789abcdef0123",
        rule="paired-reads",
        created=at(-30),
        image="us-docker.pkg.dev/lab/headrace/controller@sha256:" + "ab" * 32,
        objects=[
            InputObject(
                bucket="inbox",
                name=f"lab/{sample}_R{mate}.fastq.gz",
                generation=1772443800123456 + mate,
                size=734_003_200,
                crc32c="yZRlqg==",
                fields={"sample": sample},
            )
            for sample in samples[:50]
            for mate in (1, 2)
        ],
        config={"trimming": {"minimum_length": 50}, "samples": "config/run.tsv"},
    )


def status(made: Journal, state: RunState) -> RunStatus:
    """Return the progress that fits the journal."""
    return RunStatus(
        run_id=made.run_id,
        state=state,
        started=BEGAN,
        updated=at(420),
        alive=at(450),
        jobs_total=sum(job.state is not EntryState.REUSED for job in made.jobs),
        jobs_done=sum(job.state is EntryState.DONE for job in made.jobs),
        jobs_failed=sum(job.state is EntryState.FAILED for job in made.jobs),
    )


def running(samples: Sequence[str], stand: Stand = done) -> Facts:
    """Return a run that goes on."""
    made = journal(samples, stand)
    return Facts(
        folder=FOLDER,
        now=at(452),
        status=status(made, RunState.RUNNING),
        journal=made,
        request=request(samples),
        defaults={"trimming": {"minimum_length": 30}, "samples": "config/samples.tsv"},
        links={"Status": "status.json", "Jobs": "jobs.json"},
    )


def succeeded(samples: Sequence[str], *, bad: Sequence[str] = ()) -> Facts:
    """Return a run that ended well; some samples may be judged to be bad."""
    facts = running(samples)
    assert facts.journal is not None
    outputs = RunOutputs(
        run_id=facts.run_id,
        verdicts=[_verdict(sample, sample in bad) for sample in samples],
        report=f"{FOLDER}/report/multiqc.html",
        results=[OutputFile(uri=f"{FOLDER}/report/multiqc.html", size=5_000_000)],
        jobs=len(facts.journal.jobs),
        seconds=448.0,
        ended=at(450),
    )
    return replace(
        facts,
        status=status(facts.journal, RunState.SUCCEEDED),
        outputs=outputs,
        now=at(451),
        links={**facts.links, "Outputs": "outputs.json"},
    )


def failed(samples: Sequence[str]) -> Facts:
    """Return a run in which the alignment of the first sample failed."""
    facts = running(samples, first_alignment_fails(samples[0]))
    assert facts.journal is not None
    error = RunError(
        run_id=facts.run_id,
        sentence=f"1 job failed: align (sample={samples[0]}). Step 'align' ended with code 137.",
        failed_jobs=[],
        exit_code=1,
        log=f"{FOLDER}/logs/controller.log",
        ended=at(450),
    )
    return replace(facts, status=status(facts.journal, RunState.FAILED), error=error, now=at(3600))


def first_alignment_fails(sample: str) -> Stand:
    """Let `align` of one sample fail, and what needs it wait."""
    after = RULES[RULES.index("align") + 1 :]

    def stand(rule: str, of: str) -> str:
        if rule == REPORT or (of == sample and rule in after):
            return "waiting"
        return "failed" if (of, rule) == (sample, "align") else "done"

    return stand


def _verdict(sample: str, bad: bool) -> Verdict:
    if not bad:
        return Verdict(sample=sample, verdict=Grade.PASS, reasons=[])
    reasons = ["Bases at Q30 or better: 41.65 % is below 75 % (FAIL).", "Mean depth: 7 x (WARN)."]
    return Verdict(sample=sample, verdict=Grade.FAIL, reasons=reasons)
