"""headrace/staging/step.sh: one step, run and recorded."""

import os
import signal
import subprocess
import time
from pathlib import Path

import pytest

from headrace.staging.bring_in import bring_in
from headrace.staging.layout import WorkDisk
from headrace.staging.manifest import StepRecord
from headrace.staging.objects import Objects
from headrace.staging.plan import Plan, Step
from headrace.staging.step_records import cpu_seconds, step_records

NOWHERE = Objects("http://127.0.0.1:9")


def lay_out(root: Path, command: str, **step: tuple[str, ...]) -> tuple[Plan, WorkDisk]:
    plan = Plan("gs://results/work", (), (), (Step("one", "image", command, **step),), ())  # type: ignore[arg-type]
    disk = WorkDisk(root)
    bring_in(plan, disk, NOWHERE)
    return plan, disk


def start(disk: WorkDisk) -> subprocess.Popen[bytes]:
    environment = {**os.environ, "HEADRACE_WORK": str(disk.root)}
    return subprocess.Popen(["bash", str(disk.step_program), "0", "bash"], env=environment)


def run(root: Path, command: str, **step: tuple[str, ...]) -> tuple[int, StepRecord, str]:
    plan, disk = lay_out(root, command, **step)
    exit_code = start(disk).wait(timeout=60)
    return exit_code, step_records(plan, disk)[0], (disk.step(0) / "log").read_text()


@pytest.mark.parametrize("code", [0, 1, 3, 137, 255])
def test_the_commands_exit_code_is_the_steps_and_is_recorded(tmp_path: Path, code: int) -> None:
    exit_code, record, _ = run(tmp_path, f"exit {code}")
    assert (exit_code, record.exit_code) == (code, code)


def test_both_streams_reach_the_log_in_order(tmp_path: Path) -> None:
    _, _, log = run(tmp_path, "echo out; echo error >&2; echo out again")
    assert log == "out\nerror\nout again\n"


def test_time_cpu_and_memory_of_the_command_and_its_children_are_recorded(tmp_path: Path) -> None:
    program = "import time; kept = bytearray(150 << 20); time.sleep(1); sum(range(9_000_000))"
    _, record, _ = run(tmp_path, f'python3 -c "{program}" | cat')
    assert record.wall_seconds is not None
    assert record.wall_seconds >= 1
    assert record.cpu_seconds is not None
    assert 0.05 < record.cpu_seconds < 30
    assert record.peak_memory_mb is not None
    assert 150 <= record.peak_memory_mb < 400


def test_files_are_touched_after_success_only(tmp_path: Path) -> None:
    run(tmp_path / "well", "true", touch=("made/flag",), folders=("made",))
    run(tmp_path / "ill", "false", touch=("made/flag",), folders=("made",))
    assert (tmp_path / "well/made/flag").exists()
    assert not (tmp_path / "ill/made/flag").exists()


def test_the_command_reads_nothing_from_our_input(tmp_path: Path) -> None:
    exit_code, _, log = run(tmp_path, "cat; echo end")
    assert (exit_code, log) == (0, "end\n")


def test_a_container_told_to_stop_stops_the_command_and_records_it(tmp_path: Path) -> None:
    plan, disk = lay_out(tmp_path, "echo begun; sleep 60 & wait")
    process = start(disk)
    log = disk.step(0) / "log"
    deadline = time.monotonic() + 20
    while not (log.exists() and log.read_text()) and time.monotonic() < deadline:
        time.sleep(0.02)
    process.send_signal(signal.SIGTERM)
    assert process.wait(timeout=20) == 128 + signal.SIGTERM
    assert step_records(plan, disk)[0].exit_code == 128 + signal.SIGTERM


def test_a_step_that_never_began_has_an_empty_record(tmp_path: Path) -> None:
    plan, disk = lay_out(tmp_path, "true")
    assert step_records(plan, disk) == (StepRecord(name="one"),)


def test_times_of_shell_and_children_are_added_up() -> None:
    assert cpu_seconds("0m0.100s 0m0.010s\n2m1.000s 0m3.500s\n") == 124.61
