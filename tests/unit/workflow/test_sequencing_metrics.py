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
SN\treads duplicated:\t3\t# PCR or optical duplicate bit set
SN\terror rate:\t1.500000e-02\t# mismatches / bases mapped (cigar)
FFQ\t1\t{poor}\t3
LFQ\t1\t{poor}\t5
""".format(poor="\t".join(["0"] * 29 + ["2"]))
HEADER = """\
@HD\tVN:1.6\tSO:coordinate
@PG\tID:minimap2\tPN:minimap2\tVN:2.31-r1302\tCL:minimap2 -a
@PG\tID:samtools\tPN:samtools\tPP:minimap2\tVN:1.24 (pysam)\tCL:samtools sort
"""
VARIANTS = """\
# This file was produced by bcftools stats (1.24+htslib-1.24) and can be plotted
SN\t0\tnumber of samples:\t1
SN\t0\tnumber of records:\t17
"""


def a_check(unit: str, *, problem: str | None = None) -> dict[str, Any]:
    files = [{"name": f"{unit}_R{mate}", "reads": 10, "bases": 1000} for mate in (1, 2)]
    return {"unit": unit, "usable": problem is None, "problem": problem, "files": files}


def a_trimming(*, paired: bool = True) -> dict[str, Any]:
    return {
        "cutadapt_version": "5.2",
        "input": {"paired": paired},
        "read_counts": {
            "input": 10,
            "read1_with_adapter": 3,
            "read2_with_adapter": 2 if paired else None,
        },
        "basepair_counts": {"input": 2000, "output": 1500},
    }


SEQUALI = {"meta": {"sequali_version": "1.0.2"}}


@pytest.fixture(name="folder")
def _folder(tmp_path: Path) -> Path:
    (tmp_path / "header").write_text(HEADER)
    (tmp_path / "stats").write_text(STATS)
    (tmp_path / "depth").write_text("0\t10\n10\t80\n20\t10\n")
    (tmp_path / "variants").write_text(VARIANTS)
    return tmp_path


def evidence(
    folder: Path, *units: tuple[dict[str, Any], dict[str, Any], dict[str, Any]]
) -> Evidence:
    """Files of one sample; each unit gives its check, raw QC and trimming documents."""
    checks, raw_qc, trimming = (
        [write(folder / f"{kind}.{number}.json", unit[kind]) for number, unit in enumerate(units)]
        for kind in range(3)
    )
    return Evidence(
        checks=checks,
        raw_qc=raw_qc,
        trimming=trimming,
        header=folder / "header",
        statistics=folder / "stats",
        depth=folder / "depth",
        variants=folder / "variants",
    )


def write(path: Path, document: dict[str, Any]) -> Path:
    path.write_text(json.dumps(document))
    return path


def test_a_usable_sample_has_every_metric(folder: Path) -> None:
    files = evidence(folder, (a_check("s_L1"), SEQUALI, a_trimming()))
    document = collect("s", files)
    assert document["problems"] == []
    assert document["metrics"] == {
        "reads": 20,
        "adapters": 25.0,
        "bases_kept": 75.0,
        "q30": pytest.approx(100 * 8 / 12),
        "mapped": 75.0,
        "duplicates": 50.0,
        "mismatches": pytest.approx(1.5),
        "depth": 10.0,
        "breadth": 90.0,
        "variants": 17,
    }
    assert set(document["metrics"]) == set(METRICS)


def test_versions_are_those_the_tools_noted(folder: Path) -> None:
    files = evidence(folder, (a_check("s_L1"), SEQUALI, a_trimming()))
    assert collect("s", files)["software"] == {
        "sequali": "1.0.2",
        "cutadapt": "5.2",
        "minimap2": "2.31-r1302",
        "samtools": "1.24",
        "bcftools": "1.24",
    }


def test_single_reads_are_counted_singly(folder: Path) -> None:
    files = evidence(folder, (a_check("s_L1"), SEQUALI, a_trimming(paired=False)))
    assert collect("s", files)["metrics"]["adapters"] == 30.0


def test_lanes_are_added_up(folder: Path) -> None:
    lane = a_trimming()
    files = evidence(
        folder,
        (a_check("s_L1"), SEQUALI, lane),
        (a_check("s_L2"), SEQUALI, {**lane, "basepair_counts": {"input": 1000, "output": 0}}),
    )
    metrics = collect("s", files)["metrics"]
    assert metrics["reads"] == 40
    assert metrics["bases_kept"] == 50.0


def test_a_sample_without_a_usable_unit_has_its_problem_and_no_metric(folder: Path) -> None:
    files = evidence(folder, (a_check("s_L1", problem="s_R1 is empty."), {}, {}))
    document = collect("s", files)
    assert document["problems"] == ["s_R1 is empty."]
    assert document["metrics"] == {}


def test_a_sample_with_one_usable_unit_has_the_problem_and_metrics_of_the_rest(
    folder: Path,
) -> None:
    files = evidence(
        folder,
        (a_check("s_L1", problem="s_L1 is empty."), {}, {}),
        (a_check("s_L2"), SEQUALI, a_trimming()),
    )
    document = collect("s", files)
    assert document["problems"] == ["s_L1 is empty."]
    assert document["metrics"]["reads"] == 20
    assert document["metrics"]["bases_kept"] == 75.0


def test_where_trimming_left_nothing_shares_of_nothing_are_null(folder: Path) -> None:
    (folder / "stats").write_text(
        "SN\traw total sequences:\t0\nSN\treads mapped:\t0\n"
        "SN\treads duplicated:\t0\nSN\terror rate:\t0.000000e+00\n"
    )
    files = evidence(folder, (a_check("s_L1"), SEQUALI, a_trimming()))
    metrics = collect("s", files)["metrics"]
    assert [metrics[name] for name in ("q30", "mapped", "duplicates", "mismatches")] == [None] * 4


def test_the_program_writes_the_document(folder: Path) -> None:
    files = evidence(folder, (a_check("s_L1"), SEQUALI, a_trimming()))
    out = folder / "out.json"
    options = {
        "--checks": files.checks[0],
        "--raw-qc": files.raw_qc[0],
        "--trimming": files.trimming[0],
        "--header": files.header,
        "--statistics": files.statistics,
        "--depth": files.depth,
        "--variants": files.variants,
        "--out": out,
    }
    words = [str(word) for option in options.items() for word in option]
    assert main(["--sample", "s", *words]) == 0
    assert json.loads(out.read_text()) == collect("s", files)
