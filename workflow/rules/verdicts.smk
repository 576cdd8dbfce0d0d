# From the tools' figures to a verdict on each sample, tables, and the report.


rule collect_metrics:
    input:
        checks=of_units("results/checks/{unit}.json"),
        raw_qc=of_units("results/qc/raw/{unit}.json"),
        trimming=of_units("results/trimmed/{unit}.cutadapt.json"),
        header="results/alignment/{sample}.header.txt",
        statistics="results/alignment/{sample}.stats.txt",
        depth="results/alignment/{sample}.depth.tsv",
        variants="results/variants/{sample}.stats.txt",
    output:
        "results/metrics/{sample}.json",
    log:
        "logs/collect_metrics/{sample}.log",
    benchmark:
        "benchmarks/collect_metrics/{sample}.tsv"
    container:
        IMAGES["python"]
    threads: RESOURCES["summary"]["threads"]
    resources:
        mem_mb=RESOURCES["summary"]["mem_mb"],
        disk_mb=RESOURCES["summary"]["disk_mb"],
        runtime=RESOURCES["summary"]["runtime"],
        lifesciences_files="workflow/scripts/sequencing_metrics.py",
    shell:
        "python3 workflow/scripts/sequencing_metrics.py --sample {wildcards.sample:q} --out {output:q}"
        " --checks {input.checks:q} --raw-qc {input.raw_qc:q} --trimming {input.trimming:q}"
        " --header {input.header:q} --statistics {input.statistics:q}"
        " --depth {input.depth:q} --variants {input.variants:q} > {log:q} 2>&1"


rule judge:
    input:
        expand("results/metrics/{sample}.json", sample=SAMPLES),
    output:
        verdicts_json="results/verdicts.json",
        verdicts="results/verdicts.tsv",
        metrics="results/metrics.tsv",
        gates="results/report/gates_mqc.json",
        reasons="results/report/reasons_mqc.json",
        parameters="results/report/parameters_mqc.json",
        versions="results/report/software_mqc_versions.yml",
    log:
        "logs/judge.log",
    benchmark:
        "benchmarks/judge.tsv"
    container:
        IMAGES["python"]
    threads: RESOURCES["summary"]["threads"]
    resources:
        mem_mb=RESOURCES["summary"]["mem_mb"],
        disk_mb=RESOURCES["summary"]["disk_mb"],
        runtime=RESOURCES["summary"]["runtime"],
        lifesciences_files="workflow/scripts/gates.py,workflow/scripts/report_sections.py",
    params:
        gates=GATES,
        parameters=json.dumps(
            {key: config[key] for key in config if key not in ("images", "resources")}
        ),
    shell:
        """
        exec >{log:q} 2>&1
        python3 workflow/scripts/gates.py --gates {params.gates:q} --verdicts-json {output.verdicts_json:q} \
            --verdicts-table {output.verdicts:q} --metrics-table {output.metrics:q} {input:q}
        python3 workflow/scripts/report_sections.py --gates {params.gates:q} --parameters {params.parameters:q} \
            --verdicts {output.verdicts_json:q} --gates-out {output.gates:q} \
            --reasons-out {output.reasons:q} --parameters-out {output.parameters:q} \
            --versions-out {output.versions:q} {input:q}
        """


rule report:
    input:
        sections=[
            "results/report/gates_mqc.json",
            "results/report/reasons_mqc.json",
            "results/report/parameters_mqc.json",
            "results/report/software_mqc_versions.yml",
        ],
        units=expand(
            [
                "results/qc/raw/{unit}.json",
                "results/qc/trimmed/{unit}.json",
                "results/trimmed/{unit}.cutadapt.json",
            ],
            unit=UNITS,
        ),
        samples=expand(
            [
                "results/alignment/{sample}.markdup.json",
                "results/alignment/{sample}.flagstat.txt",
                "results/alignment/{sample}.idxstats.txt",
                "results/alignment/{sample}.stats.txt",
                "results/alignment/{sample}.coverage.txt",
                "results/variants/{sample}.stats.txt",
            ],
            sample=SAMPLES,
        ),
        extras=lambda wildcards: REPORTED,  # rules that are read after this one add to it
    output:
        html="report/multiqc.html",
        data="report/multiqc_data.zip",
    log:
        "logs/report.log",
    benchmark:
        "benchmarks/report.tsv"
    container:
        IMAGES["multiqc"]
    threads: RESOURCES["report"]["threads"]
    resources:
        mem_mb=RESOURCES["report"]["mem_mb"],
        disk_mb=RESOURCES["report"]["disk_mb"],
        runtime=RESOURCES["report"]["runtime"],
        lifesciences_files="workflow/report/multiqc.yaml",
    params:
        folder=lambda wildcards, output: Path(output.html).parent,
    # A list of files holds more names than a command line.
    shell:
        """
        exec >{log:q} 2>&1
        files=$(mktemp)
        printf '%s\\n' {input.sections:q} {input.units:q} {input.samples:q} \
            {input.extras:q} >"$files"
        multiqc --quiet --force --no-version-check --zip-data-dir --config workflow/report/multiqc.yaml \
            --outdir {params.folder:q} --filename multiqc.html --file-list "$files"
        rm "$files"
        """
