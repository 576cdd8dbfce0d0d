from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from localcloud.jobs.spec import Mount
from localcloud.runtime.paths import host_mount, relative, translator

WORK = Path("/vm/disks/work")
REFS = Path("/vm/disks/refs")
translate = translator({"/mnt/disks/work": WORK, "/mnt/disks/work/refs": REFS})


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("/mnt/disks/work", "/vm/disks/work"),
        ("/mnt/disks/work/a b", "/vm/disks/work/a b"),
        ("cat /mnt/disks/work/a >/mnt/disks/work/b", "cat /vm/disks/work/a >/vm/disks/work/b"),
        ("A=/mnt/disks/work:/mnt/disks/work/bin", "A=/vm/disks/work:/vm/disks/work/bin"),
        ("--out=/mnt/disks/work/", "--out=/vm/disks/work/"),
        ("'/mnt/disks/work'", "'/vm/disks/work'"),
        ("/mnt/disks/work/refs/x", "/vm/disks/refs/x"),
        ("/mnt/disks/work/refs2/x", "/vm/disks/work/refs2/x"),
    ],
)
def test_a_mount_is_replaced_by_its_folder(text: str, expected: str) -> None:
    assert translate(text) == expected


@pytest.mark.parametrize(
    "text",
    [
        "/mnt/disks/work2",
        "/mnt/disks/work-old/a",
        "/mnt/disks/work.bak",
        "gs://bucket/mnt/disks/work/a",
        "/other/mnt/disks/work",
        "./mnt/disks/work",
        "nothing here",
    ],
)
def test_what_only_looks_like_the_mount_stays(text: str) -> None:
    assert translate(text) == text


@given(st.text())
def test_text_without_the_mount_is_untouched(text: str) -> None:
    if "/mnt/disks/work" not in text:
        assert translate(text) == text


@given(st.text(alphabet="ab./"))
def test_a_relative_path_never_climbs(path: str) -> None:
    inside = relative(path)
    assert not inside.startswith("/")
    assert ".." not in inside.split("/")


VOLUMES = (Mount("/mnt/disks/work", "work"), Mount("/mnt/disks/work/deep", "deep", "sub"))


@pytest.mark.parametrize(
    ("path", "expected"),
    [
        ("/mnt/disks/work", ("work", "")),
        ("/mnt/disks/work/a/b", ("work", "a/b")),
        ("/mnt/disks/work/deep/a", ("deep", "sub/a")),
        ("/mnt/disks/works", ("boot", "mnt/disks/works")),
        ("/var/run", ("boot", "var/run")),
    ],
)
def test_a_path_of_the_machine_lies_on_the_disk_mounted_there(
    path: str, expected: tuple[str, str]
) -> None:
    assert host_mount(path, VOLUMES) == expected
