import dataclasses
import json
from pathlib import Path
from typing import Any

import pytest

from workflow.lib.metrics import METRICS
from workflow.scripts.sequencing_metrics import Evidence, collect, main

STATS = """\
# This file was produced by samtools stats (1.24+htslib-1.24) and can be plotted
SN\traw total sequences:\t8
SN\treads mapped:\t6
SN\treads properly paired:\t4\t# proper-pair bit set
SN\treads paired:\t8\t# paired-end technology bit set
SN\treads duplicated:\t3\t# PCR or optical duplicate bit set
SN\terror rate:\t1.500000e-02\t# mismatches / bases mapped (cigar)
FFQ\t1\t{poor}\t3
LFQ\t1\t{poor}\t5
IS\t0\t9\t0\t0\t9
IS\t100\t1\t1\t0\t0
IS\t200\t0\t0\t0\t0
IS\t300\t2\t2\t0\t0
""".format(poor="\t".join(["0"] * 29 + ["2"]))
NO_READS = """\
SN\traw total sequences:\t0
SN\treads mapped:\t0
SN\treads properly paired:\t0
SN\treads paired:\t0
SN\treads duplicated:\t0
SN\terror rate:\t0.000000e+00
"""
HEADER = """\
@HD\tVN:1.6\tSO:coordinate
@PG\tID:minimap2\tPN:minimap2\tVN:2.31-r1302\tCL:minimap2 -a
@PG\tID:samtools\tPN:samtools\tPP:minimap2\tVN:1.24 (pysam)\tCL:samtools sort
"""
VARIANTS = """\
# This file was produced by bcftools stats (1.24+htslib-1.24) and can be plotted
SN\t0\tnumber of samples:\t1
SN\t0\tnumber of records:\t17
TSTV\t0\t10\t5\t2.00\t10\t5\t2.00
"""
LANE: dict[str, dict[str, Any]] = {
    "checks": {
        "usable": True,
        "problem": None,
        "files": [{"reads": 10}, {"reads": 10}],
    },
    "raw_qc": {
        "meta": {"sequali_version": "1.0.2"},
        "summary": {
            "total_reads": 20,
            "total_bases": 2000,
            "total_gc_bases": 760,
            "total_n_bases": 100,
        },
    },
    "trimming": {
        "cutadapt_version": "5.2",
        "input": {"paired": True},
        "read_counts": {"input": 10, "read1_with_adapter": 3, "read2_with_adapter": 2},
        "basepair_counts": {"input": 2000, "output": 1500},
    },
}
UNUSABLE: dict[str, dict[str, Any]] = {
    "checks": {"usable": False, "problem": "s_R1 is empty.", "files": [{"reads": 0}]},
    "raw_qc": {},
    "trimming": {},
}


@pytest.fixture(name="folder")
def _folder(tmp_path: Path) -> Path:
    texts = {
        "header": HEADER,
        "statistics": STATS,
        "depth": "0\t10\n10\t80\n20\t10\n",
        "targets": "200\n50\n",
        "variants": VARIANTS,
        "alleles": "0\t10\n" * 9 + "3\t17\n" + "8\t12\n" + "0\t9\n",
        "consensus": ">s_chr1\nACGTN\nNNAnn\n",
    }
    for name, text in texts.items():
        (tmp_path / name).write_text(text)
    return tmp_path


def evidence(folder: Path, *lanes: dict[str, dict[str, Any]], **changes: Any) -> Evidence:
    """Files of one sample with these lanes."""
    units = {
        kind: [write(folder / f"{kind}.{number}", lane[kind]) for number, lane in enumerate(lanes)]
        for kind in LANE
    }
    made = Evidence(
        **units,
        header=folder / "header",
        statistics=folder / "statistics",
        depth=folder / "depth",
        targets=folder / "targets",
        variants=folder / "variants",
        alleles=folder / "alleles",
        consensus=folder / "consensus",
        breadth_depth=10,
        duplicates_marked=True,
    )
    return dataclasses.replace(made, **changes)


def write(path: Path, document: dict[str, Any]) -> Path:
    path.write_text(json.dumps(document) if document else "")
    return path


def test_a_usable_sample_has_every_metric(folder: Path) -> None:
    document = collect("s", evidence(folder, LANE))
    assert document["problems"] == []
    assert document["metrics"] == {
        "reads": 20,
        "read_length": 100.0,
        "gc": 40.0,
        "adapters": 25.0,
        "bases_kept": 75.0,
        "q30": pytest.approx(100 * 8 / 12),
        "mapped": 75.0,
        "proper_pairs": 50.0,
        "insert_size": 300,
        "duplicates": 50.0,
        "mismatches": pytest.approx(1.5),
        "on_target": 25.0,
        "depth": 10.0,
        "breadth": 90.0,
        "uniformity": 90.0,
        "variants": 17,
        "ts_tv": 2.0,
        "minor_alleles": pytest.approx(100 * 3 / 110),
        "consensus": 50.0,
    }
    assert set(document["metrics"]) == set(METRICS)


def test_the_depths_are_there_to_be_drawn(folder: Path) -> None:
    histograms = collect("s", evidence(folder, LANE))["histograms"]
    assert histograms == {"depth": {0: 10, 10: 80, 20: 10}}


def test_versions_are_those_the_tools_noted(folder: Path) -> None:
    assert collect("s", evidence(folder, LANE))["software"] == {
        "sequali": "1.0.2",
        "cutadapt": "5.2",
        "minimap2": "2.31-r1302",
        "samtools": "1.24",
        "bcftools": "1.24",
    }


def test_lanes_are_added_up(folder: Path) -> None:
    nothing_left = {**LANE["trimming"], "basepair_counts": {"input": 1000, "output": 0}}
    files = evidence(folder, LANE, {**LANE, "trimming": nothing_left})
    metrics = collect("s", files)["metrics"]
    assert metrics["reads"] == 40
    assert metrics["gc"] == 40.0
    assert metrics["bases_kept"] == 50.0


def test_a_sample_without_a_usable_unit_has_its_problem_and_no_metric(folder: Path) -> None:
    document = collect("s", evidence(folder, UNUSABLE))
    assert document["problems"] == ["s_R1 is empty."]
    assert document["metrics"] == {}


def test_a_sample_with_one_usable_unit_has_the_problem_and_metrics_of_the_rest(
    folder: Path,
) -> None:
    document = collect("s", evidence(folder, UNUSABLE, LANE))
    assert document["problems"] == ["s_R1 is empty."]
    assert document["metrics"]["reads"] == 20
    assert document["metrics"]["bases_kept"] == 75.0


def test_where_trimming_left_nothing_shares_of_nothing_are_null(folder: Path) -> None:
    (folder / "statistics").write_text(NO_READS)
    metrics = collect("s", evidence(folder, LANE))["metrics"]
    unmeasured = ("q30", "mapped", "proper_pairs", "insert_size", "duplicates", "mismatches")
    assert [metrics[name] for name in unmeasured] == [None] * 6


@pytest.mark.parametrize(
    ("change", "metric"),
    [
        ({"duplicates_marked": False}, "duplicates"),
        ({"consensus": None}, "consensus"),
    ],
)
def test_what_the_settings_leave_out_is_not_measured(
    folder: Path, change: dict[str, Any], metric: str
) -> None:
    assert collect("s", evidence(folder, LANE, **change))["metrics"][metric] is None


def test_without_targets_no_share_of_reads_is_on_them(folder: Path) -> None:
    (folder / "targets").write_text("")
    assert collect("s", evidence(folder, LANE))["metrics"]["on_target"] is None


def test_minor_alleles_are_not_judged_by_a_handful_of_sites(folder: Path) -> None:
    (folder / "alleles").write_text("5\t15\n" * 9)
    assert collect("s", evidence(folder, LANE))["metrics"]["minor_alleles"] is None


def test_the_program_writes_the_document(folder: Path) -> None:
    files = evidence(folder, LANE)
    out = folder / "out.json"
    words = ["--breadth-depth", "10", "--duplicates-marked", "--out", str(out)]
    for field in dataclasses.fields(files):
        value = getattr(files, field.name)
        if field.name not in ("breadth_depth", "duplicates_marked"):
            paths = value if isinstance(value, list) else [value]
            words += [f"--{field.name.replace('_', '-')}", *map(str, paths)]
    assert main(["--sample", "s", *words]) == 0
    assert json.loads(out.read_text()) == json.loads(json.dumps(collect("s", files)))
