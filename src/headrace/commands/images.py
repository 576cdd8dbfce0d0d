"""`headrace images`: pin the rules' images by digest, check the lock, mirror them."""

import os
from collections.abc import Sequence
from pathlib import Path

from headrace.commands import output
from headrace.commands.topics import Topics
from headrace.errors import InputError, UnavailableError
from headrace.images import checking, lock
from headrace.images.lock import LOCK, Lock
from headrace.images.reference import Reference
from headrace.page import words
from headrace.rules import reading

PASSWORD = "HEADRACE_REGISTRY_PASSWORD"  # noqa: S105  # the variable's name
GOOGLE_REGISTRIES = (".pkg.dev", ".gcr.io")
GOOGLE_USER = "oauth2accesstoken"
"""The name that Google's registries take an access token as password for."""


def add(topics: Topics) -> None:
    """Add `headrace images`."""
    topic = topics.add_parser("images", help="pin, check and mirror the images of rules")
    commands = topic.add_subparsers(required=True, metavar="COMMAND")

    one = commands.add_parser("pin", help=f"write the digests of tags into {LOCK}")
    one.add_argument("names", nargs="*", metavar="NAME[:TAG]", help="those without one if none")
    one.add_argument("--user", help=f"name for the registries; the password is in {PASSWORD}")
    one.set_defaults(command=lambda options: pin(options.names, Login(options.user)))

    one = commands.add_parser("check", help="whether all images of rules are locked")
    one.add_argument("snakefile", nargs="?", type=Path, metavar="SNAKEFILE")
    one.add_argument("--configfile", nargs="*", type=Path, default=[], metavar="FILE")
    one.set_defaults(command=lambda options: check(options.snakefile, options.configfile))

    one = commands.add_parser("mirror", help="copy images into a registry of your own")
    one.add_argument(
        "place", metavar="HOST/PATH", help="such as REGION-docker.pkg.dev/PROJECT/quay"
    )
    one.add_argument("names", nargs="*", metavar="NAME", help="all of the lock if none")
    one.add_argument("--user", help=f"name for the registries; the password is in {PASSWORD}")
    one.add_argument("--print", action="store_true", help="print commands, and do nothing")
    one.set_defaults(
        command=lambda options: mirror(
            options.place, options.names, options.user, only_print=options.print
        )
    )


def pin(names: Sequence[str], login: "Login") -> int:
    """Ask the registries for digests, and keep them.

    Raises:
        InputError: a name is not in the lock.
        RegistryError: a registry does not answer, or knows no such tag.
    """
    from headrace.images.registry import Registries  # noqa: PLC0415  # other topics need no urllib3

    text = LOCK.read_text(encoding="utf-8") if LOCK.exists() else _no_lock()
    wanted = _versions(lock.read(text, str(LOCK)), names)
    registries = Registries(login)
    for name, tag in wanted.items():
        image = lock.read(text, str(LOCK)).named(name)
        asked = Reference.parse(f"{image.image}:{tag}")
        digest = registries.digest(asked)
        text = lock.pinned(text, name, tag, digest)
        lock.read(text, str(LOCK))
        LOCK.write_text(text, encoding="utf-8")
        output.say(f"{name}: {asked}@{digest}")
    if not wanted:
        output.say("Every image is pinned.")
    return 0


def check(snakefile: Path | None, configfiles: Sequence[Path]) -> int:
    """Show what is missing, one line each; 1 if there is anything."""
    locked = _lock()
    used: dict[str, list[str]] = {}
    for rule in reading.read(snakefile, configfiles).rules:
        if rule.image is not None:
            used.setdefault(rule.image, []).append(rule.name)
    found = list(checking.findings(used, locked))
    for sentence in [*found, *checking.unpinned(locked)]:
        output.say(sentence)
    verdict = f"{len(found)} to mend." if found else "Nothing to mend."
    output.say(f"{len(used)} images of rules and {len(locked.images)} locked ones. {verdict}")
    return int(bool(found))


def mirror(place: str, names: Sequence[str], user: str | None, *, only_print: bool) -> int:
    """Copy images of the lock into a place, or print the commands that do.

    Raises:
        InputError: a name is not in the lock.
        RegistryError: a registry refuses or does not answer.
    """
    from headrace.images import mirroring  # noqa: PLC0415  # other topics need no urllib3
    from headrace.images.registry import Registries  # noqa: PLC0415  # as above

    locked = _lock()
    registries = Registries(Login(user, place.partition("/")[0]))
    for name in names or locked.images:
        source = locked.named(name).reference
        target = source.below(place)
        if only_print:
            output.say(mirroring.commands(source, target))
            continue
        copied = mirroring.mirror(source, target, registries)
        size = words.size(copied.bytes)
        output.say(f"{name}: {target}: {copied.blobs} parts, {size}; {copied.present} were there.")
    return 0


class Login:
    """Name and password for one registry, and nobody else's to see.

    Google's registries take a token of whoever is signed in.
    """

    def __init__(self, user: str | None, host: str | None = None) -> None:
        self._user = user
        self._host = host  # None: whichever is asked

    def __call__(self, host: str) -> tuple[str, str] | None:
        """Return what to give a host, or None."""
        if self._user is not None and self._host in (None, host):
            return self._user, os.environ.get(PASSWORD, "")
        if f".{host}".endswith(GOOGLE_REGISTRIES):
            return GOOGLE_USER, _google_token()
        return None


def _google_token() -> str:
    import google.auth  # noqa: PLC0415  # only Google's registries need it
    from google.auth.exceptions import GoogleAuthError  # noqa: PLC0415  # as above
    from google.auth.transport.requests import Request  # noqa: PLC0415  # as above

    try:
        credentials, _ = google.auth.default(["https://www.googleapis.com/auth/cloud-platform"])
        credentials.refresh(Request())
    except GoogleAuthError as error:
        raise UnavailableError(
            "There are no usable Google credentials for the registry: run "
            "'gcloud auth application-default login', or give --user."
        ) from error
    return str(credentials.token)


def _versions(locked: Lock, names: Sequence[str]) -> dict[str, str]:
    """Return the tag to ask for by name."""
    if not names:
        return {name: one.tag for name, one in locked.images.items() if one.digest is None}
    wanted = {}
    for given in names:
        name, _, tag = given.partition(":")
        wanted[name] = tag or locked.named(name).tag
        locked.named(name)
    return wanted


def _lock() -> Lock:
    return lock.read(LOCK.read_text(encoding="utf-8") if LOCK.exists() else _no_lock(), str(LOCK))


def _no_lock() -> str:
    raise InputError(f"There is no {LOCK} here: go to the root of a clone.")
