"""Plan shows and does nothing; apply does everything in order; destroy keeps data."""

import dataclasses
import json
import zipfile
from pathlib import Path
from typing import Any

import pytest

from headrace.deploy import images
from headrace.deploy.steps import Deployment
from headrace.errors import DeployError
from headrace.settings import GCP_FILE
from tests.unit.deploy.programs import Programs

PROJECT = "lab-project"
IMAGES = "us-central1-docker.pkg.dev/lab-project/headrace-images"
OUTPUTS = {
    "image_repository": IMAGES,
    "quay_mirror": "us-central1-docker.pkg.dev/lab-project/headrace-quay",
    "build_account": "projects/lab-project/serviceAccounts/headrace-build@x",
    "source_bucket": "lab-project-headrace-source",
    "function": "headrace-start",
    "inbox": "lab-project-headrace-inbox",
    "pubsub_agent": "service-1@gcp-sa-pubsub.iam.gserviceaccount.com",
    "dead_letter_topic": "projects/lab-project/topics/headrace-dead-letters",
    "settings": '"project": "lab-project"\n',
}
PLAN: dict[str, Any] = {
    "planned_values": {
        "root_module": {
            "resources": [
                {
                    "mode": "managed",
                    "type": "google_compute_router_nat",
                    "address": "nat",
                    "values": {},
                }
            ]
        }
    },
    "variables": {"prefix": {"value": "headrace"}, "project_id": {"value": PROJECT}},
    "resource_changes": [{"address": "nat", "change": {"actions": ["create"]}}],
}


class Person:
    """Reads what is said and gives one answer."""

    def __init__(self, answer: str) -> None:
        self.heard: list[str] = []
        self.questions: list[str] = []
        self._answer = answer

    def ask(self, question: str) -> str:
        self.questions.append(question)
        return self._answer


@pytest.fixture
def person() -> Person:
    return Person(PROJECT)


@pytest.fixture
def deployment(programs: Programs, person: Person) -> Deployment:
    """Google Cloud where everything goes well."""
    programs.answer("show -json", PLAN)
    programs.outputs(OUTPUTS)
    programs.answer("functions describe", {"eventTrigger": {"trigger": "triggers/t"}})
    subscription = {"transport": {"pubsub": {"subscription": "projects/p/subscriptions/s"}}}
    programs.answer("eventarc triggers describe", subscription)
    tag = images.tag(programs.tools.repository)
    pushed = [{"name": f"{IMAGES}/{name}:{tag}", "digest": digest(name)} for name in images.NAMES]
    programs.answer("builds submit", {"results": {"images": pushed}})
    return Deployment(programs.tools, PROJECT, "us-central1", person.heard.append, person.ask)


def digest(name: str) -> str:
    return "sha256:" + ("a" if name == "stage" else "b") * 64


def commands(programs: Programs) -> list[str]:
    """The calls without their options."""
    return [" ".join(word for word in call if not word.startswith("-")) for call in programs.calls]


def test_a_plan_shows_changes_costs_and_rights_and_does_nothing(
    deployment: Deployment, programs: Programs, person: Person
) -> None:
    deployment.plan()
    assert commands(programs) == ["terraform init", "terraform plan", "terraform show build/plan"]
    text = "\n".join(person.heard)
    assert "create 1:\n  nat" in text
    assert "32.70 USD a month" in text
    assert "Who may do what" in text


def test_nothing_is_done_without_the_right_answer(
    deployment: Deployment, programs: Programs
) -> None:
    doubtful = dataclasses.replace(deployment, ask=lambda _: "yes")
    with pytest.raises(DeployError, match="Nothing was done"):
        doubtful.apply()
    assert not programs.called("apply")
    assert not programs.called("builds")


def test_apply_builds_pins_makes_and_writes_the_settings(
    deployment: Deployment, programs: Programs, checkout: Path, person: Person
) -> None:
    deployment.apply()
    assert person.questions == ["To make this, type the project's id: "]
    assert commands(programs) == [
        "terraform init",
        "terraform plan",
        "terraform show build/plan",
        "terraform apply",
        "terraform output",
        "gcloud builds submit .",
        "terraform init",
        "terraform plan",
        "terraform show build/plan",
        "terraform apply build/plan",
        "terraform output",
        "gcloud functions describe headrace-start",
        "gcloud eventarc triggers describe triggers/t",
        "gcloud pubsub subscriptions add-iam-policy-binding projects/p/subscriptions/s",
        "gcloud pubsub subscriptions update projects/p/subscriptions/s",
    ]
    (_, planned) = programs.called("terraform", " plan ", "-out=")
    tag = images.tag(checkout)
    assert f"-var=stage_image={IMAGES}/stage:{tag}@{digest('stage')}" in planned
    assert f"-var=controller_image={IMAGES}/controller:{tag}@{digest('controller')}" in planned
    assert "-var=function_zip=build/start.zip" in planned
    with zipfile.ZipFile(checkout / "infra" / "build" / "guard.zip") as guard:
        assert "headrace/guard/handler.py" in guard.namelist()
    assert '"project": "lab-project"' in (checkout / GCP_FILE).read_text()


def test_images_are_built_again_only_if_their_sources_changed(
    deployment: Deployment, programs: Programs, checkout: Path
) -> None:
    deployment.apply()
    deployment.apply()
    assert len(programs.called("builds submit")) == 1
    (checkout / "workflow" / "Snakefile").write_text("rule all:\n")
    with pytest.raises(DeployError, match="pushed no image"):
        deployment.apply()  # the stand-in still pushes the old tag
    assert len(programs.called("builds submit")) == 2


def test_what_is_uploaded_to_the_build_is_what_the_tag_is_of(
    checkout: Path, tmp_path: Path
) -> None:
    """Neither settings of this installation nor anything that git does not know."""
    (checkout / GCP_FILE).write_text("project: secret")
    (checkout / "infra" / "terraform.tfstate").write_text("{}")
    images.copy_sources(checkout, tmp_path / "copy")
    copied = {path.relative_to(tmp_path / "copy") for path in (tmp_path / "copy").rglob("*")}
    assert {path for path in copied if (tmp_path / "copy" / path).is_file()} == set(
        images.sources(checkout)
    )
    assert GCP_FILE not in copied
    assert images.tag(tmp_path / "copy") == images.tag(checkout)


def test_what_a_build_needs_is_made_before_it(deployment: Deployment, programs: Programs) -> None:
    deployment.apply()
    made = commands(programs)
    assert made.index("terraform apply") < made.index("gcloud builds submit .")
    (foundation,) = programs.called("terraform", "apply", "-auto-approve")
    assert "-target=module.registry" in foundation


def test_a_failing_program_is_quoted_in_one_sentence(
    deployment: Deployment, programs: Programs
) -> None:
    programs.fail("terraform -chdir=infra plan", "╷\n│ Error: No billing\n│\n│ for you\n╵\n")
    with pytest.raises(DeployError, match=r"plan .*' failed: Error: No billing for you"):
        deployment.plan()


PATIENCE = "Error: it may take a few minutes before all necessary permissions are propagated"


def test_rights_that_are_slow_to_hold_are_waited_for(
    deployment: Deployment, programs: Programs, checkout: Path
) -> None:
    """What was made meanwhile is planned anew: a used plan is stale."""
    waited: list[float] = []
    programs.fail("apply -input=false build/plan", PATIENCE, times=2)
    dataclasses.replace(deployment, wait=waited.append).apply()
    assert waited == [60.0, 60.0]
    assert len(programs.called("terraform", " plan ")) == 4
    assert (checkout / GCP_FILE).exists()


def test_patience_has_an_end(deployment: Deployment, programs: Programs) -> None:
    waited: list[float] = []
    programs.fail("apply -input=false build/plan", PATIENCE)
    with pytest.raises(DeployError, match="a few minutes"):
        dataclasses.replace(deployment, wait=waited.append).apply()
    assert len(waited) == 4


def test_other_failures_are_not_waited_for(deployment: Deployment, programs: Programs) -> None:
    waited: list[float] = []
    programs.fail("apply -input=false build/plan", "Error: quota exceeded")
    with pytest.raises(DeployError, match="quota exceeded"):
        dataclasses.replace(deployment, wait=waited.append).apply()
    assert waited == []


def test_a_missing_program_is_named_with_where_to_get_it(
    deployment: Deployment, programs: Programs
) -> None:
    programs.remove("terraform")
    with pytest.raises(DeployError, match="'terraform' is not on PATH: install Terraform"):
        deployment.plan()


STATE = """data.google_project.this
google_project_service.api["run"]
google_pubsub_topic.dead_letters
module.buckets.google_storage_bucket.bucket["inbox"]
module.function[0].google_cloudfunctions2_function.function
"""


def test_destroy_keeps_the_buckets(deployment: Deployment, programs: Programs) -> None:
    """Nor does it switch off APIs, on which the buckets depend."""
    programs.answer("state list", STATE)
    deployment.destroy()
    (destroyed,) = programs.called("terraform", "destroy")
    assert [word for word in destroyed if word.startswith("-target")] == [
        "-target=google_pubsub_topic.dead_letters",
        "-target=module.function[0].google_cloudfunctions2_function.function",
    ]


def test_destroy_of_nothing_is_not_a_destroy_of_everything(
    deployment: Deployment, programs: Programs
) -> None:
    """Without a target, Terraform would take all there is."""
    programs.answer("state list", "data.google_project.this\n")
    deployment.destroy()
    assert not programs.called("terraform", "destroy")


def test_data_is_deleted_only_when_told_and_answered(
    deployment: Deployment, programs: Programs, person: Person
) -> None:
    with pytest.raises(DeployError, match="Nothing was done"):
        dataclasses.replace(deployment, ask=lambda _: "").destroy(data=True)
    assert not programs.called("destroy")
    images.pin(programs.tools.repository, images.stand_ins("t"))
    deployment.destroy(data=True)
    assert not (programs.tools.repository / images.LOCK).exists()
    assert programs.called("apply", "-var=delete_data=true", "-target=module.buckets")
    assert programs.called("terraform", "destroy", "-auto-approve")
    assert "all their data" in person.heard[-1]


def test_pinned_images_are_read_back(checkout: Path) -> None:
    lock = checkout / images.LOCK
    assert images.pinned(checkout, "t1") is None
    kept = {f"{name}_image": f"{IMAGES}/{name}:t1@{digest(name)}" for name in images.NAMES}
    images.pin(checkout, kept)
    assert json.loads(lock.read_text()) == kept
    assert images.pinned(checkout, "t1") == kept
    assert images.pinned(checkout, "t2") is None
