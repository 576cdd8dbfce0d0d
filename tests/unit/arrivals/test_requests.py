"""What a complete set asks for is decided by its uploads and its rule alone."""

import re
from collections.abc import Callable
from datetime import UTC, datetime

from hypothesis import given
from hypothesis import strategies as st

from headrace.arrivals import requests
from headrace.arrivals.decisions import Member, Ready
from headrace.arrivals.triggers import Rule
from headrace.gcs import ObjectUri
from headrace.runs.records import USUAL_EVENTS, ControllerTerms, Notify, RunEvent
from headrace.runs.store import StoredObject
from headrace.settings import Settings

NOW = datetime(2026, 1, 1, tzinfo=UTC)


def member(lane: str, read: str, generation: int = 1) -> Member:
    fields = {"folder": "run", "sample": "s1", "lane": lane, "read": read}
    uri = ObjectUri("inbox", f"run/s1_{lane}_R{read}.fastq.gz")
    return Member(StoredObject(uri, generation, 5, "abc=", NOW), fields)


PAIR = (member("L1", "1"), member("L1", "2"))


def ready(*members: Member, rule: str = "paired") -> Ready:
    shared = {"folder": "run", "sample": "s1"}
    return Ready((rule, *shared.values()), members or PAIR, shared)


@given(st.permutations([member(lane, read) for lane in ("L1", "L2") for read in "12"]))
def test_the_run_id_does_not_depend_on_the_order_of_uploads(members: list[Member]) -> None:
    assert requests.run_id(ready(*members)) == "paired-f8ba710c6b02eae777f1"


def test_an_upload_under_an_old_name_is_a_new_run() -> None:
    again = (PAIR[0], member("L1", "2", generation=2))
    assert requests.run_id(ready()) != requests.run_id(ready(*again))
    stem = requests.run_stem(ready().key)
    assert requests.run_id(ready()).startswith(stem)
    assert requests.run_id(ready(*again)).startswith(stem)


def test_another_rule_is_another_run() -> None:
    assert requests.run_id(ready()) != requests.run_id(ready(rule="other"))


def test_the_longest_run_id_is_a_job_id_and_a_label() -> None:
    assert re.fullmatch(r"[a-z][a-z0-9-]{0,60}", requests.run_id(ready(rule="r" * 40)))


def test_the_request_lists_uploads_and_carries_the_rule_s_wishes(
    rules: tuple[Rule, ...], settings: Settings
) -> None:
    request = requests.run_request(rules[1], ready(), settings, NOW)
    assert request.run_id == requests.run_id(ready())
    assert [found.name for found in request.objects] == [
        "run/s1_L1_R1.fastq.gz",
        "run/s1_L1_R2.fastq.gz",
    ]
    assert request.objects[0].fields["lane"] == "L1"
    assert (request.config, request.targets) == ({"ploidy": 1}, ["all"])
    assert (request.image, request.created) == (settings.controller_image, NOW)


def test_profile_cap_notices_and_samples_of_the_rule_go_into_the_request(
    parse_rules: Callable[[str], tuple[Rule, ...]], settings: Settings
) -> None:
    (rule,) = parse_rules("""
rules:
  - name: paired
    match: "{folder}/{sample}_{lane}_R{read}.fastq.gz"
    when: {kind: set, sharing: [folder], complete: {read: ["1", "2"]}}
    workflow:
      profile: profiles/large
      home: other
      samples: "{folder}.{sample}"
      hours: 6
      spot: true
    cap: 12.5
    notify: [{channel: lab, events: [started]}, {channel: on-call}]
""")
    request = requests.run_request(rule, ready(), settings, NOW)
    assert (request.profile, request.home, request.cap) == ("profiles/large", "other", 12.5)
    assert request.samples == ["run.s1"]
    assert request.controller == ControllerTerms(hours=6, spot=True, restarts=2)
    assert request.notify == [
        Notify(channel="lab", events=(RunEvent.STARTED,)),
        Notify(channel="on-call", events=USUAL_EVENTS),
    ]


def test_the_sheet_has_a_row_per_lane_with_both_reads(
    rules: tuple[Rule, ...], settings: Settings
) -> None:
    members = (*PAIR, member("L2", "1"), member("L2", "2"))
    sheet = requests.run_request(rules[1], ready(*members), settings, NOW).sheet
    assert sheet is not None
    assert sheet.columns == ["sample", "lane", "fastq_1", "fastq_2", "library", "platform"]
    assert sheet.rows == [
        [
            "s1",
            lane,
            f"gs://inbox/run/s1_{lane}_R1.fastq.gz",
            f"gs://inbox/run/s1_{lane}_R2.fastq.gz",
            "run.s1",
            "ILLUMINA",
        ]
        for lane in ("L1", "L2")
    ]


def test_a_rule_without_a_sheet_gives_none(rules: tuple[Rule, ...], settings: Settings) -> None:
    assert requests.run_request(rules[0], ready(), settings, NOW).sheet is None


def test_buckets_and_shared_fields_in_the_configuration_are_filled_in(
    parse_rules: Callable[[str], tuple[Rule, ...]], settings: Settings
) -> None:
    (rule,) = parse_rules("""
rules:
  - name: paired
    match: "{folder}/{sample}_{lane}_R{read}.fastq.gz"
    when: {kind: set, sharing: [folder, sample], complete: {read: ["1", "2"]}}
    workflow:
      config:
        reference: "gs://{inbox}/{folder}/genome.fa"
        deep: {list: ["{results}", 3, "{print $1} {5} {}"], flag: true}
""")
    config = requests.run_request(rule, ready(), settings, NOW).config
    assert config == {
        "reference": "gs://inbox/run/genome.fa",
        "deep": {"list": ["results", 3, "{print $1} {5} {}"], "flag": True},
    }


def test_samples_are_those_of_the_run_s_sheet_unless_the_rule_names_them(
    parse_rules: Callable[[str], tuple[Rule, ...]], settings: Settings
) -> None:
    (rule,) = parse_rules("""
rules:
  - name: paired
    match: "{folder}/{name}_R{read}.fastq.gz"
    when: {kind: set, sharing: [folder], complete: {read: ["1", "2"]}}
    sheet: {columns: {sample: "{folder}.{name}"}}
""")
    pair = [
        Member(member("L1", read).object, {"folder": "run", "name": "s1", "read": read})
        for read in "12"
    ]
    assert requests.run_request(rule, ready(*pair), settings, NOW).samples == ["run.s1"]
