# From counted faults to a verdict on each table, and the report.


rule measure:
    input:
        faults="results/faults/{table}.json",
        problem="results/faults/{table}.problem.txt",
        summary="results/summary.json",
    output:
        "results/metrics/{table}.json",
    log:
        "logs/measure/{table}.log",
    benchmark:
        "benchmarks/measure/{table}.tsv"
    container:
        IMAGES["python"]
    threads: 1
    resources:
        mem_mb=500,
        disk_mb=10000,
        runtime=10,
        lifesciences_files="workflow/scripts/table_metrics.py",
    shell:
        "python3 workflow/scripts/table_metrics.py --table {wildcards.table:q} --out {output:q}"
        " --faults {input.faults:q} --problem {input.problem:q} --summary {input.summary:q}"
        " >{log:q} 2>&1"


rule judge:
    input:
        metrics=expand("results/metrics/{table}.json", table=TABLES),
        summary="results/summary.json",
        curve="results/curve.json",
    output:
        verdicts_json="results/verdicts.json",
        verdicts="results/verdicts.tsv",
        metrics="results/metrics.tsv",
        gates="results/report/gates_mqc.json",
        reasons="results/report/reasons_mqc.json",
        parameters="results/report/parameters_mqc.json",
        versions="results/report/software_mqc_versions.yml",
        summary="results/report/summary_mqc.json",
        curve="results/report/curve_mqc.json",
    log:
        "logs/judge.log",
    benchmark:
        "benchmarks/judge.tsv"
    container:
        IMAGES["python"]
    threads: 1
    resources:
        mem_mb=500,
        disk_mb=10000,
        runtime=10,
        lifesciences_files="workflow/scripts",
    params:
        gates=GATES,
        parameters=json.dumps({key: config[key] for key in config if key != "images"}),
        curve=json.dumps(config["curve"]),
    shell:
        """
        exec >{log:q} 2>&1
        python3 workflow/scripts/gates.py --gates {params.gates:q} \
            --verdicts-json {output.verdicts_json:q} --verdicts-table {output.verdicts:q} \
            --metrics-table {output.metrics:q} {input.metrics:q}
        python3 workflow/scripts/report_sections.py --gates {params.gates:q} \
            --parameters {params.parameters:q} --verdicts {output.verdicts_json:q} \
            --gates-out {output.gates:q} --reasons-out {output.reasons:q} \
            --parameters-out {output.parameters:q} --versions-out {output.versions:q} \
            {input.metrics:q}
        python3 workflow/scripts/table_sections.py --curve-of {params.curve:q} \
            --summary {input.summary:q} --curve {input.curve:q} \
            --summary-out {output.summary:q} --curve-out {output.curve:q}
        """


rule report:
    input:
        "results/report/gates_mqc.json",
        "results/report/reasons_mqc.json",
        "results/report/summary_mqc.json",
        "results/report/curve_mqc.json",
        "results/report/parameters_mqc.json",
        "results/report/software_mqc_versions.yml",
    output:
        html="report/multiqc.html",
        data="report/multiqc_data.zip",
    log:
        "logs/report.log",
    benchmark:
        "benchmarks/report.tsv"
    container:
        IMAGES["multiqc"]
    threads: 1
    resources:
        mem_mb=2000,
        disk_mb=10000,
        runtime=30,
        lifesciences_files="workflow/report/multiqc.yaml",
    params:
        folder=lambda wildcards, output: Path(output.html).parent,
    shell:
        "multiqc --quiet --force --no-version-check --zip-data-dir"
        " --config workflow/report/multiqc.yaml --outdir {params.folder:q}"
        " --filename multiqc.html {input:q} >{log:q} 2>&1"
