"""Our own images, built here from their Dockerfiles, and steps in images of any user.

Everything runs in containers, as on Google's machines: work disks are root's.
"""

import subprocess
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from google.cloud import storage

from headrace import storage_client
from headrace.services.protocol import ServiceName
from images.build import size_mb
from localcloud.runtime.engines import Engine
from localcloud.testing import LocalCloud
from tests.contract.localcloud.container_image import our_images
from tests.contract.localcloud.debian import NotHereError
from tests.e2e.conftest import Head, make_head

pytestmark = pytest.mark.timeout(900)  # a first build on a busy machine
USERS = Path(__file__).parent / "users"
USER = "10001"
ENTRIES = {
    "stage": "headrace-stage",
    "stage-lifesciences": "headrace-stage",
    "controller": "headrace-controller",
}


@pytest.fixture(name="built", scope="module")
def _built() -> tuple[Engine, dict[str, str]]:
    try:
        return our_images(*ENTRIES)
    except NotHereError as error:
        pytest.skip(f"OUR IMAGES ARE NOT TESTED: {error}")


@pytest.fixture(name="cloud", scope="module")
def _cloud(built: tuple[Engine, dict[str, str]]) -> Iterator[LocalCloud]:
    _, names = built
    stand_for = {
        "headrace-controller": names["controller"],
        "headrace-stage": names["stage"],
        "headrace-stage-for-root": names["stage-lifesciences"],
        "of-a-user": names["stage"],
        "of-root": names["base"],
    }
    with LocalCloud.start(
        buckets=["inbox", "results"], images=stand_for, options=["--runtime=container"]
    ) as cloud:
        yield cloud


@pytest.fixture(name="client", scope="module")
def _client(cloud: LocalCloud) -> Iterator[storage.Client]:
    client = storage_client.connect(cloud.project, cloud.storage_url)
    yield client
    client.close()


@pytest.fixture(name="head")
def _head(cloud: LocalCloud, client: storage.Client, tmp_path: Path, service: ServiceName) -> Head:
    head = make_head(cloud, client, tmp_path, service, [USERS / "Snakefile"])
    if service is ServiceName.LIFESCIENCES:
        return with_stage_image(head, "headrace-stage-for-root")
    return head


def with_stage_image(head: Head, image: str) -> Head:
    return replace(head, environment={**head.environment, "HEADRACE_STAGE_IMAGE": image})


def run(
    built: tuple[Engine, dict[str, str]], name: str, *words: str
) -> "subprocess.CompletedProcess[str]":
    engine, names = built
    return subprocess.run(
        [engine.program, "run", "--rm", names[name], *words],
        env=dict(engine.environment),
        capture_output=True,
        text=True,
        check=False,
    )


@pytest.mark.parametrize(
    ("name", "user"), [("stage", USER), ("stage-lifesciences", "0"), ("controller", USER)]
)
def test_an_image_has_its_user_and_a_home_that_it_may_write(
    built: tuple[Engine, dict[str, str]], name: str, user: str
) -> None:
    done = run(built, name, "bash", "-c", "id -u; touch here ~/there && pwd")
    assert (done.stdout.split(), done.stderr) == ([user, "/home/headrace"], "")


@pytest.mark.parametrize("name", ["stage", "controller"])
def test_an_image_has_its_program_and_no_pip(
    built: tuple[Engine, dict[str, str]], name: str
) -> None:
    assert run(built, name, ENTRIES[name]).returncode != 127
    look = "find / -xdev '(' -iname pip -o -iname 'pip-*' ')' 2> /dev/null"
    assert run(built, name, "bash", "-c", look).stdout == ""
    assert run(built, name, "python3", "-c", "import setuptools").returncode == 1


def test_an_image_adds_little_to_its_base(built: tuple[Engine, dict[str, str]]) -> None:
    engine, names = built
    base = size_mb(engine, names["base"])
    assert size_mb(engine, names["stage"]) - base < 30
    assert size_mb(engine, names["controller"]) - base < 350


def test_staging_computes_checksums_by_machine_code(built: tuple[Engine, dict[str, str]]) -> None:
    show = "import google_crc32c; print(google_crc32c.implementation)"
    assert run(built, "stage", "python3", "-W", "error", "-c", show).stdout == "c\n"


def test_nobody_need_compile_anything_at_a_start(built: tuple[Engine, dict[str, str]]) -> None:
    verbose = run(built, "stage", "python3", "-v", "-c", "import headrace.staging.cli, msgspec")
    compiled = [line for line in verbose.stderr.splitlines() if ".py'" in line and "code" in line]
    assert compiled == []


def test_the_controller_image_has_snakemake_its_plugins_and_the_workflow(
    built: tuple[Engine, dict[str, str]],
) -> None:
    options = "snakemake --help | grep -oE 'lifesciences-run|gcsindex-prefix' | sort -u | wc -l"
    words = f"git --version && snakemake --version && {options} && ls /opt/headrace"
    done = run(built, "controller", "bash", "-c", words)
    git, snakemake, plugins, *rooms = done.stdout.splitlines()
    assert git.startswith("git version")
    assert (snakemake.partition(".")[0], plugins) == ("9", "2")
    assert rooms == ["config", "examples", "images", "profiles", "workflow"]


def test_steps_run_as_the_users_of_their_images_and_all_they_leave_is_stored(head: Head) -> None:
    done = head.snakemake()
    assert done.returncode == 0, done.stderr
    texts = {
        name: head.text(f"res/{name}.txt").split()
        for name in ("alone", "after", "private", "classic")
    }
    assert texts == {
        "alone": [USER],
        "after": ["0", USER, USER],
        "private": ["0", USER],
        "classic": [USER, USER],
    }
    assert [head.text(f"res/like.{n}.txt").split() for n in (1, 2, 3)] == [
        [str(n), USER] for n in (1, 2, 3)
    ]


def test_a_stage_image_that_may_not_write_the_disk_says_what_to_change(
    cloud: LocalCloud, client: storage.Client, tmp_path: Path
) -> None:
    head = make_head(cloud, client, tmp_path, ServiceName.LIFESCIENCES, [USERS / "Snakefile"])
    done = head.snakemake("res/alone.txt")
    assert done.returncode == 1
    assert "build it for root (docs/images.md)" in done.stderr, done.stderr
