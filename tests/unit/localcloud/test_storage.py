from pathlib import Path

import pytest

from localcloud.errors import LocalCloudError
from localcloud.storage import find_binary, storage_command


def test_the_binary_of_this_machine_comes_with_the_wheel() -> None:
    assert find_binary().is_file()


def test_a_machine_without_a_binary_is_told_so_in_one_sentence() -> None:
    with pytest.raises(LocalCloudError, match=r"no program for this machine \(plan9, vax\)"):
        find_binary("Plan9", "vax")


@pytest.mark.parametrize("in_memory", [True, False])
def test_the_storage_listens_on_the_loopback_and_publishes_to_the_relay(
    tmp_path: Path, in_memory: bool
) -> None:
    root = None if in_memory else tmp_path / "storage"
    command = storage_command(
        Path("/bin/server"), 4443, root=root, log=tmp_path / "log", publisher="h:1", project="p"
    )
    words = list(command.argv)
    assert words[words.index("-host") + 1] == "127.0.0.1"
    assert words[words.index("-external-url") + 1] == "http://127.0.0.1:4443"
    assert words[words.index("-backend") + 1] == ("memory" if in_memory else "filesystem")
    assert command.environment == {"PUBSUB_EMULATOR_HOST": "h:1"}
    assert (tmp_path / "storage").is_dir() is not in_memory
