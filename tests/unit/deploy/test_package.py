"""A function's zip holds what the function imports, nothing else, and the same bytes each time."""

import os
import shutil
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest

from headrace.deploy import closure, package
from headrace.deploy.package import GUARD, START, Function

REPOSITORY = Path(__file__).parents[3]


@pytest.fixture(params=[START, GUARD], ids=lambda function: function.name)
def function(request: pytest.FixtureRequest) -> Function:
    found: Function = request.param
    return found


def test_equal_sources_give_equal_bytes(function: Function, tmp_path: Path) -> None:
    """Whatever the dates of the files, and wherever they lie."""
    copy = tmp_path / "copy"
    for room in ("src", "trigger", "guard", "config"):
        shutil.copytree(REPOSITORY / room, copy / room)
    shutil.copy(REPOSITORY / "constraints.txt", copy)
    for path in copy.rglob("*.py"):
        os.utime(path, (0, 0))
    first = package.build(function, REPOSITORY, tmp_path / "a" / "1.zip")
    second = package.build(function, copy, tmp_path / "b" / "2.zip")
    assert first == second
    assert (tmp_path / "a" / "1.zip").read_bytes() == (tmp_path / "b" / "2.zip").read_bytes()


def test_a_changed_module_changes_the_zip_only_if_it_is_needed(tmp_path: Path) -> None:
    source = tmp_path / "src" / "headrace"
    source.mkdir(parents=True)
    (source / "__init__.py").write_text("")
    (source / "used.py").write_text("import headrace.deeper.still")
    (source / "unused.py").write_text("")
    (source / "deeper").mkdir()
    (source / "deeper" / "__init__.py").write_text("")
    (source / "deeper" / "still.py").write_text("def f():\n    from headrace import late\n")
    (source / "late.py").write_text("import os, yaml")
    program = tmp_path / "main.py"
    program.write_text("from headrace.used import name")
    names = [path.as_posix() for path in closure.needed(program, tmp_path / "src")]
    assert names == [
        "headrace/__init__.py",
        "headrace/deeper/__init__.py",
        "headrace/deeper/still.py",
        "headrace/late.py",
        "headrace/used.py",
    ]


def test_no_other_part_s_modules_travel(function: Function) -> None:
    names = set(package.contents(function, REPOSITORY))
    assert {"main.py", "requirements.txt", "constraints.txt", "headrace/settings.py"} <= names
    assert not {name.split("/")[1] for name in names if "/" in name} & {
        "cli.py",
        "commands",
        "deploy",
        "planning",
        "staging",
    }


def test_the_rules_travel_beside_the_code(function: Function) -> None:
    assert ("triggers.yaml" in package.contents(function, REPOSITORY)) is (function is START)


def test_everything_that_is_imported_is_in_the_zip(function: Function, tmp_path: Path) -> None:
    """Imported in an interpreter that sees the zip in place of our sources."""
    package.build(function, REPOSITORY, tmp_path / "f.zip")
    with zipfile.ZipFile(tmp_path / "f.zip") as archive:
        archive.extractall(tmp_path / "unpacked")
    modules = [
        name.removesuffix(".py").removesuffix("/__init__").replace("/", ".")
        for name in package.contents(function, REPOSITORY)
        if name.startswith("headrace/")
    ]
    code = f"import headrace, {', '.join(modules)}; print(headrace.__file__)"
    shown = subprocess.run(
        [sys.executable, "-c", code],
        cwd=tmp_path / "unpacked",
        capture_output=True,
        text=True,
        check=True,
    )
    assert shown.stdout.strip().startswith(str(tmp_path / "unpacked"))
