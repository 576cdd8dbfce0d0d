"""Plan, apply, destroy: the order of things, around terraform and gcloud."""

import tempfile
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from headrace.deploy import images, package, summary
from headrace.deploy.package import GUARD, START
from headrace.deploy.plans import Plan
from headrace.deploy.tools import Tools
from headrace.errors import DeployError
from headrace.settings import GCP_FILE

_BUILD = Path("build")  # below infra/, where Terraform runs
_PLAN = str(_BUILD / "plan")
_MAX_DELIVERIES = 100  # the most that Pub/Sub allows: about 16 hours
_NOW = ("-input=false", "-auto-approve")
_SLOW = "a few minutes"
"""How long rights and APIs that are new need to hold everywhere, in Google's words."""
_SLOW_TRIES = 5
_SLOW_SECONDS = 60.0
_FOUNDATION = ("-target=module.buckets", "-target=module.registry", "-target=module.accounts")
_KEPT = ("data.", "google_project_service.", "module.buckets.")


@dataclass(frozen=True)
class Deployment:
    """One installation; `say` shows a line, `ask` shows a question and returns the answer.

    `wait` sleeps for seconds.
    """

    tools: Tools
    project: str
    region: str
    say: Callable[[str], None]
    ask: Callable[[str], str]
    wait: Callable[[float], None] = time.sleep

    def plan(self) -> None:
        """Show what would be made, what it costs and who may do what; changes nothing."""
        wanted = images.tag(self.tools.repository)
        pinned = images.pinned(self.tools.repository, wanted)
        if pinned is None:
            self.say(f"The images are built first, with the tag {wanted}.")
        self._show(self._planned(self._packages() | (pinned or images.stand_ins(wanted))))

    def apply(self, *, sure: bool = False) -> None:
        """Make the installation what this checkout says, and write `profiles/gcp/settings.yaml`.

        Raises:
            DeployError: the answer was no, or a program failed; applying again goes on from there.
        """
        self.plan()
        self._confirm("make this", sure=sure)
        wanted = images.tag(self.tools.repository)
        pinned = images.pinned(self.tools.repository, wanted)
        if pinned is None:
            pinned = self._build_images(wanted)
        self.say("Making everything, which takes some minutes ...")
        self._make(self._packages() | pinned)
        outputs = self.outputs()
        self._keep_refused_events(outputs)
        self._write_settings(outputs)

    def destroy(self, *, data: bool = False, sure: bool = False) -> None:
        """Remove the installation; buckets and what is in them only if `data` says so."""
        self._initialise()
        if data:
            self.say(f"Everything in {self.project} goes, inbox and results with all their data.")
            self._confirm("delete all data", sure=sure)
            self.tools.terraform("apply", *_NOW, "-var=delete_data=true", "-target=module.buckets")
            self.tools.terraform("destroy", *_NOW)
            images.unpin(self.tools.repository)
            return
        addresses = self.tools.terraform("state", "list").splitlines()
        going = [address for address in addresses if not address.startswith(_KEPT)]
        self.say("\n".join([f"{len(going)} things go; buckets and their data stay:", *going]))
        self._confirm("remove these", sure=sure)
        if going:
            self.tools.terraform("destroy", *_NOW, *(f"-target={address}" for address in going))
            images.unpin(self.tools.repository)

    def outputs(self) -> dict[str, Any]:
        """Return what Terraform made, by the names of `infra/outputs.tf`; empty before that."""
        found = self.tools.terraform_json("output") or {}
        return {name: output.get("value") for name, output in found.items()}

    def _show(self, plan: Plan) -> None:
        for line in summary.lines(plan):
            self.say(line)

    def _confirm(self, what: str, *, sure: bool) -> None:
        if not sure and self.ask(f"To {what}, type the project's id: ") != self.project:
            raise DeployError("Nothing was done.")

    def _packages(self) -> dict[str, str]:
        """Build both zips; returns the variables that name them."""
        variables = {}
        for function, variable in ((START, "function_zip"), (GUARD, "guard_zip")):
            file = _BUILD / f"{function.name}.zip"
            package.build(function, self.tools.repository, self.tools.repository / "infra" / file)
            variables[variable] = str(file)
        return variables

    def _initialise(self) -> None:
        self.tools.terraform("init", "-input=false")

    def _planned(self, variables: Mapping[str, str]) -> Plan:
        """Plan into the file that `apply` applies, and return the plan."""
        self._initialise()
        given = [f"-var={name}={value}" for name, value in variables.items()]
        self.tools.terraform("plan", "-input=false", f"-out={_PLAN}", *given)
        plan: Plan = self.tools.terraform_json("show", _PLAN)
        return plan

    def _make(self, variables: Mapping[str, str]) -> None:
        """Plan and apply, again while Google asks for patience: a new project's rights are slow."""
        for left in reversed(range(_SLOW_TRIES)):
            self._planned(variables)
            try:
                self.tools.terraform("apply", "-input=false", _PLAN)
            except DeployError as error:
                if _SLOW not in str(error) or not left:
                    raise
                self.say(f"Google asks for patience; again in {_SLOW_SECONDS:.0f} s ...")
                self.wait(_SLOW_SECONDS)
            else:
                return

    def _build_images(self, tag: str) -> dict[str, str]:
        """Build and pin the images, after making what a build needs if it is not there."""
        self.say("Making buckets, registry and accounts ...")
        self.tools.terraform("apply", *_NOW, *_FOUNDATION)
        outputs = self.outputs()
        self.say("Building the images ...")
        with tempfile.TemporaryDirectory() as name:
            images.copy_sources(self.tools.repository, Path(name))
            build = self.tools.gcloud_json(*self._submit(outputs, tag), folder=Path(name))
        pinned = images.from_build(build, tag)
        images.pin(self.tools.repository, pinned)
        return pinned

    def _submit(self, outputs: Mapping[str, Any], tag: str) -> list[str]:
        values = {
            "_REPOSITORY": outputs["image_repository"],
            "_TAG": tag,
            "_QUAY": outputs["quay_mirror"],
        }
        return [
            "builds",
            "submit",
            ".",
            f"--project={self.project}",
            f"--region={self.region}",
            f"--config={images.CONFIG}",
            f"--service-account={outputs['build_account']}",
            f"--gcs-source-staging-dir=gs://{outputs['source_bucket']}/images",
            f"--substitutions={','.join(f'{key}={value}' for key, value in values.items())}",
        ]

    def _keep_refused_events(self, outputs: Mapping[str, Any]) -> None:
        """Let events that are refused for a day go to a topic: Eventarc's subscription has none."""
        where = (f"--project={self.project}", f"--location={self.region}")
        trigger = self.tools.gcloud_json(
            "functions", "describe", outputs["function"], "--gen2",
            f"--project={self.project}", f"--region={self.region}",
        )["eventTrigger"]["trigger"]  # fmt: skip
        described = self.tools.gcloud_json("eventarc", "triggers", "describe", trigger, *where)
        subscription = described["transport"]["pubsub"]["subscription"]
        self.tools.gcloud(
            "pubsub", "subscriptions", "add-iam-policy-binding", subscription,
            f"--member=serviceAccount:{outputs['pubsub_agent']}",
            "--role=roles/pubsub.subscriber", f"--project={self.project}",
        )  # fmt: skip
        self.tools.gcloud(
            "pubsub", "subscriptions", "update", subscription,
            f"--dead-letter-topic={outputs['dead_letter_topic']}",
            f"--max-delivery-attempts={_MAX_DELIVERIES}", f"--project={self.project}",
        )  # fmt: skip

    def _write_settings(self, outputs: Mapping[str, Any]) -> None:
        text = "# written by `headrace deploy apply`\n" + outputs["settings"]
        (self.tools.repository / GCP_FILE).write_text(text)
        self.say(f"{GCP_FILE} is written. Upload to gs://{outputs['inbox']} and wait.")
