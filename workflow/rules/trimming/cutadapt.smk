# Adapters and 3' ends of low quality are cut by cutadapt.


rule trim_paired:
    input:
        check="results/checks/{unit}.json",
        reads=reads_of,
    output:
        reads=[
            "results/trimmed/{unit}_R1.fastq.gz",
            "results/trimmed/{unit}_R2.fastq.gz",
        ],
        json="results/trimmed/{unit}.json",
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
            : >{output.json:q}
        fi
        """


use rule trim_paired as trim_single with:
    output:
        reads=["results/trimmed/{unit}_R1.fastq.gz"],
        json="results/trimmed/{unit}.json",
    wildcard_constraints:
        unit=units_with(paired=False),
    params:
        **config["trimming"],
        adapters=["-a", config["trimming"]["adapter_1"]],
        outputs=lambda wildcards, output: ["-o", output.reads[0]],
