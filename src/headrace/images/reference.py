"""Names of images: `HOST/REPOSITORY[:TAG][@DIGEST]`. Pure.

The grammar is that of https://github.com/distribution/reference; what has no host is Docker Hub's.
"""

import re
from dataclasses import dataclass

from headrace.errors import InputError

DOCKER_HUB = "docker.io"

_REPOSITORY = re.compile(r"[a-z0-9]+(?:[._/-]+[a-z0-9]+)*\Z")
_TAG = re.compile(r"\w[\w.-]{0,127}\Z", re.ASCII)
_DIGEST = re.compile(r"sha256:[0-9a-f]{64}\Z")


@dataclass(frozen=True)
class Reference:
    """An image in a registry; `tag` and `digest` are '' where it names none."""

    host: str
    repository: str
    tag: str = ""
    digest: str = ""

    @classmethod
    def parse(cls, text: str) -> "Reference":
        """Read an image's name; raises `InputError` for what is none."""
        name, at, digest = text.removeprefix("docker://").partition("@")
        first, slash, rest = name.partition("/")
        if slash and (first == "localhost" or "." in first or ":" in first):
            host, path = first, rest
        else:
            host, path = DOCKER_HUB, name if slash else f"library/{name}"
        repository, colon, tag = path.partition(":")
        fits = (
            _REPOSITORY.match(repository)
            and (not colon or _TAG.match(tag))
            and (not at or _DIGEST.match(digest))
        )
        if not fits:
            raise InputError(
                f"'{text}' is no name of an image: write HOST/REPOSITORY:TAG@sha256:…."
            )
        return cls(host, repository, tag, digest)

    @property
    def version(self) -> str:
        """What a registry is asked for: the digest if there is one, else the tag, else `latest`."""
        return self.digest or self.tag or "latest"

    def __str__(self) -> str:
        tag = f":{self.tag}" if self.tag else ""
        digest = f"@{self.digest}" if self.digest else ""
        return f"{self.host}/{self.repository}{tag}{digest}"

    def below(self, place: str) -> "Reference":
        """The same image in another place, `HOST/PATH`, under its own repository's name."""
        host, _, path = place.rstrip("/").partition("/")
        repository = f"{path}/{self.repository}" if path else self.repository
        return Reference(host, repository, self.tag, self.digest)
