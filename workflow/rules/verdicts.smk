# From the tools' figures to a verdict on each sample, tables, and the report.

# Figures on a unit's quality that the chosen tool wrote for it; FastQC's second file is of mates.
QC_DATA = {
    unit: [
        name.format(unit=unit)
        for name in QC_NAMES
        if "_R2" not in name or UNITS[unit].paired
    ]
    for unit in UNITS
}
CONSENSUS = ["results/consensus/{sample}.fa"] if config["consensus"]["make"] else []


rule collect_metrics:
    input:
        checks=of_units("results/checks/{unit}.json"),
        raw_qc=qc_of_units("raw"),
        trimming=of_units("results/trimmed/{unit}.json"),
        header="results/alignment/{sample}.header.txt",
        statistics="results/alignment/{sample}.stats.txt",
        depth="results/alignment/{sample}.depth.tsv",
        targets="results/alignment/{sample}.targets.tsv",
        variants="results/variants/{sample}.stats.txt",
        alleles="results/variants/{sample}.alleles.tsv",
        consensus=CONSENSUS,
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
        lifesciences_files=(
            "workflow/scripts/sequencing_metrics.py,workflow/scripts/read_figures.py"
        ),
    params:
        breadth_depth=config["coverage"]["breadth_depth"],
        duplicates=(
            ["--duplicates-marked"]
            if config["alignment"]["duplicates"] == "mark"
            else []
        ),
        consensus=lambda wildcards, input: (
            ["--consensus", input.consensus] if input.consensus else []
        ),
    shell:
        "python3 -m workflow.scripts.sequencing_metrics --sample {wildcards.sample:q}"
        " --checks {input.checks:q} --raw-qc {input.raw_qc:q} --trimming {input.trimming:q}"
        " --header {input.header:q} --statistics {input.statistics:q} --depth {input.depth:q}"
        " --targets {input.targets:q} --variants {input.variants:q} --alleles {input.alleles:q}"
        " --breadth-depth {params.breadth_depth} {params.duplicates} {params.consensus:q}"
        " --out {output:q} > {log:q} 2>&1"


rule judge:
    input:
        expand("results/metrics/{sample}.json", sample=SAMPLES),
    output:
        verdicts_json="results/verdicts.json",
        verdicts=report(
            "results/verdicts.tsv",
            caption="../report/verdicts.rst",
            category="Samples",
        ),
        metrics=report(
            "results/metrics.tsv",
            caption="../report/metrics.rst",
            category="Samples",
        ),
        dictionary="results/metrics.schema.json",
        gates="results/report/gates_mqc.json",
        reasons="results/report/reasons_mqc.json",
        histograms=expand("results/report/{name}_mqc.json", name=HISTOGRAMS),
        links="results/report/links_mqc.json",
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
        histograms=json.dumps(HISTOGRAMS),
        links=json.dumps(links(workflow.storage_settings.default_storage_prefix)),
        parameters=json.dumps(
            {key: config[key] for key in config if key not in ("images", "resources")}
        ),
    shell:
        """
        exec >{log:q} 2>&1
        python3 workflow/scripts/gates.py --gates {params.gates:q} \
            --verdicts-json {output.verdicts_json:q} --verdicts-table {output.verdicts:q} \
            --metrics-table {output.metrics:q} --dictionary {output.dictionary:q} {input:q}
        python3 workflow/scripts/report_sections.py --gates {params.gates:q} \
            --parameters {params.parameters:q} --histograms {params.histograms:q} \
            --links {params.links:q} --verdicts {output.verdicts_json:q} \
            --gates-out {output.gates:q} --reasons-out {output.reasons:q} \
            --histograms-out {output.histograms:q} --links-out {output.links:q} \
            --parameters-out {output.parameters:q} --versions-out {output.versions:q} {input:q}
        """


rule report:
    input:
        sections=[
            rules.judge.output.gates,
            rules.judge.output.reasons,
            rules.judge.output.histograms,
            rules.judge.output.links,
            rules.judge.output.parameters,
            rules.judge.output.versions,
        ],
        units=[
            *expand("results/qc/raw/{name}", name=sum(QC_DATA.values(), [])),
            *expand("results/qc/trimmed/{name}", name=sum(QC_DATA.values(), [])),
            *expand("results/trimmed/{unit}.json", unit=UNITS),
        ],
        samples=expand(
            [
                *MERGE_REPORT,
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
        html=report(
            "report/multiqc.html",
            caption="../report/multiqc.rst",
            category="Report",
        ),
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
    # A list of files holds more names than a command line; a tool that had no reads to look at has
    # left an empty file, which says nothing.
    shell:
        """
        exec >{log:q} 2>&1
        files=$(mktemp)
        for file in {input.sections:q} {input.units:q} {input.samples:q} {input.extras:q}; do
            [ ! -s "$file" ] || printf '%s\\n' "$file"
        done >"$files"
        multiqc --quiet --force --no-version-check --zip-data-dir \
            --config workflow/report/multiqc.yaml --outdir {params.folder:q} \
            --filename multiqc.html --file-list "$files"
        rm "$files"
        """
