"""A workflow's rules as Snakemake understood them, without Snakemake.

`snakemake_executor_plugin_lifesciences.rulebook` writes this document; strings are as the rule
gives them, with wildcards in braces. What only a function knows is left out.
"""

from enum import Enum

from msgspec import Struct


class Kind(Enum):
    """How a rule does its work."""

    SHELL = "shell"
    SNAKEMAKE = "snakemake"
    """`run:`, `script:`, `notebook:`, `wrapper:` and the like: Snakemake itself runs it."""
    NONE = "none"
    """Nothing is run: a rule that only gathers its inputs."""


class Rule(Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """One rule.

    Attributes:
        name: its name.
        file: the Snakefile it stands in.
        line: of its first line there, counted from 1.
        kind: how it does its work.
        local: whether it runs where Snakemake runs.
        image: its container, None without one.
        inputs: paths and addresses that are plain strings.
        outputs: patterns, with the wildcards' constraints in braces.
        logs: patterns.
        command: of a shell rule.
        carried: files of the repository that it asks for (`lifesciences_files`).
    """

    name: str
    file: str
    line: int
    kind: Kind
    local: bool
    image: str | None
    inputs: tuple[str, ...]
    outputs: tuple[str, ...]
    logs: tuple[str, ...]
    command: str
    carried: tuple[str, ...]


class Rulebook(Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """All rules of a workflow, in the order of its Snakefiles."""

    rules: tuple[Rule, ...]
