"""What runs beside the tools in a job's virtual machine.

A job is three kinds of action on one disk: `headrace-stage in` reads the plan and brings the
inputs; each step runs a rule's own command in the rule's own image; `headrace-stage out` takes
logs and outputs to Cloud Storage and writes the manifest last. No Snakemake is needed there.
"""
