"""Snakemake executor plugin `lifesciences`: every job a Life Sciences Pipeline.

This module holds what Snakemake looks for, and nothing else.
"""

import os
from dataclasses import dataclass, field
from typing import Optional

from snakemake_interface_executor_plugins.settings import CommonSettings, ExecutorSettingsBase

from headrace.settings import DRY_RUN_VARIABLE
from snakemake_executor_plugin_lifesciences.dryrun import Planner
from snakemake_executor_plugin_lifesciences.executor import Executor as Submitter

__all__ = ["Executor", "ExecutorSettings", "common_settings"]

IS_DRY = bool(os.environ.get(DRY_RUN_VARIABLE))

Executor = Planner if IS_DRY else Submitter


@dataclass
class ExecutorSettings(ExecutorSettingsBase):
    """Options of the command line (`--lifesciences-…`) and of profiles (`lifesciences-…`)."""

    service: Optional[str] = field(
        default=None,
        metadata={
            "help": "API that jobs are sent to: 'batch' (Batch v1) or 'lifesciences' (v2beta, "
            "hosted by Google until 2025-07-08; the local cloud speaks it). "
            "Default: HEADRACE_SERVICE, else batch."
        },
    )
    project: Optional[str] = field(
        default=None, metadata={"help": "Google Cloud project id. Default: HEADRACE_PROJECT."}
    )
    region: Optional[str] = field(
        default=None,
        metadata={"help": "Region of all jobs, e.g. us-central1. Default: HEADRACE_REGION."},
    )
    run: Optional[str] = field(
        default=None,
        metadata={
            "help": "Id of this run; its jobs carry it as a label. Default: HEADRACE_RUN, else "
            "manual."
        },
    )
    work: Optional[str] = field(
        default=None,
        metadata={
            "help": "Folder for plans, step logs and manifests. Default: gs://HEADRACE_RESULTS/work/RUN.",
        },
    )
    stage_image: Optional[str] = field(
        default=None,
        metadata={"help": "Image with headrace-stage, by digest. Default: HEADRACE_STAGE_IMAGE."},
    )
    controller_image: Optional[str] = field(
        default=None,
        metadata={
            "help": "Image with Snakemake and these plugins, for rules that need them in the VM. "
            "Default: HEADRACE_CONTROLLER_IMAGE.",
        },
    )
    endpoint: Optional[str] = field(
        default=None,
        metadata={"help": "Base address of the API. Default: CLOUD_URL, else Google's own."},
    )
    storage_endpoint: Optional[str] = field(
        default=None,
        metadata={
            "help": "Base address of Cloud Storage. Default: STORAGE_EMULATOR_HOST, else "
            "Google's own."
        },
    )
    machine_type: Optional[str] = field(
        default=None,
        metadata={"help": "Machine type of every job. Default: the cheapest that fits."},
    )
    machine_families: str = field(
        default="e2,n2,n2d",
        metadata={"help": "Families to take the cheapest machine from, divided by commas."},
    )
    gpu: int = field(
        default=0, metadata={"help": "GPUs of a job's machine; rules may also say gpu=1."}
    )
    gpu_type: Optional[str] = field(
        default=None,
        metadata={
            "help": "Type of them: nvidia-tesla-t4, nvidia-tesla-p4, nvidia-tesla-v100, "
            "nvidia-l4 or nvidia-tesla-a100. Default: the cheapest that fits."
        },
    )
    spot: bool = field(
        default=False,
        metadata={"help": "Use spot VMs, up to 91 %% cheaper, which may be taken away."},
    )
    max_spot_attempts: int = field(
        default=3,
        metadata={
            "help": "Spot VMs a job may lose before it gets one on demand; the second is in "
            "another zone, the third of another family, as far as zones and families allow."
        },
    )
    zones: Optional[str] = field(
        default=None,
        metadata={"help": "Zones of the region, divided by commas. Default: any of them."},
    )
    boot_disk_mb: int = field(
        default=30_000,
        metadata={"help": "Boot disk in MB; images are unpacked there."},
    )
    disk_type: str = field(
        default="pd-balanced",
        metadata={"help": "Work disk: pd-standard, pd-balanced, pd-ssd or local-ssd."},
    )
    network: Optional[str] = field(
        default=None, metadata={"help": "VPC network of the VMs. Default: the project's default."}
    )
    subnetwork: Optional[str] = field(
        default=None, metadata={"help": "Subnetwork in the region, given with the network."}
    )
    external_address: bool = field(
        default=False,
        metadata={"help": "Give VMs an external address even where a network is given."},
    )
    service_account: Optional[str] = field(
        default=None,
        metadata={"help": "E-mail of the account that VMs run as. Default: Compute Engine's."},
    )
    tags: Optional[str] = field(
        default=None, metadata={"help": "Network tags of the VMs, divided by commas (Batch)."}
    )
    labels: Optional[str] = field(
        default=None,
        metadata={"help": "Labels of jobs and VMs, name=value divided by commas."},
    )
    secrets: Optional[str] = field(
        default=None,
        metadata={
            "help": "Variables of the commands from Secret Manager, VARIABLE=SECRET divided by "
            "commas (Batch)."
        },
    )
    image_streaming: bool = field(
        default=False,
        metadata={
            "help": "Start containers before their images are there in whole (Batch, images in "
            "Artifact Registry)."
        },
    )
    min_cpu_platform: Optional[str] = field(
        default=None, metadata={"help": "Oldest CPU platform, e.g. 'Intel Ice Lake'."}
    )
    reservation: Optional[str] = field(
        default=None, metadata={"help": "Compute Engine reservation to take VMs from."}
    )
    escalations: int = field(
        default=0,
        metadata={
            "help": "How often, at most, a job that ran out of memory or disk starts again with "
            "twice as much, besides Snakemake's own retries; up to 5."
        },
    )
    array_size: int = field(
        default=1000,
        metadata={
            "help": "Like jobs that are ready together travel as one job of so many tasks at most "
            "(Batch); 1 for a job each."
        },
    )
    array_minutes: int = field(
        default=30,
        metadata={
            "help": "A machine of an array takes tasks one after another as long as their time "
            "limits together are no longer than this."
        },
    )
    registry_mirrors: Optional[str] = field(
        default=None,
        metadata={
            "help": "Registries to take instead of those that images name, "
            "quay.io=HOST/PATH divided by commas."
        },
    )
    fuse: Optional[str] = field(
        default=None,
        metadata={
            "help": "Which jobs share a machine besides those that the workflow groups: 'auto', "
            "'off', or a file of 'headrace plan --write'. Default: HEADRACE_FUSE, else off."
        },
    )
    detach: bool = field(
        default=False,
        metadata={
            "help": "Leave jobs running on Ctrl-C and SIGTERM; the same command takes them up."
        },
    )
    log_interval: int = field(
        default=30,
        metadata={"help": "Seconds between two uploads of a running command's log."},
    )
    notifications: Optional[str] = field(
        default=None,
        metadata={
            "help": "Pub/Sub topic, projects/PROJECT/topics/TOPIC, to hear of ended jobs at once "
            "and not at the next poll. Default: none."
        },
    )
    start_deadline: int = field(
        default=1440,
        metadata={
            "help": "Minutes a job may wait for a VM (quota, zone, role) before it is given up."
        },
    )
    patience: int = field(
        default=900,
        metadata={
            "help": "Seconds that the service may be out of reach before the jobs in flight are "
            "given up."
        },
    )
    infrastructure_retries: int = field(
        default=3,
        metadata={
            "help": "How often a job lost with its VM starts again on a fresh one, besides "
            "Snakemake's own retries."
        },
    )


common_settings = CommonSettings(
    non_local_exec=True,
    dryrun_exec=IS_DRY,
    implies_no_shared_fs=True,
    job_deploy_sources=True,
    pass_default_storage_provider_args=True,
    pass_default_resources_args=True,
    pass_envvar_declarations_to_cmd=True,
    # The controller image carries the storage plugin: nothing is installed at run time.
    auto_deploy_default_storage_provider=False,
    # The waiting thread starts before the executor is complete.
    init_seconds_before_status_checks=1,
)
