"""Which queries are valid, and what they mean."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from snakemake_storage_plugin_gcsindex import StorageProvider, names

BUCKETS = st.from_regex(r"[a-z0-9][a-z0-9_-]{1,40}[a-z0-9]", fullmatch=True)
PARTS = st.text(
    st.characters(min_codepoint=0x20, blacklist_characters="/{}\x7f", blacklist_categories=["Cs"]),
    min_size=1,
    max_size=40,
).filter(lambda part: part not in {".", ".."})


@settings(deadline=None)
@given(BUCKETS, st.lists(PARTS, min_size=1, max_size=4))
def test_every_clean_name_is_valid_and_splits_into_bucket_and_key(
    bucket: str, parts: list[str]
) -> None:
    key = "/".join(parts)
    assert names.objection(f"gs://{bucket}/{key}") is None
    assert names.split(f"gs://{bucket}/{key}") == names.Address(bucket, key)
    assert str(names.split(f"gs://{bucket}/{key}/")) == f"gs://{bucket}/{key}"


@settings(deadline=None)
@given(st.text(max_size=30))
def test_no_text_breaks_the_check(text: str) -> None:
    problem = names.objection(text)
    assert problem is None or problem


@pytest.mark.parametrize(
    "query",
    [
        "gs://inbox/{sample}.fastq.gz",
        "gs://inbox/{sample,[^/]+}/{read,R[12]}.fastq.gz",
        "gs://inbox/{sample,..+//x}.txt",
        "gs://{bucket}/a.txt",
        "gs://inbox/folder/",
        "gs://example.com/a",
        "gs://inbox/ä ö#?[1].txt",
    ],
)
def test_wildcards_and_unusual_names_are_valid(query: str) -> None:
    assert names.objection(query) is None


@pytest.mark.parametrize(
    ("query", "problem"),
    [
        ("results/a.txt", "does not begin with gs://"),
        ("s3://bucket/a", "does not begin with gs://"),
        ("gs://", "no object"),
        ("gs://bucket", "no object"),
        ("gs://bucket/", "no object"),
        ("gs://ab/x", "'ab' is not a bucket name"),
        ("gs://Bucket/x", "'Bucket' is not a bucket name"),
        ("gs://-bucket/x", "'-bucket' is not a bucket name"),
        ("gs://a..b/x", "'a..b' is not a bucket name"),
        ("gs://" + "b" * 64 + "/x", "is not a bucket name"),
        ("gs://127.0.0.1/x", "IP address"),
        ("gs://bucket//x", "part ''"),
        ("gs://bucket/a//b", "part ''"),
        ("gs://bucket/a//", "part ''"),
        ("gs://bucket/../x", "part '..'"),
        ("gs://bucket/a/./b", "part '.'"),
        ("gs://bucket/..", "part '..'"),
        ("gs://bucket/a\nb", "control character"),
        ("gs://bucket/a\x00b", "control character"),
        ("gs://bucket/" + "x/" * 600 + "y", "longer than 1024 bytes"),
        ("gs://bucket/" + "ä" * 128, "longer than 255 bytes"),
    ],
)
def test_an_invalid_query_is_refused_with_its_reason(query: str, problem: str) -> None:
    assert problem in (names.objection(query) or "")


def test_the_provider_gives_snakemake_the_reason() -> None:
    result = StorageProvider.is_valid_query("gs://bucket/../x")
    assert not result
    assert "part '..'" in str(result)
    assert all(StorageProvider.is_valid_query(q.query) for q in StorageProvider.example_queries())
