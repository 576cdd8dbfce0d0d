"""Who is told of what is published to a Pub/Sub topic."""

from __future__ import annotations

import re
from dataclasses import dataclass
from urllib.parse import urlsplit

from localcloud.errors import LocalCloudError

_TOPIC = re.compile(r"projects/[^/]+/topics/[^/]+")
_LOOPBACK = frozenset({"127.0.0.1", "localhost", "::1"})


@dataclass(frozen=True, slots=True)
class PushSubscription:
    """A topic and the address that its messages are posted to."""

    topic: str
    url: str

    @classmethod
    def parse(cls, text: str) -> PushSubscription:
        """Read `TOPIC=URL`; LocalCloudError saying what is wrong."""
        topic, _, url = text.partition("=")
        if not _TOPIC.fullmatch(topic):
            raise LocalCloudError(
                f"--push {text!r} is not TOPIC=URL with a topic such as 'projects/P/topics/T'."
            )
        parts = urlsplit(url)
        if parts.scheme != "http" or parts.hostname not in _LOOPBACK:
            raise LocalCloudError(
                f"--push {text!r}: {url!r} is not an http address of this machine, such as"
                " 'http://127.0.0.1:8080/'."
            )
        return cls(topic, url)
