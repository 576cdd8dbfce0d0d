"""`headrace new-rule`: a file of rules, its test, and its word of configuration."""

import sys
from pathlib import Path

from headrace.commands import output
from headrace.commands.topics import Topics
from headrace.errors import InputError
from headrace.rules import scaffold
from headrace.rules.lint import DIGEST
from headrace.rules.scaffold import NewRule

CONFIG = Path("config/config.yaml")


def add(topics: Topics) -> None:
    """Add `headrace new-rule`."""
    command = topics.add_parser("new-rule", help="begin a rule for another tool")
    command.add_argument("name", metavar="NAME", help="of the rule, such as count_reads")
    command.add_argument(
        "--image", required=True, metavar="IMAGE", help="its container, REGISTRY/NAME:TAG@sha256:…"
    )
    command.add_argument(
        "--command",
        default="",
        dest="shell",
        metavar="SHELL",
        help="its command; an example if none",
    )
    command.set_defaults(
        command=lambda options: new_rule(
            Path(), NewRule(options.name, options.image, options.shell)
        )
    )


def new_rule(home: Path, new: NewRule) -> None:
    """Write the files into the repository at `home`, all or, if one cannot be, none.

    Raises:
        InputError: a file is there already, or this is no repository of a workflow.
    """
    config = home / CONFIG
    rule = home / "workflow" / "rules" / f"{new.name}.smk"
    test = home / "tests" / "rules" / f"test_{new.name}.py"
    if not config.is_file() or not rule.parent.is_dir():
        raise InputError(
            f"{CONFIG} and workflow/rules/ are not here: go to the root of the repository."
        )
    for path in (rule, test):
        if path.exists():
            raise InputError(f"There is a file {path} already: take another name, or remove it.")
    settings = scaffold.configured(config.read_text(encoding="utf-8"), new.name)
    test.parent.mkdir(parents=True, exist_ok=True)
    rule.write_text(scaffold.rule_text(new), encoding="utf-8")
    test.write_text(scaffold.test_text(new), encoding="utf-8")
    config.write_text(settings, encoding="utf-8")
    _tell(new, rule, test)


def _tell(new: NewRule, rule: Path, test: Path) -> None:
    output.say(f"{rule}: write your tool's command here.")
    output.say(f"{test}: passes as it is, and with your command.")
    output.say(f"{CONFIG}: '{new.name}' stands among the extras; without it there the rule is off.")
    if not DIGEST.search(new.image):
        sys.stderr.write(f"The image {new.image} has no digest: add @sha256:… in {rule}.\n")
