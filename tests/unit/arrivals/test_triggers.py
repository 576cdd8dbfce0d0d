"""The rules file is read strictly, and a wrong one gets one sentence."""

import re
from collections.abc import Iterable
from pathlib import Path
from typing import Any, get_args

import pytest
import yaml

from headrace.arrivals import documents, triggers
from headrace.arrivals.triggers import Rule
from headrace.errors import RecordError

REPOSITORY = Path(__file__).parents[3]
RULE = {
    "name": "reads",
    "match": "{folder}/{sample}_R{read}.gz",
    "when": {"kind": "set", "sharing": ["folder", "sample"], "complete": {"read": ["1", "2"]}},
    "sheet": {"columns": {"sample": "{sample}", "first": {"object": {"read": "1"}}}},
    "workflow": {"config": {"ploidy": 1}, "targets": ["all"], "hours": 2},
}


def changed(path: str, value: object) -> str:
    """Return a rules file whose only rule has another value at this dotted path."""
    rule = yaml.safe_load(yaml.safe_dump(RULE))
    *parents, last = path.split(".")
    place = rule
    for parent in parents:
        place = place[parent]
    place[last] = value
    return yaml.safe_dump({"rules": [rule]})


def test_a_rule_is_read_with_all_it_says() -> None:
    (rule,) = triggers.parse(yaml.safe_dump({"rules": [RULE]}), "file")
    assert rule.name == "reads"
    assert rule.pattern.fields == ("folder", "sample", "read")
    assert documents.complete_of(rule.when) == {"read": ["1", "2"]}
    assert rule.workflow.config == {"ploidy": 1}
    assert rule.workflow.targets == ["all"]
    assert rule.workflow.hours == 2


def test_the_first_rule_that_fits_counts(rules: tuple[Rule, ...]) -> None:
    single = triggers.first_match(rules, "run-single/s1_L001_R1.fastq.gz")
    paired = triggers.first_match(rules, "run/s1_L001_R1.fastq.gz")
    assert single is not None
    assert paired is not None
    assert (single.rule.name, paired.rule.name) == ("single", "paired")


def test_a_name_that_no_rule_wants_matches_none(rules: tuple[Rule, ...]) -> None:
    assert triggers.first_match(rules, "run/notes.txt") is None


def test_the_repository_s_own_rules_take_paired_and_single_reads() -> None:
    rules = triggers.load(REPOSITORY / "config" / "triggers.yaml")
    paired = triggers.first_match(rules, "run42/good_L001_R2.fastq.gz")
    single = triggers.first_match(rules, "run42-single/good_L001_R1.fastq.gz")
    assert paired is not None
    assert single is not None
    assert (paired.rule.name, single.rule.name) == ("paired-reads", "single-reads")


def documented() -> str:
    return (REPOSITORY / "docs" / "triggers.md").read_text()


def test_the_documentation_s_examples_are_right_rules_of_every_kind() -> None:
    examples = re.findall(r"```yaml\n(.*?)```", documented(), flags=re.DOTALL)
    rules = [triggers.parse(example, "docs/triggers.md")[0] for example in examples]
    assert {type(rule.when) for rule in rules} == set(get_args(documents.When))
    assert len(rules) == len(examples)


def test_every_key_is_documented_and_no_other() -> None:
    found = set(re.findall(r"^\| `([a-z._]+)` \|", documented(), flags=re.MULTILINE))
    parts: dict[str, Iterable[Any]] = {
        "sheet": [documents.SheetRule],
        "workflow": [documents.WorkflowRule],
        "checks": [documents.ContentRule],
        "when": get_args(documents.When),
    }
    known = {
        f"{part}.{name}"
        for part, kinds in parts.items()
        for kind in kinds
        for name in kind.__struct_fields__
    }
    listed = {
        name for name in found if name not in {"each", "set", "sheet", "marker", "batch", "kind"}
    }
    assert listed == known | {"name", "match", "when", "checks", "cap", "notify"}


@pytest.mark.parametrize(
    ("path", "value", "complaint"),
    [
        ("nme", "x", "unknown key 'nme' - at `$.rules[0]`; did you mean 'name'?"),
        ("when.sharin", [], "unknown key 'sharin'"),
        ("when.kind", "sett", "Invalid value 'sett'"),
        ("workflow.hour", 3, "did you mean 'hours'?"),
        ("name", "Reads", "rule 'Reads': the name must be"),
        ("name", "r" * 43, "the name must be"),
        ("match", "{sample", "unmatched braces"),
        ("when.sharing", ["folder", "sampel"], "no field 'sampel'; did you mean 'sample'?"),
        ("when.sharing", ["read"], "'read' is in both 'sharing' and 'complete'"),
        ("when.complete", {"raed": ["1"]}, "no field 'raed'; did you mean 'read'?"),
        ("when.complete", {"read": []}, "needs different values for the field 'read'"),
        ("when.complete", {"read": ["1", "1"]}, "needs different values"),
        ("when.complete", {"read": ["$1"]}, "can never be '$1'"),
        ("sheet.path", "../samples.tsv", "sheet: path '../samples.tsv'"),
        ("sheet.path", "/etc/passwd", "must be relative"),
        ("sheet.columns", {"a b": "x"}, "'a b' cannot be a heading"),
        ("sheet.columns", {"sample": "{sampel}"}, "did you mean 'sample'?"),
        ("sheet.columns", {"sample": "{read}"}, "differs within a row"),
        ("sheet.columns", {"sample": "a\tb"}, "holds a tab"),
        ("sheet.columns", {"first": {"object": {"read": "3"}}}, "'read', one of 1, 2"),
        ("sheet.columns", {"first": {"object": {}}}, "must name its object by 'read'"),
        (
            "sheet.columns",
            {"first": {"object": {"read": "1", "sample": "x"}}},
            "'sample' is not a field of 'complete'",
        ),
        ("sheet.columns", {"sample": "{sample!r}"}, "no field 'sample!r'"),
        ("sheet.columns", {"sample": "{sample"}, "unmatched brace"),
        ("workflow.config", {"a": [{"b": "{inbx}"}]}, "'{inbx}' is neither a bucket nor a field"),
        ("workflow.config", {"a": "{read}"}, "neither a bucket nor a field that the set shares"),
        ("match", "{folder}/{sample}_R{read}.{inbox}", "no field may be called 'inbox'"),
        ("workflow.targets", ["--cores"], "begins with a dash"),
        ("workflow.hours", 0, "choose 1 to 336"),
        ("workflow.hours", 337, "choose 1 to 336"),
        ("workflow.profile", "/etc", "must be relative"),
        ("workflow.home", "/etc", "must be relative"),
        ("workflow.home", "../x", "'..'"),
        ("workflow.profile", "../x", "'..'"),
        ("workflow.samples", "{smple}", "no field 'smple'; did you mean 'sample'?"),
        ("cap", 0, "choose a price above 0"),
        (
            "when.kind",
            "sett",
            "Invalid value 'sett' - at `$.rules[0].when.kind`; did you mean 'set'",
        ),
        ("checks", "fastqs", "did you mean 'fastq'?"),
        ("checks", {"kind": "table", "mates": "read"}, "'table' files have no mates"),
        ("checks", {"kind": "fastq", "mates": "reed"}, "no field 'reed'; did you mean 'read'?"),
        ("checks", {"kind": "fastq", "columns": ["a"]}, "'fastq' files have no columns"),
        ("checks", {"kind": "gzip", "max_gib": 0}, "choose a number above 0"),
        ("when.settle", "soon", "settle is 'soon': write a number and s, m, h or d"),
        ("when.settle", "13h", "choose at most 12h"),
        ("when.deadline", "31d", "choose at most 720h"),
        ("notify", [{"channel": "Lab $(id)"}], "cannot be a channel"),
        ("notify", [{"channel": "lab", "event": []}], "unknown key 'event'"),
        ("notify", [{"channel": "lab", "events": ["ended"]}], "Invalid enum value 'ended'"),
    ],
)
def test_a_wrong_rule_gets_one_sentence(path: str, value: object, complaint: str) -> None:
    with pytest.raises(RecordError, match=re.escape(complaint)) as caught:
        triggers.parse(changed(path, value), "triggers.yaml")
    assert str(caught.value).startswith("triggers.yaml: ")
    assert "\n" not in str(caught.value)


MARKER = {"kind": "marker", "files": "{folder}/{file}.gz"}
SHEET = {"kind": "sheet", "files": "{folder}/{file}.gz", "listed": {"file": {}}}


@pytest.mark.parametrize(
    ("match", "when", "complaint"),
    [
        ("{other}/done.txt", MARKER, "have no field in common"),
        ("{folder}/done.txt", MARKER | {"complete": {"fle": ["1"]}}, "did you mean 'file'?"),
        ("{folder}/done.txt", MARKER | {"windw": "1m"}, "unknown key 'windw'"),
        ("{folder}/s.csv", SHEET | {"listed": {}}, "'listed' names no column"),
        ("{folder}/s.csv", SHEET | {"required": ["File"]}, "the column 'file' is named twice"),
        ("{folder}/s.csv", SHEET | {"required": ["a\tb"]}, "cannot be a heading"),
        ("{folder}/s.csv", SHEET | {"files": "{folder}{file}"}, "fields side by side"),
        ("{folder}/{x}.csv", {"kind": "batch", "window": "59s"}, "choose 1m or more"),
        ("{folder}/{x}.csv", {"kind": "batch", "window": "13h"}, "choose at most 12h"),
        ("{window}/{x}.csv", {"kind": "batch", "window": "1h"}, "which stands for its beginning"),
        ("{folder}/{x}.csv", {"kind": "batch", "window": "1h", "sharing": ["y"]}, "no field 'y'"),
        ("{folder}/{x}.csv", {"kind": "each", "sharing": ["x"]}, "unknown key 'sharing'"),
    ],
)
def test_a_wrong_when_of_each_kind_gets_one_sentence(
    match: str, when: dict[str, object], complaint: str
) -> None:
    text = yaml.safe_dump({"rules": [{"name": "r", "match": match, "when": when}]})
    with pytest.raises(RecordError, match=re.escape(complaint)) as caught:
        triggers.parse(text, "triggers.yaml")
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize(
    ("text", "complaint"),
    [
        ("rules: [", "not YAML"),
        ("rule: []", "did you mean 'rules'?"),
        ("", "missing required field `rules`"),
        ("- 1", "Expected `object`"),
    ],
)
def test_a_file_of_another_shape_gets_one_sentence(text: str, complaint: str) -> None:
    with pytest.raises(RecordError, match=re.escape(complaint)):
        triggers.parse(text, "triggers.yaml")


def test_two_rules_of_one_name_are_refused() -> None:
    text = yaml.safe_dump({"rules": [RULE, RULE]})
    with pytest.raises(RecordError, match="two rules have the name 'reads'"):
        triggers.parse(text, "triggers.yaml")


def test_a_file_that_cannot_be_read_gets_one_sentence(tmp_path: Path) -> None:
    with pytest.raises(RecordError, match=r"triggers\.yaml: cannot be read: No such file"):
        triggers.load(tmp_path / "triggers.yaml")
