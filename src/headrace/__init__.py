"""Headrace: upload a file, get checked results, with no server to run."""
