"""Pub/Sub v1 and Secret Manager v1 by their discovery documents."""

import base64
import binascii
from collections.abc import Mapping

from headrace.errors import ServiceError
from headrace.services.retry import Backoff
from headrace.services.wire import Client

CLOUD_VARIABLE = "CLOUD_URL"
"""Base address of a local cloud, which speaks both."""

_BACKOFF = Backoff(deadline=10.0)


def publish(
    topic: str, data: bytes, attributes: Mapping[str, str], environ: Mapping[str, str]
) -> None:
    """Publish one message; raises `ServiceError` if that fails for a while or for good."""
    client = Client("pubsub", "v1", environ.get(CLOUD_VARIABLE) or None, _BACKOFF)
    message = {"data": base64.b64encode(data).decode(), "attributes": dict(attributes)}
    try:
        topics = client.resource.projects().topics()
        client.call(topics.publish(topic=topic, body={"messages": [message]}))
    finally:
        client.close()


def secret(version: str, environ: Mapping[str, str]) -> str:
    """Return the value of a secret's version; raises `ServiceError` if it is not handed out."""
    client = Client("secretmanager", "v1", environ.get(CLOUD_VARIABLE) or None, _BACKOFF)
    try:
        answer = client.call(client.resource.projects().secrets().versions().access(name=version))
    finally:
        client.close()
    try:
        return base64.b64decode(answer["payload"]["data"], validate=True).decode()
    except (KeyError, binascii.Error, UnicodeDecodeError):
        raise ServiceError(f"{version} holds no text.") from None
