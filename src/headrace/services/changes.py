"""Changes of jobs, heard of by Pub/Sub: a hint that it is worth asking, and never the answer.

Both job services publish to a topic; each run pulls from a subscription of its own, by the
discovery document `pubsub.v1`. Messages may be late, come twice or never: who listens asks as ever.
"""

import contextlib
import re
from typing import Any

from headrace.errors import AlreadyExistsError, ServiceError, SettingsError
from headrace.services.wire import Client

MOST_MESSAGES = 1000
ACK_SECONDS = 60
KEPT = "600s"
"""How long a message waits: ten minutes is the least that Pub/Sub takes, and news are soon old."""

EXPIRES = "86400s"
"""A subscription nobody has pulled for a day goes by itself: the least that Pub/Sub takes."""

_TOPIC = re.compile(r"projects/(?P<project>[^/]+)/topics/[^/]+\Z")


def check_topic(topic: str) -> str:
    """Return the topic's project; raises `SettingsError` unless it is `projects/P/topics/T`."""
    match = _TOPIC.match(topic)
    if match is None:
        raise SettingsError(
            f"lifesciences-notifications is '{topic}': write projects/PROJECT/topics/TOPIC."
        )
    return match["project"]


class Changes:
    """The subscription of one run to a topic."""

    def __init__(self, client: Client, project: str, topic: str, run: str) -> None:
        self._client = client
        self._topic = topic
        self._name = f"projects/{project}/subscriptions/headrace-{run}"

    def open(self) -> None:
        """Subscribe, unless an earlier head of the run has; raises `ServiceError`."""
        body = {
            "topic": self._topic,
            "ackDeadlineSeconds": ACK_SECONDS,
            "messageRetentionDuration": KEPT,
            "expirationPolicy": {"ttl": EXPIRES},
        }
        with contextlib.suppress(AlreadyExistsError):
            self._client.call(self._subscriptions.create(name=self._name, body=body))

    def wait(self) -> bool:
        """Wait until something has changed; False if nothing has for as long as Pub/Sub waits.

        Raises:
            ServiceError: it does not answer, or the subscription is gone.
        """
        request = self._subscriptions.pull(
            subscription=self._name, body={"maxMessages": MOST_MESSAGES}
        )
        received = self._client.call_once(request).get("receivedMessages", [])
        if received:
            ids = {"ackIds": [one["ackId"] for one in received]}
            self._client.call_once(
                self._subscriptions.acknowledge(subscription=self._name, body=ids)
            )
        return bool(received)

    def close(self) -> None:
        """Give the subscription up, as far as that is possible now."""
        with contextlib.suppress(ServiceError):
            self._client.call_once(self._subscriptions.delete(subscription=self._name))
        self.disconnect()

    def disconnect(self) -> None:
        """Close the calling thread's connection; the next call opens a new one."""
        self._client.close()

    @property
    def _subscriptions(self) -> Any:
        return self._client.resource.projects().subscriptions()
