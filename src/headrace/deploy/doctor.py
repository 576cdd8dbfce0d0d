"""What could be wrong with an installation: each finding with the command that mends it."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from headrace.deploy.tools import MISSING, Tools
from headrace.errors import DeployError

APIS = (
    "artifactregistry",
    "batch",
    "cloudbuild",
    "cloudfunctions",
    "cloudresourcemanager",
    "compute",
    "eventarc",
    "run",
)
"""Those without which nothing goes; `infra/main.tf` switches on these and a few more."""

LEAST_CPUS = 8
FORBIDDING = ("constraints/gcp.resourceLocations", "constraints/compute.trustedImageProjects")
"""Organisation policies that can keep jobs from starting."""

BROAD = ("roles/editor", "roles/iam.serviceAccountUser", "roles/owner")


@dataclass(frozen=True)
class Patient:
    """An installation to be examined; `outputs` are Terraform's, empty before the first apply."""

    tools: Tools
    project: str
    region: str
    outputs: Mapping[str, Any]

    def output(self, name: str) -> str:
        """Return what Terraform made, or raise `DeployError` if it made none yet."""
        value = self.outputs.get(name)
        if not value:
            raise DeployError(f"Terraform made no {name} yet.")
        return str(value)

    def gcloud(self, *arguments: str) -> Any:
        """Return what gcloud says of the project, from JSON."""
        return self.tools.gcloud_json(*arguments, f"--project={self.project}")


@dataclass(frozen=True)
class Check:
    """A question: `look` returns whether all is well and what it saw, `fix` a command."""

    name: str
    look: Callable[[Patient], tuple[bool, str]]
    fix: Callable[[Patient], str]


@dataclass(frozen=True)
class Finding:
    """What one check saw; `fix` is empty where all is well."""

    check: str
    well: bool
    detail: str
    fix: str = ""


def examine(patient: Patient, checks: Sequence[Check]) -> Iterator[Finding]:
    """Make the checks one after another; one that cannot be made is a finding as well."""
    for check in checks:
        try:
            well, detail = check.look(patient)
        except DeployError as error:
            well, detail = False, str(error)
        yield Finding(check.name, well, detail, "" if well else check.fix(patient))


def _programs(patient: Patient) -> tuple[bool, str]:
    missing = [name for name in MISSING if not patient.tools.has(name)]
    return not missing, f"not on PATH: {', '.join(missing)}" if missing else "both on PATH"


def _credentials(patient: Patient) -> tuple[bool, str]:
    patient.tools.gcloud("auth", "application-default", "print-access-token")
    account = patient.tools.gcloud("config", "get-value", "account").strip()
    return bool(account), account or "nobody is logged in"


def _apis(patient: Patient) -> tuple[bool, str]:
    found = patient.gcloud("services", "list", "--enabled")
    names = {service["config"]["name"] for service in found}
    off = [name for name in _api_names() if name not in names]
    return not off, f"off: {', '.join(off)}" if off else "all on"


def _quotas(patient: Patient) -> tuple[bool, str]:
    region = patient.gcloud("compute", "regions", "describe", patient.region)
    free = {quota["metric"]: quota["limit"] - quota["usage"] for quota in region["quotas"]}
    cpus = free.get("CPUS", 0)
    return cpus >= LEAST_CPUS, f"{cpus:.0f} processors are free, {LEAST_CPUS} are the least"


def _policies(patient: Patient) -> tuple[bool, str]:
    found = patient.gcloud("resource-manager", "org-policies", "list")
    names = [p["constraint"] for p in found if p["constraint"] in FORBIDDING]
    return not names, f"set: {', '.join(names)}" if names else "none in the way"


def _roles(patient: Patient) -> tuple[bool, str]:
    """Look for accounts of the project that may do too much, and for one that may use Batch."""
    policy = patient.tools.gcloud_json("projects", "get-iam-policy", patient.project)
    home = f"@{patient.project}.iam.gserviceaccount.com"
    held = [
        (binding["role"], member)
        for binding in policy.get("bindings", [])
        for member in binding["members"]
        if member.endswith(home)
    ]
    broad = [f"{member} has {role}" for role, member in held if role in BROAD]
    editors = [member for role, member in held if role == "roles/batch.jobsEditor"]
    if broad:
        return False, "; ".join(broad)
    return bool(editors), f"{len(editors)} accounts may use Batch"


def _regions(patient: Patient) -> tuple[bool, str]:
    """An event arrives only if inbox and trigger are in one place."""
    inbox = f"gs://{patient.output('inbox')}"
    bucket = patient.gcloud("storage", "buckets", "describe", inbox)
    function = patient.gcloud(
        "functions", "describe", patient.output("function"), "--gen2", f"--region={patient.region}"
    )
    places = (bucket["location"].lower(), function["eventTrigger"]["triggerRegion"])
    return places[0] == places[1], f"inbox in {places[0]}, trigger in {places[1]}"


def _network(patient: Patient) -> tuple[bool, str]:
    subnetwork = patient.output("subnetwork")
    found = patient.tools.gcloud_json("compute", "networks", "subnets", "describe", subnetwork)
    private = found.get("privateIpGoogleAccess") is True
    return private, f"Private Google Access is {'on' if private else 'off'}"


def _pull_rights(patient: Patient) -> tuple[bool, str]:
    policy = patient.tools.gcloud_json(
        "artifacts", "repositories", "get-iam-policy", patient.output("image_repository_id")
    )
    readers = [
        member
        for binding in policy.get("bindings", [])
        if binding["role"] == "roles/artifactregistry.reader"
        for member in binding["members"]
    ]
    missing = [name for name in ("controller", "worker") if not _names(readers, name)]
    return not missing, f"no right for: {', '.join(missing)}" if missing else "both may pull"


def _names(members: Sequence[str], account: str) -> bool:
    return any(f"-{account}@" in member for member in members)


def _api_names() -> list[str]:
    return [f"{name}.googleapis.com" for name in APIS]


def _install(_: Patient) -> str:
    return "; ".join(MISSING.values())


def _log_in(_: Patient) -> str:
    return "gcloud auth login && gcloud auth application-default login"


def _enable(patient: Patient) -> str:
    return f"gcloud services enable {' '.join(_api_names())} --project={patient.project}"


def _ask_for_quota(patient: Patient) -> str:
    return f"xdg-open https://console.cloud.google.com/iam-admin/quotas?project={patient.project}"


def _show_policies(patient: Patient) -> str:
    shown = [
        f"gcloud resource-manager org-policies describe {name} --effective"
        f" --project={patient.project}"
        for name in FORBIDDING
    ]
    return " ; ".join(shown)


def _apply(_: Patient) -> str:
    return "headrace deploy apply"


def _open_subnetwork(patient: Patient) -> str:
    subnetwork = patient.outputs.get("subnetwork")
    if not subnetwork:
        return _apply(patient)
    return f"gcloud compute networks subnets update {subnetwork} --enable-private-ip-google-access"


BEFORE = (
    Check("programs", _programs, _install),
    Check("credentials", _credentials, _log_in),
    Check("APIs", _apis, _enable),
    Check("quotas", _quotas, _ask_for_quota),
    Check("org policies", _policies, _show_policies),
)
"""What can be asked in an empty project."""

AFTER = (
    Check("roles", _roles, _apply),
    Check("regions", _regions, _apply),
    Check("network", _network, _open_subnetwork),
    Check("image pull", _pull_rights, _apply),
)
"""What can be asked once something was applied."""
