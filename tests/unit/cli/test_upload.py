"""Files are uploaded under names that will be accepted, or not at all."""

from pathlib import Path

import pytest

from headrace.commands import upload
from headrace.errors import InputError
from headrace.gcs import ObjectUri
from tests.unit.cli.results import Results


def names(results: Results) -> list[str]:
    return [stored.uri.name for stored in results.store.list_objects(ObjectUri("inbox", ""))]


def test_files_land_in_the_folder(
    results: Results, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    files = [tmp_path / "s1_L001_R1.fastq.gz", tmp_path / "s1_L001_R2.fastq.gz"]
    for file in files:
        file.write_bytes(b"reads")
    upload.upload(results.store, "inbox", files, "run42")
    assert names(results) == [f"run42/{file.name}" for file in files]
    assert "gs://inbox/run42/s1_L001_R1.fastq.gz (5 B)" in capsys.readouterr().out


def test_without_a_folder_files_land_at_the_top(results: Results, tmp_path: Path) -> None:
    (tmp_path / "x.gz").touch()
    upload.upload(results.store, "inbox", [tmp_path / "x.gz"], "")
    assert names(results) == ["x.gz"]


@pytest.mark.parametrize(
    ("name", "folder", "complaint"),
    [
        ("missing.gz", "run42", "There is no file"),
        ("a b.gz", "run42", "holds characters"),
        ("good.gz", "run 42", "holds characters"),
        ("good.gz", "..", "has an empty part"),
        ("good.gz", "run42/", "has an empty part"),
    ],
)
def test_if_one_file_cannot_be_uploaded_none_is(
    results: Results, tmp_path: Path, name: str, folder: str, complaint: str
) -> None:
    for present in ("good.gz", "also.gz", "a b.gz"):
        (tmp_path / present).write_bytes(b"reads")
    with pytest.raises(InputError, match=complaint):
        upload.upload(results.store, "inbox", [tmp_path / "also.gz", tmp_path / name], folder)
    assert names(results) == []


def test_two_files_of_one_name_are_refused(results: Results, tmp_path: Path) -> None:
    for folder in ("a", "b"):
        (tmp_path / folder).mkdir()
        (tmp_path / folder / "x.gz").touch()
    with pytest.raises(InputError, match="Two files would become gs://inbox/run/x"):
        upload.upload(results.store, "inbox", [tmp_path / "a/x.gz", tmp_path / "b/x.gz"], "run")
