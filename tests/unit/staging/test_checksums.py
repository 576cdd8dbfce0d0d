"""CRC32C: known values, and files that are read over again."""

import io

from hypothesis import given
from hypothesis import strategies as st

from headrace.staging.checksums import Checksum, ChecksummedFile, promised


def test_the_check_value_of_the_polynomial() -> None:
    assert Checksum(b"123456789").text == "4waSgw=="  # 0xe3069283, RFC 3720 B.4's polynomial


@given(st.binary(min_size=1, max_size=60), st.lists(st.integers(0, 60), max_size=5))
def test_a_file_read_again_from_an_earlier_place_counts_every_byte_once(
    content: bytes, places: list[int]
) -> None:
    file, read_to = ChecksummedFile(io.BytesIO(content)), 0
    for place in places:
        file.seek(min(place, read_to))
        read_to = max(read_to, min(place, read_to) + len(file.read(7)))
    file.seek(read_to)
    file.read()
    assert file.checksum.text == Checksum(content).text


def test_the_promise_is_found_among_other_hashes() -> None:
    assert promised("md5=rL0Y20zC+Fzt72VPzMSk2A==, crc32c=4waSgw==") == "4waSgw=="
    assert promised("crc32c=4waSgw==,md5=x") == "4waSgw=="
    assert not promised("md5=x")
