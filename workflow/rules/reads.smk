# From delivered reads to checked ones. A unit whose files cannot be used gets no further than
# `check_fastq`: the steps after it write empty files for it, so that all others go on, and the
# verdict tells the reason.


# Unaligned reads in BAM or CRAM become FASTQ; what is wrong with them is written down, not raised.
rule unpack_reads:
    input:
        lambda wildcards: located(UNITS[wildcards.unit].bam),
    output:
        reads=[
            temp("results/reads/{unit}_R1.fastq.gz"),
            temp("results/reads/{unit}_R2.fastq.gz"),
        ],
        problem=temp("results/reads/{unit}.problem.txt"),
    log:
        "logs/unpack_reads/{unit}.log",
    benchmark:
        "benchmarks/unpack_reads/{unit}.tsv"
    container:
        IMAGES["samtools"]
    threads: RESOURCES["unpack"]["threads"]
    resources:
        mem_mb=RESOURCES["unpack"]["mem_mb"],
        disk_mb=RESOURCES["unpack"]["disk_mb"],
        runtime=RESOURCES["unpack"]["runtime"],
    params:
        paired=lambda wildcards: UNITS[wildcards.unit].paired,
        name=lambda wildcards: Path(UNITS[wildcards.unit].bam).name,
    # Reads that are marked as neither mate are the single ones; those of mates that are alone or of
    # the other layout are counted, and belong nowhere.
    shell:
        """
        exec 2>{log:q}
        scratch=$(mktemp -d)
        : >{output.problem:q}
        if ! samtools collate -u -O {input:q} "$scratch/collated" \
            | samtools fastq -n -c 1 -1 "$scratch/1.fastq.gz" -2 "$scratch/2.fastq.gz" \
                -0 "$scratch/single.fastq.gz" -s "$scratch/alone.fastq.gz" -; then
            echo {params.name:q}" cannot be read as BAM or CRAM, or is cut short;" \
                "upload it again." >{output.problem:q}
        fi
        for part in 1 2 single alone; do
            [ -e "$scratch/$part.fastq.gz" ] || gzip -c </dev/null >"$scratch/$part.fastq.gz"
        done
        reads() {{ gzip -cd "$scratch/$1.fastq.gz" 2>/dev/null | head -n 4 | wc -l; }}
        if [ {params.paired} = True ]; then
            unfit=single layout=single
            mv "$scratch/1.fastq.gz" {output.reads[0]:q}
            mv "$scratch/2.fastq.gz" {output.reads[1]:q}
        else
            unfit=1 layout=paired
            mv "$scratch/single.fastq.gz" {output.reads[0]:q}
            mv "$scratch/2.fastq.gz" {output.reads[1]:q}
        fi
        if [ -s {output.problem:q} ]; then
            :
        elif [ "$(reads $unfit)" -gt 0 ]; then
            echo {params.name:q}" holds reads of another layout;" \
                "write $layout into the column layout." >{output.problem:q}
        elif [ "$(reads alone)" -gt 0 ]; then
            echo {params.name:q}" holds reads whose mates are missing;" \
                "upload a complete file." >{output.problem:q}
        fi
        rm -r "$scratch"
        """


rule check_fastq:
    input:
        reads=reads_of,
        unpacking=unpacking_of,
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
    params:
        unpacking=lambda wildcards, input: (
            ["--problem", input.unpacking] if input.unpacking else []
        ),
    shell:
        "python3 workflow/scripts/check_fastq.py --unit {wildcards.unit:q} --out {output:q}"
        " {params.unpacking:q} {input.reads:q} > {log:q} 2>&1"


# Fewer reads where more would only cost: both mates of a pair are drawn by their name.
rule subsample:
    input:
        check="results/checks/{unit}.json",
        reads=fastqs_in("trimmed"),
    output:
        reads=[
            temp("results/subsampled/{unit}_R1.fastq.gz"),
            temp("results/subsampled/{unit}_R2.fastq.gz"),
        ],
    log:
        "logs/subsample/{unit}.log",
    benchmark:
        "benchmarks/subsample/{unit}.tsv"
    container:
        IMAGES["samtools"]
    threads: RESOURCES["subsample"]["threads"]
    resources:
        mem_mb=RESOURCES["subsample"]["mem_mb"],
        disk_mb=RESOURCES["subsample"]["disk_mb"],
        runtime=RESOURCES["subsample"]["runtime"],
    params:
        **config["subsample"],
        reads=lambda wildcards, input: (
            ["-1", input.reads[0], "-2", input.reads[1]]
            if UNITS[wildcards.unit].paired
            else ["-0", *input.reads]
        ),
        outputs=lambda wildcards, output: (
            ["-1", output.reads[0], "-2", output.reads[1]]
            if UNITS[wildcards.unit].paired
            else ["-0", output.reads[0]]
        ),
    # The share follows from the reads that were delivered, as the check has counted them. samtools
    # takes an empty file for a damaged one.
    shell:
        """
        exec 2>{log:q}
        share=$(awk -F '[:,]' '/"reads"/ {{ reads += $2 }}
            END {{ print (reads > {params.max_reads}) ? {params.max_reads} / reads : 1 }}' \
            {input.check:q})
        for reads in {output.reads:q}; do gzip -c </dev/null >"$reads"; done
        if [ "$(gzip -cd {input.reads[0]:q} | head -c 1)" = "@" ]; then
            samtools import -u {params.reads:q} \
                | samtools view -u --subsample "$share" --subsample-seed {params.seed} - \
                | samtools fastq -n -c 1 {params.outputs:q} -
        fi
        """
