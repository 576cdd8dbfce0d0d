"""Property tests here read and write files, whose time says nothing on a shared machine."""

from hypothesis import settings

settings.register_profile("files", deadline=None)
settings.load_profile("files")
