"""The benchmarks' own machinery on a tiny case."""

import tempfile
from pathlib import Path

import pytest

from benchmarks import played, synthetic, ways
from benchmarks.played import Parts
from benchmarks.results import Way, Workflow
from benchmarks.world import MachineTimes, played_world

JOBS = 3
TIMES = MachineTimes(boot=20.0, pull=0.0, scale=100.0)


@pytest.mark.parametrize("way", [Way.DIRECT, Way.ARRAYS])
def test_played_machines_bring_a_run_to_its_end_and_everything_is_counted(way: Way) -> None:
    with (
        tempfile.TemporaryDirectory() as programs,
        ways.workplace() as folder,
        played_world(TIMES, Path(programs), cpus=4) as machines,
        played.playing(
            machines.cloud.storage_url, Parts(TIMES.scale, seconds={"": 5.0}), Path(programs)
        ),
    ):
        words = synthetic.write(Path(folder), JOBS)
        run, id_ = ways.run(way, machines, Path(folder), words, (Workflow.LIKE_JOBS, JOBS))
        steps = ways.steps(machines, id_)
    creations = JOBS if way is Way.DIRECT else 1
    assert run.jobs == JOBS + 1, "with the one that asks for all results"
    assert run.api_calls["batch.jobs.create"] == creations
    assert run.storage_requests["list"] >= 1
    assert run.head.cpu_seconds > 0
    assert run.machines is not None
    assert run.machines.boots == (JOBS if way is Way.DIRECT else run.machines.boots)
    assert run.machines.billed_seconds >= 60 * run.machines.boots, "a minute at least"
    assert [step.wall_seconds for step in steps] == JOBS * [5.0]
