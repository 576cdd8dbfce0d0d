"""The tasks of an array: each with its own plan and folder, on a disk that they share."""

import os
import subprocess
import sys
from pathlib import Path

import pytest
from google.cloud import storage

from headrace.records import decode_json
from headrace.staging.manifest import Manifest, from_metadata
from headrace.staging.plan import Input, Output, Plan, Step, encode_plans, part_of

REFERENCE = "reference.fa"


@pytest.fixture
def environment(bucket: storage.Bucket, endpoint: str, tmp_path: Path) -> dict[str, str]:
    return {
        "PATH": os.environ["PATH"],
        "HEADRACE_WORK": str(tmp_path),
        "HEADRACE_PLAN": f"gs://{bucket.name}/jobs/array/plans.jsonl",
        "STORAGE_EMULATOR_HOST": endpoint,
    }


def task_plan(bucket: storage.Bucket, number: int, command: str, *inputs: str) -> Plan:
    address = f"gs://{bucket.name}"
    return Plan(
        folder=f"{address}/jobs/array/{number}",
        manifest=f"{address}/jobs/manifests/{number}.json",
        inputs=tuple(Input(f"{address}/{name}", f"in/{name}") for name in inputs),
        carried=(),
        steps=(Step("count", "image", command, folders=("made",)),),
        outputs=(Output(f"{address}/out/{number}", "made/x", 0),),
    )


def store_plans(bucket: storage.Bucket, *plans: Plan) -> None:
    bucket.blob("jobs/array/plans.jsonl").upload_from_string(encode_plans(plans))


def stage(direction: str, environment: dict[str, str], number: int) -> None:
    command = [sys.executable, "-m", "headrace.staging.cli", direction]
    numbered = {**environment, "BATCH_TASK_INDEX": str(number)}
    done = subprocess.run(command, env=numbered, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr


def run_step(environment: dict[str, str], number: int) -> None:
    program = Path(environment["HEADRACE_WORK"], ".headrace", "step.sh")
    numbered = {**environment, "BATCH_TASK_INDEX": str(number)}
    subprocess.run(["bash", str(program), "0", "bash"], env=numbered, check=True)


def run_task(environment: dict[str, str], number: int) -> None:
    stage("in", environment, number)
    run_step(environment, number)
    stage("out", environment, number)


def cached(root: Path) -> list[Path]:
    return [file for file in (root / ".headrace" / "cache").iterdir() if not file.suffix]


def test_each_task_runs_its_own_plan_and_leaves_nothing_but_its_results(
    bucket: storage.Bucket, environment: dict[str, str], tmp_path: Path
) -> None:
    commands = ['echo "$TMPDIR" > made/x', "ls > made/x; echo left > behind"]
    store_plans(bucket, *(task_plan(bucket, n, text) for n, text in enumerate(commands)))
    for number in (1, 0):
        run_task(environment, number)
    assert bucket.blob("out/0").download_as_text() == f"{tmp_path}/tasks/0/tmp\n"
    assert bucket.blob("out/1").download_as_text() == "made\ntmp\n"
    assert list((tmp_path / "tasks").iterdir()) == []


def test_one_listing_brings_the_manifests_of_all_tasks(
    bucket: storage.Bucket, environment: dict[str, str]
) -> None:
    store_plans(bucket, *(task_plan(bucket, n, f"echo {n} > made/x") for n in range(2)))
    for number in range(2):
        run_task(environment, number)
    listed = list(bucket.list_blobs(prefix="jobs/manifests/"))
    assert [blob.name for blob in listed] == [f"jobs/manifests/{number}.json" for number in (0, 1)]
    for number, blob in enumerate(listed):
        document = from_metadata(blob.metadata)
        manifest = decode_json(document, Manifest, blob.name)
        assert set(manifest.results) == {f"gs://{bucket.name}/out/{number}"}
        assert blob.download_as_bytes() == document


def test_a_job_whose_plan_lies_among_others_reads_its_own(
    bucket: storage.Bucket, environment: dict[str, str], tmp_path: Path
) -> None:
    lines = [encode_plans([task_plan(bucket, n, f"echo {n} > made/x")]) for n in range(3)]
    bucket.blob("jobs/plans/abc.jsonl").upload_from_string(b"".join(lines))
    address = part_of(
        f"gs://{bucket.name}/jobs/plans/abc.jsonl", len(lines[0]), len(lines[0] + lines[1]) - 1
    )
    alone = {**environment, "HEADRACE_PLAN": address}
    run_task(alone, 0)  # Batch numbers the only task of a job
    assert bucket.blob("out/1").download_as_text() == "1\n"
    assert not (tmp_path / "tasks").exists()


def test_what_tasks_of_a_machine_share_is_brought_once(
    bucket: storage.Bucket, environment: dict[str, str], tmp_path: Path, server_log: Path
) -> None:
    bucket.blob(REFERENCE).upload_from_string("ACGT\n")
    bucket.blob("own").upload_from_string("own\n")
    command = f"cat in/{REFERENCE} > made/x"
    plans = [
        task_plan(bucket, 0, f"{command}; cat in/own >> made/x", REFERENCE, "own"),
        task_plan(bucket, 1, command, REFERENCE),
    ]
    store_plans(bucket, *plans)
    for number in range(2):
        run_task(environment, number)
    assert bucket.blob("out/0").download_as_text() == "ACGT\nown\n"
    assert bucket.blob("out/1").download_as_text() == "ACGT\n"
    downloads = f"/{bucket.name}/o/{REFERENCE}?alt=media"
    assert server_log.read_text().count(downloads) == 1
    assert [file.read_text() for file in cached(tmp_path)] == ["ACGT\n"]


def test_a_shared_object_that_was_replaced_or_written_to_is_brought_again(
    bucket: storage.Bucket, environment: dict[str, str], tmp_path: Path
) -> None:
    bucket.blob(REFERENCE).upload_from_string("old\n")
    commands = [f"cat in/{REFERENCE} > made/x", f"echo >> in/{REFERENCE}; touch made/x"]
    numbers = (0, 1, 0, 0)
    store_plans(bucket, *(task_plan(bucket, n, text, REFERENCE) for n, text in enumerate(commands)))
    seen = []
    for number in numbers:
        run_task(environment, number)
        seen.append(bucket.blob("out/0").download_as_text())
        bucket.blob(REFERENCE).upload_from_string("new\n") if len(seen) == 3 else None
    assert seen == ["old\n", "old\n", "old\n", "new\n"]
    assert len(cached(tmp_path)) == 1, "what no task uses is removed"


def test_a_task_without_a_plan_says_so(bucket: storage.Bucket, environment: dict[str, str]) -> None:
    store_plans(bucket, task_plan(bucket, 0, "true"))
    with pytest.raises(AssertionError, match=r"plans\.jsonl has 1 plans, none for task 5\."):
        stage("in", environment, 5)
