"""Where this installation lives: project, region, buckets, images.

One record for the head, the function and the command line, read from the environment
(`HEADRACE_PROJECT` and so on) over an optional YAML file with the same names in lower case.
"""

import os
from collections.abc import Mapping
from pathlib import Path

import msgspec

from headrace import records
from headrace.errors import SettingsError
from headrace.services.protocol import ServiceName

PREFIX = "HEADRACE_"
DRY_RUN_VARIABLE = "HEADRACE_DRY_RUN"
"""Variable that makes Snakemake's start a dry run with this file as its only result
(`headrace.planning.graph`)."""

GCP_FILE = Path("profiles/gcp/settings.yaml")


class Settings(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """One installation. Bucket names are without `gs://`; images are full references.

    Attributes:
        project: Google Cloud project id.
        region: Compute region of all jobs, such as `us-central1`.
        results: bucket for results, logs and the jobs' own files.
        stage_image: image with `headrace-stage`, which brings files in and out.
        controller_image: image with Snakemake, our plugins and the workflow.
        inbox: bucket whose uploads start runs; needed by the function only.
        service: the API that jobs are sent to.
        endpoint: base address of that API; Google's own when absent.
        storage_endpoint: base address of Cloud Storage; Google's own when absent.
        run: id of the run, the last part of `gs://RESULTS/runs/RUN`.
        network: VPC network of the jobs' machines; the project's default when absent.
        subnetwork: subnetwork in `region`; given together with `network`.
        registry_mirrors: registries to pull rules' images from instead of those they name,
            `HOST=PLACE` divided by commas.
        fuse: which jobs share a machine: `auto`, `off`, or a file of groups.
        service_account: e-mail of the account that jobs run as.
        controller_service_account: e-mail of the account that controllers run as.
        cap_run: the most that a run may cost unless its request says otherwise.
        cap_day: the most that may be spent in a day, UTC.
        cap_month: the most that may be spent in a month, UTC.
        cap_currency: the currency of these caps; that of the prices when absent.
        workflow_home: folder in the controller image that holds `workflow/` and `profiles/`.
        profile: the Snakemake profile that controllers use, relative to `workflow_home`.
    """

    project: str
    region: str
    results: str
    stage_image: str
    controller_image: str
    inbox: str | None = None
    service: ServiceName = ServiceName.BATCH
    endpoint: str | None = None
    storage_endpoint: str | None = None
    run: str = "manual"
    network: str | None = None
    subnetwork: str | None = None
    registry_mirrors: str | None = None
    fuse: str = "off"
    service_account: str | None = None
    controller_service_account: str | None = None
    cap_run: float | None = None
    cap_day: float | None = None
    cap_month: float | None = None
    cap_currency: str | None = None
    workflow_home: str = "/opt/headrace"
    profile: str = "profiles/gcp"

    @property
    def run_uri(self) -> str:
        """The run's folder, `gs://RESULTS/runs/RUN`."""
        return f"gs://{self.results}/runs/{self.run}"

    @property
    def work_uri(self) -> str:
        """The folder of the run's jobs, `gs://RESULTS/work/RUN`: safe to expire by age."""
        return f"gs://{self.results}/work/{self.run}"


REQUIRED = tuple(field.name for field in msgspec.structs.fields(Settings) if field.required)

_EMULATOR_VARIABLES = {"endpoint": "CLOUD_URL", "storage_endpoint": "STORAGE_EMULATOR_HOST"}


def load(
    environ: Mapping[str, str] = os.environ,
    file: Path | None = None,
    defaults: Mapping[str, str] | None = None,
) -> Settings:
    """Return the settings of the environment over those of `file` over `defaults`.

    Raises:
        SettingsError: naming every setting that is missing, or the one that is wrong.
    """
    values = dict(defaults or {})
    values |= {
        name: environ[variable]
        for name, variable in _EMULATOR_VARIABLES.items()
        if environ.get(variable)
    }
    if file is not None and file.exists():
        values |= _from_file(file)
    values |= _from_environment(environ)
    missing = [name for name in REQUIRED if not values.get(name)]
    if missing:
        raise SettingsError(_missing(missing, file))
    return records.convert(values, Settings, "settings", strict=False)


def environment(settings: Settings) -> dict[str, str]:
    """Return the variables that make `load` yield these settings on another machine.

    Addresses stay behind: each machine knows its own.
    """
    values = msgspec.to_builtins(settings)
    return {
        PREFIX + name.upper(): str(value)
        for name, value in values.items()
        if value is not None and name not in _EMULATOR_VARIABLES
    }


def _from_file(file: Path) -> dict[str, str]:
    """Read the file; a bare `off` is a boolean in YAML."""
    values = records.decode_yaml(file.read_bytes(), dict[str, str | bool], str(file))
    return {name: "off" if value is False else str(value) for name, value in values.items()}


def _from_environment(environ: Mapping[str, str]) -> dict[str, str]:
    known = {field.name for field in msgspec.structs.fields(Settings)}
    given = {key.removeprefix(PREFIX).lower(): key for key in environ if key.startswith(PREFIX)}
    return {name: environ[given[name]] for name in sorted(known & set(given))}


def _missing(names: list[str], file: Path | None) -> str:
    variables = ", ".join(PREFIX + name.upper() for name in names)
    where = f" or {', '.join(names)} in {file}" if file is not None else ""
    return f"Missing settings: set {variables} in the environment{where}."
