"""`headrace triggers`: are the rules right, and what would an upload of this name do? Offline."""

import json
from pathlib import Path

import msgspec

from headrace import gcs
from headrace.arrivals import kinds, side_files, triggers
from headrace.arrivals.documents import Content, ContentRule, TriggersRecord
from headrace.arrivals.triggers import Match, Role, Rule
from headrace.commands import output
from headrace.commands.topics import Topics

RULES_FILE = Path("config/triggers.yaml")

_WIDTH = 14


def add(topics: Topics) -> None:
    """Add `headrace triggers check|explain|schema`."""
    commands = topics.add_parser("triggers", help="check the rules").add_subparsers(required=True)
    checked = commands.add_parser("check", help="is a rules file right?")
    checked.add_argument("file", nargs="?", type=Path, default=RULES_FILE, metavar="FILE")
    checked.set_defaults(command=lambda options: check(options.file))
    explained = commands.add_parser("explain", help="what would an upload of this name do?")
    explained.add_argument("name", metavar="NAME", help="such as run42/s1_L001_R1.fastq.gz")
    explained.add_argument("--rules", type=Path, default=RULES_FILE, metavar="FILE")
    explained.set_defaults(command=lambda options: explain(options.rules, options.name))
    described = commands.add_parser("schema", help="show the JSON Schema of rules files")
    described.set_defaults(command=lambda _options: schema())


def check(file: Path) -> None:
    """Say that the rules are right; raises `RecordError` if they are not."""
    rules = triggers.load(file)
    output.say(f"{file} is right: {len(rules)} {'rule' if len(rules) == 1 else 'rules'}.")
    _show(rules)


def explain(file: Path, name: str) -> int:
    """Say what an upload of this name would do; 1 if it would do nothing.

    Raises:
        UnsafeNameError: it would be refused at the door.
    """
    rules = triggers.load(file)
    gcs.check_name(name, "object name")
    match = triggers.first_match(rules, name)
    if match is None:
        why = "goes with another file" if side_files.goes_with_another(name) else "fits no pattern"
        output.say(f"'{name}' {why}, so it starts nothing. The rules of {file} are:")
        _show(rules)
        return 1
    for line in _explanation(match, name):
        output.say(line)
    return 0


def schema() -> None:
    """Show the JSON Schema of rules files, for editors that check as one types."""
    output.say(json.dumps(msgspec.json.schema(TriggersRecord), indent=2))


def _show(rules: tuple[Rule, ...]) -> None:
    headings = ["rule", "kind", "pattern", "files"]
    rows = [[r.name, _kind(r), r.pattern.text, r.files.text if r.files else ""] for r in rules]
    output.show_table(headings, rows)


def _kind(rule: Rule) -> str:
    tag = rule.when.__struct_config__.tag
    return str(tag)


def _explanation(match: Match, name: str) -> list[str]:
    rule = match.rule
    fields = ", ".join(f"{field}={value}" for field, value in match.fields.items())
    lines = [("fields", fields), *kinds.of(rule).explain(match)]
    if rule.files is None or match.role is Role.FILE:
        lines += [("checked for", _content(rule.checks))]
    lines += [("then", f"a run '{rule.name}-…' of at most {rule.workflow.hours} hours starts")]
    if rule.cap is not None:
        lines += [("", f"unless it is estimated to cost more than {rule.cap:g}")]
    if rule.notify:
        lines += [("told", ", ".join(wish.channel for wish in rule.notify))]
    return [
        f"'{name}' falls under the rule '{rule.name}': {rule.in_role(match.role).text}",
        *(f"  {heading + ':' if heading else '':<{_WIDTH}}{text}" for heading, text in lines),
    ]


def _content(rule: ContentRule) -> str:
    texts = {
        Content.NONE: "nothing but its name",
        Content.FILLED: "not being empty",
        Content.GZIP: "being a whole gzip file, as far as its two ends tell",
        Content.FASTQ: "being FASTQ, and a pair with its mate",
        Content.TABLE: "being a table with rows",
    }
    text = texts[rule.kind]
    if rule.columns:
        text += f" and the columns {', '.join(rule.columns)}"
    return text if rule.max_gib is None else f"{text}, of at most {rule.max_gib:g} GiB"
