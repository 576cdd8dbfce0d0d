"""Every limit of every profile is passed by a good sample and tripped by one that is bad in it.

The samples are the tools' own files, so that reading, measuring and judging are tried together.
"""

import json
from pathlib import Path
from typing import Any

import pytest
import yaml

from workflow.lib.metrics import gates
from workflow.lib.settings import complete, laid_over, load_profiles
from workflow.scripts.gates import judge_sample, read_gates
from workflow.scripts.sequencing_metrics import Evidence, collect

ROOT = Path(__file__).parents[3]
CONFIG = yaml.safe_load((ROOT / "config" / "config.yaml").read_text())
PROFILES = load_profiles()
SETTINGS = {name: complete(laid_over(CONFIG, {"profile": name}), PROFILES) for name in PROFILES}

GOOD = {
    "reads": 20_000,
    "q30": 95,
    "adapters": 1,
    "bases_kept": 99,
    "mapped": 99,
    "proper_pairs": 98,
    "insert_size": 300,
    "duplicates": 5,
    "mismatches": 0.2,
    "on_target": 90,
    "depth": 200,
    "breadth": 99,
    "uniformity": 99,
    "minor_alleles": 1,
    "consensus": 99,
}
# Beyond the limit `fail` of every profile that has one.
FAILED = {
    "reads": 300,
    "q30": 50,
    "bases_kept": 30,
    "mapped": 40,
    "proper_pairs": 30,
    "insert_size": 60,
    "duplicates": 90,
    "mismatches": 8,
    "on_target": 20,
    "depth": 5,
    "breadth": 50,
    "uniformity": 40,
    "minor_alleles": 20,
    "consensus": 30,
}
CASES = [
    (profile, metric)
    for profile in PROFILES
    for metric, limits in SETTINGS[profile]["gates"].items()
    if limits != {"warn": None, "fail": None}
]


def tool_files(folder: Path, profile: str, wanted: dict[str, float]) -> Evidence:
    """What the tools would write of a sample with these metrics."""
    reads = int(wanted["reads"])
    kept = {"input": 100 * reads, "output": int(wanted["bases_kept"] * reads)}
    adapters = int(reads * wanted["adapters"] / 100)
    aligned = int(1e6 * wanted["mapped"] / 100)
    texts = {
        "check": json.dumps({"usable": True, "problem": None, "files": [{"reads": reads}]}),
        "qc": json.dumps(
            {
                "meta": {"sequali_version": "1"},
                "summary": {
                    "total_reads": reads,
                    "total_bases": 100 * reads,
                    "total_gc_bases": 40 * reads,
                    "total_n_bases": 0,
                },
            }
        ),
        "trimming": json.dumps(
            {
                "cutadapt_version": "1",
                "input": {"paired": False},
                "read_counts": {
                    "input": reads,
                    "read1_with_adapter": adapters,
                    "read2_with_adapter": None,
                },
                "basepair_counts": kept,
            }
        ),
        "header": "",
        "stats": "\n".join(
            [
                "SN\traw total sequences:\t1000000",
                f"SN\treads mapped:\t{aligned}",
                f"SN\treads duplicated:\t{aligned * wanted['duplicates'] / 100}",
                f"SN\treads properly paired:\t{10_000 * wanted['proper_pairs']}",
                "SN\treads paired:\t1000000",
                f"SN\terror rate:\t{wanted['mismatches'] / 100}",
                "FFQ\t1" + f"\t{100 - wanted['q30']:.0f}" + "\t0" * 29 + f"\t{wanted['q30']:.0f}",
                f"IS\t{wanted['insert_size']:.0f}\t10\t10\t0\t0",
            ]
        ),
        "depth": depths(profile, wanted),
        "targets": f"1000\n{int(10 * wanted['on_target'])}\n",
        "variants": "SN\t0\tnumber of records:\t10\n",
        "alleles": f"{int(wanted['minor_alleles'])}\t{100 - int(wanted['minor_alleles'])}\n" * 10,
        "consensus": ">c\n"
        + "A" * int(wanted["consensus"])
        + "N" * (100 - int(wanted["consensus"])),
    }
    for name, text in texts.items():
        (folder / name).write_text(text)
    settings = SETTINGS[profile]
    return Evidence(
        checks=[folder / "check"],
        raw_qc=[folder / "qc"],
        trimming=[folder / "trimming"],
        header=folder / "header",
        statistics=folder / "stats",
        depth=folder / "depth",
        targets=folder / "targets",
        variants=folder / "variants",
        alleles=folder / "alleles",
        consensus=folder / "consensus" if settings["consensus"]["make"] else None,
        breadth_depth=settings["coverage"]["breadth_depth"],
        duplicates_marked=settings["alignment"]["duplicates"] == "mark",
    )


def depths(profile: str, wanted: dict[str, float]) -> str:
    """A histogram of 100 bases: bare ones, thin ones, and the rest at one depth.

    Bare bases are neither broadly nor evenly covered, thin ones not evenly; so the lower of the two
    metrics decides how many there are of each.
    """
    mean, least = wanted["depth"], SETTINGS[profile]["coverage"]["breadth_depth"]
    even = int(min(wanted["uniformity"], wanted["breadth"]))
    thin = int(wanted["breadth"]) - even
    peak = round((100 * mean - thin * least) / even)
    return f"0\t{100 - even - thin}\n{least}\t{thin}\n{peak}\t{even}\n"


def judged(folder: Path, profile: str, **changes: float) -> tuple[str, dict[str, str]]:
    """The verdict, and the one on each metric that has a reason."""
    settings = SETTINGS[profile]
    limits = gates(settings["gates"], settings["coverage"]["breadth_depth"])
    document: dict[str, Any] = collect("s", tool_files(folder, profile, GOOD | changes))
    judgement = judge_sample(document, read_gates(limits))
    reasons = {
        metric: reason.rpartition("(")[2].rstrip(").")
        for reason in judgement.reasons
        for metric, fact in limits.items()
        if reason.startswith(f"{fact['title']}: ")
    }
    return judgement.verdict, reasons


@pytest.mark.parametrize("profile", PROFILES)
def test_a_good_sample_passes_every_gate(tmp_path: Path, profile: str) -> None:
    assert judged(tmp_path, profile) == ("PASS", {})


@pytest.mark.parametrize(("profile", "metric"), CASES)
def test_a_sample_that_is_bad_in_one_metric_trips_its_gate(
    tmp_path: Path, profile: str, metric: str
) -> None:
    limits = SETTINGS[profile]["gates"][metric]
    if limits["fail"] is not None:
        verdict, reasons = judged(tmp_path, profile, **{metric: FAILED[metric]})
        assert (verdict, reasons[metric]) == ("FAIL", "FAIL")
    if limits["warn"] is not None:
        value = warned(limits)
        verdict, reasons = judged(tmp_path, profile, **{metric: value})
        assert reasons[metric] == "WARN"
        assert verdict == "WARN", reasons


def warned(limits: dict[str, float | None]) -> float:
    """A value between the two limits; beyond the only one of a metric that should be low."""
    warn, fail = limits["warn"], limits["fail"]
    assert warn is not None
    return (warn + (2 * warn if fail is None else fail)) / 2
