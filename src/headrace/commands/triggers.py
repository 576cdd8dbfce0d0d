"""`headrace triggers`: are the rules right, and what would an upload of this name do? Offline."""

from pathlib import Path

from headrace import gcs
from headrace.arrivals import sets, triggers
from headrace.arrivals.triggers import Match, Rule
from headrace.commands import output
from headrace.commands.topics import Topics

RULES_FILE = Path("config/triggers.yaml")


def add(topics: Topics) -> None:
    """Add `headrace triggers check|explain`."""
    commands = topics.add_parser("triggers", help="check the rules").add_subparsers(required=True)
    checked = commands.add_parser("check", help="is a rules file right?")
    checked.add_argument("file", nargs="?", type=Path, default=RULES_FILE, metavar="FILE")
    checked.set_defaults(command=lambda options: check(options.file))
    explained = commands.add_parser("explain", help="what would an upload of this name do?")
    explained.add_argument("name", metavar="NAME", help="such as run42/s1_L001_R1.fastq.gz")
    explained.add_argument("--rules", type=Path, default=RULES_FILE, metavar="FILE")
    explained.set_defaults(command=lambda options: explain(options.rules, options.name))


def check(file: Path) -> None:
    """Say that the rules are right; raises `RecordError` if they are not."""
    rules = triggers.load(file)
    output.say(f"{file} is right: {len(rules)} rules.")
    output.show_table(["rule", "pattern"], [[rule.name, rule.pattern.text] for rule in rules])


def explain(file: Path, name: str) -> int:
    """Say what an upload of this name would do; 1 if it would do nothing.

    Raises:
        UnsafeNameError: it would be refused at the door.
    """
    rules = triggers.load(file)
    gcs.check_name(name, "object name")
    match = triggers.first_match(rules, name)
    if match is None:
        output.say(f"No rule of {file} wants '{name}', so it starts nothing. The patterns are:")
        output.show_table(["rule", "pattern"], [[rule.name, rule.pattern.text] for rule in rules])
        return 1
    for line in _explanation(match, name):
        output.say(line)
    return 0


def _explanation(match: Match, name: str) -> list[str]:
    rule = match.rule
    others = [other for other in sets.expected(match) if other != name]
    fields = ", ".join(f"{field}={value}" for field, value in match.fields.items())
    shared = ", ".join(f"{field}={match.fields[field]}" for field in rule.when.sharing)
    return [
        f"'{name}' falls under the rule '{rule.name}': {rule.pattern.text}",
        f"  fields:       {fields}",
        f"  its set:      all such objects with {shared}"
        if shared
        else "  its set:      all such objects",
        f"  also needed:  {', '.join(others) or 'nothing: it is complete by itself'}",
        *_open_fields(rule),
        f"  then:         a run '{rule.name}-…' of at most {rule.workflow.hours} hours starts",
    ]


def _open_fields(rule: Rule) -> list[str]:
    given = {*rule.when.sharing, *rule.when.complete}
    free = [field for field in rule.pattern.fields if field not in given]
    if not free:
        return []
    return [f"                and the same for every other {' and '.join(free)} that is there"]
