"""What usually goes wrong in a rule that is to run on other machines: pure.

Each check yields sentences about one rule; `lint` gives them their place. A comment in a rule, or
right above it, that says `# lint: allow CODE, because …` keeps that code quiet for this rule.
"""

import re
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from enum import Enum

from headrace.rules.model import Kind, Rule

RESULT_FOLDERS = ("results/", "report/")
"""Where the outputs of a run belong, below its own folder (docs/outputs.md)."""

LOG_FOLDER = "logs/"

CONSTRAINED = re.compile(r"\{(\w+),[^{}]*(?:\{[^{}]*\}[^{}]*)*\}")
"""A wildcard with its constraint, a regular expression that may hold braces of its own."""

DIGEST = re.compile(r"@sha256:[0-9a-f]{64}$")

BASHLESS = ("alpine", "busybox", "distroless", "scratch")
"""Words in the names of images that come without bash."""


FETCHERS = re.compile(
    r"\b(?:wget|curl)\s|\b(?:pip3?|conda|mamba|apt|apt-get|npm)\s+install\b|\bgit\s+clone\b|"
    r"\b(?:https?|ftp)://[\w.-]+"
)
"""What a command does that fetches from the network."""


class Code(Enum):
    """The kinds of findings, by the names that comments allow them with."""

    NO_CONTAINER = "no-container"
    UNPINNED_IMAGE = "unpinned-image"
    NO_BASH = "no-bash"
    NO_LOG = "no-log"
    STRAY_OUTPUT = "stray-output"
    FOREIGN_PATH = "foreign-path"
    FETCHING = "fetching"
    OPEN_WILDCARD = "open-wildcard"


DIRECTIVES: Mapping[Code, str] = {
    Code.NO_CONTAINER: "rule",
    Code.UNPINNED_IMAGE: "container",
    Code.NO_BASH: "container",
    Code.NO_LOG: "rule",
    Code.STRAY_OUTPUT: "output",
    Code.FOREIGN_PATH: "shell",
    Code.FETCHING: "shell",
    Code.OPEN_WILDCARD: "output",
}
"""The keyword whose line a finding points to; the rule's own where the rule has no such line."""


@dataclass(frozen=True)
class Finding:
    """Something to mend in a rule: what is wrong, and what to do."""

    file: str
    line: int
    rule: str
    code: Code
    sentence: str


def lint(
    rules: Iterable[Rule], sources: Mapping[str, str], repository: Callable[[str], bool]
) -> list[Finding]:
    """Return the findings of all rules, in the order of the rules.

    Args:
        rules: what Snakemake understood.
        sources: the text of each file that rules stand in.
        repository: tells whether a relative path is a file or folder of the repository.
    """
    checks: Mapping[Code, Callable[[Rule], Iterator[str]]] = {
        Code.NO_CONTAINER: _no_container,
        Code.UNPINNED_IMAGE: _unpinned_image,
        Code.NO_BASH: _no_bash,
        Code.NO_LOG: _no_log,
        Code.STRAY_OUTPUT: _stray_output,
        Code.FOREIGN_PATH: lambda rule: _foreign_path(rule, repository),
        Code.FETCHING: _fetching,
        Code.OPEN_WILDCARD: _open_wildcard,
    }
    found = []
    for rule in rules:
        block = _block(rule, sources[rule.file].splitlines())
        for code, check in checks.items():
            if not _allowed(code, block.values()):
                line = _line_of(rule, DIRECTIVES[code], block)
                found += [
                    Finding(rule.file, line, rule.name, code, sentence) for sentence in check(rule)
                ]
    return found


def _no_container(rule: Rule) -> Iterator[str]:
    if _direct(rule) and rule.image is None:
        yield (
            "names no container, so Snakemake itself is started in its machine, which takes "
            "seconds, and the tool must be in the controller image: add container:."
        )


def _direct(rule: Rule) -> bool:
    """Whether the rule's own command runs in the rule's own image."""
    return rule.kind is Kind.SHELL and not rule.local


def _unpinned_image(rule: Rule) -> Iterator[str]:
    if (
        _direct(rule)
        and rule.image is not None
        and not re.search(r"@sha256:[0-9a-f]{64}$", rule.image)
    ):
        yield (
            f"takes the image {rule.image}, which may be another one tomorrow: "
            "add its digest, @sha256:…"
        )


def _no_bash(rule: Rule) -> Iterator[str]:
    name = (rule.image or "").partition("@")[0]
    words = [word for word in BASHLESS if re.search(rf"\b{word}\b", name)]
    if _direct(rule) and words:
        yield (
            f"takes the image {name}, and {words[0]} images come without bash, which commands are "
            "run by: take one with bash, or build one."
        )


def _no_log(rule: Rule) -> Iterator[str]:
    if rule.kind is not Kind.NONE and not rule.logs:
        yield "keeps no log: add log:, and send what the tool says there with 2> {log}."


def _stray_output(rule: Rule) -> Iterator[str]:
    for output in rule.outputs:
        if not output.startswith((*RESULT_FOLDERS, "gs://")):
            yield (
                f"writes {_plain(output)}, which is outside of {' and '.join(RESULT_FOLDERS)}: "
                "nobody looks for results elsewhere."
            )
    for log in rule.logs:
        if not log.startswith((LOG_FOLDER, "gs://")):
            yield f"logs to {_plain(log)}, which is outside of {LOG_FOLDER}."


def _foreign_path(rule: Rule, repository: Callable[[str], bool]) -> Iterator[str]:
    """Look for what is there on one machine only: absolute paths, and files that do not travel."""
    for path in rule.inputs:
        if path.startswith(("/", "~", "../")):
            yield f"reads {path}, which is on this machine only: upload it, and name its address."
    if not _direct(rule):
        return
    for path in dict.fromkeys(re.findall(r"(?<![\w./{}~:-])(?:~|/|\.\./)[\w./-]+", rule.command)):
        if not path.startswith(("/dev/", "/proc/", "/opt/", "/usr/", "/bin/", "/etc/")):
            yield (
                f"names {path} in its command, which no other machine has: make it an input or, "
                "for a scratch file, take $TMPDIR."
            )
    for path in dict.fromkeys(re.findall(r"(?<![\w./{}$-])[\w-][\w.-]*/[\w./-]+", rule.command)):
        travels = any(path == one or path.startswith(f"{one}/") for one in rule.carried)
        if repository(path) and not travels and path not in rule.inputs:
            yield (
                f"names the repository's file {path} in its command, and machines have no copy: "
                f'add resources: lifesciences_files="{path}".'
            )


def _fetching(rule: Rule) -> Iterator[str]:
    found = FETCHERS.search(rule.command) if _direct(rule) else None
    if found is not None:
        yield (
            f"fetches something while it runs ('{found[0].strip()}'), which may be another thing "
            "tomorrow, and private machines have no way out: put it into the image, or upload it "
            "and make it an input."
        )


def _open_wildcard(rule: Rule) -> Iterator[str]:
    unconstrained = (CONSTRAINED.sub("", output) for output in rule.outputs)
    found = [name for output in unconstrained for name in re.findall(r"\{(\w+)\}", output)]
    for name in dict.fromkeys(found):
        yield (
            f"leaves the wildcard {name} open, so it fits more names than you think of: add "
            f'wildcard_constraints: {name}="[A-Za-z0-9][A-Za-z0-9._-]*".'
        )


def _plain(pattern: str) -> str:
    """Return a pattern without the constraints of its wildcards."""
    return CONSTRAINED.sub(r"{\1}", pattern)


def _block(rule: Rule, lines: Sequence[str]) -> dict[int, str]:
    """Return the rule's lines by number, and those of the comment right above it."""
    first, last = rule.line, rule.line
    while first > 1 and lines[first - 2].startswith("#"):
        first -= 1
    while last < len(lines) and (not lines[last].strip() or lines[last][0] in " \t#"):
        last += 1
    return {number: lines[number - 1] for number in range(first, last + 1)}


def _line_of(rule: Rule, directive: str, block: Mapping[int, str]) -> int:
    """Return the line of the rule's directive, or of the rule where it is inherited or missing."""
    places = (number for number, text in block.items() if re.match(rf"\s+{directive}\s*:", text))
    return next(places, rule.line)


def _allowed(code: Code, lines: Iterable[str]) -> bool:
    return any(re.search(rf"#\s*lint: allow {code.value}, because \S", line) for line in lines)
