"""headrace/staging/manifest.py: which step is to blame, and how a manifest travels."""

import base64
import zlib

import msgspec
import pytest

from headrace.errors import RecordError
from headrace.records import decode_json
from headrace.staging.manifest import (
    MANIFEST_METADATA,
    MOST_DOCUMENT_BYTES,
    MOST_METADATA_BYTES,
    Manifest,
    StepRecord,
    StoredObject,
    as_metadata,
    failed_step,
    from_metadata,
)


@pytest.mark.parametrize(
    ("codes", "number"),
    [
        ((), None),
        ((0, 0), None),
        ((0, 3), 1),
        ((137, None), 0),
        ((None, None), 0),
        ((0, None), 1),
        ((None, 3), 1),
    ],
)
def test_the_first_that_failed_is_to_blame_before_one_that_was_stopped(
    codes: tuple[int | None, ...], number: int | None
) -> None:
    assert failed_step([StepRecord("step", code) for code in codes]) == number


def test_a_manifest_of_two_dozen_results_has_room_in_metadata() -> None:
    stored: dict[str, tuple[StoredObject, ...]] = {
        f"gs://results/runs/r/results/alignment/sample{n}.stats.txt": (
            StoredObject(f"gs://results/runs/r/x{n}", 1700000000000000 + n, n, "AAAAAA==", n / 7),
        )
        for n in range(24)
    }
    document = msgspec.json.encode(Manifest((), stored, (), (), 1, 2))
    assert len(document) > MOST_METADATA_BYTES
    assert from_metadata(as_metadata(document)) == document


@pytest.mark.parametrize(
    "text", [None, "", "{}", "é", base64.b64encode(b"no zlib").decode()], ids=repr
)
def test_metadata_without_a_manifest_are_refused(text: str | None) -> None:
    with pytest.raises(RecordError):
        decode_json(from_metadata({} if text is None else {MANIFEST_METADATA: text}), Manifest, "x")


def test_metadata_that_unpack_without_end_are_cut_off() -> None:
    bomb = base64.b64encode(zlib.compress(b"0" * (4 * MOST_DOCUMENT_BYTES))).decode()
    assert len(from_metadata({MANIFEST_METADATA: bomb})) == MOST_DOCUMENT_BYTES
