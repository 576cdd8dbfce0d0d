"""Pub/Sub v1: `topics.publish`, and subscriptions that are pulled.

What is published goes to the subscribers of `--push` and into the subscriptions there are. There is
every well-formed topic, and no message waits for a subscription that is made later.
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
from localcloud.events.mailboxes import Mailboxes
from localcloud.wire.discovery import check_query, normalize
from localcloud.wire.errors import ApiError, Code, invalid, not_found, unimplemented

DOCUMENT = "pubsub.v1"

Publish = Callable[[str, bytes, Mapping[str, str]], str]
"""Takes a topic, data and attributes; answers the message's id."""

_TOPIC = re.compile(r"(?!goog)[A-Za-z][A-Za-z0-9._~%+-]{2,254}\Z")
_WHOLE_TOPIC = re.compile(r"projects/[^/]+/topics/(?P<name>[^/]+)\Z")
_MOST_MESSAGES = 1000
_ACK_SECONDS = range(10, 601)
_KNOWN = {"topic", "ackDeadlineSeconds", "messageRetentionDuration", "expirationPolicy", "labels"}
_WAIT_SECONDS = 1.0
"""How long a pull of an empty subscription stays open; Google's stays longer, and says not how."""


class PubSub:
    """The handlers of the methods."""

    def __init__(self, publish: Publish, mailboxes: Mailboxes) -> None:
        self._publish = publish
        self._mailboxes = mailboxes

    def routes(self) -> list[Route]:
        """The methods."""
        topic = "/v1/projects/{project}/topics/{topic}"
        own = "/v1/projects/{project}/subscriptions/{subscription}"
        name = "pubsub.subscriptions"
        return [
            Route(f"{topic}:publish", self.publish, methods=["POST"], name="pubsub.topics.publish"),
            Route(f"{own}:pull", self.pull, methods=["POST"], name=f"{name}.pull"),
            Route(
                f"{own}:acknowledge", self.acknowledge, methods=["POST"], name=f"{name}.acknowledge"
            ),
            Route(own, self.create, methods=["PUT"], name=f"{name}.create"),
            Route(own, self.delete, methods=["DELETE"], name=f"{name}.delete"),
        ]

    async def create(self, request: Request) -> Response:
        """`projects.subscriptions.create`; what nobody needs here is refused."""
        check_query(DOCUMENT, {}, request.query_params)
        body = normalize(DOCUMENT, "Subscription", await json_body(request))
        for field in sorted(set(body) - _KNOWN - {"name"}):
            raise unimplemented(field, "subscriptions that are not simply pulled")
        match = _WHOLE_TOPIC.match(body.get("topic", ""))
        if match is None or not _TOPIC.match(match["name"]):
            raise invalid("topic", f"{body.get('topic', '')!r} is not projects/P/topics/T.")
        seconds = int(body.get("ackDeadlineSeconds", _ACK_SECONDS.start))
        if seconds not in _ACK_SECONDS:
            raise invalid("ack_deadline_seconds", f"{seconds} is not between 10 and 600.")
        name = _subscription(request)
        if not self._mailboxes.create(name, body["topic"], seconds):
            raise ApiError(
                Code.ALREADY_EXISTS, f"Resource already exists in the project (resource={name})."
            )
        return reply({**body, "name": name, "ackDeadlineSeconds": seconds, "state": "ACTIVE"})

    async def delete(self, request: Request) -> Response:
        """`projects.subscriptions.delete`."""
        check_query(DOCUMENT, {}, request.query_params)
        if not self._mailboxes.delete(_subscription(request)):
            raise not_found(_subscription(request))
        return reply({})

    async def pull(self, request: Request) -> Response:
        """`projects.subscriptions.pull`: waits a while for the first message."""
        body = normalize(DOCUMENT, "PullRequest", await json_body(request))
        most = int(body.get("maxMessages", 0))
        if most < 1:
            raise invalid("max_messages", f"{most} is not a positive number.")
        patience = 0.0 if body.get("returnImmediately") else _WAIT_SECONDS
        pulled = await self._mailboxes.pull(self._existing(request), most, patience)
        received = [{"ackId": id_, "message": message} for id_, message in pulled]
        return reply({"receivedMessages": received} if received else {})

    async def acknowledge(self, request: Request) -> Response:
        """`projects.subscriptions.acknowledge`."""
        body = normalize(DOCUMENT, "AcknowledgeRequest", await json_body(request))
        if not body.get("ackIds"):
            raise invalid("ack_ids", "There are none.")
        self._mailboxes.acknowledge(self._existing(request), body["ackIds"])
        return reply({})

    def _existing(self, request: Request) -> str:
        name = _subscription(request)
        if not self._mailboxes.has(name):
            raise not_found(name)
        return name

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


def _subscription(request: Request) -> str:
    path = request.path_params
    if not _TOPIC.match(path["subscription"]):
        raise invalid("name", f"{path['subscription']!r} cannot be the name of a subscription.")
    return f"projects/{path['project']}/subscriptions/{path['subscription']}"


def _check(number: int, message: Mapping[str, Any]) -> None:
    """Refuse an empty message ("must contain either a non-empty data field or an attribute")."""
    if not message.get("data") and not message.get("attributes"):
        raise invalid(f"messages[{number}]", "One or more messages has no data and no attributes.")
