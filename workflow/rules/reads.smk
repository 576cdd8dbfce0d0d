# From delivered reads to trimmed reads. A unit whose files cannot be used gets no further than
# `check_fastq`: the steps after it write empty files for it, so that all others go on, and the
# verdict tells the reason.


rule check_fastq:
    input:
        reads_of,
    output:
        "results/checks/{unit}.json",
    log:
        "logs/check_fastq/{unit}.log",
    benchmark:
        "benchmarks/check_fastq/{unit}.tsv"
    container:
        IMAGES["python"]
    threads: RESOURCES["check"]["threads"]
    resources:
        mem_mb=RESOURCES["check"]["mem_mb"],
        disk_mb=RESOURCES["check"]["disk_mb"],
        runtime=RESOURCES["check"]["runtime"],
        lifesciences_files="workflow/scripts/check_fastq.py",
    shell:
        "python3 workflow/scripts/check_fastq.py"
        " --unit {wildcards.unit:q} --out {output:q} {input:q}"
        " > {log:q} 2>&1"


# lint: allow unpinned-image, because no published digest of sequali 1.0.2 was found
rule qc_raw:
    input:
        check="results/checks/{unit}.json",
        reads=reads_of,
    output:
        json="results/qc/raw/{unit}.json",
        html="results/qc/raw/{unit}.html",
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
            sequali --threads {threads} --json {output.json:q} --html {output.html:q} \
                {input.reads:q} >{log:q} 2>&1
        else
            echo "no reads to look at, see" {input.check:q} | tee {output.html:q} >{log:q}
            echo "{{}}" >{output.json:q}
        fi
        """


rule trim_paired:
    input:
        check="results/checks/{unit}.json",
        reads=reads_of,
    output:
        reads=[
            "results/trimmed/{unit}_R1.fastq.gz",
            "results/trimmed/{unit}_R2.fastq.gz",
        ],
        json="results/trimmed/{unit}.cutadapt.json",
    log:
        "logs/trim/{unit}.log",
    benchmark:
        "benchmarks/trim/{unit}.tsv"
    wildcard_constraints:
        unit=units_with(paired=True),
    container:
        IMAGES["cutadapt"]
    threads: RESOURCES["trim"]["threads"]
    resources:
        mem_mb=RESOURCES["trim"]["mem_mb"],
        disk_mb=RESOURCES["trim"]["disk_mb"],
        runtime=RESOURCES["trim"]["runtime"],
    params:
        **config["trimming"],
        adapters=[
            "-a",
            config["trimming"]["adapter_1"],
            "-A",
            config["trimming"]["adapter_2"],
        ],
        outputs=lambda wildcards, output: ["-o", output.reads[0], "-p", output.reads[1]],
    # --nextseq-trim cuts like -q and takes the Gs of dark cycles for bases of low quality.
    shell:
        """
        if grep -q '"usable": true' {input.check:q}; then
            cutadapt --cores {threads} {params.adapters:q} --overlap {params.min_overlap} \
                --nextseq-trim {params.quality} --minimum-length {params.min_length} \
                --max-n {params.max_n} --compression-level 1 --json {output.json:q} \
                {params.outputs:q} {input.reads:q} >{log:q} 2>&1
        else
            echo "left out, see" {input.check:q} >{log:q}
            for reads in {output.reads:q}; do gzip -c </dev/null >"$reads"; done
            echo "{{}}" >{output.json:q}
        fi
        """


use rule trim_paired as trim_single with:
    output:
        reads=["results/trimmed/{unit}_R1.fastq.gz"],
        json="results/trimmed/{unit}.cutadapt.json",
    wildcard_constraints:
        unit=units_with(paired=False),
    params:
        **config["trimming"],
        adapters=["-a", config["trimming"]["adapter_1"]],
        outputs=lambda wildcards, output: ["-o", output.reads[0]],


# lint: allow unpinned-image, because of the same
use rule qc_raw as qc_trimmed with:
    input:
        check="results/checks/{unit}.json",
        reads=trimmed_reads_of,
    output:
        json="results/qc/trimmed/{unit}.json",
        html="results/qc/trimmed/{unit}.html",
    log:
        "logs/qc_trimmed/{unit}.log",
    benchmark:
        "benchmarks/qc_trimmed/{unit}.tsv"
