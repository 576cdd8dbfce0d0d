"""Pub/Sub v1, `topics.publish` alone: what is published goes to the subscribers of `--push`.

There is every well-formed topic, and no message waits for a subscriber that comes later.
"""

from __future__ import annotations

import base64
import re
from collections.abc import Callable, Mapping
from typing import Any

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from localcloud.api.handlers import json_body, reply
from localcloud.wire.discovery import check_query, normalize
from localcloud.wire.errors import invalid

DOCUMENT = "pubsub.v1"

Publish = Callable[[str, bytes, Mapping[str, str]], str]
"""Takes a topic, data and attributes; answers the message's id."""

_TOPIC = re.compile(r"(?!goog)[A-Za-z][A-Za-z0-9._~%+-]{2,254}\Z")
_MOST_MESSAGES = 1000


class PubSub:
    """The handler of the method."""

    def __init__(self, publish: Publish) -> None:
        self._publish = publish

    def routes(self) -> list[Route]:
        """The method."""
        path = "/v1/projects/{project}/topics/{topic}:publish"
        return [Route(path, self.publish, methods=["POST"], name="pubsub.topics.publish")]

    async def publish(self, request: Request) -> Response:
        """`projects.topics.publish`."""
        check_query(DOCUMENT, {}, request.query_params)
        body = normalize(DOCUMENT, "PublishRequest", await json_body(request))
        name = request.path_params["topic"]
        if not _TOPIC.match(name):
            raise invalid("topic", f"{name!r} cannot be the name of a topic.")
        messages = body.get("messages", [])
        if not 0 < len(messages) <= _MOST_MESSAGES:
            raise invalid("messages", f"There are {len(messages)}, and 1 to {_MOST_MESSAGES} may.")
        for number, message in enumerate(messages):
            _check(number, message)
        topic = f"projects/{request.path_params['project']}/topics/{name}"
        ids = [
            self._publish(
                topic, base64.b64decode(message.get("data", "")), message.get("attributes", {})
            )
            for message in messages
        ]
        return reply({"messageIds": ids})


def _check(number: int, message: Mapping[str, Any]) -> None:
    """Refuse an empty message ("must contain either a non-empty data field or an attribute")."""
    if not message.get("data") and not message.get("attributes"):
        raise invalid(f"messages[{number}]", "One or more messages has no data and no attributes.")
