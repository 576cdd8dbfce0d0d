"""`when: {kind: sheet}`: a run when all files are there that an uploaded sheet lists."""

from dataclasses import dataclass

from headrace.arrivals import manifests
from headrace.arrivals.decisions import Decision, Key, Member, Ready, Refused, Waiting
from headrace.arrivals.documents import SheetRule, WhenSheet
from headrace.arrivals.inbox import Inbox
from headrace.arrivals.manifests import Manifest
from headrace.arrivals.triggers import Match, Role, Rule
from headrace.errors import InputError
from headrace.runs import records
from headrace.runs.store import StoredObject

MAX_SHEET_BYTES = 4 * 1024 * 1024
"""About 30,000 rows; larger sheets are refused unread."""

_NAMED = 5
"""How many files a complaint names; it counts the others."""


@dataclass(frozen=True)
class Sheet:
    """See `kinds.Kind`."""

    rule: Rule
    when: WhenSheet

    def key(self, match: Match, stored: StoredObject) -> Key:
        """Return the rule and the sheet's name, or for a file the values it shares with sheets."""
        if match.role is Role.OPENER:
            return (self.rule.name, stored.uri.name)
        return (self.rule.name, *sorted(match.common.values()), Role.FILE.value)

    def decide(self, match: Match, stored: StoredObject, inbox: Inbox) -> list[Decision]:
        """Read the sheet, or all sheets that could list the file, and look for their files."""
        shared = match.fields if match.role is Role.OPENER else match.common
        sheets = inbox.members(self.rule, Role.OPENER, shared)
        decisions = [
            decision
            for sheet in sheets
            if (decision := self._of_sheet(sheet, match, stored, inbox)) is not None
        ]
        if not decisions and match.role is Role.FILE:
            wanted = self.rule.pattern.hint(match.common)
            return [Waiting(self.key(match, stored), f"waiting for a sheet {wanted} that lists it")]
        return decisions

    def explain(self, match: Match) -> list[tuple[str, str]]:
        """Say which sheets list which files."""
        common = {field: match.fields[field] for field in self.rule.common}
        files = self.rule.members.hint(common)
        if match.role is Role.OPENER:
            columns = ", ".join([*self.when.required, *self.when.listed])
            return [
                ("it is a sheet", f"with the columns {columns}, in any order"),
                ("also needed", f"the objects {files} that it lists"),
            ]
        sheet = self.rule.pattern.hint(common)
        return [("also needed", f"a sheet {sheet} that lists it, and all others that it lists")]

    def _of_sheet(
        self, sheet: Member, match: Match, stored: StoredObject, inbox: Inbox
    ) -> Decision | None:
        """Decide about a sheet; nothing if it does not list the file that was asked about."""
        key = (self.rule.name, sheet.object.uri.name)
        try:
            manifest = self._read(sheet, inbox)
        except InputError as error:
            name = sheet.object.uri.name
            return Refused(key, sheet.object, f"The sheet '{name}' cannot be followed: {error}")
        listed = {file.uri: file for file in manifest.files}
        if match.role is Role.FILE and stored.uri not in listed:
            return None
        common = {field: sheet.fields[field] for field in self.rule.common}
        there = {m.object.uri: m for m in inbox.members(self.rule, Role.FILE, common)}
        objections = [
            objection
            for uri, file in listed.items()
            if (objection := file.objection(there[uri].object if uri in there else None))
        ]
        if objections:
            late = self.rule.is_late(sheet.object.uploaded, inbox.now)
            reason = f"the sheet '{sheet.object.uri.name}' waits: {_counted(objections)}"
            return Waiting(key, reason, sheet.object, late)
        members = tuple(there[uri] for uri in sorted(listed))
        rows = self._rows(manifest, sheet)
        return Ready(key, members, sheet.fields, opener=sheet, sheet=rows)

    def _read(self, sheet: Member, inbox: Inbox) -> Manifest:
        if sheet.object.size > MAX_SHEET_BYTES:
            raise InputError(f"it has {sheet.object.size} bytes, more than {MAX_SHEET_BYTES}.")
        content = inbox.store.read_part(sheet.object, 0, MAX_SHEET_BYTES)
        return manifests.read(content, sheet, self.rule, self.when)

    def _rows(self, manifest: Manifest, sheet: Member) -> records.Sheet:
        """Return the run's sheet: columns of the uploaded one, and those that the rule adds."""
        wished = self.rule.sheet or SheetRule()
        texts = [
            text.format_map(sheet.fields)
            for text in wished.columns.values()
            if isinstance(text, str)
        ]
        return records.Sheet(
            path=wished.path,
            columns=[*manifest.columns, *wished.columns],
            rows=[[*row, *texts] for row in manifest.rows],
        )


def _counted(objections: list[str]) -> str:
    more = len(objections) - _NAMED
    named = "; ".join(objections[:_NAMED])
    return f"{named}; and {more} more" if more > 0 else named
