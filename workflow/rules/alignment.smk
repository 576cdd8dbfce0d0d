# From trimmed reads to one sorted, duplicate-marked and indexed BAM per sample, and its statistics.


rule index_reference:
    input:
        located(config["reference"]),
    output:
        fasta="results/reference/genome.fa",
        fai="results/reference/genome.fa.fai",
        mmi="results/reference/genome.mmi",
    log:
        "logs/index_reference.log",
    benchmark:
        "benchmarks/index_reference.tsv"
    container:
        IMAGES["minimap2"]
    threads: RESOURCES["index"]["threads"]
    resources:
        mem_mb=RESOURCES["index"]["mem_mb"],
        disk_mb=RESOURCES["index"]["disk_mb"],
        runtime=RESOURCES["index"]["runtime"],
    params:
        preset=config["alignment"]["preset"],
    shell:
        """
        exec 2>{log:q}
        cp {input:q} {output.fasta:q}
        samtools faidx --fai-idx {output.fai:q} {output.fasta:q}
        minimap2 -x {params.preset:q} -d {output.mmi:q} {output.fasta:q}
        """


rule align:
    input:
        mmi="results/reference/genome.mmi",
        reads=trimmed_reads_of,
    output:
        temp("results/aligned/{unit}.bam"),
    log:
        "logs/align/{unit}.log",
    benchmark:
        "benchmarks/align/{unit}.tsv"
    container:
        IMAGES["minimap2"]
    threads: RESOURCES["align"]["threads"]
    resources:
        mem_mb=RESOURCES["align"]["mem_mb"],
        disk_mb=RESOURCES["align"]["disk_mb"],
        runtime=RESOURCES["align"]["runtime"],
    params:
        preset=config["alignment"]["preset"],
        read_group=lambda wildcards: UNITS[wildcards.unit].read_group,
    # fixmate -m notes the mates' scores, by which markdup chooses the best copy.
    shell:
        """
        exec 2>{log:q}
        minimap2 -a -x {params.preset:q} -t {threads} -R {params.read_group:q} \
            {input.mmi:q} {input.reads:q} \
            | samtools fixmate -m -u - - \
            | samtools sort -m 256M -o {output:q} -
        """


rule mark_duplicates:
    input:
        of_units("results/aligned/{unit}.bam"),
    output:
        bam="results/alignment/{sample}.bam",
        bai="results/alignment/{sample}.bam.bai",
        json="results/alignment/{sample}.markdup.json",
    log:
        "logs/mark_duplicates/{sample}.log",
    benchmark:
        "benchmarks/mark_duplicates/{sample}.tsv"
    container:
        IMAGES["samtools"]
    threads: RESOURCES["markdup"]["threads"]
    resources:
        mem_mb=RESOURCES["markdup"]["mem_mb"],
        disk_mb=RESOURCES["markdup"]["disk_mb"],
        runtime=RESOURCES["markdup"]["runtime"],
    # -d 0: no search for optical copies, which needs coordinates in the reads' names.
    shell:
        """
        exec 2>{log:q}
        samtools merge -u - {input:q} \
            | samtools markdup -d 0 --json -f {output.json:q} - {output.bam:q}
        samtools index {output.bam:q} {output.bai:q}
        """


rule alignment_statistics:
    input:
        bam="results/alignment/{sample}.bam",
        bai="results/alignment/{sample}.bam.bai",
        fasta="results/reference/genome.fa",
        fai="results/reference/genome.fa.fai",
    output:
        header="results/alignment/{sample}.header.txt",
        flagstat="results/alignment/{sample}.flagstat.txt",
        idxstats="results/alignment/{sample}.idxstats.txt",
        stats="results/alignment/{sample}.stats.txt",
        coverage="results/alignment/{sample}.coverage.txt",
        depth="results/alignment/{sample}.depth.tsv",
    log:
        "logs/alignment_statistics/{sample}.log",
    benchmark:
        "benchmarks/alignment_statistics/{sample}.tsv"
    container:
        IMAGES["samtools"]
    threads: RESOURCES["statistics"]["threads"]
    resources:
        mem_mb=RESOURCES["statistics"]["mem_mb"],
        disk_mb=RESOURCES["statistics"]["disk_mb"],
        runtime=RESOURCES["statistics"]["runtime"],
    # coverage and depth leave duplicates out, stats and flagstat count them.
    shell:
        """
        exec 2>{log:q}
        samtools head {input.bam:q} >{output.header:q}
        samtools flagstat {input.bam:q} >{output.flagstat:q}
        samtools idxstats {input.bam:q} >{output.idxstats:q}
        samtools stats --ref-seq {input.fasta:q} {input.bam:q} >{output.stats:q}
        samtools coverage {input.bam:q} >{output.coverage:q}
        samtools depth -aa {input.bam:q} \
            | awk '{{ bases[$3]++ }} END {{ for (depth in bases) print depth "\\t" bases[depth] }}' \
            | sort -n >{output.depth:q}
        """
