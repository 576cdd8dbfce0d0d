"""The public plugins under measurement, in an environment of their own.

Two storage plugins for `gs://` cannot be installed beside each other, so these live in
build/public (`benchmarks.environments`).
"""
