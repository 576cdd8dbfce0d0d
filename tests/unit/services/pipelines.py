"""A smallest and a largest Pipeline, for every test that needs one."""

import dataclasses

from headrace.pipeline import Action, Disk, DiskType, Gpus, Machine, Network, Pipeline
from headrace.services.protocol import RUN_LABEL

MINIMAL = Pipeline(
    actions=(Action(name="only", image="alpine", commands=("true",)),),
    machine=Machine(
        machine_type="e2-highcpu-2",
        cpus=2,
        memory_mb=2048,
        region="us-central1",
        disk=Disk(name="work", size_gb=10, path="/mnt/disks/work"),
    ),
    timeout_seconds=600,
    labels={RUN_LABEL: "run-1"},
)

MAXIMAL = Pipeline(
    actions=(
        Action(
            name="stage-in",
            image="europe-docker.pkg.dev/p/r/stage@sha256:" + "0" * 64,
            entrypoint="headrace-stage",
            commands=("in",),
            writes_disk=True,
        ),
        Action(
            name="step-0-align",
            image="quay.io/biocontainers/samtools:1.24",
            entrypoint="bash",
            commands=("/mnt/disks/work/.headrace/step.sh", "0", "bash"),
            environment={"OMP_NUM_THREADS": "4"},
            timeout_seconds=7200,
        ),
        Action(
            name="stage-out",
            image="europe-docker.pkg.dev/p/r/stage@sha256:" + "0" * 64,
            entrypoint="headrace-stage",
            commands=("out",),
            always_run=True,
            writes_disk=True,
        ),
    ),
    machine=Machine(
        machine_type="n1-standard-4",
        cpus=4,
        memory_mb=15360,
        region="europe-west4",
        zones=("europe-west4-a", "europe-west4-b"),
        disk=Disk(name="work", size_gb=200, path="/mnt/disks/work", type=DiskType.SSD),
        gpus=Gpus("nvidia-tesla-t4", 1),
        spot=True,
        boot_disk_gb=50,
        service_account="worker@p.iam.gserviceaccount.com",
        network=Network("lab", "lab-europe"),
        min_cpu_platform="Intel Ice Lake",
        reservation="projects/p/reservations/nightly",
        labels={RUN_LABEL: "run-1", "headrace-rule": "align"},
    ),
    timeout_seconds=10800,
    environment={"HEADRACE_PLAN": "gs://results/work/run-1/x/plan.json"},
    labels={RUN_LABEL: "run-1", "headrace-rule": "align"},
)
"""Everything that both services know."""

_STAGE_IN, _STEP, _STAGE_OUT = MAXIMAL.actions
LICENCE = "projects/p/secrets/licence/versions/latest"

MAXIMAL_ON_BATCH = dataclasses.replace(
    MAXIMAL,
    actions=(_STAGE_IN, dataclasses.replace(_STEP, secrets={"LICENCE": LICENCE}), _STAGE_OUT),
    machine=dataclasses.replace(MAXIMAL.machine, tags=("lab-jobs",)),
)
"""What Batch alone knows besides; image streaming excludes GPUs."""

STREAMING = dataclasses.replace(
    MAXIMAL, machine=dataclasses.replace(MAXIMAL.machine, gpus=None), image_streaming=True
)
