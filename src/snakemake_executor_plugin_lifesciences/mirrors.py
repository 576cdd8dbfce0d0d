"""Registries that stand for others: a private network reaches no quay.io, but a cache of it."""

import re
from collections.abc import Mapping

import msgspec

from headrace.errors import SettingsError
from headrace.staging.plan import Plan

DOCKER_HUB = "docker.io"
_HOST = re.compile(r"[a-z0-9.-]+(:[0-9]+)?\Z")
_PLACE = re.compile(r"[a-z0-9.-]+(:[0-9]+)?(/[A-Za-z0-9._-]+)*\Z")


def read_mirrors(text: str | None) -> dict[str, str]:
    """Read `HOST=PLACE` divided by commas; raises `SettingsError` for anything else."""
    mirrors = {}
    for word in (text or "").replace(" ", "").split(","):
        host, _, place = word.partition("=")
        if word and not (_HOST.match(host) and _PLACE.match(place)):
            raise SettingsError(
                f"lifesciences-registry-mirrors has '{word}': write HOST=PLACE, such as "
                "quay.io=europe-west4-docker.pkg.dev/my-lab/headrace-quay."
            )
        if word:
            mirrors[host] = place
    return mirrors


def mirrored(plan: Plan, mirrors: Mapping[str, str]) -> Plan:
    """Return the plan with its steps' images taken from the mirrors of their registries."""
    steps = tuple(
        msgspec.structs.replace(step, image=mirrored_image(step.image, mirrors))
        for step in plan.steps
    )
    return msgspec.structs.replace(plan, steps=steps)


def mirrored_image(image: str, mirrors: Mapping[str, str]) -> str:
    """Return where to pull an image from; one without a registry's name is Docker Hub's."""
    host, slash, rest = image.partition("/")
    if not slash or not ("." in host or ":" in host or host == "localhost"):
        host, rest = DOCKER_HUB, image if slash else f"library/{image}"
    return f"{mirrors[host]}/{rest}" if host in mirrors else image
