# Quality of the reads as delivered and after trimming, by sequali.

QC_NAMES = ["{unit}.json"]


# lint: allow unpinned-image, because no published digest of sequali 1.0.2 was found
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
        IMAGES["sequali"]
    threads: RESOURCES["qc"]["threads"]
    resources:
        mem_mb=RESOURCES["qc"]["mem_mb"],
        disk_mb=RESOURCES["qc"]["disk_mb"],
        runtime=RESOURCES["qc"]["runtime"],
    # Trimming may leave no read at all; MultiQC cannot take what sequali says of none.
    shell:
        """
        if grep -q '"usable": true' {input.check:q} \
            && [ "$(gzip -cd {input.reads[0]:q} | head -c 1)" = "@" ]; then
            sequali --threads {threads} --json {output.data:q} --html {output.html:q} \
                {input.reads:q} >{log:q} 2>&1
        else
            echo "no reads to look at, see" {input.check:q} | tee {output.html:q} >{log:q}
            : >{output.data:q}
        fi
        """


# lint: allow unpinned-image, because of the same
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
