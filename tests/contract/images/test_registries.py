"""Digests and copies, against a real registry and against one that asks for tokens."""

import base64
import json
import os
import subprocess
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any, ClassVar

import pytest

from headrace import cli
from headrace.errors import RegistryError
from headrace.images.lock import LOCK
from headrace.images.mirroring import mirror
from headrace.images.reference import Reference
from headrace.images.registry import MANIFESTS, Registries, digest_of
from tests.contract.localcloud.debian import NotHereError, find
from tests.contract.storage_server import free_port, wait_for

INDEX, MANIFEST = MANIFESTS[:2]
LAYERS = [os.urandom(3_000_000), b"small"]


@contextmanager
def a_registry(folder: Path) -> Iterator[str]:
    """The address of an empty registry, Debian's docker-registry."""
    port = free_port()
    folder.mkdir()
    settings, log = folder / "registry.yml", folder / "registry.log"
    settings.write_text(
        f"version: 0.1\nhttp: {{addr: '127.0.0.1:{port}'}}\n"
        f"storage: {{filesystem: {{rootdirectory: '{folder / 'data'}'}}}}\n"
    )
    with log.open("wb") as file:
        server = subprocess.Popen(["docker-registry", "serve", settings], stdout=file, stderr=file)
        try:
            wait_for(port, server, log)
            yield f"127.0.0.1:{port}"
        finally:
            server.terminate()
            server.wait(timeout=10)


@pytest.fixture
def hosts(tmp_path: Path) -> Iterator[tuple[str, str]]:
    try:
        find("docker-registry", "docker-registry")
    except NotHereError as error:
        pytest.skip(f"no registry here: {error}")
    with a_registry(tmp_path / "first") as first, a_registry(tmp_path / "second") as second:
        yield first, second


def push(image: Reference, registries: Registries) -> str:
    """Store an image of two platforms, and return the digest of its index."""
    children = []
    for platform in ("amd64", "arm64"):
        config = json.dumps({"architecture": platform}).encode()
        blobs = [config, *LAYERS]
        for blob in blobs:
            registries.put_blob(image, digest_of(blob), len(blob), iter([blob]))
        described = [{"digest": digest_of(blob), "size": len(blob)} for blob in blobs]
        config_type = "application/vnd.oci.image.config.v1+json"
        layer_type = "application/vnd.oci.image.layer.v1.tar"
        manifest = json.dumps(
            {
                "schemaVersion": 2,
                "mediaType": MANIFEST,
                "config": {"mediaType": config_type, **described[0]},
                "layers": [{"mediaType": layer_type, **each} for each in described[1:]],
            }
        ).encode()
        child = Reference(image.host, image.repository, digest=digest_of(manifest))
        registries.put_manifest(child, MANIFEST, manifest)
        children.append(
            {
                "mediaType": MANIFEST,
                "digest": digest_of(manifest),
                "size": len(manifest),
                "platform": {"os": "linux", "architecture": platform},
            }
        )
    index = json.dumps({"schemaVersion": 2, "mediaType": INDEX, "manifests": children}).encode()
    registries.put_manifest(image, INDEX, index)
    return digest_of(index)


def test_an_image_is_pinned_and_mirrored_with_the_same_digest(
    hosts: tuple[str, str],
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    first, second = hosts
    registries = Registries()
    digest = push(Reference.parse(f"{first}/lab/tool:1.0"), registries)
    monkeypatch.chdir(tmp_path)
    LOCK.parent.mkdir()
    LOCK.write_text(
        f"images:\n  tool: # ours\n    image: {first}/lab/tool\n    tag: '1.0'\n"
        "    digest: null\n    unpinned: new\n    licence: MIT\n    source: here\n"
    )
    assert cli.main(["images", "pin"]) == 0
    assert f"    digest: {digest}\n    licence: MIT" in LOCK.read_text()

    assert cli.main(["images", "mirror", f"{second}/mirror"]) == 0
    copy = Reference.parse(f"{second}/mirror/lab/tool:1.0")
    assert registries.digest(copy) == digest
    for blob in LAYERS:
        with registries.blob(copy, digest_of(blob)) as pieces:
            assert b"".join(pieces) == blob
    assert "4 parts" in capsys.readouterr().out

    assert cli.main(["images", "mirror", f"{second}/mirror"]) == 0
    assert "0 parts, 0 B; 6 were there." in capsys.readouterr().out, (
        "what is there is not sent again"
    )
    assert cli.main(["images", "mirror", f"{second}/mirror", "--print"]) == 0
    source = f"{first}/lab/tool:1.0@{digest}"
    assert capsys.readouterr().out == f"crane copy {source} {second}/mirror/lab/tool:1.0\n"


def test_an_absent_tag_and_an_absent_registry_are_told_in_a_sentence(
    hosts: tuple[str, str],
) -> None:
    with pytest.raises(RegistryError, match=r"has no image .*/none:1: check its name and tag"):
        Registries().digest(Reference.parse(f"{hosts[0]}/none:1"))
    with pytest.raises(RegistryError, match="does not answer"):
        Registries().digest(Reference.parse(f"127.0.0.1:{free_port()}/none:1"))


class Guarded(BaseHTTPRequestHandler):
    """A registry of one image that wants a token, which name and password are given for."""

    content: ClassVar[bytes] = b'{"schemaVersion": 2}'
    asked: ClassVar[list[str]] = []

    def do_GET(self) -> None:  # the name is http.server's
        host = self.headers["Host"]
        if self.path.startswith("/token?"):
            self.asked.append(self.path)
            expected = "Basic " + base64.b64encode(b"me:secret").decode()
            self._answer(200, {"token": "t1" if self.headers["Authorization"] == expected else ""})
        elif self.headers["Authorization"] == "Bearer t1":
            self._answer(200, self.content)
        else:
            realm = f'Bearer realm="http://{host}/token",service="lab"'
            self._answer(401, {}, {"WWW-Authenticate": realm})

    def _answer(self, status: int, body: Any, headers: dict[str, str] | None = None) -> None:
        content = body if isinstance(body, bytes) else json.dumps(body).encode()
        self.send_response(status)
        for name, value in {**(headers or {}), "Content-Length": str(len(content))}.items():
            self.send_header(name, value)
        self.end_headers()
        self.wfile.write(content)

    def log_message(self, *words: object) -> None:
        del words


@pytest.fixture
def guarded() -> Iterator[str]:
    Guarded.asked.clear()
    with ThreadingHTTPServer(("127.0.0.1", 0), Guarded) as server:
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        yield f"127.0.0.1:{server.server_port}"
        server.shutdown()
        thread.join()


def test_a_token_is_fetched_once_with_name_and_password(guarded: str) -> None:
    registries = Registries(lambda _: ("me", "secret"))
    image = Reference.parse(f"{guarded}/lab/tool:1")
    for _ in range(2):
        assert registries.digest(image) == digest_of(Guarded.content)
    assert Guarded.asked == ["/token?scope=repository%3Alab%2Ftool%3Apull&service=lab"]


def test_without_them_the_refusal_says_what_to_give(guarded: str) -> None:
    with pytest.raises(RegistryError, match="HEADRACE_REGISTRY_PASSWORD"):
        Registries().digest(Reference.parse(f"{guarded}/lab/tool:1"))


def test_other_bytes_than_the_digest_says_are_refused(guarded: str) -> None:
    image = Reference.parse(f"{guarded}/lab/tool@sha256:" + "0" * 64)
    registries = Registries(lambda _: ("me", "secret"))
    with pytest.raises(RegistryError, match="served other bytes"):
        mirror(image, image.below("127.0.0.1:1"), registries)
