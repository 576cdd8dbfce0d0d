"""An uploaded sheet or manifest: which files it lists, and what it says of them."""

import base64
import binascii
from collections.abc import Mapping
from dataclasses import dataclass

from headrace import gcs
from headrace.arrivals import patterns, tables
from headrace.arrivals.decisions import Member
from headrace.arrivals.documents import WhenSheet
from headrace.arrivals.tables import Row, Table
from headrace.arrivals.triggers import Rule
from headrace.errors import InputError, UnsafeNameError
from headrace.gcs import ObjectUri
from headrace.runs.store import StoredObject

_MD5_BYTES = 16
_CRC32C_BYTES = 4


@dataclass(frozen=True)
class Listed:
    """A file that a sheet lists; `checksum` is base64, of an MD5 or a CRC32C."""

    uri: ObjectUri
    fields: Mapping[str, str]
    size: int | None
    checksum: str | None

    def objection(self, found: StoredObject | None) -> str | None:
        """Return what is wrong with what is there, if anything is."""
        if found is None:
            return f"{self.uri.name} is not there"
        if self.size is not None and found.size != self.size:
            return f"{self.uri.name} has {found.size} bytes, not {self.size}"
        if self.checksum is None:
            return None
        is_md5 = len(base64.b64decode(self.checksum)) == _MD5_BYTES
        known = found.md5 if is_md5 else found.crc32c
        if not known:
            return f"Cloud Storage knows no MD5 of {self.uri.name}: list its CRC32C"
        return None if known == self.checksum else f"{self.uri.name} has another checksum"


@dataclass(frozen=True)
class Manifest:
    """A sheet that can be followed: the files it lists, and the run's sheet."""

    files: tuple[Listed, ...]
    columns: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]


def read(content: bytes, sheet: Member, rule: Rule, when: WhenSheet) -> Manifest:
    """Return what an uploaded sheet says; raises `InputError` with what is wrong with it.

    Its cells end up in the run's sheet, where the workflow takes them for names: those of required
    and optional columns are held to what a field of a pattern may be.
    """
    table = tables.parse(content)
    _check_headings(table, when)
    reader = _Reader(sheet, rule, when)
    columns = [*when.required, *(c for c in when.optional if c.lower() in table.headings)]
    files: dict[ObjectUri, Listed] = {}
    rows = []
    for row in table.rows:
        listed = {heading: reader.file(row, heading) for heading in when.listed}
        for file in filter(None, listed.values()):
            if file.uri in files:
                raise InputError(f"its line {row.line} lists '{file.uri.name}' for a second time.")
            files[file.uri] = file
        addresses = [str(file.uri) if file else "" for file in listed.values()]
        rows.append((*(reader.value(row, column) for column in columns), *addresses))
    if not files:
        raise InputError("it lists no files.")
    return Manifest(tuple(files.values()), (*columns, *when.listed), tuple(rows))


@dataclass(frozen=True)
class _Reader:
    """Reads cells of the rows of one sheet."""

    sheet: Member
    rule: Rule
    when: WhenSheet

    def file(self, row: Row, heading: str) -> Listed | None:
        """Return the file that a cell lists, or nothing for an empty cell that may be empty."""
        column = self.when.listed[heading]
        cell = row.cells.get(heading.lower(), "")
        if not cell:
            if column.optional:
                return None
            raise InputError(f"its line {row.line} has no '{heading}'.")
        uri = self._uri(row, cell)
        fields = self.rule.members.match(uri.name)
        common = {field: self.sheet.fields[field] for field in self.rule.common}
        if fields is None or not common.items() <= fields.items():
            raise InputError(
                f"its line {row.line} lists '{cell}', which is no object "
                f"{self.rule.members.hint(common)}."
            )
        size = row.cells.get((column.size or "").lower(), "")
        checksum = row.cells.get((column.checksum or "").lower(), "")
        return Listed(uri, fields, _size(row, size), _checksum(row, checksum))

    def value(self, row: Row, heading: str) -> str:
        """Return a cell of a column that the run's sheet gets."""
        cell = row.cells.get(heading.lower(), "")
        if not cell and heading not in self.when.required:
            return ""
        if not cell:
            raise InputError(f"its line {row.line} has no '{heading}'.")
        if not patterns.is_value(cell):
            raise InputError(
                f"its line {row.line} has the {heading} {cell!r}: use 1 to 64 letters, digits and "
                "_ . - with a letter or digit first."
            )
        return cell

    def _uri(self, row: Row, cell: str) -> ObjectUri:
        """Return a file's address: a `gs://` address of the inbox, or relative to the sheet."""
        place = self.sheet.object.uri
        name = cell
        if cell.startswith("gs://"):
            bucket, _, name = cell.removeprefix("gs://").partition("/")
            if bucket != place.bucket:
                raise InputError(f"its line {row.line} lists '{cell}', which is not in the inbox.")
        else:
            folder = place.name.rpartition("/")[0]
            name = f"{folder}/{cell.removeprefix('./')}".removeprefix("/")
        try:
            gcs.check_name(name, "file")
        except UnsafeNameError as error:
            raise InputError(f"in its line {row.line}, {error}") from error
        return ObjectUri(place.bucket, name)


def _check_headings(table: Table, when: WhenSheet) -> None:
    files = [heading for heading, column in when.listed.items() if not column.optional]
    table.check([*when.required, *files])


def _size(row: Row, cell: str) -> int | None:
    if not cell:
        return None
    if not (cell.isascii() and cell.isdigit()):
        raise InputError(f"its line {row.line} has the size '{cell}': write a number of bytes.")
    return int(cell)


def _checksum(row: Row, cell: str) -> str | None:
    """Return a checksum in base64, whichever way it was written."""
    if not cell:
        return None
    for decode in (bytes.fromhex, lambda text: base64.b64decode(text, validate=True)):
        try:
            digest = decode(cell)
        except (ValueError, binascii.Error):
            continue
        if len(digest) in {_MD5_BYTES, _CRC32C_BYTES}:
            return base64.b64encode(digest).decode()
    raise InputError(f"its line {row.line} has the checksum '{cell}', no MD5 or CRC32C.")
