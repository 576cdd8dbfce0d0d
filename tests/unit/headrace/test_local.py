"""headrace.local: finding a running local cloud."""

from pathlib import Path

import pytest

from headrace.errors import SettingsError
from headrace.local import read_environment


def test_variables_are_read_as_a_shell_would(tmp_path: Path) -> None:
    (tmp_path / "env.sh").write_text(
        "# the local cloud\nexport CLOUD_URL='http://127.0.0.1:1'\n"
        "export STORAGE_EMULATOR_HOST=http://127.0.0.1:2\n"
    )
    assert read_environment(tmp_path) == {
        "CLOUD_URL": "http://127.0.0.1:1",
        "STORAGE_EMULATOR_HOST": "http://127.0.0.1:2",
    }


def test_no_local_cloud_is_one_sentence_with_the_remedy(tmp_path: Path) -> None:
    with pytest.raises(SettingsError, match="start one with 'make up'"):
        read_environment(tmp_path)
