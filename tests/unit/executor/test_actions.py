"""The containers of a job."""

from typing import Any, cast

from headrace.staging.plan import Plan, Step
from snakemake_executor_plugin_lifesciences.actions import Staging, StepRun, actions

STAGING = Staging("stage", 30)


class Job:
    threads = 2


def planned(*beside: bool) -> Plan:
    steps = tuple(
        Step(f"s{number}", f"image{number}", "true", beside=flag)
        for number, flag in enumerate(beside)
    )
    return Plan("gs://results/work/run/job", (), (), steps, ())


def runs(*seconds: int) -> list[StepRun]:
    return [StepRun(cast("Any", Job()), limit) for limit in seconds]


def test_steps_run_one_after_another_between_staging() -> None:
    found = actions(planned(False, False), runs(5, 7), STAGING)
    assert [action.name for action in found] == [
        "stage-in",
        "follow",
        "step-0-s0",
        "step-1-s1",
        "stage-out",
    ]
    assert [action.background for action in found] == [False, True, False, False, False]
    assert [action.always_run for action in found] == [False, False, False, False, True]
    assert [action.image for action in found[2:4]] == ["image0", "image1"]
    assert [action.timeout_seconds for action in found[2:4]] == [5, 7]


def test_steps_of_a_wave_run_in_the_background_of_one_that_waits_for_them() -> None:
    found = actions(planned(False, False, True, False), runs(5, 7, 9, 3), STAGING)
    steps = found[2:-1]
    assert [action.name for action in steps] == [
        "step-0-s0",
        "step-1-s1",
        "step-2-s2",
        "join-1",
        "step-3-s3",
    ]
    assert [action.background for action in steps] == [False, True, True, False, False]
    join = steps[3]
    assert (join.image, join.entrypoint, join.commands) == (
        "stage",
        "headrace-stage",
        ("join", "1", "2"),
    )
    assert join.timeout_seconds == 9, "the longer of the two limits"
