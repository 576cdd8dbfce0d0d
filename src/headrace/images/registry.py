"""A client of image registries: the HTTP API V2 that all of them speak.

https://distribution.github.io/distribution/spec/api, and for tokens
https://distribution.github.io/distribution/spec/auth/token.
"""

import hashlib
import re
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from typing import Any
from urllib.parse import urlencode, urljoin

import urllib3
from urllib3.exceptions import HTTPError

from headrace.errors import RegistryError
from headrace.images.reference import DOCKER_HUB, Reference

DOCKER_HUB_HOST = "registry-1.docker.io"
MANIFESTS = (
    "application/vnd.oci.image.index.v1+json",
    "application/vnd.oci.image.manifest.v1+json",
    "application/vnd.docker.distribution.manifest.list.v2+json",
    "application/vnd.docker.distribution.manifest.v2+json",
)
TIMEOUT = urllib3.Timeout(connect=10, read=300)
CHUNK_BYTES = 1 << 20

_CHALLENGE = re.compile(r'(\w+)="([^"]*)"')
_LOCAL = re.compile(r"(localhost|127\.0\.0\.1|\[::1\])(:\d+)?\Z")

Login = Callable[[str], tuple[str, str] | None]
"""Name and password for a host, or None to come as nobody."""


def nobody(host: str) -> None:
    """Come without a name, as public images need none."""
    del host


class Registries:
    """Requests to registries; tokens are kept for as long as this is."""

    def __init__(self, login: Login = nobody) -> None:
        self._login = login
        self._pool = urllib3.PoolManager(timeout=TIMEOUT, retries=3)
        self._tokens: dict[tuple[str, str, str], str] = {}

    def digest(self, image: Reference) -> str:
        """Return the digest of a tag, computed from what the registry serves for it.

        Raises:
            RegistryError: it does not answer, or knows no such image.
        """
        _, content = self.manifest(image)
        return digest_of(content)

    def manifest(self, image: Reference) -> tuple[str, bytes]:
        """Return the type and the bytes of an image's manifest, held against its digest."""
        reply = self._request(
            "GET", image, f"manifests/{image.version}", headers={"Accept": ", ".join(MANIFESTS)}
        )
        if image.digest and digest_of(reply.data) != image.digest:
            raise RegistryError(
                f"{image.host} served other bytes for {image} than its digest says."
            )
        return str(reply.headers.get("Content-Type", "")).partition(";")[0], reply.data

    def put_manifest(self, image: Reference, kind: str, content: bytes) -> None:
        """Store a manifest, whose parts must be there."""
        self._request(
            "PUT",
            image,
            f"manifests/{image.version}",
            write=True,
            headers={"Content-Type": kind},
            body=content,
        )

    def has_blob(self, image: Reference, digest: str) -> bool:
        """Whether the image's repository holds a blob."""
        reply = self._request("HEAD", image, f"blobs/{digest}", write=True, missing_is_fine=True)
        return reply.status == 200  # noqa: PLR2004  # OK

    @contextmanager
    def blob(self, image: Reference, digest: str) -> Iterator[Iterator[bytes]]:
        """Stream a blob; raises `RegistryError` at its end if its bytes are not those promised."""
        reply = self._request("GET", image, f"blobs/{digest}", preload_content=False)
        try:
            yield _checked(reply.stream(CHUNK_BYTES), digest)
        finally:
            reply.release_conn()

    def put_blob(self, image: Reference, digest: str, size: int, content: Iterator[bytes]) -> None:
        """Store a blob of `size` bytes in one upload."""
        begun = self._request("POST", image, "blobs/uploads/", write=True)
        place = urljoin(_base(image.host), begun.headers["Location"])
        place += ("&" if "?" in place else "?") + urlencode({"digest": digest})
        self._send(
            "PUT",
            image,
            place,
            self._authorisation(image, write=True),
            headers={"Content-Type": "application/octet-stream", "Content-Length": str(size)},
            body=content,
        )

    def _request(
        self,
        method: str,
        image: Reference,
        path: str,
        *,
        write: bool = False,
        missing_is_fine: bool = False,
        **how: Any,
    ) -> urllib3.BaseHTTPResponse:
        address = f"{_base(image.host)}/v2/{image.repository}/{path}"
        known = self._authorisation(image, write=write)
        reply = self._send(
            method, image, address, known, missing_is_fine, refused_is_fine=True, **how
        )
        if reply.status != 401:  # noqa: PLR2004  # Unauthorized
            return reply
        reply.drain_conn()
        self._sign_in(image, reply.headers.get("WWW-Authenticate", ""), write=write)
        again = self._authorisation(image, write=write)
        return self._send(method, image, address, again, missing_is_fine, **how)

    def _send(
        self,
        method: str,
        image: Reference,
        address: str,
        authorisation: Mapping[str, str],
        missing_is_fine: bool = False,
        *,
        refused_is_fine: bool = False,
        headers: Mapping[str, str] | None = None,
        **how: Any,
    ) -> urllib3.BaseHTTPResponse:
        try:
            reply = self._pool.request(
                method, address, headers={**(headers or {}), **authorisation}, **how
            )
        except HTTPError as error:
            raise RegistryError(
                f"The registry {image.host} does not answer ({type(error).__name__}): check its "
                "name and the network."
            ) from error
        fine = reply.status < 300 or (reply.status == 404 and missing_is_fine)  # noqa: PLR2004
        if fine or (reply.status == 401 and refused_is_fine):  # noqa: PLR2004
            return reply
        raise RegistryError(_refusal(image, reply.status, method))

    def _authorisation(self, image: Reference, *, write: bool) -> dict[str, str]:
        for action in ("push",) if write else ("pull", "push"):
            token = self._tokens.get((image.host, image.repository, action))
            if token is not None:
                return {"Authorization": token}
        return {}

    def _sign_in(self, image: Reference, challenge: str, *, write: bool) -> None:
        """Get what a registry's 401 asks for: a token of its realm, or name and password."""
        login = self._login(image.host)
        basic = urllib3.make_headers(basic_auth=":".join(login)) if login else {}
        scheme, _, rest = challenge.partition(" ")
        if scheme.lower() == "basic" and basic:
            token = basic["authorization"]
        elif scheme.lower() == "bearer":
            asked = dict(_CHALLENGE.findall(rest))
            realm = asked.get("realm", "")
            if not realm.startswith("https://") and not _LOCAL.match(image.host):
                raise RegistryError(
                    f"{image.host} asks for a password over an open line ({realm}): it gets none."
                )
            actions = "pull,push" if write else "pull"
            query = {"scope": f"repository:{image.repository}:{actions}"}
            if "service" in asked:
                query["service"] = asked["service"]
            address = f"{realm}?{urlencode(query)}"
            reply = self._send("GET", image, address, basic)
            found = reply.json()
            token = f"Bearer {found.get('token') or found.get('access_token', '')}"
        else:
            raise RegistryError(_refusal(image, 401, "GET"))
        self._tokens[(image.host, image.repository, "push" if write else "pull")] = token


def digest_of(content: bytes) -> str:
    """Return the digest that names these bytes."""
    return f"sha256:{hashlib.sha256(content).hexdigest()}"


def _checked(pieces: Iterator[bytes], digest: str) -> Iterator[bytes]:
    seen = hashlib.sha256()
    for piece in pieces:
        seen.update(piece)
        yield piece
    if f"sha256:{seen.hexdigest()}" != digest:
        raise RegistryError(f"The bytes of {digest} were damaged on their way: try again.")


def _base(host: str) -> str:
    """A registry on this machine is spoken to without encryption, as engines do."""
    scheme = "http" if _LOCAL.match(host) else "https"
    return f"{scheme}://{DOCKER_HUB_HOST if host == DOCKER_HUB else host}"


def _refusal(image: Reference, status: int, method: str) -> str:
    wanted = "written to" if method in ("PUT", "POST") else "read"
    match status:
        case 401 | 403:
            return (
                f"{image.host} does not let {image.repository} be {wanted} ({status}): give a "
                "name with --user and its password in HEADRACE_REGISTRY_PASSWORD."
            )
        case 404:
            return f"{image.host} has no image {image}: check its name and tag."
        case _:
            return f"{image.host} answered {status} for {image}: try again later."
