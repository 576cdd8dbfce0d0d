import json
import zipfile
from pathlib import Path
from typing import Any

import pytest

from workflow.scripts.read_figures import Quality, Trimming, read_quality, read_trimming

SEQUALI_MATE = {"total_reads": 10, "total_bases": 900, "total_gc_bases": 400, "total_n_bases": 100}
FASTP = {
    "summary": {
        "fastp_version": "1.3.6",
        "before_filtering": {"total_reads": 20, "total_bases": 2000, "gc_content": 0.4},
        "after_filtering": {"total_reads": 18, "total_bases": 1600},
    },
    "filtering_result": {"passed_filter_reads": 18},
    "adapter_cutting": {"adapter_trimmed_reads": 4},
    "read1_before_filtering": {
        "total_cycles": 2,
        "total_bases": 1000,
        "content_curves": {"N": [0.1, 0.3]},
    },
    "read2_before_filtering": {
        "total_cycles": 2,
        "total_bases": 1000,
        "content_curves": {"N": [0.0, 0.0]},
    },
}
CUTADAPT = {
    "cutadapt_version": "5.2",
    "input": {"paired": True},
    "read_counts": {"input": 10, "read1_with_adapter": 3, "read2_with_adapter": 1},
    "basepair_counts": {"input": 2000, "output": 1600},
}
FASTQC = """\
##FastQC\t0.12.1
>>Basic Statistics\tpass
#Measure\tValue
Filename\ts_L1_R1.fastq.gz
Total Sequences\t10
>>END_MODULE
>>Per base sequence content\twarn
#Base\tG\tA\tT\tC
1-50\t25.0\t30.0\t30.0\t15.0
51-100\t30.0\t20.0\t20.0\t30.0
>>END_MODULE
>>Per base N content\tpass
#Base\tN-Count
1-50\t0.0
51-100\t20.0
>>END_MODULE
>>Sequence Length Distribution\twarn
#Length\tCount
80-89\t4.0
100\t6.0
>>END_MODULE
"""


def as_json(folder: Path, document: dict[str, Any]) -> Path:
    path = folder / "figures.json"
    path.write_text(json.dumps(document))
    return path


def test_sequali_tells_of_each_mate(tmp_path: Path) -> None:
    document = {
        "meta": {"sequali_version": "1.0.2"},
        "summary": SEQUALI_MATE,
        "summary_read2": SEQUALI_MATE,
    }
    expected = Quality("sequali", "1.0.2", reads=10, bases=900, gc=400, called=800)
    assert read_quality([as_json(tmp_path, document)]) == [expected, expected]


def test_sequali_has_no_second_mate_of_single_reads(tmp_path: Path) -> None:
    document = {
        "meta": {"sequali_version": "1.0.2"},
        "summary": SEQUALI_MATE,
        "summary_read2": None,
    }
    assert len(read_quality([as_json(tmp_path, document)])) == 1


def test_fastp_tells_of_both_mates_at_once(tmp_path: Path) -> None:
    (quality,) = read_quality([as_json(tmp_path, FASTP)])
    assert quality == Quality("fastp", "1.3.6", reads=20, bases=2000, gc=800, called=1800)


def test_fastqc_tells_of_one_file_in_classes(tmp_path: Path) -> None:
    path = tmp_path / "s_L1_R1_fastqc.zip"
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("s_L1_R1_fastqc/fastqc_data.txt", FASTQC)
    (quality,) = read_quality([path])
    bases = 4 * 84.5 + 6 * 100
    assert (quality.tool, quality.version) == ("fastqc", "0.12.1")
    assert (quality.reads, quality.bases) == (10, round(bases))
    assert quality.called == pytest.approx(0.9 * bases)
    assert quality.gc / quality.called == pytest.approx(0.5)


def test_both_trimming_tools_count_mates_singly(tmp_path: Path) -> None:
    assert read_trimming([as_json(tmp_path, CUTADAPT)]) == [
        Trimming("cutadapt", "5.2", reads=20, with_adapter=4, bases=2000, bases_kept=1600)
    ]
    assert read_trimming([as_json(tmp_path, FASTP)]) == [
        Trimming("fastp", "1.3.6", reads=20, with_adapter=4, bases=2000, bases_kept=1600)
    ]


def test_fastp_says_nothing_of_adapters_where_it_cut_none(tmp_path: Path) -> None:
    document = {key: value for key, value in FASTP.items() if key != "adapter_cutting"}
    (trimming,) = read_trimming([as_json(tmp_path, document)])
    assert trimming.with_adapter == 0


def test_an_empty_file_is_of_a_unit_without_reads(tmp_path: Path) -> None:
    (tmp_path / "empty").touch()
    assert read_quality([tmp_path / "empty"]) == []
    assert read_trimming([tmp_path / "empty"]) == []


def test_a_file_of_another_tool_is_refused_by_name(tmp_path: Path) -> None:
    path = as_json(tmp_path, {"falco": 1})
    with pytest.raises(ValueError, match=r"figures.json is of no tool"):
        read_quality([path])
    with pytest.raises(ValueError, match=r"figures.json is of no tool"):
        read_trimming([path])
