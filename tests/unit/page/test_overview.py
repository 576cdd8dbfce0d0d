"""The page of all runs: made from the bucket, and reading again only what may have changed."""

from datetime import timedelta

import pytest
from msgspec import structs

from headrace.gcs import ObjectUri
from headrace.page import overview
from headrace.page.facts import Facts
from headrace.records import encode_json
from headrace.runs.records import ERROR_FILE, OUTPUTS_FILE, RUN_FILE
from headrace.runs.status import STATUS_FILE
from tests.unit.arrivals.memory import MemoryStore
from tests.unit.page import made

NOW = made.at(3600)


class CountingStore(MemoryStore):
    """Remembers which objects were read."""

    def __init__(self) -> None:
        super().__init__(lambda: NOW)
        self.reads: list[str] = []

    def read(self, uri: ObjectUri) -> bytes:
        self.reads.append(uri.name)
        return super().read(uri)


@pytest.fixture
def store() -> CountingStore:
    """Three runs: a good one, a bad one, and one that goes on."""
    made_up = CountingStore()
    put(made_up, "good-1", made.succeeded(["s1", "s2"], bad=["s2"]), 0)
    put(made_up, "bad-2", made.failed(["s3"]), 10)
    put(made_up, "on-3", made.running(["s4"], lambda *_: "running"), 20)
    return made_up


def put(store: MemoryStore, run_id: str, facts: Facts, later: float) -> None:
    folder = ObjectUri("results", f"runs/{run_id}")
    request = facts.request
    assert request is not None
    created = request.created + timedelta(seconds=later)
    documents = {
        RUN_FILE: structs.replace(request, run_id=run_id, created=created),
        STATUS_FILE: facts.status,
        OUTPUTS_FILE: facts.outputs,
        ERROR_FILE: facts.error,
    }
    for name, document in documents.items():
        if document is not None:
            store.write(folder / name, encode_json(document))


def page(store: MemoryStore) -> str:
    return store.read(ObjectUri("results", "runs/index.html")).decode()


def test_all_runs_are_on_it_the_latest_first(store: CountingStore) -> None:
    assert overview.renew(store, "results", NOW) == 3
    html = page(store)
    places = [html.index(f'href="./{run}/index.html"') for run in ("on-3", "bad-2", "good-1")]
    assert places == sorted(places)
    assert 'data-state="succeeded" data-verdicts="FAIL PASS"' in html
    assert "1 job failed: align (sample=s3)" in html
    assert "3 runs; 1 going on when this page was made" in html


def test_runs_that_have_ended_are_not_read_again(store: CountingStore) -> None:
    overview.renew(store, "results", NOW)
    put(store, "new-4", made.succeeded(["s5"]), 30)
    store.reads.clear()
    assert overview.renew(store, "results", NOW) == 4
    read = {name.split("/")[1] for name in store.reads}
    assert read == {"index.json", "on-3", "new-4"}
    assert all(run in page(store) for run in ("good-1", "bad-2", "on-3", "new-4"))


def test_a_damaged_index_or_a_wish_for_it_makes_all_runs_be_read(store: CountingStore) -> None:
    overview.renew(store, "results", NOW)
    before = page(store)
    store.write(ObjectUri("results", "runs/index.json"), b"[{")
    overview.renew(store, "results", NOW)
    assert page(store) == before
    store.reads.clear()
    overview.renew(store, "results", NOW, fresh=True)
    assert {name.split("/")[1] for name in store.reads} == {"good-1", "bad-2", "on-3"}


def test_a_run_with_a_damaged_document_is_shown_as_that_and_read_again(
    store: CountingStore,
) -> None:
    store.write(ObjectUri("results", "runs/bad-2/error.json"), b"{")
    for _ in range(2):
        store.reads.clear()
        overview.renew(store, "results", NOW)
        assert any(name.startswith("runs/bad-2/") for name in store.reads)
    assert 'data-state="unreadable"' in page(store)


def test_no_run_at_all_is_said() -> None:
    empty = CountingStore()
    assert overview.renew(empty, "results", NOW) == 0
    assert "There is no run yet." in page(empty)
