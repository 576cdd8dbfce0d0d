"""What an ended job amounts to."""

import pytest

from headrace.services.protocol import Failure, FailureKind
from headrace.staging.manifest import Manifest, StepRecord, StoredObject
from headrace.staging.plan import Output, OutputKind, Plan, Step
from snakemake_executor_plugin_lifesciences.outcome import (
    Shortage,
    failure_text,
    last_lines,
    logs_to_show,
    shortage,
    step_log,
    uncovered,
)

STORED = StoredObject("gs://results/x", 1, 2, "AAAAAA==", 0.0)
STEPS = (Step("first", "image", "true"), Step("second", "image", "true"))
OUTPUTS = (
    Output("gs://results/x", "x", 0),
    Output("gs://results/y", "y", 1, OutputKind.BENCHMARK),
    Output("gs://results/z", "z", 1, OutputKind.LOG),
)
PLAN = Plan("gs://results/work/run/job", (), (), STEPS, OUTPUTS)


def manifest(*exit_codes: int | None, problems: tuple[str, ...] = ()) -> Manifest:
    records = tuple(
        StepRecord(step.name, code) for step, code in zip(STEPS, exit_codes, strict=True)
    )
    return Manifest(records, {"gs://results/x": (STORED,)}, (), problems, 0, 0)


def test_results_and_benchmarks_must_be_covered_and_logs_need_not() -> None:
    assert uncovered(PLAN, manifest(0, 0)) == ["gs://results/y"]


def test_the_steps_log_is_named_for_a_person_to_open() -> None:
    assert str(step_log(PLAN, 1)) == "gs://results/work/run/job/step-1-second.log"


def test_where_no_step_log_was_stored_the_parts_are_shown_the_last_steps_first() -> None:
    parts = [f"gs://results/work/run/job/step-{n}.part.log" for n in ("1-second", "0-first")]
    assert [str(log) for log in logs_to_show(PLAN, None)] == parts
    whole = "gs://results/work/run/job/step-0-first.log"
    assert [str(log) for log in logs_to_show(PLAN, manifest(1, None))] == [whole, *parts]


def test_a_failure_says_what_happened_where_and_what_to_change() -> None:
    user = Failure(FailureKind.USER, "exit 137", 137)
    text = failure_text(user, manifest(137, None, problems=("Step 'first' ended.",)), "vm-7")
    assert text == (
        "Step 'first' ended. Exit code 137 usually means out of memory: raise mem_mb. Machine vm-7."
    )


def test_a_missing_program_is_told_from_other_failures() -> None:
    missing = failure_text(Failure(FailureKind.USER, "exit 127.", 127), None, "")
    assert "was not found in the image" in missing
    assert failure_text(Failure(FailureKind.USER, "exit 1.", 1), None, "") == "exit 1."


def test_a_time_limit_and_a_lost_machine_are_told_apart() -> None:
    late = failure_text(Failure(FailureKind.TIMEOUT, "late."), None, "")
    lost = failure_text(Failure(FailureKind.INFRASTRUCTURE, "gone."), None, "")
    assert late == "late. It ran into its time limit: raise runtime."
    assert lost == "gone. The machine was lost, not the command's fault."


def test_only_the_end_of_a_log_is_shown() -> None:
    log = "\n".join(str(number) for number in range(100))
    assert last_lines(log + "\n\n")[-1] == "99"
    assert len(last_lines(log)) == 15


@pytest.mark.parametrize(
    ("code", "tail", "problems", "found"),
    [
        (137, "Killed", (), Shortage.MEMORY),
        (1, "sort: write failed: No space left on device", (), Shortage.DISK),
        (137, "No space left on device", (), Shortage.DISK),
        (1, "", ("[Errno 28] No space left on device: 'x'",), Shortage.DISK),
        (1, "wrong input", (), None),
    ],
)
def test_what_ran_short_is_read_from_codes_problems_and_log(
    code: int, tail: str, problems: tuple[str, ...], found: Shortage | None
) -> None:
    failure = Failure(FailureKind.USER, "failed")
    assert shortage(failure, manifest(code, None, problems=problems), tail) is found


def test_a_lost_machine_ran_short_of_nothing() -> None:
    lost = Failure(FailureKind.INFRASTRUCTURE, "gone", 137)
    assert shortage(lost, None, "No space left on device") is None


def test_a_full_disk_is_one_sentence_with_its_remedy() -> None:
    text = failure_text(Failure(FailureKind.USER, "exit 1."), None, "", Shortage.DISK)
    assert text == "exit 1. The disk was full: raise disk_mb."
