"""The command line: starting, finding and stopping; nothing is left behind, whatever happens."""

import json
import os
import signal
import socket
import subprocess
import sys
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from time import monotonic, sleep
from typing import Any

import pytest

from localcloud.testing import LocalCloud

WAIT_SECONDS = 30


def localcloud(*words: str | Path) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "localcloud", *map(str, words)]
    return subprocess.run(command, capture_output=True, text=True, timeout=60, check=False)


@pytest.fixture
def state(tmp_path: Path) -> Iterator[Path]:
    yield tmp_path / "state"
    localcloud("down", "--state", tmp_path / "state")


def inhabitants(directory: Path) -> list[int]:
    """Processes that name the directory in their command line or environment, or live in it."""
    found = []
    for entry in Path("/proc").iterdir():
        if not entry.name.isdecimal() or int(entry.name) == os.getpid():
            continue
        try:
            told = (entry / "cmdline").read_bytes() + (entry / "environ").read_bytes()
            cwd = str((entry / "cwd").readlink())
        except OSError:
            continue
        if str(directory).encode() in told or cwd.startswith(str(directory)):
            found.append(int(entry.name))
    return found


def wait_for(condition: object, what: str) -> None:
    assert callable(condition)
    deadline = monotonic() + WAIT_SECONDS
    while not condition():
        assert monotonic() < deadline, what
        sleep(0.02)


def run_forever(call: Any, cloud_url: str, marker: Path) -> None:
    """A job whose action leaves its session and ignores what it can ignore."""
    command = f"setsid bash -c 'trap \"\" TERM; touch {marker}; while :; do sleep 1; done' & wait"
    body = {
        "pipeline": {
            "actions": [{"imageUri": "x", "commands": ["bash", "-c", command]}],
            "resources": {"regions": ["us-central1"]},
        }
    }
    path = "/v2beta/projects/p/locations/us-central1/pipelines:run"
    assert call("POST", cloud_url + path, body)[0] == 200
    wait_for(marker.exists, "the action has not started")


def test_up_detached_status_down(state: Path) -> None:
    up = localcloud("up", "--state", state, "--bucket", "inbox", "--detach")
    assert up.returncode == 0, up.stderr
    published = json.loads((state / "state.json").read_text())
    environment = (state / "env.sh").read_text()
    assert f"export CLOUD_URL={published['cloud_url']}\n" in environment
    assert f"export STORAGE_EMULATOR_HOST={published['storage_url']}\n" in environment
    status = localcloud("status", "--state", state)
    assert status.returncode == 0
    assert '"healthy":true' in status.stdout
    down = localcloud("down", "--state", state)
    assert down.returncode == 0
    assert not (state / "state.json").exists()
    assert inhabitants(state) == []


def test_down_with_nothing_running_says_so_and_succeeds(state: Path) -> None:
    down = localcloud("down", "--state", state)
    assert (down.returncode, down.stdout) == (0, f"no local cloud runs in {state}\n")
    status = localcloud("status", "--state", state)
    assert (status.returncode, status.stderr) == (
        1,
        f"localcloud: no local cloud runs in {state}.\n",
    )


@pytest.mark.parametrize("detach", [[], ["--detach"]], ids=["foreground", "detached"])
def test_a_state_directory_in_use_is_refused(state: Path, detach: list[str]) -> None:
    with LocalCloud.start(state_dir=state):
        second = localcloud("up", "--state", state, *detach)
    assert second.returncode == 1
    assert second.stderr.count("\n") == 1
    assert f"a local cloud already runs in {state}" in second.stderr


@pytest.mark.parametrize("detach", [[], ["--detach"]], ids=["foreground", "detached"])
@pytest.mark.parametrize("option", ["--port", "--storage-port"])
def test_a_port_in_use_is_one_clear_sentence(state: Path, option: str, detach: list[str]) -> None:
    with closing(socket.create_server(("127.0.0.1", 0))) as taken:
        port = taken.getsockname()[1]
        up = localcloud("up", "--state", state, option, str(port), *detach)
    assert up.returncode == 1
    assert up.stderr.splitlines()[-1].startswith(f"localcloud: port {port} cannot be used")
    assert option in up.stderr
    assert "Traceback" not in up.stderr


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["--bucket", "No"], "--bucket 'No' is not a bucket name"),
        (["--image", "x"], "--image 'x' is not PATTERN=DIR"),
        (["--function", "x"], "--function 'x' is not SOURCE:TARGET@BUCKET"),
        (["--function", "/no/file.py:f@b"], "there is no file /no/file.py"),
        (["--function-env", "x"], "--function-env 'x' is not NAME=VALUE"),
        (["--cpus", "0"], "--cpus 0"),
        (["--quota", "C9_CPUS=8"], "--quota 'C9_CPUS=8' is not METRIC=N with one of C2D_CPUS"),
        (["--port", "70000"], "--port 70000"),
    ],
)
def test_a_wrong_option_is_one_clear_sentence(state: Path, words: list[str], said: str) -> None:
    up = localcloud("up", "--state", state, *words)
    assert up.returncode == 1
    assert said in up.stderr
    assert up.stderr.count("\n") == 1


def test_down_ends_running_jobs_with_all_they_started(
    state: Path, tmp_path: Path, call: Any
) -> None:
    with LocalCloud.start(state_dir=state) as cloud:
        run_forever(call, cloud.url, tmp_path / "started")
        assert len(inhabitants(state)) > 3
        assert localcloud("down", "--state", state).returncode == 0
        assert inhabitants(state) == []
        assert list((state / "vms").iterdir()) == []


def test_a_restart_keeps_what_has_ended_and_ends_what_ran(
    state: Path, tmp_path: Path, call: Any
) -> None:
    jobs = "/v1/projects/p/locations/us-central1/jobs"
    body = {"taskGroups": [{"taskSpec": {"runnables": [{"script": {"text": "exit 3"}}]}}]}

    def get(url: str, job_id: str) -> dict[str, Any]:
        found: dict[str, Any] = json.loads(call("GET", f"{url}{jobs}/{job_id}")[1])
        return found

    with LocalCloud.start(state_dir=state) as cloud:
        run_forever(call, cloud.url, tmp_path / "started")
        assert call("POST", f"{cloud.url}{jobs}?jobId=ended", body)[0] == 200
        wait_for(lambda: get(cloud.url, "ended")["status"]["state"] == "FAILED", "has not ended")
        ended = get(cloud.url, "ended")
    with LocalCloud.start(state_dir=state) as cloud:
        assert get(cloud.url, "ended") == ended
        operations = f"{cloud.url}/v2beta/projects/p/locations/us-central1/operations"
        (lost,) = json.loads(call("GET", operations)[1])["operations"]
        assert lost["error"]["code"] == 14
        assert "local cloud was stopped" in lost["metadata"]["events"][0]["description"]
        assert json.loads(call("GET", f"{cloud.url}/_localcloud/bill")[1])["total"]["machines"] == 2
        assert call("POST", f"{cloud.url}{jobs}?jobId=ended", body)[0] == 409
        cloud.reset()
        assert call("POST", f"{cloud.url}{jobs}?jobId=ended", body)[0] == 200


def test_a_restart_keeps_operations_and_request_ids(state: Path, call: Any) -> None:
    place = "/v1/projects/p/locations/us-central1"
    body = {"taskGroups": [{"taskSpec": {"runnables": [{"script": {"text": "sleep 600"}}]}}]}
    create = f"{place}/jobs?requestId=7f1b4cf2-2d5b-4d0c-9f6d-1f7f0d1f8c11"

    def ask(url: str, verb: str, path: str, message: Any = None) -> dict[str, Any]:
        status, text = call(verb, url + path, message)
        assert status == 200, text
        answer: dict[str, Any] = json.loads(text)
        return answer

    with LocalCloud.start(state_dir=state) as cloud:
        job = ask(cloud.url, "POST", create, body)
        cancelled = ask(cloud.url, "POST", f"/v1/{job['name']}:cancel", {})
    with LocalCloud.start(state_dir=state) as cloud:
        assert ask(cloud.url, "POST", create, body)["uid"] == job["uid"]
        found = ask(cloud.url, "GET", f"/v1/{cancelled['name']}")
        assert found["done"]
        assert found["metadata"]["target"] == job["name"]
        deleted = ask(cloud.url, "DELETE", f"/v1/{job['name']}")
        listed = ask(cloud.url, "GET", f"{place}/operations")["operations"]
    assert [each["name"] for each in listed] == [deleted["name"], cancelled["name"]]


@pytest.mark.parametrize("victim", ["keeper", "server"])
def test_a_killed_local_cloud_leaves_no_process(
    state: Path, tmp_path: Path, victim: str, call: Any
) -> None:
    with LocalCloud.start(state_dir=state) as cloud:
        run_forever(call, cloud.url, tmp_path / "started")
        keeper = cloud.state.pid
        server = int(Path(f"/proc/{keeper}/task/{keeper}/children").read_text().split()[0])
        os.kill(keeper if victim == "keeper" else server, signal.SIGKILL)
        wait_for(lambda: [p for p in inhabitants(state) if p != keeper] == [], "left behind")
    with LocalCloud.start(state_dir=state) as again:
        assert again.state.pid != keeper
