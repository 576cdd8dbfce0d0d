"""A wrapper as of snakemake-wrappers: a shell command in Python."""

from snakemake.shell import shell

shell("wc -c < {snakemake.input} > {snakemake.output}")
