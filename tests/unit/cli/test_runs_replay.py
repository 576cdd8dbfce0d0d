"""A folder of the inbox as if it had just been uploaded."""

from collections.abc import Callable
from typing import TypeAlias

import pytest

from headrace.arrivals import triggers
from headrace.commands import runs_replay
from headrace.errors import InputError
from headrace.gcs import ObjectUri
from headrace.records import decode_json
from headrace.runs.records import RunRequest
from tests.unit.arrivals.test_handler import SETTINGS
from tests.unit.arrivals.world import RULES, World

Replay: TypeAlias = Callable[..., tuple[int, list[list[str]]]]


@pytest.fixture
def world() -> World:
    return World(SETTINGS, triggers.parse(RULES, "rules"))


@pytest.fixture
def replay(world: World, capsys: pytest.CaptureFixture[str]) -> Replay:
    """Type the command; its exit code, and the rows below the headings."""

    def replay(folder: str, *, again: bool = False) -> tuple[int, list[list[str]]]:
        code = runs_replay.replay(world.handler, folder, again=again)
        return code, [line.split("\t") for line in capsys.readouterr().out.splitlines()][1:]

    return replay


def put(world: World, folder: str) -> None:
    for read in "12":
        world.put(f"{folder}/s1_L001_R{read}.fastq.gz")


def request(world: World, run: str) -> RunRequest:
    uri = ObjectUri(world.results, f"runs/{run}/run.json")
    return decode_json(world.store.read(uri), RunRequest, str(uri))


def test_an_old_folder_starts_its_runs_and_no_other(world: World, replay: Replay) -> None:
    put(world, "run41")
    put(world, "run42")
    put(world, "run42b")
    world.pass_time(400 * 86400)
    code, rows = replay("run42")
    assert code == 0
    assert [row[:2] for row in rows] == [["run42/s1_L001_R1.fastq.gz", "started"]]
    (run,) = world.service.submitted
    assert {found.name.split("/")[0] for found in request(world, run).objects} == {"run42"}


def test_what_has_had_its_run_starts_nothing(world: World, replay: Replay) -> None:
    put(world, "run42")
    replay("run42")
    _, rows = replay("gs://inbox/run42/")
    assert rows[0][1] == "duplicate"
    assert len(world.service.submitted) == 1


def test_again_starts_a_new_run_each_time_that_links_to_a_former_one(
    world: World, replay: Replay
) -> None:
    put(world, "run42")
    replay("run42")
    for _ in range(2):
        assert replay("run42", again=True)[1][0][1] == "started"
    first, *others = world.service.submitted
    assert len(others) == 2
    assert all(request(world, run).predecessor for run in others)
    assert request(world, others[0]).predecessor == first
    assert request(world, others[1]).objects == request(world, first).objects


def test_again_of_what_never_ran_is_its_first_run(world: World, replay: Replay) -> None:
    put(world, "run42")
    replay("run42", again=True)
    _, rows = replay("run42")
    assert rows[0][1] == "duplicate"


def test_an_empty_folder_is_a_failure(world: World, replay: Replay) -> None:
    put(world, "run42")
    assert replay("run4")[0] == 1


@pytest.mark.parametrize("folder", ["", "../x", "$(id)", "a//b"])
def test_what_cannot_be_a_folder_is_refused(replay: Replay, folder: str) -> None:
    with pytest.raises(InputError):
        replay(folder)
