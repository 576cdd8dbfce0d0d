"""What the catalogue believes, and how often it asks."""

from collections.abc import Iterable, Sequence

from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, rule

from snakemake_storage_plugin_gcsindex.catalogue import Catalogue, FolderListing
from snakemake_storage_plugin_gcsindex.index import StoredObject
from snakemake_storage_plugin_gcsindex.names import Address

BUCKET = "bucket"


class FakeBucket:
    """A bucket in memory that counts what it is asked; `level` is its limit of a folder listing."""

    def __init__(self, *names: str, level: int = 1000) -> None:
        self.objects = {name: _stored(name) for name in names}
        self.level = level
        self.asked: list[tuple[str, str]] = []

    def tree(self, bucket: str, folder: str) -> Iterable[StoredObject]:
        assert bucket == BUCKET
        self.asked.append(("tree", folder))
        return [self.objects[n] for n in sorted(self.objects) if n.startswith(folder)]

    def folder(self, bucket: str, folder: str) -> FolderListing:
        assert bucket == BUCKET
        self.asked.append(("folder", folder))
        rests = sorted(n.removeprefix(folder) for n in self.objects if n.startswith(folder))
        entries = sorted({rest[: rest.find("/") + 1] or rest for rest in rests})
        kept = entries[: self.level]
        return FolderListing(
            [self.objects[folder + entry] for entry in kept if not entry.endswith("/")],
            frozenset(folder + entry for entry in kept if entry.endswith("/")),
            complete=len(kept) == len(entries),
        )

    def at(self, address: Address) -> Iterable[StoredObject]:
        self.asked.append(("at", address.key))
        return self.holding(address.key)

    def holding(self, key: str) -> Sequence[StoredObject]:
        return [
            self.objects[n] for n in sorted(self.objects) if n == key or n.startswith(f"{key}/")
        ]


def _stored(name: str, generation: int = 1) -> StoredObject:
    return StoredObject(name, len(name), 1000.0 + generation, generation)


def _names(found: Iterable[StoredObject]) -> list[str]:
    return [one.name for one in found]


def _catalogue(bucket: FakeBucket, whole: str | None = None) -> Catalogue:
    return Catalogue(lambda: bucket, None if whole is None else Address(BUCKET, whole))


def test_the_whole_folder_is_listed_once_for_all_questions() -> None:
    bucket = FakeBucket(*[f"runs/x/out/{n}.txt" for n in range(50)], "runs/y/other")
    catalogue = _catalogue(bucket, whole="runs/x")
    for n in range(50):
        assert catalogue.exists(Address(BUCKET, f"runs/x/out/{n}.txt"), trust_absence=True)
        assert not catalogue.exists(Address(BUCKET, f"runs/x/out/{n}.bai"), trust_absence=True)
    assert len(catalogue.find(Address(BUCKET, "runs/x/out"), trust_absence=True)) == 50
    assert bucket.asked == [("tree", "runs/x/")]


def test_a_whole_bucket_may_be_listed() -> None:
    bucket = FakeBucket("a", "b/c")
    catalogue = _catalogue(bucket, whole="")
    assert catalogue.exists(Address(BUCKET, "b/c"), trust_absence=True)
    assert catalogue.exists(Address(BUCKET, "a"), trust_absence=True)
    assert bucket.asked == [("tree", "")]


def test_a_thousand_inputs_of_a_folder_cost_one_listing() -> None:
    bucket = FakeBucket(*[f"reads/{n}.fq" for n in range(999)], "reads/deep/much/more")
    catalogue = _catalogue(bucket)
    for n in range(999):
        assert catalogue.exists(Address(BUCKET, f"reads/{n}.fq"), trust_absence=True)
    assert not catalogue.exists(Address(BUCKET, "reads/missing.fq"), trust_absence=True)
    assert bucket.asked == [("folder", "reads/")]


def test_a_directory_in_another_folder_is_listed_whole_when_wanted() -> None:
    bucket = FakeBucket("in/ref/a", "in/ref/b/c", "in/x")
    catalogue = _catalogue(bucket)
    found = catalogue.find(Address(BUCKET, "in/ref"), trust_absence=True)
    assert _names(found) == ["in/ref/a", "in/ref/b/c"]
    assert catalogue.exists(Address(BUCKET, "in/ref/b"), trust_absence=True)
    assert bucket.asked == [("folder", "in/"), ("tree", "in/ref/")]


def test_objects_of_a_huge_folder_are_asked_for_one_by_one() -> None:
    bucket = FakeBucket(*[f"inbox/{n:03}" for n in range(100)], "inbox/zz/1", level=10)
    catalogue = _catalogue(bucket)
    assert catalogue.exists(Address(BUCKET, "inbox/005"), trust_absence=True)
    assert catalogue.exists(Address(BUCKET, "inbox/099"), trust_absence=True)
    assert catalogue.exists(Address(BUCKET, "inbox/zz"), trust_absence=True)
    for _ in range(3):
        assert not catalogue.exists(Address(BUCKET, "inbox/no"), trust_absence=True)
    assert bucket.asked == [
        ("folder", "inbox/"),
        ("at", "inbox/099"),
        ("at", "inbox/zz"),
        ("at", "inbox/no"),
    ]


def test_an_absence_is_checked_with_one_request_once_jobs_run() -> None:
    bucket = FakeBucket("runs/x/a")
    catalogue = _catalogue(bucket, whole="runs/x")
    late = Address(BUCKET, "runs/x/late")
    assert not catalogue.exists(late, trust_absence=True)
    bucket.objects["runs/x/late"] = _stored("runs/x/late")
    assert not catalogue.exists(late, trust_absence=True)
    assert catalogue.exists(late, trust_absence=False)
    assert catalogue.exists(late, trust_absence=False)
    assert bucket.asked == [("tree", "runs/x/"), ("at", "runs/x/late")]


def test_what_a_job_reports_is_known_without_asking() -> None:
    bucket = FakeBucket("runs/x/old/1", "runs/x/old/2")
    catalogue = _catalogue(bucket, whole="runs/x")
    directory = Address(BUCKET, "runs/x/old")
    assert len(catalogue.find(directory, trust_absence=False)) == 2
    catalogue.record(directory, [_stored("runs/x/old/2", 7), _stored("runs/x/old/3")])
    found = catalogue.find(directory, trust_absence=False)
    assert _names(found) == ["runs/x/old/2", "runs/x/old/3"]
    assert found[0].generation == 7
    assert bucket.asked == [("tree", "runs/x/")]


def test_a_reported_absence_is_not_asked_about_until_refreshed() -> None:
    bucket = FakeBucket("runs/x/temp")
    catalogue = _catalogue(bucket, whole="runs/x")
    temp = Address(BUCKET, "runs/x/temp")
    catalogue.record_absent(temp)
    assert not catalogue.exists(temp, trust_absence=False)
    assert bucket.asked == []
    catalogue.refresh(temp)
    assert catalogue.exists(temp, trust_absence=False)
    assert bucket.asked == [("at", "runs/x/temp")]


def test_a_refreshed_object_is_asked_for_once() -> None:
    bucket = FakeBucket("runs/x/a")
    catalogue = _catalogue(bucket, whole="runs/x")
    address = Address(BUCKET, "runs/x/a")
    assert catalogue.find(address, trust_absence=False)[0].generation == 1
    bucket.objects["runs/x/a"] = _stored("runs/x/a", 2)
    assert catalogue.find(address, trust_absence=False)[0].generation == 1
    catalogue.refresh(address)
    for _ in range(2):
        assert catalogue.find(address, trust_absence=True)[0].generation == 2
    assert bucket.asked == [("tree", "runs/x/"), ("at", "runs/x/a")]


def test_names_are_found_by_prefix_within_the_listed_folder() -> None:
    bucket = FakeBucket("runs/x/a1", "runs/x/a2/b", "runs/x/b", "in/c1", "in/d/c2", "in/e")
    catalogue = _catalogue(bucket, whole="runs/x")
    assert _names(catalogue.matches(BUCKET, "runs/x/a")) == ["runs/x/a1", "runs/x/a2/b"]
    assert _names(catalogue.matches(BUCKET, "in/")) == ["in/c1", "in/d/c2", "in/e"]
    assert catalogue.exists(Address(BUCKET, "in/d/c2"), trust_absence=True)
    assert bucket.asked == [("tree", "runs/x/"), ("tree", "in/")]
    assert len(catalogue.matches(BUCKET, "")) == 6


KEYS = st.lists(st.sampled_from(["a", "a.b", "b"]), min_size=1, max_size=3).map("/".join)


class CatalogueAgainstBucket(RuleBasedStateMachine):
    """Whatever is listed, stored, removed and reported: while jobs run, answers are the truth."""

    @initialize(
        names=st.lists(KEYS, max_size=6),
        whole=st.one_of(st.none(), st.just(""), KEYS),
        level=st.integers(min_value=1, max_value=4),
    )
    def start(self, names: list[str], whole: str | None, level: int) -> None:
        self.bucket = FakeBucket(*names, level=level)
        self.catalogue = _catalogue(self.bucket, whole)

    @rule(key=KEYS)
    def ask(self, key: str) -> None:
        expected = self.bucket.holding(key)
        if expected and expected[0].name == key:
            expected = expected[:1]
        address = Address(BUCKET, key)
        assert list(self.catalogue.find(address, trust_absence=False)) == list(expected)
        assert self.catalogue.exists(address, trust_absence=False) == bool(expected)

    @rule(key=KEYS)
    def ask_trusting(self, key: str) -> None:
        found = self.catalogue.find(Address(BUCKET, key), trust_absence=True)
        assert set(found) <= set(self.bucket.holding(key))

    @rule(key=KEYS, below=st.lists(KEYS, max_size=2))
    def store_directory(self, key: str, below: list[str]) -> None:
        names = [f"{key}/{name}" for name in below] or [key]
        for old in self.bucket.holding(key):
            del self.bucket.objects[old.name]
        self.bucket.objects |= {name: _stored(name, 2) for name in names}
        self.catalogue.record(Address(BUCKET, key), self.bucket.holding(key))

    @rule(key=KEYS)
    def remove(self, key: str) -> None:
        for old in self.bucket.holding(key):
            del self.bucket.objects[old.name]
        self.catalogue.record(Address(BUCKET, key), [])

    @rule(key=KEYS)
    def change_behind_its_back(self, key: str) -> None:
        self.bucket.objects[key] = _stored(key, 3)
        self.catalogue.refresh(Address(BUCKET, key))

    @rule(prefix=st.one_of(st.just(""), KEYS))
    def match(self, prefix: str) -> None:
        found = self.catalogue.matches(BUCKET, prefix)
        assert _names(found) == sorted(n for n in self.bucket.objects if n.startswith(prefix))


TestCatalogueAgainstBucket = CatalogueAgainstBucket.TestCase
TestCatalogueAgainstBucket.settings = settings(deadline=None, max_examples=150)
