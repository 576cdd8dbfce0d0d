"""Life Sciences v2beta through google-api-python-client: real actions, real logs."""

import json
from datetime import datetime
from typing import Any

import pytest
from googleapiclient.errors import HttpError

MOUNT = {"disk": "work", "path": "/mnt/disks/work"}


def shell(script: str, **fields: Any) -> dict[str, Any]:
    return {"imageUri": "bash", "commands": ["-c", script], "entrypoint": "bash", **fields}


def kinds(operation: dict[str, Any]) -> list[str]:
    """The kinds of an operation's events, oldest first."""
    events = reversed(operation["metadata"]["events"])
    return [
        next(key for key in event if key not in {"timestamp", "description"}) for event in events
    ]


def details(operation: dict[str, Any], kind: str) -> list[dict[str, Any]]:
    return [e[kind] for e in reversed(operation["metadata"]["events"]) if kind in e]


def refusal(error: pytest.ExceptionInfo[HttpError]) -> dict[str, Any]:
    message: dict[str, Any] = json.loads(error.value.content)["error"]
    return message


def test_actions_share_a_disk_and_run_in_order(operations: Any) -> None:
    done = operations.run(
        shell("echo payload > /mnt/disks/work/file", mounts=[MOUNT]),
        shell("cat /mnt/disks/work/file", mounts=[MOUNT]),
    )
    assert done["response"]["@type"].endswith("v2beta.RunPipelineResponse")
    assert operations.output(done, 2) == "payload\n"
    assert kinds(done) == [
        "workerAssigned",
        "pullStarted",
        "pullStopped",
        "containerStarted",
        "containerStopped",
        "containerStarted",
        "containerStopped",
        "workerReleased",
    ]


def test_times_of_events_never_rise_because_the_newest_comes_first(operations: Any) -> None:
    done = operations.run(shell("true"))
    events = done["metadata"]["events"]
    times = [datetime.fromisoformat(event["timestamp"]) for event in events]
    assert len(times) > 1
    assert times == sorted(times, reverse=True)


def test_a_failing_action_ends_the_pipeline_but_for_always_run(operations: Any) -> None:
    done = operations.run(
        shell("echo sorry >&2; exit 7", containerName="breaks"),
        shell("echo skipped"),
        shell("echo $GOOGLE_PIPELINE_FAILED $GOOGLE_LAST_EXIT_STATUS", alwaysRun=True),
    )
    assert done["error"] == {
        "code": 9,
        "message": 'Execution failed: generic::failed_precondition: while running "breaks":'
        " unexpected exit status 7 was not ignored",
    }
    assert operations.output(done, 3) == "1 7\n"
    assert not (operations.folder(done) / "action" / "2").exists()
    stopped = details(done, "containerStopped")
    assert stopped[0] == {"actionId": 1, "exitStatus": 7, "stderr": "sorry\n"}
    assert details(done, "unexpectedExitStatus") == [{"actionId": 1, "exitStatus": 7}]
    assert details(done, "failed")[0]["code"] == "FAILED_PRECONDITION"
    assert kinds(done)[-2:] == ["failed", "workerReleased"]


def test_an_ignored_exit_status_fails_nothing_and_is_told_to_the_next_action(
    operations: Any,
) -> None:
    done = operations.run(
        shell("exit 5", ignoreExitStatus=True),
        shell("echo ${GOOGLE_PIPELINE_FAILED:-no} $GOOGLE_LAST_EXIT_STATUS"),
    )
    assert "error" not in done
    assert operations.output(done, 2) == "no 5\n"


def test_a_background_action_is_killed_when_the_others_are_done(operations: Any) -> None:
    done = operations.run(
        shell("echo serving > /mnt/disks/work/up; sleep 600", mounts=[MOUNT], runInBackground=True),
        shell("until test -s /mnt/disks/work/up; do sleep 0.05; done", mounts=[MOUNT]),
    )
    assert "error" not in done
    assert details(done, "containerKilled") == [{"actionId": 1}]


def test_an_action_that_runs_too_long_is_killed_and_fails(operations: Any) -> None:
    done = operations.run(shell("sleep 600", timeout="0.3s", containerName="slow"))
    assert done["error"]["code"] == 9
    assert details(done, "unexpectedExitStatus") == [{"actionId": 1, "exitStatus": 137}]


def test_a_pipeline_that_runs_too_long_ends_with_deadline_exceeded(operations: Any) -> None:
    done = operations.run(shell("sleep 600"), shell("true", alwaysRun=True), timeout="0.4s")
    assert done["error"]["code"] == 4
    assert not (operations.folder(done) / "action" / "2").exists()


def test_cancelling_ends_with_code_1_and_a_failed_event(operations: Any) -> None:
    operation = operations.submit(shell("sleep 600"))
    assert operations.api.cancel(name=operation["name"], body={}).execute() == {}
    done = operations.finish(operation)
    assert done["error"] == {"code": 1, "message": "The operation was cancelled"}
    assert details(done, "failed")[0]["code"] == "CANCELLED"


def test_a_program_that_is_not_there_exits_with_127_and_says_so(operations: Any) -> None:
    done = operations.run({"imageUri": "x", "commands": ["no-such-program"]})
    assert details(done, "containerStopped")[0]["exitStatus"] == 127
    assert "program 'no-such-program' not found" in operations.output(done, 1, "stderr")


def test_an_actions_environment_outweighs_the_pipelines(operations: Any) -> None:
    done = operations.run(
        shell("echo $A $B", environment={"B": "action"}),
        environment={"A": "pipeline", "B": "pipeline"},
    )
    assert operations.output(done, 1) == "pipeline action\n"


def test_a_container_sees_nothing_of_the_hosts_environment(operations: Any) -> None:
    done = operations.run(shell("env | cut -d= -f1 | sort | tr '\\n' ' '"))
    seen = set(operations.output(done, 1).split())
    own = {"PATH", "HOME", "LANG", "TMPDIR", "CLOUD_URL", "STORAGE_EMULATOR_HOST"}
    assert seen - {"PWD", "SHLVL", "_"} == own


def test_all_output_is_collected_under_google_logs(operations: Any) -> None:
    done = operations.run(
        shell("echo first; echo second >&2"),
        shell("all=$(cat /google/logs/output /google/logs/action/1/*); echo $all"),
    )
    assert sorted(operations.output(done, 2).split()) == ["first", "first", "second", "second"]


def test_nulls_in_a_request_are_accepted_and_left_out_of_the_reply(operations: Any) -> None:
    done = operations.run(shell("true", labels=None, timeout=None), environment=None)
    assert "error" not in done
    assert "environment" not in done["metadata"]["pipeline"]
    assert "timeout" not in done["metadata"]["pipeline"]["actions"][0]


def test_lists_are_filtered_by_label_and_state_and_come_in_pages(operations: Any) -> None:
    names = {operations.submit(shell("true"), labels={"run": "paged"})["name"] for _ in range(5)}
    wanted = 'labels.run = "paged" AND (error = 0 OR done = false)'
    seen: list[str] = []
    request = operations.api.list(
        name="projects/lab/locations/us-central1", filter=wanted, pageSize=2
    )
    while request is not None:
        reply = request.execute()
        assert len(reply["operations"]) <= 2
        seen += [operation["name"] for operation in reply["operations"]]
        request = operations.api.list_next(request, reply)
    assert len(seen) == len(names)
    assert set(seen) == names


def test_events_can_be_filtered_by_their_names(operations: Any) -> None:
    done = operations.run(shell("exit 1"), labels={"kind": "fails"})
    found = operations.api.list(
        name="projects/lab/locations/us-central1",
        filter='events:unexpectedExitStatus AND labels.kind="fails"',
    ).execute()
    assert [operation["name"] for operation in found["operations"]] == [done["name"]]


@pytest.mark.parametrize(
    ("change", "field"),
    [
        ({"actions": [{"imageUri": "x", "imageURI": "y"}]}, "pipeline.actions[0]"),
        ({"actions": []}, "pipeline.actions"),
        ({"actions": [{}]}, "pipeline.actions[0].image_uri"),
        ({"actions": [{"imageUri": 7}]}, "pipeline.actions[0].image_uri"),
        ({"environment": {"A": 7}}, 'pipeline.environment["A"]'),
        ({"timeout": "1h"}, "pipeline.timeout"),
        ({"resources": {}}, "pipeline.resources"),
    ],
)
def test_a_wrong_pipeline_is_refused_naming_the_field(
    operations: Any, change: dict[str, Any], field: str
) -> None:
    resources = {"zones": ["us-central1-a"], "virtualMachine": {"machineType": "e2-medium"}}
    body = {"pipeline": {"actions": [{"imageUri": "x"}], "resources": resources} | change}
    with pytest.raises(HttpError) as caught:
        operations.pipelines.run(parent="projects/p/locations/us-central1", body=body).execute()
    message = refusal(caught)
    assert (message["code"], message["status"]) == (400, "INVALID_ARGUMENT")
    assert [v["field"] for v in message["details"][0]["fieldViolations"]] == [field]


def test_an_unknown_operation_is_not_found(operations: Any) -> None:
    with pytest.raises(HttpError) as caught:
        operations.get("projects/p/locations/us-central1/operations/1")
    assert refusal(caught)["status"] == "NOT_FOUND"


def test_a_machine_larger_than_the_quota_fails_at_once(operations: Any) -> None:
    done = operations.run(shell("true"), machine="e2-standard-32")
    assert done["error"]["code"] == 9
    assert "quota CPUS in us-central1 exceeded" in done["error"]["message"]
