"""10,000 names that an attacker might choose: none runs, none crashes, each has a reason."""

import random
import re
import string
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass

import pytest

from headrace.arrivals import triggers
from headrace.arrivals.outcomes import Kind
from headrace.errors import UnsafeNameError
from headrace.gcs import check_name
from tests.unit.arrivals.test_crashes import KINDS
from tests.unit.arrivals.test_handler import SETTINGS
from tests.unit.arrivals.world import World

PIECES = [
    "'", '"', "`", "$(touch PWNED)", "${IFS}", "$HOME", ";", "&&", "|", ">", "<", "\n", "\r\n",
    "\t",
    "\x00", "\x1b[2J", "\\", "*", "?", "[a-z]", "~", "#", "!", "(", ")", "{", "}", "{sample}",
    "{{}}",
    "{0.__class__}", "%n", "%s", "..", "../", "./", "//", "-rf", "--", " ", "\u00a0", "\u202e", "é",
    "\u0301", "🧬", "\ufeff", "gs://x/", "http://", ":", "=", "@", ",", "+", "%2e%2e", "CON",
    "a", "L001", "R1", ".fastq.gz", ".md5", "_", "/", "x" * 300,
]  # fmt: skip
FRAMES = [
    "{}",
    "d/{}.gz",
    "{}/x_R1.gz",
    "d/x_R{}.gz",
    "a/{}",
    "{}/sheet.csv",
    "{}/done.txt",
    "d/{}",
]
RULES = triggers.parse(
    "rules:\n"
    + "".join(
        f"  - name: r-{kind}\n    {text}\n" for kind, text in KINDS.items() if kind != "batch"
    ),
    "rules",
)
COUNT = 10_000
SAFE = re.compile(r"[A-Za-z0-9_.,:=+@%/-]+")


def names(count: int) -> list[str]:
    """Return different names, the longest of 1,024 bytes and some longer."""
    chance = random.Random(42)  # noqa: S311 - names, not secrets
    found = {"x" * 1024, "x" * 1025, "é" * 512, "d/" + "y" * 1019 + ".gz"}
    while len(found) < count:
        noise = "".join(chance.choices(PIECES, k=chance.randint(1, 6)))
        if chance.random() < 0.3:
            noise += "".join(chance.choices(string.printable, k=chance.randint(1, 20)))
        found.add(chance.choice(FRAMES).replace("{}", noise))
    return sorted(found)


@dataclass
class Ends:
    """What became of all names: by name, and in the worlds that each hundred was uploaded to."""

    kinds: dict[str, Kind]
    worlds: list[World]


@pytest.fixture(scope="module")
def ends() -> Ends:
    found = Ends({}, [])
    for some in batched(names(COUNT), 100):
        world = World(SETTINGS, RULES)
        found.worlds.append(world)
        for name in some:
            outcomes = world.deliver_all(world.put(name))
            assert all(outcome.reason for outcome in outcomes), f"no reason for {name!r}"
            found.kinds[name] = outcomes[0].kind
    return found


def batched(items: list[str], size: int) -> Iterator[list[str]]:
    for start in range(0, len(items), size):
        yield items[start : start + size]


def test_each_of_10_000_hostile_names_gets_an_end_with_a_reason(ends: Ends) -> None:
    counts = Counter(ends.kinds.values())
    assert len(ends.kinds) == COUNT
    assert counts[Kind.FAILED] == 0
    assert counts[Kind.REJECTED] > COUNT / 2
    assert counts[Kind.STARTED] > 0, "harmless names among them start runs"


def test_every_name_outside_the_allow_list_is_refused_and_no_other(ends: Ends) -> None:
    for name, kind in ends.kinds.items():
        try:
            check_name(name, "object name")
        except UnsafeNameError:
            assert kind is Kind.REJECTED or (kind is Kind.IGNORED and name.endswith("/")), name
        else:
            assert kind is not Kind.REJECTED or name.endswith("sheet.csv"), name


def test_nothing_of_a_hostile_name_reaches_a_job(ends: Ends) -> None:
    for world in ends.worlds:
        for job_id, job in world.service.submitted.items():
            assert re.fullmatch(r"[a-z][a-z0-9-]{0,62}", job_id)
            (action,) = job.actions
            texts = [*action.commands, *action.environment.values(), *job.labels.values()]
            assert all(SAFE.fullmatch(text) for text in texts), texts
            assert action.entrypoint == "headrace-controller"


def test_what_is_left_of_them_lies_under_harmless_names(ends: Ends) -> None:
    left = [name for world in ends.worlds for name in world.result_names()]
    assert all(SAFE.fullmatch(name) for name in left)
    refused = [name for name in left if name.startswith("rejected/")]
    assert len(refused) == Counter(ends.kinds.values())[Kind.REJECTED]
