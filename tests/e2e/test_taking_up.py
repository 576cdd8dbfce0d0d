"""Heads that follow one that was killed: what is in flight decides, whatever they know better."""

import shutil
import time
from collections import Counter
from dataclasses import replace
from pathlib import Path
from tempfile import mkdtemp

import pytest
from google.cloud import storage

from headrace.records import decode_json
from headrace.services.protocol import ServiceName
from headrace.staging.manifest import Manifest
from localcloud.testing import LocalCloud
from tests.e2e.conftest import Head, make_head

GROWING = """
container: "docker://any-image"

rule all:
    input: "res/end.txt"

rule begin:
    output: "res/begin.txt"
    shell: "echo begun > {output}"

rule middle:
    input: "res/begin.txt"
    output: "res/middle.txt"
    resources: mem_mb=lambda wildcards, input: max(1000, input.size_mb)
    shell: "until [[ -e GATE ]]; do sleep 0.1; done; date +%N > {output}"

rule end:
    input: "res/middle.txt"
    output: "res/end.txt"
    shell: "cat {input} > {output}"
"""
"""What `middle` asks for is known once `begin` is done: only then could it be fused with `end`."""


@pytest.fixture
def head(cloud: LocalCloud, client: storage.Client, tmp_path: Path, service: ServiceName) -> Head:
    return make_head(cloud, client, tmp_path, service, [])


def test_what_is_known_by_now_breaks_up_nothing_that_is_in_flight(
    head: Head, client: storage.Client, tmp_path: Path
) -> None:
    gate = tmp_path / "gate"
    (tmp_path / "Snakefile").write_text(GROWING.replace("GATE", str(gate)))
    head.environment["HEADRACE_FUSE"] = "auto"
    with head.started():
        wait_for_words(head, "Submitted middle as")
    second = cloned(head)
    with second.started() as process:
        wait_for_words(second, "Taking up job middle-")
        gate.touch()
        assert process.wait(timeout=120) == 0, second.log.read_text()
    assert made_twice(client, head.run) == {}


def cloned(head: Head) -> Head:
    """Return a head with a fresh clone of the workflow and no memory, as on another machine."""
    folder = Path(mkdtemp(dir=head.folder.parent))
    shutil.copy(head.folder / "Snakefile", folder)
    shutil.copytree(head.folder / "profiles", folder / "profiles")
    return replace(head, folder=folder)


def wait_for_words(head: Head, text: str) -> None:
    deadline = time.monotonic() + 60
    while text not in head.log.read_text():
        assert time.monotonic() < deadline, head.log.read_text()
        time.sleep(0.1)


def made_twice(client: storage.Client, run: str) -> dict[str, int]:
    """Return the results that more than one job has made, and how many."""
    blobs = client.list_blobs("results", prefix=f"work/{run}/")
    manifests = [
        decode_json(blob.download_as_bytes(), Manifest, blob.name)
        for blob in blobs
        if blob.name.endswith("/manifest.json")
    ]
    made = Counter(uri for manifest in manifests for uri in manifest.results)
    return {uri: count for uri, count in made.items() if count > 1}
