# Files of the workflow that jobs need travel like any other input: a job on another machine, or one
# whose files live in a bucket, has no copy of this folder.
rule carry:
    input:
        local("workflow/{file}"),
    output:
        "results/workflow/{file}",
    log:
        "logs/carry/{file}.log",
    wildcard_constraints:
        file=r"scripts/[a-z_]+\.py|report/multiqc\.yaml",
    localrule: True
    container:
        IMAGES["python"]
    shell:
        "cp {input:q} {output:q} > {log:q} 2>&1"
