"""Files and directories move whole, and nothing leaves its directory."""

from pathlib import Path

import pytest
from snakemake_interface_common.exceptions import WorkflowError

from snakemake_storage_plugin_gcsindex import transfer
from snakemake_storage_plugin_gcsindex.index import StoredObject
from snakemake_storage_plugin_gcsindex.names import Address

SOURCE = Address("bucket", "runs/x/dir")


class FakeMover:
    """A bucket in memory: contents and content types by name."""

    def __init__(self, **contents: bytes) -> None:
        self.contents = contents
        self.types: dict[str, str] = {}

    def upload(self, local: Path, target: Address) -> StoredObject:
        self.contents[target.key] = local.read_bytes()
        return _stored(target.key)

    def upload_empty(self, target: Address, content_type: str) -> StoredObject:
        self.contents[target.key] = b""
        self.types[target.key] = content_type
        return _stored(target.key)

    def download(self, source: Address, local: Path) -> str | None:
        local.write_bytes(self.contents[source.key][:3])
        if len(self.contents[source.key]) > 3:
            raise OSError("connection lost")
        return self.types.get(source.key)

    def remove(self, target: Address) -> None:
        del self.contents[target.key]


def _stored(name: str) -> StoredObject:
    return StoredObject(name, 1, 1.0, 1)


def _contents(folder: Path) -> dict[str, bytes]:
    return {
        str(path.relative_to(folder)): path.read_bytes()
        for path in folder.rglob("*")
        if path.is_file()
    }


def test_a_directory_goes_and_comes_back(tmp_path: Path) -> None:
    local = tmp_path / "dir"
    (local / "sub").mkdir(parents=True)
    (local / "a").write_bytes(b"1")
    (local / "sub" / "b").write_bytes(b"2")
    (local / transfer.TIMESTAMP_FILE).touch()
    mover = FakeMover()
    stored = transfer.store_directory(mover, local, SOURCE)
    assert mover.contents == {"runs/x/dir/a": b"1", "runs/x/dir/sub/b": b"2"}
    (local / "stale").touch()
    transfer.bring_directory(mover, SOURCE, stored, local)
    assert _contents(local) == {"a": b"1", "sub/b": b"2"}
    assert [path.name for path in tmp_path.iterdir()] == ["dir"]


def test_an_empty_directory_goes_and_comes_back(tmp_path: Path) -> None:
    local = tmp_path / "dir"
    local.mkdir()
    mover = FakeMover()
    transfer.store_directory(mover, local, SOURCE)
    assert mover.contents == {"runs/x/dir": b""}
    local.rmdir()
    transfer.bring_object(mover, SOURCE, local)
    assert local.is_dir()
    assert not list(local.iterdir())


def test_an_empty_file_stays_a_file(tmp_path: Path) -> None:
    transfer.bring_object(FakeMover(**{SOURCE.key: b""}), SOURCE, tmp_path / "new" / "file")
    assert (tmp_path / "new" / "file").read_bytes() == b""


def test_a_file_takes_the_place_of_a_directory_and_the_other_way_round(tmp_path: Path) -> None:
    local = tmp_path / "x"
    local.mkdir()
    transfer.bring_object(FakeMover(**{SOURCE.key: b"1"}), SOURCE, local)
    assert local.read_bytes() == b"1"
    mover = FakeMover(**{"runs/x/dir/a": b"1"})
    transfer.bring_directory(mover, SOURCE, [_stored("runs/x/dir/a")], local)
    assert _contents(local) == {"a": b"1"}


def test_a_failed_download_leaves_the_old_copy_and_no_part(tmp_path: Path) -> None:
    local = tmp_path / "file"
    local.write_bytes(b"old")
    with pytest.raises(OSError, match="connection lost"):
        transfer.bring_object(FakeMover(**{SOURCE.key: b"too long"}), SOURCE, local)
    assert local.read_bytes() == b"old"
    assert list(tmp_path.iterdir()) == [local]


def test_folder_markers_in_a_directory_become_folders(tmp_path: Path) -> None:
    names = ["runs/x/dir/", "runs/x/dir/sub/", "runs/x/dir/a"]
    mover = FakeMover(**dict.fromkeys(names, b""))
    transfer.bring_directory(mover, SOURCE, [_stored(n) for n in names], tmp_path / "d")
    assert (tmp_path / "d" / "sub").is_dir()
    assert (tmp_path / "d" / "a").is_file()


@pytest.mark.parametrize("tail", ["../../../evil", "a/../../evil", "./x", "a//b", "/etc/evil"])
def test_a_name_that_leads_out_of_its_directory_is_refused(tail: str, tmp_path: Path) -> None:
    name = f"runs/x/dir/{tail}"
    with pytest.raises(WorkflowError, match="no safe place"):
        transfer.bring_directory(
            FakeMover(**{name: b"1"}), SOURCE, [_stored(name)], tmp_path / "deep" / "d"
        )
    assert list(tmp_path.rglob("*")) == []
