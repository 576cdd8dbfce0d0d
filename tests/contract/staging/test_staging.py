"""Stage-in and stage-out against a real storage server."""

import contextlib
import gzip
import os
import stat
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import msgspec
import pytest
from google.cloud import storage

from headrace.errors import ObjectMissingError, StagingError, StorageError
from headrace.gcs import ObjectUri
from headrace.records import decode_json, encode_json
from headrace.staging.bring_in import bring_in
from headrace.staging.connection import CHUNK
from headrace.staging.follow import PART_BYTES, store_parts
from headrace.staging.layout import WorkDisk
from headrace.staging.manifest import Manifest
from headrace.staging.objects import Objects
from headrace.staging.plan import (
    DIRECTORY_TYPE,
    Carried,
    Checksum,
    Input,
    Output,
    OutputKind,
    Plan,
    Step,
    placed_in,
)
from headrace.staging.take_out import take_out

HELLO = "2cf24dba5fb0a30e26e83b2ac5b9e29e1b161e5c1fa7425e73043362938b9824"


@pytest.fixture
def objects(endpoint: str) -> Iterator[Objects]:
    with contextlib.closing(Objects(endpoint)) as opened:
        yield opened


@pytest.fixture
def disk(tmp_path: Path) -> WorkDisk:
    return WorkDisk(tmp_path)


def plan(
    bucket: storage.Bucket,
    *commands: str,
    inputs: tuple[Input, ...] = (),
    carried: tuple[Carried, ...] = (),
    outputs: tuple[Output, ...] = (),
) -> Plan:
    steps = tuple(
        Step(f"step{number}", "image", command, folders=("made",))
        for number, command in enumerate(commands)
    )
    folder = f"gs://{bucket.name}/jobs/run"
    plan = Plan("", inputs, carried, steps, outputs)
    return placed_in(plan, folder, f"{folder}/job")


def run_steps(made: Plan, disk: WorkDisk) -> None:
    """Run the steps as a service would: none after one that failed."""
    environment = {**os.environ, "HEADRACE_WORK": str(disk.root)}
    for number, step in enumerate(made.steps):
        command = ["bash", str(disk.step_program), str(number), step.shell]
        if subprocess.run(command, env=environment, check=False).returncode != 0:
            return


def carry_out(made: Plan, disk: WorkDisk, objects: Objects) -> Manifest:
    bring_in(made, disk, objects)
    run_steps(made, disk)
    return take_out(made, disk, objects)


def test_a_job_brings_its_inputs_and_leaves_results_logs_and_manifest(
    bucket: storage.Bucket, objects: Objects, disk: WorkDisk
) -> None:
    bucket.blob("in/reads.txt").upload_from_string("ACGT\n")
    made = plan(
        bucket,
        "cat given/reads.txt carried.txt > made/result; echo noted > made/log; echo shown",
        inputs=(Input(f"gs://{bucket.name}/in/reads.txt", "given/reads.txt"),),
        carried=(Carried("carried.txt", b"from the repository\n"),),
        outputs=(
            Output(f"gs://{bucket.name}/out/result", "made/result", 0),
            Output(f"gs://{bucket.name}/out/log", "made/log", 0, OutputKind.LOG),
            Output(f"gs://{bucket.name}/out/bench", "made/bench", 0, OutputKind.BENCHMARK),
        ),
    )
    manifest = carry_out(made, disk, objects)

    result = bucket.get_blob("out/result")
    assert result.download_as_text() == "ACGT\nfrom the repository\n"
    assert bucket.blob("out/log").download_as_text() == "noted\n"
    assert bucket.blob("out/bench").download_as_text().startswith("s\th:m:s")
    assert bucket.blob("jobs/run/job/step-0-step0.log").download_as_text() == "shown\n"
    assert (manifest.problems, manifest.bytes_in) == ((), 5)
    (stored,) = manifest.results[f"gs://{bucket.name}/out/result"]
    assert (stored.generation, stored.size) == (result.generation, result.size)
    assert stored.crc32c == result.crc32c
    written = bucket.blob("jobs/run/manifests/job.json").download_as_bytes()
    assert decode_json(written, Manifest, "manifest") == manifest


def test_a_failed_step_leaves_logs_and_none_of_its_results(
    bucket: storage.Bucket, objects: Objects, disk: WorkDisk
) -> None:
    made = plan(
        bucket,
        "echo one > made/one",
        "echo two > made/two; echo why > made/log; exit 4",
        "echo never > made/three",
        outputs=(
            Output(f"gs://{bucket.name}/one", "made/one", 0),
            Output(f"gs://{bucket.name}/two", "made/two", 1),
            Output(f"gs://{bucket.name}/log", "made/log", 1, OutputKind.LOG),
            Output(f"gs://{bucket.name}/three", "made/three", 2),
        ),
    )
    manifest = carry_out(made, disk, objects)
    assert manifest.problems == ("Step 'step1' ended with exit code 4.",)
    assert [record.exit_code for record in manifest.steps] == [0, 4, None]
    assert set(manifest.results) == {f"gs://{bucket.name}/one"}
    assert bucket.blob("log").download_as_text() == "why\n"
    assert not bucket.blob("two").exists()


class FullDisk(WorkDisk):
    """A disk without room, which a test cannot have otherwise."""

    @property
    def full(self) -> bool:
        return True


def test_a_step_that_failed_on_a_full_disk_says_so_though_its_log_could_not(
    bucket: storage.Bucket, objects: Objects, tmp_path: Path
) -> None:
    assert not WorkDisk(tmp_path).full
    manifest = carry_out(plan(bucket, "exit 4"), FullDisk(tmp_path), objects)
    assert manifest.problems == (
        "Step 'step0' ended with exit code 4.",
        "No space left on device: the machine's work disk is full.",
    )
    assert carry_out(plan(bucket, "true"), FullDisk(tmp_path), objects).problems == ()


@pytest.mark.parametrize(
    ("command", "output", "problem"),
    [
        ("true", {}, "did not make 'made/x'"),
        ("mkdir made/x", {}, "is a directory"),
        ("touch made/x", {"directory": True}, "is a file"),
        ("touch made/x", {"non_empty": True}, "is empty"),
        ("echo no > made/x", {"checksum": Checksum("sha256", HELLO)}, "another checksum"),
    ],
)
def test_what_a_rule_promised_and_did_not_keep_is_a_problem(  # noqa: PLR0917 # fixtures and cases
    bucket: storage.Bucket,
    objects: Objects,
    disk: WorkDisk,
    command: str,
    output: dict[str, object],
    problem: str,
) -> None:
    promised = Output(f"gs://{bucket.name}/x", "made/x", 0, **output)  # type: ignore[arg-type]
    manifest = carry_out(plan(bucket, command, outputs=(promised,)), disk, objects)
    assert len(manifest.problems) == 1
    assert problem in manifest.problems[0]
    assert not bucket.blob("x").exists()


def test_a_kept_promise_is_no_problem(
    bucket: storage.Bucket, objects: Objects, disk: WorkDisk
) -> None:
    promised = Output(
        f"gs://{bucket.name}/x", "made/x", 0, non_empty=True, checksum=Checksum("sha256", HELLO)
    )
    manifest = carry_out(plan(bucket, "printf hello > made/x", outputs=(promised,)), disk, objects)
    assert manifest.problems == ()


def test_directories_travel_whole_and_empty_ones_as_one_object(
    bucket: storage.Bucket, objects: Objects, disk: WorkDisk, tmp_path: Path
) -> None:
    outputs = (
        Output(f"gs://{bucket.name}/tree", "made/tree", 0, directory=True),
        Output(f"gs://{bucket.name}/empty", "made/empty", 0, directory=True),
    )
    command = "mkdir -p made/tree/sub made/empty; echo a > made/tree/a; echo b > made/tree/sub/b"
    carry_out(plan(bucket, command, outputs=outputs), disk, objects)
    assert bucket.get_blob("empty").content_type == DIRECTORY_TYPE

    other = WorkDisk(tmp_path / "other")
    inputs = (
        Input(f"gs://{bucket.name}/tree", "back/tree"),
        Input(f"gs://{bucket.name}/empty", "back/empty"),
    )
    bring_in(plan(bucket, inputs=inputs), other, objects)
    assert other.path("back/tree/sub/b").read_text() == "b\n"
    assert other.path("back/tree/a").read_text() == "a\n"
    assert list(other.path("back/empty").iterdir()) == []


def test_later_steps_results_are_never_older_than_those_they_were_made_from(
    bucket: storage.Bucket, objects: Objects, disk: WorkDisk
) -> None:
    outputs = tuple(
        Output(f"gs://{bucket.name}/{number}", f"made/{number}", number) for number in range(5)
    )
    commands = [f"head -c {100_000 * (5 - n)} /dev/zero > made/{n}" for n in range(5)]
    manifest = carry_out(plan(bucket, *commands, outputs=outputs), disk, objects)
    times = [manifest.results[output.uri][0].updated for output in outputs]
    assert times == sorted(times)


def test_missing_inputs_are_all_named(
    bucket: storage.Bucket, objects: Objects, disk: WorkDisk
) -> None:
    inputs = tuple(Input(f"gs://{bucket.name}/{name}", name) for name in ("a", "b"))
    with pytest.raises(StagingError, match=r"Missing inputs: gs://.*/a, gs://.*/b\."):
        bring_in(plan(bucket, inputs=inputs), disk, objects)


def test_what_a_step_stored_itself_is_vouched_for_or_missed(
    bucket: storage.Bucket, objects: Objects, disk: WorkDisk
) -> None:
    bucket.blob("there").upload_from_string("x")
    outputs = tuple(
        Output(f"gs://{bucket.name}/{name}", name, 0, stored_by_step=True)
        for name in ("there", "not-there")
    )
    manifest = carry_out(plan(bucket, "true", outputs=outputs), disk, objects)
    assert set(manifest.results) == {f"gs://{bucket.name}/there"}
    assert manifest.problems == (f"gs://{bucket.name}/not-there does not exist.",)


@pytest.mark.parametrize("name", ["plain", "with/slash", "a b+c%20d", "ü/ñ", "x?y=z&w", "#1"])
def test_any_object_name_is_written_and_read_back(
    bucket: storage.Bucket, objects: Objects, name: str
) -> None:
    uri = ObjectUri(bucket.name, name)
    stored = objects.write(uri, b"content")
    assert objects.read(uri) == b"content"
    assert objects.stat(uri) == stored
    assert bucket.blob(name).download_as_bytes() == b"content"


@pytest.mark.parametrize("size", [0, 1, CHUNK - 1, CHUNK, 3 * CHUNK + 17])
def test_files_of_any_size_arrive_as_they_left(
    bucket: storage.Bucket, objects: Objects, tmp_path: Path, size: int
) -> None:
    path = tmp_path / "file"
    path.write_bytes(os.urandom(size))
    stored = objects.upload(path, ObjectUri(bucket.name, "file"))
    assert stored.size == size
    assert objects.download(ObjectUri(bucket.name, "file"), tmp_path / "back").size == size
    assert (tmp_path / "back").read_bytes() == path.read_bytes()


def test_gzipped_files_are_not_unpacked_on_the_way(
    bucket: storage.Bucket, objects: Objects, tmp_path: Path
) -> None:
    path = tmp_path / "reads.fastq.gz"
    path.write_bytes(gzip.compress(b"@r\nA\n+\nI\n"))
    objects.upload(path, ObjectUri(bucket.name, "reads.fastq.gz"))
    objects.download(ObjectUri(bucket.name, "reads.fastq.gz"), tmp_path / "back")
    assert (tmp_path / "back").read_bytes() == path.read_bytes()


def test_a_folder_of_many_objects_is_listed_over_its_pages(
    bucket: storage.Bucket, objects: Objects
) -> None:
    for number in range(30):
        objects.write(ObjectUri(bucket.name, f"many/{number}"), b"")
    objects.write(ObjectUri(bucket.name, "many-others"), b"")
    assert len(list(objects.list_below(ObjectUri(bucket.name, "many")))) == 30


def test_a_missing_object_and_a_missing_server_are_told_apart(
    bucket: storage.Bucket, objects: Objects
) -> None:
    with pytest.raises(ObjectMissingError, match="does not exist"):
        objects.stat(ObjectUri(bucket.name, "nothing"))
    with pytest.raises(StorageError, match=r"does not exist"):
        objects.write(ObjectUri("no-such-bucket", "x"), b"")


def test_logs_are_stored_on_the_way_when_they_have_grown(
    bucket: storage.Bucket, objects: Objects, disk: WorkDisk
) -> None:
    made = plan(bucket, "true", "true")
    bring_in(made, disk, objects)
    seen: dict[int, int] = {}
    store_parts(made, disk, objects, seen)
    assert list(bucket.list_blobs()) == [], "no log, no object"

    log = disk.step(1) / "log"
    log.write_bytes(b"x" * PART_BYTES + b"begun\n")
    store_parts(made, disk, objects, seen)
    part = bucket.get_blob("jobs/run/job/step-1-step1.part.log")
    assert part.size == PART_BYTES
    assert part.download_as_bytes().endswith(b"xbegun\n")

    store_parts(made, disk, objects, seen)
    assert bucket.get_blob(part.name).generation == part.generation, "nothing new, no upload"
    with log.open("ab") as file:
        file.write(b"more\n")
    store_parts(made, disk, objects, seen)
    assert bucket.blob(part.name).download_as_bytes().endswith(b"begun\nmore\n")


def test_a_storage_that_fails_once_is_tried_again_by_the_follower(
    bucket: storage.Bucket, objects: Objects, disk: WorkDisk
) -> None:
    made = plan(bucket, "true")
    bring_in(made, disk, objects)
    (disk.step(0) / "log").write_text("begun\n")
    seen: dict[int, int] = {}
    elsewhere = msgspec.structs.replace(made, folder="gs://no-such-bucket/work")
    store_parts(elsewhere, disk, objects, seen)
    store_parts(made, disk, objects, seen)
    assert bucket.blob("jobs/run/job/step-0-step0.part.log").download_as_text() == "begun\n"


def test_the_program_says_in_one_sentence_what_it_lacks(tmp_path: Path) -> None:
    environment = {"PATH": os.environ["PATH"], "HEADRACE_WORK": str(tmp_path)}
    done = stage("in", environment)
    assert done.returncode == 1
    assert done.stderr == (
        "headrace-stage in: HEADRACE_PLAN is not set: headrace-stage runs inside a job's machine "
        "only.\n"
    )


def test_the_program_stages_in_and_out(
    bucket: storage.Bucket, endpoint: str, tmp_path: Path
) -> None:
    made = plan(
        bucket, "echo done > made/x", outputs=(Output(f"gs://{bucket.name}/x", "made/x", 0),)
    )
    bucket.blob("jobs/run/job/plan.json").upload_from_string(encode_json(made))
    environment = stage_environment(made, tmp_path, endpoint)
    assert stage("in", environment).returncode == 0
    run_steps(made, WorkDisk(tmp_path))
    assert stage("out", environment).returncode == 0
    assert bucket.blob("x").download_as_text() == "done\n"


def test_a_step_of_any_user_may_write_wherever_stage_in_has_been(
    bucket: storage.Bucket, endpoint: str, tmp_path: Path
) -> None:
    bucket.blob("in/reads.txt").upload_from_string("ACGT\n")
    given = Input(f"gs://{bucket.name}/in/reads.txt", "given/deep/reads.txt")
    made = plan(bucket, "true", inputs=(given,))
    bucket.blob("jobs/run/job/plan.json").upload_from_string(encode_json(made))
    root = tmp_path / "disk"
    root.mkdir(mode=0o755)
    assert stage("in", stage_environment(made, root, endpoint)).returncode == 0
    folders = [root, root / "tmp", root / "made", root / "given/deep", root / ".headrace/steps/0"]
    assert {stat.S_IMODE(folder.stat().st_mode) for folder in folders} == {0o777}
    assert stat.S_IMODE((root / "given/deep/reads.txt").stat().st_mode) == 0o666


def test_memory_does_not_grow_with_the_size_of_files(
    bucket: storage.Bucket, endpoint: str, tmp_path: Path
) -> None:
    size, most = 80 << 20, 64 << 20
    made = plan(
        bucket,
        "ln given/big made/x",
        inputs=(Input(f"gs://{bucket.name}/big", "given/big"),),
        outputs=(Output(f"gs://{bucket.name}/x", "made/x", 0),),
    )
    with (tmp_path / "big").open("wb") as big:
        big.truncate(size)
    bucket.blob("big").upload_from_filename(tmp_path / "big")
    bucket.blob("jobs/run/job/plan.json").upload_from_string(encode_json(made))
    environment = stage_environment(made, tmp_path, endpoint)
    assert peak_memory(stage("in", environment, REPORTING_MEMORY)) < most
    run_steps(made, WorkDisk(tmp_path))
    assert peak_memory(stage("out", environment, REPORTING_MEMORY)) < most
    assert bucket.get_blob("x").size == size


REPORTING_MEMORY = """
import atexit, pathlib
from headrace.staging.cli import main
atexit.register(lambda: print(pathlib.Path("/proc/self/status").read_text()))
main()
"""


def peak_memory(done: subprocess.CompletedProcess[str]) -> int:
    """Return the bytes that a program of ours took at most."""
    assert done.returncode == 0, done.stderr
    (line,) = [line for line in done.stdout.splitlines() if line.startswith("VmHWM:")]
    return 1024 * int(line.split()[1])


def stage_environment(made: Plan, root: Path, endpoint: str) -> dict[str, str]:
    return {
        "PATH": os.environ["PATH"],
        "HEADRACE_WORK": str(root),
        "HEADRACE_PLAN": f"{made.folder}/plan.json",
        "STORAGE_EMULATOR_HOST": endpoint,
    }


def stage(
    direction: str, environment: dict[str, str], program: str = ""
) -> subprocess.CompletedProcess[str]:
    started = ["-c", program] if program else ["-m", "headrace.staging.cli"]
    command = [sys.executable, *started, direction]
    return subprocess.run(command, env=environment, capture_output=True, text=True, check=False)
