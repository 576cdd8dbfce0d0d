# Adapters and 3' ends of low quality are cut by fastp, which also finds adapters by the overlap of
# mates. It counts a read's Ns, where cutadapt takes their share: the limit is that of a read of 150.

LONGEST_READ = 150
HIGHEST_QUALITY = 36  # fastp takes no more
QUALITY = min(config["trimming"]["quality"], HIGHEST_QUALITY)
CUTS = ["--cut_tail", "--cut_tail_window_size", 1, "--cut_tail_mean_quality", QUALITY]


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
        IMAGES["fastp"]
    threads: RESOURCES["trim"]["threads"]
    resources:
        mem_mb=RESOURCES["trim"]["mem_mb"],
        disk_mb=RESOURCES["trim"]["disk_mb"],
        runtime=RESOURCES["trim"]["runtime"],
    params:
        **config["trimming"],
        max_n_count=round(config["trimming"]["max_n"] * LONGEST_READ),
        cuts=CUTS if QUALITY else [],
        adapters=[
            "--adapter_sequence",
            config["trimming"]["adapter_1"],
            "--adapter_sequence_r2",
            config["trimming"]["adapter_2"],
        ],
        reads=lambda wildcards, input: ["-i", input.reads[0], "-I", input.reads[1]],
        outputs=lambda wildcards, output: ["-o", output.reads[0], "-O", output.reads[1]],
    # Reads are dropped for their length and their Ns only, as by cutadapt.
    shell:
        """
        if grep -q '"usable": true' {input.check:q}; then
            fastp --thread {threads} {params.adapters:q} {params.cuts:q} --trim_poly_g \
                --unqualified_percent_limit 100 --n_base_limit {params.max_n_count} \
                --length_required {params.min_length} --compression 1 \
                --json {output.json:q} --html /dev/null \
                {params.reads:q} {params.outputs:q} >{log:q} 2>&1
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
        max_n_count=round(config["trimming"]["max_n"] * LONGEST_READ),
        cuts=CUTS if QUALITY else [],
        adapters=["--adapter_sequence", config["trimming"]["adapter_1"]],
        reads=lambda wildcards, input: ["-i", input.reads[0]],
        outputs=lambda wildcards, output: ["-o", output.reads[0]],
