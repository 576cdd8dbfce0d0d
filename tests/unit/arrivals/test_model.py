"""Any order of uploads, deletions, events, deaths and sweeps: each complete set runs exactly once.

Events are those of earlier uploads, delivered late, often or never. The model knows only what is in
the inbox and when it came; it never looks at how the function decides.
"""

from collections import Counter
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, field
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from headrace.arrivals import triggers
from headrace.arrivals.claims import GRACE
from headrace.arrivals.events import FINALIZED
from headrace.arrivals.sweep import sweep
from headrace.errors import HeadraceError
from headrace.gcs import ObjectUri
from headrace.records import decode_json
from headrace.runs.records import RunRequest
from headrace.runs.store import StoredObject
from tests.unit.arrivals.mortal import Death, DiedError, ForgetfulService, mortal_handler
from tests.unit.arrivals.test_handler import SETTINGS
from tests.unit.arrivals.world import World

Uploads = frozenset[tuple[str, int]]
"""Names with generations."""

HOUR = 3600.0
WINDOW = 600.0


@dataclass(frozen=True)
class Case:
    """A rule, the names that are uploaded, and the model of what is complete.

    Attributes:
        complete: of what is in the inbox, the sets that are complete, as names.
        opens: whether its runs are those of an opener or a window, and not of all their uploads.
    """

    rule: str
    names: tuple[str, ...]
    complete: Callable[[set[str]], list[set[str]]]
    opens: bool = False
    contents: dict[str, bytes] = field(default_factory=dict)


def pairs(names: set[str]) -> list[set[str]]:
    """Samples with both reads of every lane that is there."""
    found = []
    for sample in ("s", "t"):
        of_sample = {name for name in names if name.startswith(f"d/{sample}_")}
        lanes = {name[:-4] for name in of_sample}
        if of_sample and of_sample == {f"{lane}{read}.gz" for lane in lanes for read in "12"}:
            found.append(of_sample)
    return found


def with_sheet(names: set[str]) -> list[set[str]]:
    wanted = {"d/sheet.csv", "d/a.gz", "d/b.gz"}
    return [wanted] if wanted <= names else []


def marked(names: set[str]) -> list[set[str]]:
    return [names] if "d/done.txt" in names and len(names) > 1 else []


LANES = tuple(f"d/{sample}_L{lane}_R{read}.gz" for sample in "st" for lane in "12" for read in "12")
CASES = {
    "each": Case(
        "match: 'd/{f}.gz'\n    when: {kind: each}",
        ("d/a.gz", "d/b.gz"),
        lambda names: [{name} for name in names],
    ),
    "set": Case(
        "match: 'd/{sample}_{lane}_R{read}.gz'\n"
        "    when: {kind: set, sharing: [sample], complete: {read: ['1', '2']}}",
        LANES,
        pairs,
    ),
    "settling set": Case(
        "match: 'd/{sample}_{lane}_R{read}.gz'\n    when: {kind: set, sharing: [sample],"
        " complete: {read: ['1', '2']}, settle: 10m}",
        LANES,
        pairs,
    ),
    "sheet": Case(
        "match: '{d}/sheet.csv'\n"
        "    when: {kind: sheet, files: '{d}/{f}.gz', listed: {file: {}}, deadline: 1h}",
        ("d/a.gz", "d/b.gz", "d/c.gz", "d/sheet.csv"),
        with_sheet,
        contents={"d/sheet.csv": b"file\na.gz\nb.gz\n"},
    ),
    "marker": Case(
        "match: '{d}/done.txt'\n    when: {kind: marker, files: '{d}/{f}.gz'}",
        ("d/a.gz", "d/b.gz", "d/done.txt"),
        marked,
        opens=True,
    ),
}


class Model:
    """A world in which things happen, and what must be true of its runs."""

    def __init__(self, rule: str, contents: dict[str, bytes]) -> None:
        self.rules = triggers.parse(f"rules:\n  - name: r\n    {rule}\n", "rules")
        self.world = World(SETTINGS, self.rules)
        self.service = ForgetfulService()
        self.contents = contents
        self.events: list[dict[str, Any]] = []

    def put(self, name: str) -> None:
        self.events.append(self.world.put(name, self.contents.get(name, b"reads")))
        self.world.pass_time(1)

    def deliver(self, number: int, death: Death) -> None:
        if self.events:
            event = self.events[number % len(self.events)]
            self._live(lambda handler: handler.handle(FINALIZED, event), death)

    def sweep(self, death: Death) -> None:
        self._live(sweep, death)

    def end(self) -> None:
        """Let time pass until nothing waits for it, with a sweep now and then."""
        for _ in range(3):
            self.world.pass_time(HOUR)
            self.sweep(Death())

    def runs(self) -> list[RunRequest]:
        """Return the requests that have a controller, each exactly one.

        Those without were claimed by an instance that died, before their uploads were replaced.
        """
        assert set(self.service.count.values()) <= {1}, "two controllers of one run"
        names = [n for n in self.world.result_names("runs/") if n.endswith("/run.json")]
        found = [
            decode_json(self.world.store.read(self.world.result(name)), RunRequest, name)
            for name in names
        ]
        assert {request.run_id for request in found} >= set(self.service.count)
        return [request for request in found if request.run_id in self.service.count]

    def inbox(self) -> list[StoredObject]:
        return list(self.world.store.list_objects(ObjectUri(self.world.inbox, "")))

    def _live(self, act: Callable[[Any], Any], death: Death) -> None:
        handler = mortal_handler(self.world, self.rules, self.service, death)
        with suppress(HeadraceError, DiedError):
            act(handler)
        self.world.pass_time(GRACE.total_seconds() if death.calls == death.fatal else 1)


def uploads(request: RunRequest) -> Uploads:
    return frozenset((found.name, found.generation) for found in request.objects)


DEATHS = st.builds(
    lambda fatal, after: Death(fatal, after=after), st.integers(0, 12), st.booleans()
)
NUMBERS = st.integers(0, 30)


def steps(names: tuple[str, ...]) -> st.SearchStrategy[list[tuple[Any, ...]]]:
    put = st.tuples(st.just("put"), st.sampled_from(names))
    return st.lists(
        put
        | put
        | st.tuples(st.just("delete"), st.sampled_from(names))
        | st.tuples(st.just("deliver"), NUMBERS, DEATHS)
        | st.tuples(st.just("deliver"), NUMBERS, DEATHS)
        | st.tuples(st.just("sweep"), DEATHS)
        | st.tuples(st.just("wait"), st.sampled_from([30.0, 400.0])),
        max_size=40,
    )


def play(model: Model, script: list[tuple[Any, ...]]) -> None:
    for step in script:
        match step:
            case ("put", name):
                model.put(name)
            case ("delete", name):
                model.world.delete(name)
            case ("deliver", number, death):
                model.deliver(number, death)
            case ("sweep", death):
                model.sweep(death)
            case ("wait", seconds):
                model.world.pass_time(seconds)
    model.end()


@pytest.mark.parametrize("kind", CASES)
@given(data=st.data())
@settings(max_examples=60, deadline=None)
def test_every_complete_set_runs_exactly_once_and_nothing_incomplete_runs(
    kind: str, data: st.DataObject
) -> None:
    case = CASES[kind]
    model = Model(case.rule, case.contents)
    play(model, data.draw(steps(case.names)))
    runs = model.runs()

    for request in runs:
        names = {found.name for found in request.objects}
        assert names in case.complete(names), f"{names} is not complete"
    if not case.opens:
        once = Counter(uploads(request) for request in runs)
        assert set(once.values()) <= {1}, "the same uploads have run twice"

    now = {stored.uri.name: stored.generation for stored in model.inbox()}
    for names in case.complete(set(now)):
        openers = {name for name in names if name.endswith(".txt")} if case.opens else names
        wanted = {(name, now[name]) for name in openers}
        assert any(wanted <= uploads(request) for request in runs), f"{names} has not run"

    assert_predecessors(runs)


def assert_predecessors(runs: list[RunRequest]) -> None:
    """A run links to the latest earlier one that shares a name with it and its set, if any."""
    by_id = {request.run_id: request for request in runs}
    for request in runs:
        names = {found.name for found in request.objects}
        earlier = [
            other
            for other in runs
            if other.created < request.created
            and other.run_id[:10] == request.run_id[:10]
            and names & {found.name for found in other.objects}
        ]
        if earlier:
            assert request.predecessor is not None
            assert by_id[request.predecessor].created == max(o.created for o in earlier)
        else:
            assert request.predecessor is None


@given(script=steps(("d/a.csv", "d/b.csv", "e/a.csv")))
@settings(max_examples=60, deadline=None)
def test_every_upload_that_was_there_when_its_window_ended_is_in_exactly_one_batch(
    script: list[tuple[Any, ...]],
) -> None:
    model = Model("match: '{d}/{f}.csv'\n    when: {kind: batch, window: 10m, sharing: [d]}", {})
    play(model, script)
    runs = model.runs()
    found = Counter(upload for request in runs for upload in uploads(request))
    assert set(found.values()) <= {1}, "an upload is in two batches"
    for stored in model.inbox():
        assert (stored.uri.name, stored.generation) in found, f"{stored.uri} has not run"
    for request in runs:
        assert len({name.partition("/")[0] for name, _ in uploads(request)}) == 1
