# Quality of the reads as delivered and after trimming, by fastp with all its trimming switched off.

QC_NAMES = ["{unit}.json"]


rule qc_raw:
    input:
        check="results/checks/{unit}.json",
        reads=reads_of,
    output:
        html="results/qc/raw/{unit}.html",
        data=[f"results/qc/raw/{name}" for name in QC_NAMES],
    log:
        "logs/qc_raw/{unit}.log",
    benchmark:
        "benchmarks/qc_raw/{unit}.tsv"
    container:
        IMAGES["fastp"]
    threads: RESOURCES["qc"]["threads"]
    resources:
        mem_mb=RESOURCES["qc"]["mem_mb"],
        disk_mb=RESOURCES["qc"]["disk_mb"],
        runtime=RESOURCES["qc"]["runtime"],
    params:
        reads=lambda wildcards, input: (
            ["-i", input.reads[0], "-I", input.reads[1]]
            if UNITS[wildcards.unit].paired
            else ["-i", input.reads[0]]
        ),
    shell:
        """
        if grep -q '"usable": true' {input.check:q} \
            && [ "$(gzip -cd {input.reads[0]:q} | head -c 1)" = "@" ]; then
            fastp --thread {threads} --disable_adapter_trimming --disable_trim_poly_g \
                --disable_quality_filtering --disable_length_filtering \
                --json {output.data:q} --html {output.html:q} {params.reads:q} >{log:q} 2>&1
        else
            echo "no reads to look at, see" {input.check:q} | tee {output.html:q} >{log:q}
            : >{output.data:q}
        fi
        """


use rule qc_raw as qc_trimmed with:
    input:
        check="results/checks/{unit}.json",
        reads=fastqs_in("trimmed"),
    output:
        html="results/qc/trimmed/{unit}.html",
        data=[f"results/qc/trimmed/{name}" for name in QC_NAMES],
    log:
        "logs/qc_trimmed/{unit}.log",
    benchmark:
        "benchmarks/qc_trimmed/{unit}.tsv"
