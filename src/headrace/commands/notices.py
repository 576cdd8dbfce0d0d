"""`headrace notices`: the channels that people are told by, checked, stored and tried."""

import argparse
import getpass
import os
import time
from collections.abc import Mapping
from datetime import UTC, datetime
from pathlib import Path

from headrace.commands import output, place
from headrace.commands.topics import Topics, settings_of
from headrace.errors import InputError, RecordError
from headrace.notices import channels, transports
from headrace.notices.channels import Channel, Email, PubSub, Webhook
from headrace.notices.records import Notice
from headrace.records import nearest
from headrace.runs.records import RunEvent
from headrace.runs.store import Store


def add(topics: Topics) -> None:
    """Add `headrace notices list|check|set|test`."""
    commands = topics.add_parser("notices", help="who is told of runs, and how").add_subparsers(
        required=True
    )
    listed = commands.add_parser("list", help="the channels of this installation")
    listed.set_defaults(command=_list)
    checked = commands.add_parser("check", help="check a file of channels; nothing is asked")
    stored = commands.add_parser("set", help="make a file's channels those of this installation")
    for command in (checked, stored):
        command.add_argument("file", type=Path, metavar="FILE")
    checked.set_defaults(command=_check)
    stored.set_defaults(command=_set)
    tried = commands.add_parser("test", help="send a test notice to a channel")
    tried.add_argument("channel", metavar="CHANNEL")
    tried.set_defaults(command=_test)


def _list(options: argparse.Namespace) -> None:
    settings = settings_of(options)
    show(place.store(settings), settings.results)


def _check(options: argparse.Namespace) -> None:
    found = channels.parse(_text(options.file), str(options.file))
    output.say(f"{options.file} is right: {_count(found)}.")


def _set(options: argparse.Namespace) -> None:
    settings = settings_of(options)
    store_file(place.store(settings), settings.results, options.file)


def _test(options: argparse.Namespace) -> None:
    settings = settings_of(options)
    environ = dict(os.environ)
    if settings.endpoint:
        environ["CLOUD_URL"] = settings.endpoint
    attempt(place.store(settings), settings.results, options.channel, environ)


def show(store: Store, results: str) -> None:
    """Show the channels, without their secrets."""
    found = channels.read(store, results)
    if not found:
        output.say(f"There is no channel: {channels.channels_uri(results)} is not there or empty.")
        return
    rows = [
        [name, _kind(channel), ", ".join(event.value for event in channel.events)]
        for name, channel in found.items()
    ]
    output.show_table(["channel", "kind", "told of, if a rule does not say"], rows)


def store_file(store: Store, results: str, file: Path) -> None:
    """Check a file and put it where the installation reads it; raises `RecordError`."""
    text = _text(file)
    found = channels.parse(text, str(file))
    uri = channels.channels_uri(results)
    store.write(uri, text, "application/yaml")
    output.say(f"{uri} has {_count(found)}: try each with 'headrace notices test CHANNEL'.")


def attempt(store: Store, results: str, name: str, environ: Mapping[str, str]) -> None:
    """Send a test notice, once, with the secrets that this machine can read.

    Raises:
        InputError: there is no such channel, or it is wrong.
        ServiceError: it was not taken.
    """
    found = channels.read(store, results)
    if name not in found:
        raise InputError(f"There is no channel '{name}'{nearest(name, found)}")
    now = datetime.now(UTC)
    notice = Notice(
        id=f"test.{time.time_ns()}",
        event=RunEvent.TEST,
        created=now,
        headline="A test of this channel",
        sentence=f"{getpass.getuser()} tries the channel '{name}'. No run is concerned.",
    )
    transports.deliver(found[name], notice, environ)
    output.say(f"Channel '{name}' took a test notice.")


def _text(file: Path) -> bytes:
    try:
        return file.read_bytes()
    except OSError as error:
        raise RecordError(f"{file}: cannot be read: {error.strerror}.") from error


def _count(found: Mapping[str, Channel]) -> str:
    return "1 channel" if len(found) == 1 else f"{len(found)} channels"


def _kind(channel: Channel) -> str:
    match channel:
        case PubSub():
            return channel.topic
        case Webhook():
            return f"webhook, {channel.shape}"
        case Email():
            return f"e-mail by {channel.host}"
