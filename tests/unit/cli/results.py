"""A results bucket in memory, with runs in every state."""

from datetime import UTC, datetime, timedelta

from headrace.gcs import ObjectUri
from headrace.money.records import Amounts, PriceNote, RunCost, Times
from headrace.records import encode_json
from headrace.runs.records import (
    FailedJob,
    Grade,
    InputObject,
    OutputFile,
    RunError,
    RunOutputs,
    RunRequest,
    Verdict,
)
from headrace.runs.status import RunningJob, RunState, RunStatus
from tests.unit.arrivals.memory import MemoryStore

NOW = datetime(2026, 1, 1, 12, tzinfo=UTC)


class Results:
    """Writes documents of runs as function, head and controller do."""

    def __init__(self) -> None:
        self.store = MemoryStore(lambda: NOW)

    def submit(self, run_id: str, minutes_ago: int = 5) -> None:
        objects = [
            InputObject(
                bucket="inbox",
                name=f"run42/s1_L001_R{read}.fastq.gz",
                generation=17,
                size=5,
                crc32c="",
                fields={"folder": "run42", "sample": "s1", "lane": "L001", "read": read},
            )
            for read in "12"
        ]
        created = NOW - timedelta(minutes=minutes_ago)
        request = RunRequest(
            run_id=run_id,
            rule="paired",
            created=created,
            image="registry/controller",
            objects=objects,
        )
        self._write(run_id, "run.json", request)

    def progress(self, run_id: str, state: RunState = RunState.RUNNING) -> None:
        job = RunningJob(rule="align", wildcards={"sample": "s1"}, jobid=3)
        status = RunStatus(
            run_id=run_id,
            state=state,
            started=NOW - timedelta(minutes=4),
            updated=NOW,
            jobs_total=12,
            jobs_done=5,
            jobs_running=1,
            running=(job,),
        )
        self._write(run_id, "status.json", status)

    def succeed(self, run_id: str, *grades: Grade) -> None:
        verdicts = [
            Verdict(sample=f"s{number}", verdict=grade, reasons=[f"Because {number}."])
            for number, grade in enumerate(grades)
        ]
        report = f"gs://results/runs/{run_id}/report/multiqc.html"
        outputs = RunOutputs(
            run_id=run_id,
            verdicts=verdicts,
            report=report,
            results=[OutputFile(uri=report, size=5)],
            jobs=12,
            seconds=100,
            ended=NOW,
        )
        self._write(run_id, "outputs.json", outputs)

    def cost(self, run_id: str, amount: float) -> None:
        nothing = Amounts()
        cost = RunCost(
            run_id=run_id,
            began=NOW,
            computed=NOW,
            ended=True,
            prices=PriceNote(currency="USD", day=NOW.date(), source="list"),
            amounts=Amounts(compute=amount),
            times=Times(),
            machines=1,
            attempts=1,
            retries=0,
            preemptions=0,
            controller=nothing,
            rules=(),
            samples=(),
            machine_types=(),
            jobs=(),
        )
        self._write(run_id, "cost.json", cost)

    def fail(self, run_id: str, *, cancelled: bool = False) -> None:
        error = RunError(
            run_id=run_id,
            sentence="1 job failed: align (sample=s1).",
            failed_jobs=[
                FailedJob(rule="align", wildcards={"sample": "s1"}, message="", log="gs://r/x.log")
            ],
            exit_code=1,
            log=f"gs://results/runs/{run_id}/logs/controller.log",
            ended=NOW,
            cancelled=cancelled,
        )
        self._write(run_id, "error.json", error)

    def _write(self, run_id: str, file: str, document: object) -> None:
        self.store.write(ObjectUri("results", f"runs/{run_id}/{file}"), encode_json(document))
