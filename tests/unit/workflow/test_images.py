from pathlib import Path

import pytest
import yaml

from workflow.lib.checking import InputError
from workflow.lib.images import LOCK, resolve

ROOT = Path(__file__).parents[3]
DIGEST = "sha256:" + "0" * 64


@pytest.fixture(name="lock")
def _lock(tmp_path: Path) -> Path:
    path = tmp_path / "lock.yaml"
    pinned = {"image": "quay.io/lab/tool", "tag": "1.0", "digest": DIGEST}
    unpinned = {"image": "quay.io/lab/other", "tag": "2.0", "digest": None}
    path.write_text(yaml.safe_dump({"images": {"tool": pinned, "other": unpinned}}))
    return path


def test_a_name_of_the_lock_becomes_its_image_by_digest_where_there_is_one(lock: Path) -> None:
    assert resolve({"a": "tool", "b": "other"}, lock) == {
        "a": f"quay.io/lab/tool:1.0@{DIGEST}",
        "b": "quay.io/lab/other:2.0",
    }


@pytest.mark.parametrize("image", ["quay.io/mine/tool", "mine:1", f"mine/tool@{DIGEST}"])
def test_an_image_in_full_stays_as_it_is(lock: Path, image: str) -> None:
    assert resolve({"a": image}, lock) == {"a": image}


def test_an_unknown_name_is_refused_naming_the_nearest(lock: Path) -> None:
    with pytest.raises(InputError, match=r"images\.a: 'tol' is not .*; did you mean 'tool'\?"):
        resolve({"a": "tol"}, lock)


def test_every_image_of_the_configuration_is_locked() -> None:
    images = yaml.safe_load((ROOT / "config" / "config.yaml").read_text())["images"]
    assert set(images.values()) <= set(yaml.safe_load(LOCK.read_text())["images"])
    assert set(resolve(images)) == set(images)
