"""The channels of an installation: `gs://RESULTS/control/notices.yaml`, checked.

Jobs cannot write below `control/`. No secret stands in the file: `url` of a webhook and `password`
of a mail server say where the value is.
"""

import re
from collections.abc import Mapping, Sequence
from typing import Literal, TypeAlias
from urllib.parse import urlsplit

import msgspec

from headrace import records
from headrace.errors import InputError, ObjectMissingError, RecordError
from headrace.gcs import ObjectUri
from headrace.guard.pause import CONTROL_FOLDER
from headrace.runs.records import USUAL_EVENTS, Notify, RunEvent
from headrace.runs.store import Store

CHANNELS_FILE = f"{CONTROL_FOLDER}/notices.yaml"

MAX_CHANNELS = 20

_NAME = re.compile(r"[a-z]([a-z0-9-]{0,38}[a-z0-9])?\Z")
_VARIABLE = re.compile(r"[A-Za-z_][A-Za-z0-9_]*\Z")
_VERSION = re.compile(r"projects/[^/]+/secrets/[A-Za-z0-9_-]+/versions/[A-Za-z0-9_-]+\Z")
_TOPIC = re.compile(r"projects/[^/]+/topics/[A-Za-z][A-Za-z0-9._~%+-]{2,254}\Z")
_ADDRESS = re.compile(r"[^@\s<>,;]+@[^@\s<>,;]+\Z")


class Document(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """Base of all parts of the file: unknown keys are refused."""


class Secret(Document, frozen=True):
    """Where a secret is: a version in Secret Manager, or a variable of the environment; not both.

    Attributes:
        secret: `projects/P/secrets/S/versions/V`; `latest` may stand for `V`.
        env: name of the variable.
    """

    secret: str | None = None
    env: str | None = None


class PubSub(Document, frozen=True, tag_field="kind", tag="pubsub"):
    """A topic that gets the notice as JSON; event, run and rule are attributes of the message.

    Attributes:
        topic: `projects/P/topics/T`.
        events: those it gets if the rule names no channels.
    """

    topic: str
    events: tuple[RunEvent, ...] = USUAL_EVENTS


class Webhook(Document, frozen=True, tag_field="kind", tag="webhook"):
    """An address that gets a POST.

    Attributes:
        url: where the address is kept: who knows it may post, so it is a secret.
        shape: what the receiver reads: `json` is the notice itself.
        events: those it gets if the rule names no channels.
    """

    url: Secret
    shape: Literal["slack", "teams", "json"] = "json"
    events: tuple[RunEvent, ...] = USUAL_EVENTS


class Email(Document, frozen=True, tag_field="kind", tag="email"):
    """A mail server to hand letters to.

    Attributes:
        host: its name.
        sender: the letters' sender.
        to: the receivers.
        port: 587 for `starttls`, 465 for `tls` are usual. (Google Cloud lets nobody out on 25.)
        security: `starttls` begins in plain and turns to TLS, `tls` is TLS from the first byte;
            `none` is for a server on the same machine and for no other.
        user: to log in, with `password`; no log-in without.
        password: where it is kept.
        events: those it gets if the rule names no channels.
    """

    host: str
    sender: str
    to: list[str]
    port: int = 587
    security: Literal["starttls", "tls", "none"] = "starttls"
    user: str | None = None
    password: Secret | None = None
    events: tuple[RunEvent, ...] = USUAL_EVENTS


Channel: TypeAlias = PubSub | Webhook | Email


class ChannelsFile(Document, frozen=True):
    """The whole file: channels by name."""

    channels: dict[str, Channel]


def read(store: Store, results: str) -> dict[str, Channel]:
    """Return the channels of an installation by name, none if it has no file.

    Raises:
        RecordError: the file is wrong; the message says where.
        StorageError: it cannot be read now.
    """
    uri = channels_uri(results)
    try:
        text = store.read(uri)
    except ObjectMissingError:
        return {}
    return parse(text, str(uri))


def channels_uri(results: str) -> ObjectUri:
    """Return the address of the file."""
    return ObjectUri(results, CHANNELS_FILE)


def parse(text: bytes | str, source: str) -> dict[str, Channel]:
    """Read channels from YAML; raises `RecordError` naming `source` if something is wrong."""
    channels = records.decode_yaml(text, ChannelsFile, source).channels
    if len(channels) > MAX_CHANNELS:
        raise RecordError(f"{source}: {len(channels)} channels are more than {MAX_CHANNELS}.")
    for name, channel in channels.items():
        try:
            _check(name, channel)
        except InputError as error:
            raise RecordError(f"{source}: channel '{name}': {error}") from error
    return channels


def chosen(
    channels: Mapping[str, Channel], event: RunEvent, notify: Sequence[Notify]
) -> dict[str, Channel]:
    """Return who is told of an event: a rule's `notify` has the word, if it says anything.

    Raises:
        InputError: `notify` names a channel that there is not.
    """
    if not notify:
        return {name: channel for name, channel in channels.items() if event in channel.events}
    wanted = [wish.channel for wish in notify if event in wish.events]
    for name in wanted:
        if name not in channels:
            raise InputError(
                f"notify: there is no channel '{name}'{records.nearest(name, channels)}"
            )
    return {name: channels[name] for name in wanted}


def _check(name: str, channel: Channel) -> None:
    if not _NAME.match(name):
        raise InputError("the name must be at most 40 small letters, digits and dashes.")
    match channel:
        case PubSub():
            if not _TOPIC.match(channel.topic):
                raise InputError(f"topic '{channel.topic}' is not projects/P/topics/T.")
        case Webhook():
            _check_secret("url", channel.url)
        case Email():
            _check_email(channel)


def _check_email(channel: Email) -> None:
    for address in [channel.sender, *channel.to]:
        if not _ADDRESS.match(address):
            raise InputError(f"'{address}' is no e-mail address.")
    if not channel.to:
        raise InputError("'to' names nobody.")
    if (channel.user is None) != (channel.password is None):
        raise InputError("'user' and 'password' belong together.")
    if channel.password is not None:
        _check_secret("password", channel.password)
    if channel.security == "none" and not is_loopback(channel.host):
        raise InputError(f"security 'none' is for this machine, not for '{channel.host}'.")


def _check_secret(key: str, secret: Secret) -> None:
    if (secret.secret is None) == (secret.env is None):
        raise InputError(f"{key} must name either a 'secret' or an 'env'.")
    if secret.secret is not None and not _VERSION.match(secret.secret):
        raise InputError(f"{key}: write secret: projects/P/secrets/S/versions/V.")
    if secret.env is not None and not _VARIABLE.match(secret.env):
        raise InputError(f"{key}: env must be the name of a variable.")


def check_url(url: str) -> None:
    """Raise `InputError` unless a webhook's address is https, or http on this very machine.

    The message does not repeat the address, which is a secret.
    """
    parts = urlsplit(url)
    local = parts.scheme == "http" and is_loopback(parts.hostname or "")
    if not parts.hostname or not (parts.scheme == "https" or local):
        raise InputError("The webhook's address must begin with https://.")


def is_loopback(host: str) -> bool:
    """Tell whether a host's name or address means this machine."""
    return host in {"localhost", "127.0.0.1", "::1"}
