"""Write the report's own sections as MultiQC custom content.

They are the verdicts, the reasons, the parameters and the software versions. Knows the verdicts of
`gates.py` and nothing of sequencing. File names and keys follow
https://docs.seqera.io/multiqc/custom_content.
"""

import argparse
import json
import sys
from collections.abc import Iterator, Mapping, Sequence
from html import escape
from pathlib import Path
from typing import Any

Section = dict[str, Any]
Gates = Mapping[str, Mapping[str, Any]]
Verdicts = Sequence[Mapping[str, Any]]

_BADGES = {"PASS": "success", "WARN": "warning", "FAIL": "danger"}  # of Bootstrap


def gates_section(verdicts: Verdicts, gates: Gates) -> Section:
    """A table of verdicts and metrics, coloured by each metric's limits."""
    headers: dict[str, Section] = {
        "verdict": {
            "title": "Verdict",
            "scale": False,
            "cond_formatting_rules": {
                "pass": [{"s_eq": "PASS"}],
                "warn": [{"s_eq": "WARN"}],
                "fail": [{"s_eq": "FAIL"}],
            },
        }
    }
    for metric, gate in gates.items():
        worse = "lt" if gate["better"] == "higher" else "gt"
        limits = {level: gate[level] for level in ("warn", "fail") if gate[level] is not None}
        headers[metric] = {
            "title": gate["title"],
            "suffix": f" {gate['unit']}".rstrip(),
            "scale": False,
            "format": "{:,.0f}" if _counted(metric, verdicts) else "{:,.2f}",
            "cond_formatting_rules": {level: [{worse: limit}] for level, limit in limits.items()},
        }
    data = {
        each["sample"]: {
            "verdict": each["verdict"],
            **{name: value for name, value in each["metrics"].items() if value is not None},
        }
        for each in verdicts
    }
    return {
        "id": "gates",
        "section_name": "Verdicts",
        "description": "Each sample against the limits of this run.",
        "plot_type": "table",
        "pconfig": {
            "id": "gates_table",
            "title": "Verdicts",
            "col1_header": "Sample",
            "no_violin": True,
        },
        "headers": headers,
        "data": data,
    }


def _counted(metric: str, verdicts: Verdicts) -> bool:
    return not any(isinstance(each["metrics"].get(metric), float) for each in verdicts)


def reasons_section(verdicts: Verdicts) -> Section:
    """A list: what each sample that did not pass was marked down for."""
    items = "".join(
        f"<dt><span class='badge text-bg-{_BADGES[each['verdict']]}'>{each['verdict']}</span> "
        f"{escape(each['sample'])}</dt>"
        + "".join(f"<dd>{escape(reason)}</dd>" for reason in each["reasons"])
        for each in verdicts
        if each["reasons"]
    )
    return {
        "id": "reasons",
        "section_name": "Reasons",
        "description": "Why samples did not pass.",
        "plot_type": "html",
        "data": f"<dl>{items}</dl>" if items else "<p>Every sample passed.</p>",
    }


def histogram_section(
    name: str, labels: Mapping[str, str], documents: Sequence[Mapping[str, Any]]
) -> Section:
    """A line for each sample that has the histogram: how often each value was seen."""
    data = {
        document["sample"]: {int(value): count for value, count in histogram.items()}
        for document in documents
        if (histogram := document.get("histograms", {}).get(name))
    }
    if not data:
        return {
            "id": name,
            "section_name": labels["title"],
            "plot_type": "html",
            "data": "<p>Nothing was measured.</p>",
        }
    return {
        "id": name,
        "section_name": labels["title"],
        "description": labels["description"],
        "plot_type": "linegraph",
        "pconfig": {
            "id": f"{name}_plot",
            "title": labels["title"],
            "xlab": labels["x"],
            "ylab": labels["y"],
        },
        "data": data,
    }


def links_section(links: Sequence[Mapping[str, str]]) -> Section:
    """A list of links, relative to the report or complete."""
    items = "".join(
        f"<li><a href='{escape(link['href'])}'>{escape(link['title'])}</a></li>" for link in links
    )
    return {
        "id": "links",
        "section_name": "Files of this run",
        "description": "Where they lie if the run's folder is downloaded as a whole.",
        "plot_type": "html",
        "data": f"<ul>{items}</ul>",
    }


def parameters_section(parameters: Mapping[str, Any]) -> Section:
    """Every setting of the run, nested keys joined by dots."""
    rows = "".join(
        f"<tr><td>{escape(name)}</td><td>{escape(str(value))}</td></tr>"
        for name, value in _flatten(parameters)
    )
    return {
        "id": "parameters",
        "section_name": "Parameters",
        "description": "The settings of this run.",
        "plot_type": "html",
        "data": f"<table class='table table-condensed'>{rows}</table>",
    }


def software_versions(documents: Sequence[Mapping[str, Any]]) -> dict[str, list[str]]:
    """Versions of each tool over all samples, sorted."""
    versions: dict[str, set[str]] = {}
    for document in documents:
        for tool, version in document["software"].items():
            versions.setdefault(tool, set()).add(version)
    return {tool: sorted(versions[tool]) for tool in sorted(versions)}


def _flatten(settings: Mapping[str, Any], prefix: str = "") -> Iterator[tuple[str, Any]]:
    for key, value in settings.items():
        if isinstance(value, Mapping):
            yield from _flatten(value, f"{prefix}{key}.")
        else:
            yield f"{prefix}{key}", value


def main(arguments: Sequence[str] | None = None) -> int:
    """Command line; returns the exit code."""
    parser = argparse.ArgumentParser(description="Write the report's own sections.")
    parser.add_argument("--gates", type=json.loads, required=True, help="limits as JSON")
    parser.add_argument("--parameters", type=json.loads, required=True, help="settings as JSON")
    parser.add_argument("--verdicts", type=Path, required=True, help="JSON of gates.py")
    for output in ("gates-out", "reasons-out", "parameters-out", "versions-out"):
        parser.add_argument(f"--{output}", type=Path, required=True)
    parser.add_argument("--histograms", type=json.loads, default={}, help="labels by name, as JSON")
    parser.add_argument("--histograms-out", type=Path, nargs="*", default=[], help="in that order")
    parser.add_argument("--links", type=json.loads, default=[], help="title and href, as JSON")
    parser.add_argument("--links-out", type=Path)
    parser.add_argument("documents", type=Path, nargs="+", help="metrics of each sample as JSON")
    options = parser.parse_args(arguments)
    verdicts = json.loads(options.verdicts.read_text())
    documents = [json.loads(path.read_text()) for path in options.documents]
    contents = {
        options.gates_out: gates_section(verdicts, options.gates),
        options.reasons_out: reasons_section(verdicts),
        options.parameters_out: parameters_section(options.parameters),
        options.versions_out: software_versions(documents),
    }
    histograms = zip(options.histograms_out, options.histograms.items(), strict=True)
    for path, (name, labels) in histograms:
        contents[path] = histogram_section(name, labels, documents)
    if options.links_out:
        contents[options.links_out] = links_section(options.links)
    for path, content in contents.items():
        path.write_text(json.dumps(content, indent=2) + "\n")
    return 0


if __name__ == "__main__":
    sys.exit(main())
