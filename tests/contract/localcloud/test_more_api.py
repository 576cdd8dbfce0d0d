"""What other clients send: locations, multipart batches, log paths, barriers, secrets."""

import json
from email import message_from_string
from http.client import HTTPConnection
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest

from localcloud.testing import LocalCloud

PARENT = "projects/lab/locations/us-central1"
DISK = {"deviceName": "work", "newDisk": {"sizeGb": "10"}}
ON_DISK = {"allocationPolicy": {"instances": [{"policy": {"disks": [DISK]}}]}}
VOLUMES = [{"deviceName": "work", "mountPath": "/mnt/disks/work"}]


def script(text: str, **fields: Any) -> dict[str, Any]:
    return {"script": {"text": text}, **fields}


@pytest.mark.parametrize("version", ["v1", "v2beta"])
def test_locations_are_listed_in_pages_and_found(
    cloud: LocalCloud, call: Any, version: str
) -> None:
    url = f"{cloud.url}/{version}/projects/lab/locations"
    first = json.loads(call("GET", f"{url}?pageSize=3")[1])
    assert len(first["locations"]) == 3
    rest = json.loads(call("GET", f"{url}?pageToken={first['nextPageToken']}")[1])
    names = [each["locationId"] for each in first["locations"] + rest["locations"]]
    assert "us-central1" in names
    assert len(set(names)) == len(names)
    some = json.loads(call("GET", f"{url}?filter=locationId%3D%22us-east*%22")[1])["locations"]
    assert [each["locationId"] for each in some] == ["us-east1", "us-east4"]
    assert call("GET", f"{url}?filter=colour%3Dred")[0] == 400
    assert json.loads(call("GET", f"{url}/us-central1")[1])["name"] == PARENT
    assert call("GET", f"{url}/atlantis1")[0] == 404


def test_a_multipart_batch_is_unfolded_and_answered_part_by_part(
    cloud: LocalCloud, operations: Any
) -> None:
    running = operations.submit({"imageUri": "x", "commands": ["sleep", "600"]})
    calls = [
        ("<a+1>", f"POST /v2beta/{running['name']}:cancel HTTP/1.1", "{}"),
        ("<a+2>", f"GET /v2beta/{PARENT}/operations/1?alt=json HTTP/1.1", ""),
    ]
    body = "".join(
        "--xyz\r\nContent-Type: application/http\r\nMIME-Version: 1.0\r\n"
        f"Content-ID: {name}\r\n\r\n{line}\r\nContent-Type: application/json\r\n"
        f"Content-Length: {len(text)}\r\n\r\n{text}\r\n"
        for name, line, text in calls
    )
    connection = HTTPConnection(urlsplit(cloud.url).netloc, timeout=30)
    connection.request(
        "POST", "/batch", body + "--xyz--", {"Content-Type": 'multipart/mixed; boundary="xyz"'}
    )
    response = connection.getresponse()
    text = response.read().decode()
    connection.close()
    assert response.status == 200
    whole = message_from_string(f"Content-Type: {response.headers['Content-Type']}\n\n{text}")
    parts: Any = whole.get_payload()
    assert [part["Content-ID"] for part in parts] == ["<response-a+1>", "<response-a+2>"]
    lines = [str(part.get_payload()).splitlines()[0] for part in parts]
    assert lines == ["HTTP/1.1 200 OK", "HTTP/1.1 404 Not Found"]
    assert operations.finish(running)["error"]["code"] == 1


def test_what_is_not_a_batch_is_refused(cloud: LocalCloud, call: Any) -> None:
    status, text = call("POST", f"{cloud.url}/batch", {})
    assert (status, json.loads(text)["error"]["status"]) == (400, "INVALID_ARGUMENT")


def test_a_logs_path_on_a_disk_gets_googles_files(jobs: Any) -> None:
    read = script('all=$(cat /mnt/disks/work/logs/output-*.log); echo "$all"')
    done = jobs.run(
        script("echo hello; echo oops >&2"),
        read,
        taskSpec={"volumes": VOLUMES},
        job={**ON_DISK, "logsPolicy": {"destination": "PATH", "logsPath": "/mnt/disks/work/logs/"}},
    )
    lines = jobs.output(done, runnable=1).splitlines()
    source = f"[task_id:task/{done['uid']}-group0-0/0/0,runnable_index:0]"
    assert all(line.startswith("[batch_task_logs]") for line in lines)
    assert {line.split(" ", 1)[1] for line in lines} == {
        f"INFO: {source} hello",
        f"ERROR: {source} oops",
    }


def test_a_barrier_holds_every_task_until_the_last_has_come(jobs: Any, tmp_path: Path) -> None:
    arrive = f"sleep 0.$BATCH_TASK_INDEX; touch {tmp_path}/$BATCH_TASK_INDEX"
    done = jobs.run(
        script(arrive), {"barrier": {"name": "all"}}, script(f"ls {tmp_path} | wc -l"), taskCount=3
    )
    assert done["status"]["state"] == "SUCCEEDED"
    assert [jobs.output(done, task, 2).strip() for task in range(3)] == ["3", "3", "3"]


def test_a_task_that_fails_before_a_barrier_does_not_hold_up_the_others(jobs: Any) -> None:
    done = jobs.run(
        script("exit $BATCH_TASK_INDEX"), {"barrier": {}}, script("echo past"), taskCount=2
    )
    assert done["status"]["taskGroups"]["group0"]["counts"] == {"SUCCEEDED": "1", "FAILED": "1"}
    assert jobs.output(done, 0, 2) == "past\n"


def test_a_secret_variable_comes_from_the_secrets_file(tmp_path: Path, call: Any) -> None:
    name = "projects/p/secrets/token/versions/latest"
    file = tmp_path / "secrets.json"
    file.write_text(json.dumps({name: "hush"}))
    spec = {
        "environment": {"secretVariables": {"TOKEN": name}},
        "runnables": [script("echo $TOKEN")],
    }
    with LocalCloud.start(options=[f"--secrets={file}"]) as cloud:
        url = f"{cloud.url}/v1/{PARENT}/jobs"
        created = json.loads(call("POST", url, {"taskGroups": [{"taskSpec": spec}]})[1])
        while json.loads(call("GET", f"{cloud.url}/v1/{created['name']}")[1])["status"][
            "state"
        ] not in {"SUCCEEDED", "FAILED"}:
            pass
        output = cloud.state_dir / "logs" / created["uid"] / "0" / "output"
        assert output.read_text() == "hush\n"
        assert "hush" not in call("GET", f"{cloud.url}/v1/{created['name']}")[1]
