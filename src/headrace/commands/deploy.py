"""`headrace deploy`: plan, apply, doctor, destroy."""

import os
import time
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

from headrace.commands import output
from headrace.deploy import answers, doctor, probe
from headrace.deploy.doctor import Finding, Patient
from headrace.deploy.steps import Deployment
from headrace.deploy.tools import Tools
from headrace.errors import DeployError, SettingsError
from headrace.runs.cloudstore import CloudStore


def deployment(
    repository: Path, given: Mapping[str, Any], environ: Mapping[str, str] = os.environ
) -> Deployment:
    """Return the installation of this checkout; raises `SettingsError` if it is not settled."""
    settled = answers.settle(repository, given)
    project, region = settled["project_id"], settled["region"]
    # calls to the budgets API are counted to a project of the caller's choice: this one
    counted = {"USER_PROJECT_OVERRIDE": "true", "GOOGLE_BILLING_PROJECT": project}
    tools = Tools(repository, {**environ, **counted})
    return Deployment(tools, project, region, output.say, _ask)


def examine(wanted: Deployment, *, upload: bool) -> int:
    """Show the findings of all checks; 1 if something is wrong."""
    outputs = _outputs(wanted)
    patient = Patient(wanted.tools, wanted.project, wanted.region, outputs)
    findings = [*_show(doctor.examine(patient, doctor.BEFORE))]
    if outputs:
        findings += _show(doctor.examine(patient, doctor.AFTER))
    else:
        output.say("Nothing is deployed yet, so that is all: headrace deploy apply")
    if upload:
        findings += _show([_probe(patient)])
    return int(not all(finding.well for finding in findings))


def _probe(patient: Patient) -> Finding:
    if not patient.outputs.get("inbox"):
        raise SettingsError("A test upload needs an inbox: run 'headrace deploy apply' first.")
    return probe.upload(
        CloudStore(patient.project),
        patient.outputs["inbox"],
        patient.outputs["results"],
        patient.region,
        time.sleep,
    )


def _outputs(wanted: Deployment) -> dict[str, Any]:
    """Return Terraform's outputs; none where it cannot say, which the checks then explain."""
    try:
        return wanted.outputs()
    except DeployError:
        return {}


def _show(findings: Iterable[Finding]) -> list[Finding]:
    shown = []
    for finding in findings:
        output.say(f"{'well ' if finding.well else 'WRONG'}  {finding.check}: {finding.detail}")
        if finding.fix:
            output.say(f"       {finding.fix}")
        shown.append(finding)
    return shown


def _ask(question: str) -> str:
    try:
        return input(question).strip()
    except EOFError:
        raise DeployError("Nobody is there to answer; give --yes to go on without.") from None
