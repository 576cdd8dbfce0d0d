"""Indices, checksums and unfinished uploads start nothing, unless a rule asks for them by name."""

import pytest

from headrace.arrivals import triggers

RULES = triggers.parse(
    """
rules:
  - name: checksums
    match: "sums/{file}.md5"
    when: {kind: each}
  - name: anything
    match: "{folder}/{file}"
    when: {kind: each}
""",
    "rules",
)


@pytest.mark.parametrize(
    "name",
    [
        "d/a.fastq.gz.md5",
        "d/a.bam.bai",
        "d/a.BAM.BAI",
        "d/a.vcf.gz.tbi",
        "d/genome.fa.fai",
        "d/a.fastq.gz.part",
        "d/_SUCCESS",
        "d/md5sums.txt",
        "d/Thumbs.db",
    ],
)
def test_files_that_go_with_another_fit_no_wide_pattern(name: str) -> None:
    assert triggers.first_match(RULES, name) is None


@pytest.mark.parametrize("name", ["d/a.fastq.gz", "d/a.bam", "d/md5", "d/a.md5.gz", "d/success"])
def test_other_files_do(name: str) -> None:
    match = triggers.first_match(RULES, name)
    assert match is not None
    assert match.rule.name == "anything"


def test_a_rule_whose_pattern_ends_so_gets_them() -> None:
    match = triggers.first_match(RULES, "sums/a.md5")
    assert match is not None
    assert match.rule.name == "checksums"
