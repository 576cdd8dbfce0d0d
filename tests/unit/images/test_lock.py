from pathlib import Path

import pytest

from headrace.errors import InputError, RecordError
from headrace.images import checking, lock

REPOSITORY = Path(__file__).parents[3]
DIGEST = "sha256:" + "a" * 64
TEXT = f"""\
# Comments stay.
images:
  one: # so do these
    image: quay.io/lab/one
    tag: 1.0
    digest: {DIGEST}
    licence: MIT
    source: https://example.org/one
  two:
    image: quay.io/lab/two
    tag: v2
    digest: null
    unpinned: nobody has asked
    licence: MIT
    source: https://example.org/two
"""
TEXT = TEXT.replace("tag: 1.0", 'tag: "1.0"')


def test_an_image_is_named_with_tag_and_digest() -> None:
    read = lock.read(TEXT, "lock")
    assert str(read.named("one").reference) == f"quay.io/lab/one:1.0@{DIGEST}"
    assert str(read.named("two").reference) == "quay.io/lab/two:v2"


def test_pinning_changes_one_block_and_no_comment() -> None:
    other = "sha256:" + "b" * 64
    changed = lock.pinned(TEXT, "two", "v3", other)
    assert lock.read(changed, "lock").named("two") == lock.LockedImage(
        image="quay.io/lab/two",
        tag="v3",
        digest=other,
        licence="MIT",
        source="https://example.org/two",
    )
    assert changed.splitlines()[:9] == TEXT.splitlines()[:9]


def test_an_unknown_name_is_refused_with_the_nearest() -> None:
    with pytest.raises(InputError, match=r"no image 'twoo' in .*; did you mean 'two'"):
        lock.read(TEXT, "lock").named("twoo")


@pytest.mark.parametrize(
    ("old", "new", "sentence"),
    [
        ("licence", "license", "unknown key 'license'"),
        ("quay.io/lab/one", "quay.io/Lab/one", "is no name of an image"),
    ],
)
def test_a_lock_that_does_not_fit_is_refused(old: str, new: str, sentence: str) -> None:
    with pytest.raises((RecordError, InputError), match=sentence):
        lock.read(TEXT.replace(old, new, 1), "lock")


def test_an_image_of_rules_that_is_not_locked_is_found_with_its_rules() -> None:
    used = {f"quay.io/lab/one:1.0@{DIGEST}": ["a"], "quay.io/lab/one:2": ["c", "b"]}
    (found,) = checking.findings(used, lock.read(TEXT, "lock"))
    assert found.startswith("quay.io/lab/one:2, of the rules b, c, is not in images/lock.yaml")


@pytest.mark.parametrize(
    ("old", "new", "sentence"),
    [
        ("licence: MIT", "licence: ''", "one: its licence is not told"),
        ("source: https://example.org/one", "source: ''", "one: its source is not told"),
        ("    unpinned: nobody has asked\n", "", "two: has no digest and no reason"),
    ],
)
def test_what_must_be_known_of_an_image_is_asked_for(old: str, new: str, sentence: str) -> None:
    (found,) = checking.findings({}, lock.read(TEXT.replace(old, new, 1), "lock"))
    assert found.startswith(sentence)


def test_a_known_lack_of_a_digest_is_told_but_no_fault() -> None:
    read = lock.read(TEXT, "lock")
    assert list(checking.findings({}, read)) == []
    assert list(checking.unpinned(read)) == ["two: not pinned, as nobody has asked."]


def test_the_committed_lock_has_no_fault() -> None:
    text = (REPOSITORY / lock.LOCK).read_text()
    assert list(checking.findings({}, lock.read(text, "lock"))) == []
