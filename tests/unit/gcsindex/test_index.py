"""The index of a bucket, against a plain dictionary."""

import tracemalloc

from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, rule

from snakemake_storage_plugin_gcsindex.index import BucketIndex, StoredObject

# Characters around "/" in the order of names ("." and "0" are its neighbours), and far ones.
NAMES = st.text("/.0ab\U0010ffff", max_size=6)
FOLDERS = st.one_of(st.just(""), NAMES.map(lambda name: f"{name}/"))
NUMBERS = st.integers(min_value=0, max_value=2**62)


@st.composite
def stored(draw: st.DrawFn) -> StoredObject:
    mtime = draw(st.floats(min_value=0, max_value=4e9))
    return StoredObject(draw(NAMES), draw(NUMBERS), mtime, draw(NUMBERS))


class IndexAgainstModel(RuleBasedStateMachine):
    def __init__(self) -> None:
        super().__init__()
        self.index = BucketIndex()
        self.model: dict[str, StoredObject] = {}

    @rule(found=stored())
    def put(self, found: StoredObject) -> None:
        self.index.put(found)
        self.model[found.name] = found

    @rule(name=NAMES)
    def drop(self, name: str) -> None:
        self.index.drop(name)
        self.model.pop(name, None)

    @rule(folder=FOLDERS, objects=st.lists(stored(), max_size=5))
    def replace_under(self, folder: str, objects: list[StoredObject]) -> None:
        below = [
            StoredObject(folder + o.name, o.size, o.mtime, o.generation) for o in objects if o.name
        ]
        self.index.replace_under(folder, below)
        self.model = {n: o for n, o in self.model.items() if not n.startswith(folder)}
        self.model |= {found.name: found for found in below}

    @rule(name=NAMES)
    def get(self, name: str) -> None:
        assert self.index.get(name) == self.model.get(name)

    @rule(folder=FOLDERS)
    def under(self, folder: str) -> None:
        expected = [self.model[name] for name in sorted(self.model) if name.startswith(folder)]
        assert list(self.index.under(folder)) == expected
        assert self.index.any_under(folder) == bool(expected)

    @invariant()
    def same_length(self) -> None:
        assert len(self.index) == len(self.model)


TestIndexAgainstModel = IndexAgainstModel.TestCase


@settings(deadline=None)
@given(st.lists(stored(), max_size=20))
def test_the_last_of_several_objects_of_one_name_counts(objects: list[StoredObject]) -> None:
    index = BucketIndex()
    index.replace_under("", objects)
    assert list(index.under("")) == sorted({found.name: found for found in objects}.values())


def test_a_hundred_thousand_objects_take_less_than_twenty_megabytes() -> None:
    tracemalloc.start()
    try:
        index = BucketIndex()
        index.replace_under(
            "runs/x/",
            (
                StoredObject(f"runs/x/results/sample{n // 10}/step{n % 10}.bam", n, float(n), n)
                for n in range(100_000)
            ),
        )
        held, _ = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert len(index) == 100_000
    assert held < 20_000_000
