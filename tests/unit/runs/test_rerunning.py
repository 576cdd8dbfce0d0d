"""A run again: what is asked for, and what it begins with."""

from collections.abc import Callable
from datetime import timedelta
from itertools import count
from pathlib import Path
from typing import Any

import msgspec
import pytest

from headrace.errors import InputError, StorageError
from headrace.gcs import ObjectUri
from headrace.records import encode_json
from headrace.runs import rerunning, workspace
from headrace.runs.listing import read_run
from headrace.runs.records import ControllerTerms, RunError, RunRequest
from headrace.runs.scene import Scene
from headrace.settings import Settings
from tests.unit.arrivals.memory import MemoryStore
from tests.unit.runs.conftest import NOW

RUN = "paired-0123456789abcdef0123"
SETTINGS = Settings(
    project="project",
    region="us-central1",
    results="results",
    stage_image="stage",
    controller_image="registry/controller@sha256:2",
)
REQUEST = RunRequest(
    run_id=RUN,
    rule="paired",
    created=NOW,
    image="registry/controller@sha256:1",
    objects=[],
    config={"ploidy": 1},
    controller=ControllerTerms(hours=7),
)


def put(store: MemoryStore, name: str, document: object = None) -> None:
    store.write(ObjectUri("results", f"runs/{name}"), encode_json(document))


def asked(store: MemoryStore) -> None:
    put(store, f"{RUN}/run.json", REQUEST)


def failed(store: MemoryStore) -> None:
    asked(store)
    error = RunError(
        run_id=RUN, sentence="So.", failed_jobs=[], exit_code=1, log="gs://r/l", ended=NOW
    )
    put(store, f"{RUN}/error.json", error)


def again(store: MemoryStore, *, fresh: bool = False) -> RunRequest:
    later = NOW + timedelta(days=1)
    return rerunning.request(read_run(store, "results", RUN), SETTINGS, later, fresh=fresh)


def test_a_failed_run_again_is_the_same_by_the_image_of_today(store: MemoryStore) -> None:
    failed(store)
    made = again(store)
    assert made.run_id != RUN
    assert made.run_id.startswith(RUN[:-12])  # ids of the runs of one set begin alike
    assert len(made.run_id) == len(RUN)
    assert (made.continues, made.predecessor) == (RUN, RUN)
    assert made.image == SETTINGS.controller_image
    assert made.created == NOW + timedelta(days=1)
    assert (made.config, made.controller) == (REQUEST.config, REQUEST.controller)


def test_asking_twice_is_asking_for_one_run(store: MemoryStore) -> None:
    failed(store)
    assert again(store).run_id == again(store).run_id


def test_a_fresh_one_begins_with_nothing_and_is_another(store: MemoryStore) -> None:
    failed(store)
    assert again(store, fresh=True).continues is None
    assert again(store, fresh=True).run_id != again(store).run_id


def test_a_run_that_goes_on_is_not_run_again(store: MemoryStore) -> None:
    asked(store)
    with pytest.raises(InputError, match="headrace runs cancel"):
        again(store)


def test_a_run_by_hand_is_the_business_of_who_started_it(store: MemoryStore) -> None:
    error = RunError(
        run_id=RUN, sentence="So.", failed_jobs=[], exit_code=1, log="gs://r/l", ended=NOW
    )
    put(store, f"{RUN}/error.json", error)
    with pytest.raises(InputError, match="started by hand"):
        again(store)


def test_results_come_along_and_what_tells_of_the_former_run_does_not(
    store: MemoryStore, tmp_path: Path
) -> None:
    failed(store)
    request = again(store)
    theirs = [
        "results/a.txt",
        "logs/align/s1.log",
        "deep/run.json",
        "start-end.txt",
        "x/error.json",
    ]
    ours = [
        "run.json.claim-2",
        "start-2.json",
        "submitted.json",
        "submitted-2.json",
        "start-2.json.claim-2",
        "status.json",
        "jobs.json",
        "cost.json",
        "estimate.json",
        "index.html",
        "ro-crate-metadata.json",
        "logs/controller.log",
        "logs/controller-2.log",
        "kept.json",
    ]
    for name in [*theirs, *ours]:
        put(store, f"{RUN}/{name}", name)
    rerunning.bring_results(scene(store, tmp_path, request))
    folder = f"runs/{request.run_id}/"
    found = {
        o.uri.name.removeprefix(folder) for o in store.list_objects(ObjectUri("results", folder))
    }
    assert found == {*theirs, "kept.json"}


def test_results_are_brought_once_whatever_happened_to_them_since(
    store: MemoryStore, tmp_path: Path
) -> None:
    failed(store)
    put(store, f"{RUN}/results/a.txt", "old")
    here = scene(store, tmp_path, again(store))
    put(store, f"{here.request.run_id}/results/a.txt", "new")
    rerunning.bring_results(here)
    put(store, f"{RUN}/results/b.txt", "late")
    rerunning.bring_results(here)
    names = [o.uri.name for o in store.list_objects(here.folder / "results/")]
    assert names == [f"{here.folder.name}/results/a.txt"]
    assert store.read(here.folder / "results/a.txt") == b'"new"\n'


@pytest.mark.parametrize("dies_at", range(4))
def test_results_are_all_brought_by_the_next_controller_wherever_one_died(
    store: MemoryStore, tmp_path: Path, dies_at: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    failed(store)
    for name in ("results/a", "results/b", "logs/c"):
        put(store, f"{RUN}/{name}", name)
    here, requests = scene(store, tmp_path, again(store)), count()

    def dying(step: Callable[..., Any]) -> Callable[..., Any]:
        def call(*arguments: Any) -> Any:
            if next(requests) == dies_at:
                raise StorageError("The line was cut.")
            return step(*arguments)

        return call

    with monkeypatch.context() as patched:
        patched.setattr(store, "copy", dying(store.copy))
        patched.setattr(store, "create", dying(store.create))
        with pytest.raises(StorageError, match="cut"):
            rerunning.bring_results(here)
    rerunning.bring_results(here)
    names = {o.uri.name.removeprefix(here.folder.name) for o in store.list_objects(here.folder)}
    assert names == {"/results/a", "/results/b", "/logs/c", "/kept.json"}


def test_a_run_that_continues_nothing_brings_nothing(store: MemoryStore, tmp_path: Path) -> None:
    rerunning.bring_results(scene(store, tmp_path, REQUEST))
    assert list(store.list_objects(ObjectUri("results", ""))) == []


def scene(store: MemoryStore, work: Path, request: RunRequest) -> Scene:
    return Scene(
        request=request,
        settings=msgspec.structs.replace(SETTINGS, run=request.run_id),
        folder=ObjectUri("results", f"runs/{request.run_id}"),
        store=store,
        space=workspace.place(work),
        environ={},
        clock=lambda: NOW,
    )
