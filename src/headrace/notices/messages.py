"""How a notice reads: as text, as a Slack message, as a card for Teams, as a letter. Pure.

Names of objects and samples come from outside. So every text goes where the receiver takes it as
plain text, and not as markup with links and mentions in it.
"""

from collections.abc import Iterator
from email.headerregistry import Address
from email.message import EmailMessage
from email.policy import SMTP
from typing import Any

from headrace.notices.records import Notice
from headrace.runs.records import RunEvent

_MARKS = {
    RunEvent.STARTED: "▶",
    RunEvent.FINISHED: "✅",
    RunEvent.FAILED: "❌",
    RunEvent.CANCELLED: "⏹",
    RunEvent.REJECTED: "⚠",
    RunEvent.WAITING: "⏳",
    RunEvent.TEST: "🔔",
}
_MAX_HEADER = 150
_MAX_SECTION = 2900
_SLACK_ESCAPES = str.maketrans({"&": "&amp;", "<": "&lt;", ">": "&gt;"})
_NAMED = 10


def lines(notice: Notice) -> Iterator[str]:
    """Yield what a notice says below its headline, line by line, links left out."""
    yield notice.sentence
    if notice.counts:
        counts = ", ".join(f"{count} {verdict}" for verdict, count in notice.counts.items())
        yield f"Verdicts: {counts}."
        for judged in [v for v in notice.verdicts if v.reasons][:_NAMED]:
            yield f"{judged.sample}: {judged.verdict}. {' '.join(judged.reasons)}"
    if notice.cost is not None:
        yield f"Cost: {notice.cost.amount:.2f} {notice.cost.currency}."
    if notice.object is not None:
        yield f"Upload: {notice.object}"
    if notice.next_step:
        yield f"Next: {notice.next_step}"


def text(notice: Notice) -> str:
    """Return a notice as plain text."""
    links = [f"{link.title}: {link.address}" for link in notice.links]
    return "\n".join([notice.headline, "", *lines(notice), *links]) + "\n"


def slack(notice: Notice) -> dict[str, Any]:
    """Return the body for an incoming webhook of Slack (Block Kit)."""
    headline = f"{_MARKS[notice.event]} {notice.headline}"
    blocks: list[dict[str, Any]] = [
        {"type": "header", "text": _plain(headline, _MAX_HEADER)},
        {"type": "section", "text": _plain("\n".join(lines(notice)), _MAX_SECTION)},
    ]
    if notice.links:
        buttons = [
            {"type": "button", "text": _plain(link.title, 75), "url": link.address}
            for link in notice.links
        ]
        blocks.append({"type": "actions", "elements": buttons})
    return {"text": headline.translate(_SLACK_ESCAPES), "blocks": blocks}


def teams(notice: Notice) -> dict[str, Any]:
    """Return the body for a Teams workflow, "When a Teams webhook request is received"."""
    headline = _run_of_text(f"{_MARKS[notice.event]} {notice.headline}")
    body = [headline | {"size": "large", "weight": "bolder"}]
    body += [_run_of_text(line) for line in lines(notice)]
    card = {
        "$schema": "http://adaptivecards.io/schemas/adaptive-card.json",
        "type": "AdaptiveCard",
        "version": "1.4",
        "body": [{"type": "RichTextBlock", "inlines": [run]} for run in body],
        "actions": [
            {"type": "Action.OpenUrl", "title": link.title, "url": link.address}
            for link in notice.links
        ],
    }
    kind = "application/vnd.microsoft.card.adaptive"
    attachment = {"contentType": kind, "contentUrl": None, "content": card}
    return {"type": "message", "attachments": [attachment]}


def email(notice: Notice, sender: str, to: list[str]) -> EmailMessage:
    """Return the letter; its id is the notice's, so that a mail program shows it once."""
    letter = EmailMessage(policy=SMTP)
    letter["Subject"] = _one_line(f"[headrace] {notice.headline}")
    letter["From"] = Address("Headrace", addr_spec=sender)
    letter["To"] = [Address(addr_spec=address) for address in to]
    letter["Date"] = notice.created
    letter["Message-ID"] = f"<{notice.id}@{sender.rpartition('@')[2]}>"
    letter["Auto-Submitted"] = "auto-generated"  # RFC 3834: let no absence note answer it
    letter.set_content(text(notice))
    return letter


def _plain(content: str, longest: int) -> dict[str, Any]:
    """Return a text object that Slack shows as it is; it refuses one that is too long."""
    cut = content if len(content) <= longest else f"{content[: longest - 1]}…"
    return {"type": "plain_text", "text": cut, "emoji": False}


def _run_of_text(content: str) -> dict[str, Any]:
    return {"type": "TextRun", "text": content}


def _one_line(content: str) -> str:
    return " ".join("".join(c if c.isprintable() else " " for c in content).split())
