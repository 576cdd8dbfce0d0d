"""A local Google Cloud for workflows: Cloud Storage, Life Sciences v2beta, Batch v1, events.

The APIs and the storage are real servers; only Google's machines are played, by processes of this
host. `docs/localcloud.md` says what is faked and what is not.
"""
