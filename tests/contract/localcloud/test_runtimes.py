"""The same jobs in every runtime: what clients are told must not depend on it."""

import subprocess
import sys
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from time import monotonic, sleep
from typing import Any

import pytest

from localcloud.runtime.namespace import why_refused
from localcloud.storage import StorageClient
from localcloud.testing import LocalCloud
from tests.contract.localcloud.conftest import WAIT_SECONDS, Jobs, Operations, google_client
from tests.contract.localcloud.container_image import IMAGE, engine_with_image
from tests.contract.localcloud.debian import NotHereError
from tests.contract.localcloud.left_behind import containers, processes

DISK = {"deviceName": "work", "newDisk": {"sizeGb": "10"}}
VOLUME = {"deviceName": "work", "mountPath": "/mnt/disks/work"}
ON_DISK = {"allocationPolicy": {"instances": [{"policy": {"disks": [DISK]}}]}}
MOUNT = {"disk": "work", "path": "/mnt/disks/work"}
LOOPBACK_ONLY = "sed -n 's/^ *\\([a-z0-9]*\\):.*/\\1/p' /proc/net/dev"

true_paths = pytest.mark.parametrize("place", ["namespace", "container"], indirect=True)
"""Where paths are rewritten in requests, text in files and networks stay as they are."""

Message = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Place:
    """A local cloud with its clients; `left` lists what still runs of its jobs."""

    runtime: str
    cloud: LocalCloud
    jobs: Jobs
    operations: Operations
    left: Callable[[], Sequence[object]]


@pytest.fixture(scope="module", params=["namespace", "rewrite", "container"])
def place(request: pytest.FixtureRequest) -> Iterator[Place]:
    runtime: str = request.param
    options, images = [f"--mounts={runtime}"], {}
    if runtime == "namespace" and (reason := why_refused()):
        pytest.skip(f"no mount namespaces here: {reason}")
    if runtime == "container":
        try:
            engine = engine_with_image()
        except NotHereError as error:
            pytest.skip(f"no containers here: {error}")
        options, images = ["--runtime=container"], {"quay.io/lab/*": IMAGE}
    with (
        LocalCloud.start(buckets=["data"], images=images, options=options) as cloud,
        google_client("batch", "v1", cloud.url) as batch,
        google_client("lifesciences", "v2beta", cloud.url) as lifesciences,
    ):

        def left() -> Sequence[object]:
            vms = cloud.state_dir / "vms"
            return containers(engine, cloud.state_dir) if runtime == "container" else processes(vms)

        state = cloud.state_dir
        yield Place(runtime, cloud, Jobs(batch, state), Operations(lifesciences, state), left)


@pytest.fixture
def jobs(place: Place) -> Jobs:
    return place.jobs


@pytest.fixture
def operations(place: Place) -> Operations:
    return place.operations


def container(*commands: str, **fields: Any) -> Message:
    outside: Message = {
        name: fields.pop(name) for name in ("timeout", "alwaysRun") if name in fields
    }
    image = {"imageUri": "quay.io/lab/tool:1", "commands": list(commands), **fields}
    return {"container": image, **outside}


def bash(text: str, **fields: Any) -> Message:
    return container("-c", text, entrypoint="bash", **fields)


def action(text: str, **fields: Any) -> Message:
    program = {"imageUri": "quay.io/lab/tool:1", "commands": ["bash", "-c", text]}
    return {**program, "mounts": [MOUNT], **fields}


def exit_codes(jobs: Jobs, job: Message) -> list[int]:
    events = jobs.task(job)["status"]["statusEvents"]
    return [e["taskExecution"]["exitCode"] for e in events if "taskExecution" in e]


def on_disk(jobs: Jobs, *runnables: Message) -> Message:
    return jobs.run(*runnables, taskSpec={"volumes": [VOLUME]}, job=ON_DISK)


def test_a_mounted_bucket_holds_its_objects_and_gets_what_steps_write(place: Place) -> None:
    """Both programs see one folder of it; what the first writes is in the bucket by the second."""
    storage = StorageClient(int(place.cloud.storage_url.rpartition(":")[2]))
    for name, text in {"in/reads/a b.txt": "reads", "in/old": "x", "else": "y"}.items():
        _put(storage, name, text, place.cloud.state_dir)
    volume = {"gcs": {"remotePath": "data/in"}, "mountPath": "/mnt/disks/bucket"}
    first = (
        "cd /mnt/disks/bucket && cat reads/*.txt && mkdir new && echo made > new/made.txt && rm old"
    )
    done = place.jobs.run(
        bash(first),
        bash(
            "cat /mnt/disks/bucket/new/made.txt; echo more >> /mnt/disks/bucket/new/made.txt; false"
        ),
        taskSpec={"volumes": [volume]},
    )
    assert place.jobs.output(done) == "reads"
    assert place.jobs.output(done, runnable=1) == "made\n"
    names = {found["name"] for found in storage.objects("data")}
    assert names == {"in/reads/a b.txt", "in/new/made.txt", "else"}
    copy = place.cloud.state_dir / "copy"
    storage.download("data", "in/new/made.txt", copy)
    assert copy.read_text() == "made\nmore\n", "a step that fails has written, too"


def test_a_bucket_that_is_not_there_fails_the_step_and_says_so(place: Place) -> None:
    volume = {"gcs": {"remotePath": "no-such-bucket"}, "mountPath": "/mnt/disks/bucket"}
    done = place.jobs.run(bash("true"), taskSpec={"volumes": [volume]})
    assert exit_codes(place.jobs, done) == [125]
    assert "no-such-bucket" in place.jobs.output(done, stream="stderr")


def _put(storage: StorageClient, name: str, text: str, folder: Path) -> None:
    file = folder / "put"
    file.write_text(text)
    storage.upload("data", name, file)


def test_status_says_what_plays_the_machines(place: Place) -> None:
    said = {
        "namespace": "processes of this host, disks mounted in namespaces",
        "rewrite": "processes of this host, disk paths replaced in requests",
        "container": "containers of ",
    }
    command = [sys.executable, "-m", "localcloud", "status", f"--state={place.cloud.state_dir}"]
    done = subprocess.run(command, capture_output=True, text=True, timeout=60, check=True)
    assert f"machines                 {said[place.runtime]}" in done.stdout


def test_the_exit_code_and_both_streams_are_the_programs_own(jobs: Jobs) -> None:
    done = jobs.run(bash("echo out; echo err >&2; exit 7"))
    assert done["status"]["state"] == "FAILED"
    assert exit_codes(jobs, done) == [7]
    assert jobs.output(done) == "out\n"
    assert jobs.output(done, stream="stderr") == "err\n"


def test_environment_and_words_arrive_as_they_were_sent(jobs: Jobs) -> None:
    words = ["two words", "--name=x", "$HOME", "a\nb", ""]
    show = 'printf "[%s]" "$@"; printf "{%s}" "$TEXT"'
    runnable = container("-c", show, "bash", *words, entrypoint="bash")
    done = jobs.run({**runnable, "environment": {"variables": {"TEXT": "--env=A=b\n'c'"}}})
    assert jobs.output(done) == "[two words][--name=x][$HOME][a\nb][]{--env=A=b\n'c'}"


def test_containers_and_scripts_of_a_task_share_its_disks(jobs: Jobs) -> None:
    done = on_disk(
        jobs,
        bash("mkdir /mnt/disks/work/in; echo inside > /mnt/disks/work/in/file"),
        container("cat", "/data/file", volumes=["/mnt/disks/work/in:/data:ro"]),
        {"script": {"text": "cat /mnt/disks/work/in/file"}},
    )
    assert [jobs.output(done, runnable=n) for n in (1, 2)] == ["inside\n", "inside\n"]


@true_paths
def test_text_in_files_names_the_disk_too_and_read_only_means_it(jobs: Jobs) -> None:
    done = on_disk(
        jobs,
        bash("echo 'echo x > /mnt/disks/work/out' > /mnt/disks/work/tool.sh"),
        container("bash", "/mnt/disks/work/tool.sh"),
        bash("cat /in/out; touch /in/new", volumes=["/mnt/disks/work:/in:ro"]),
    )
    assert jobs.output(done, runnable=2) == "x\n"
    assert "Read-only file system" in jobs.output(done, runnable=2, stream="stderr")


def test_a_program_that_is_not_there_is_127(jobs: Jobs) -> None:
    done = jobs.run(container("no-such-program"))
    assert exit_codes(jobs, done) == [127]
    assert "no-such-program" in jobs.output(done, stream="stderr")


def test_a_killed_program_is_137(jobs: Jobs) -> None:
    done = jobs.run(bash("bash -c 'kill -KILL $$'; exit $?"))
    assert exit_codes(jobs, done) == [137]


def test_the_servers_of_the_local_cloud_are_reached_as_the_environment_says(jobs: Jobs) -> None:
    get = (
        "get() { exec 3<>/dev/tcp/${1/:/\\/};"
        " printf 'GET %s HTTP/1.0\\r\\nHost: %s\\r\\n\\r\\n' $2 $1 >&3; head -1 <&3; }"
    )
    storage = "get ${STORAGE_EMULATOR_HOST#http://} /storage/v1/b/data"
    health = "get ${CLOUD_URL#http://} /_localcloud/health"
    done = jobs.run(bash(f"{get}; {storage}; {health}"))
    codes = [line.split()[1] for line in jobs.output(done).splitlines()]
    assert codes == ["200", "200"]


@true_paths
def test_a_container_without_external_network_has_only_its_loopback(
    jobs: Jobs, operations: Operations
) -> None:
    done = jobs.run(bash(LOOPBACK_ONLY, blockExternalNetwork=True))
    assert jobs.output(done) == "lo\n"
    pipeline = operations.run(action(LOOPBACK_ONLY, blockExternalNetwork=True))
    assert operations.output(pipeline, 1) == "lo\n"


def test_a_step_over_its_time_ends_and_leaves_nothing(place: Place, jobs: Jobs) -> None:
    done = jobs.run(bash("sleep 600", timeout="0.5s"), bash("echo after", alwaysRun=True))
    assert exit_codes(jobs, done) == [50005]
    assert jobs.output(done, runnable=1) == "after\n"
    assert place.left() == []


def test_cancelling_leaves_nothing(place: Place, jobs: Jobs) -> None:
    job = jobs.submit(bash("echo started; sleep 600 & wait"))
    log = place.cloud.state_dir / "logs" / job["uid"] / "0/runnable/0/stdout"
    wait_for_text(log)
    assert len(place.left()) > 0
    jobs.await_operation(jobs.api.cancel(name=job["name"], body={}).execute())
    assert jobs.get(job["name"])["status"]["state"] == "CANCELLED"
    assert place.left() == []


def test_cancelling_before_anything_has_started_leaves_nothing(place: Place, jobs: Jobs) -> None:
    job = jobs.submit(bash("sleep 600"), taskCount=2)
    jobs.await_operation(jobs.api.cancel(name=job["name"], body={}).execute())
    assert place.left() == []


def test_a_pipeline_passes_files_and_sees_its_logs(operations: Operations) -> None:
    done = operations.run(
        action("echo first; echo data > /mnt/disks/work/file"),
        action("cat /google/logs/action/1/stdout /mnt/disks/work/file; exit 3"),
        action("echo $GOOGLE_PIPELINE_FAILED $GOOGLE_LAST_EXIT_STATUS", alwaysRun=True),
    )
    assert done["error"]["code"] == 9
    assert operations.output(done, 2) == "first\ndata\n"
    assert operations.output(done, 3) == "1 3\n"


def test_a_background_action_ends_with_its_pipeline(place: Place, operations: Operations) -> None:
    done = operations.run(action("sleep 600", runInBackground=True), action("echo done"))
    assert "error" not in done
    assert place.left() == []


def test_a_cancelled_pipeline_leaves_nothing(place: Place, operations: Operations) -> None:
    running = operations.submit(action("echo started; sleep 600"))
    wait_for_text(operations.folder(running) / "action/1/stdout")
    operations.api.cancel(name=running["name"], body={}).execute()
    assert operations.finish(running)["error"]["code"] == 1
    assert place.left() == []


def wait_for_text(file: Path) -> None:
    deadline = monotonic() + WAIT_SECONDS
    while not (file.exists() and file.read_text()):
        assert monotonic() < deadline, f"nothing in {file}"
        sleep(0.02)
