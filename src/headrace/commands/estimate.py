"""`headrace estimate`: what a run will take and cost, before anything starts."""

import argparse
import sys
from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path

from headrace.commands import output, place
from headrace.commands.topics import Topics, settings_of
from headrace.errors import InputError
from headrace.money import outlook
from headrace.money.records import Estimate, EstimatedPart
from headrace.planning.simulation import Quota
from headrace.records import encode_json
from headrace.settings import Settings

COLUMNS = ["jobs", "machine time", "cost", "low", "high", "at most"]
LOCAL_PROFILE, PROFILE = "profiles/local", "profiles/gcp"

_PATH_SHOWN = 8


def add(topics: Topics) -> None:
    """Add `headrace estimate`."""
    command = topics.add_parser("estimate", help="what a run will take and cost")
    command.add_argument(
        "--profile",
        metavar="FOLDER",
        help=f"Snakemake profile ({PROFILE}; locally {LOCAL_PROFILE})",
    )
    command.add_argument("--cpus", type=_count, metavar="N", help="vCPUs at once (no limit)")
    command.add_argument("--vms", type=_count, metavar="N", help="machines at once (the profile's)")
    command.add_argument("--brief", action="store_true", help="two lines")
    command.add_argument("--json", action="store_true", help="everything, as JSON")
    command.add_argument("--svg", type=Path, metavar="FILE", help="draw costs by rule")
    command.add_argument(
        "arguments", nargs="*", metavar="ARGUMENT", help="of Snakemake, such as targets, after --"
    )
    command.set_defaults(command=_estimate)


def _count(text: str) -> int:
    if not text.isdecimal() or int(text) == 0:
        raise argparse.ArgumentTypeError(f"'{text}' is no whole number above 0")
    return int(text)


def _estimate(options: argparse.Namespace) -> None:
    from headrace import dryrun  # noqa: PLC0415 - networkx loads slowly

    settings = settings_of(options)
    own = any(word.startswith("--profile") for word in options.arguments)
    profile = options.profile or _profile(settings)
    if not own and options.profile is None and not (Path(profile) / "config.yaml").exists():
        raise InputError(f"There is no {profile} here: go to a checkout, or name a --profile.")
    if output.on_terminal() and not options.brief:
        sys.stderr.write("Asking Snakemake what it would do ...\n")
    words = options.arguments if own else ["--profile", profile, *options.arguments]
    workflow = dryrun.plan(words, Path())
    quota = Quota(vms=options.vms, cpus=options.cpus)
    now = datetime.now(UTC)
    made = outlook.of_workflow(place.store(settings), settings, workflow, now, quota=quota)
    if options.svg is not None:
        options.svg.write_text(picture(made))
    if options.brief:
        for line in outlook.brief(made):
            output.say(line)
    elif options.json:
        output.say(encode_json(made).decode().rstrip())
    else:
        show(made)


def _profile(settings: Settings) -> str:
    return LOCAL_PROFILE if settings.endpoint is not None else PROFILE


def picture(made: Estimate) -> str:
    """Return costs by rule as SVG."""
    from headrace.planning import bandchart  # noqa: PLC0415 - only here

    currency = made.prices.currency
    title = f"{outlook.money(made.cost, currency)}, at most {made.worst:.2f} {currency}"
    caption = f"{len(made.jobs)} jobs, {outlook.span(made.makespan)}; prices of {made.prices.day}"
    return bandchart.draw(made, title, caption)


def show(made: Estimate) -> None:
    """Show an estimate to a person: what it costs, by rule and by sample."""
    on_machines = [job for job in made.jobs if job.machine_type]
    if not on_machines:
        output.say("Nothing to be done on a machine.")
        return
    currency = made.prices.currency
    output.say(f"Cost:  {outlook.money(made.cost, currency)}, at most {made.worst:.2f} {currency}")
    output.say(f"Time:  {outlook.span(made.makespan)}")
    if made.controller.likely > 0:
        output.say(f"Of it the controller: {outlook.money(made.controller, currency)}")
    for name, parts in (("rule", made.rules), ("sample", made.samples)):
        output.say()
        output.show_table([name, *COLUMNS], [_row(part) for part in parts if part.seconds.high > 0])
    output.say()
    output.say(f"The end waits for: {_path(made)}")
    output.say(f"Prices: {made.prices.source}, {made.prices.day}.")
    for note in made.notes:
        output.say(note)
    if made.unpriced:
        output.say(f"There is no price of {', '.join(made.unpriced)}: it counts as nothing here.")


def _row(part: EstimatedPart) -> list[str]:
    costs = (part.cost.likely, part.cost.low, part.cost.high)
    return [
        part.name or "-",
        str(part.jobs),
        outlook.span(part.seconds),
        *(f"{amount:.4f}" for amount in costs),
        f"{part.worst:.2f}",
    ]


def _path(made: Estimate) -> str:
    jobs = {job.jobid: job for job in made.jobs}
    named = [jobs[jobid] for jobid in made.critical_path if jobid in jobs]
    texts = [f"{job.rule} {job.sample}".strip() for job in named if job.machine_type]
    return _shortened(texts) + f" ({made.critical_seconds / 60:.1f} min)"


def _shortened(texts: Sequence[str]) -> str:
    if len(texts) <= _PATH_SHOWN:
        return " > ".join(texts)
    half = _PATH_SHOWN // 2
    return " > ".join([*texts[:half], "...", *texts[-half:]])
