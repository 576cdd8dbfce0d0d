"""CRC32C as Cloud Storage writes it: base64 of the big-endian checksum."""

import base64
import io
from typing import Any, BinaryIO

import google_crc32c


class Checksum:
    """The CRC32C of bytes that come one piece after another."""

    def __init__(self, content: bytes = b"") -> None:
        self._value: Any = google_crc32c.Checksum(content)

    def update(self, piece: bytes) -> None:
        """Take the next bytes into account."""
        self._value.update(piece)

    @property
    def text(self) -> str:
        """The checksum of all bytes so far."""
        return base64.b64encode(self._value.digest()).decode()


class ChecksummedFile(io.RawIOBase):
    """A file whose checksum is taken as it is read, also where a part of it is read again."""

    def __init__(self, file: BinaryIO) -> None:
        super().__init__()
        self._file = file
        self._checked = 0
        self.checksum = Checksum()

    def read(self, size: int = -1) -> bytes:
        """Return the next bytes."""
        begin = self._file.tell()
        piece = self._file.read(size)
        fresh = piece[max(0, self._checked - begin) :]
        self.checksum.update(fresh)
        self._checked += len(fresh)
        return piece

    def seek(self, offset: int, whence: int = io.SEEK_SET) -> int:
        """Go back to where the server has not got any further."""
        return self._file.seek(offset, whence)

    def tell(self) -> int:
        """Return where the next bytes come from."""
        return self._file.tell()


def promised(hashes: str) -> str:
    """Return the CRC32C of an `x-goog-hash` header, empty if it carries none."""
    parts = (part.strip().partition("=") for part in hashes.split(","))
    return next((value for name, _, value in parts if name == "crc32c"), "")
