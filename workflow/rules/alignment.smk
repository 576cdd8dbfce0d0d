# From trimmed reads to one sorted and indexed BAM per sample, and its statistics.

ALIGNED_READS = "subsampled" if config["subsample"]["max_reads"] else "trimmed"


# Made once for each content of the reference (workflow/lib/references.py), whatever its date.
# lint: allow stray-output, because runs to come use it, too
rule index_reference:
    input:
        ancient(located(config["reference"])),
    output:
        fasta=located(OWN_REFERENCE.fasta),
        fai=located(OWN_REFERENCE.fai),
        mmi=located(OWN_REFERENCE.mmi),
        record=located(OWN_REFERENCE.record),
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
        for file in {output.fasta:q} {output.fai:q} {output.mmi:q}; do
            printf ', "%s": %d' "$(basename "$file")" "$(wc -c <"$file")"
        done | sed -e 's/^, /{{"bytes": {{/' -e 's/$/}}}}/' >{output.record:q}
        """


rule align:
    input:
        mmi=MMI,
        reads=fastqs_in(ALIGNED_READS),
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
    # fixmate -m notes the mates' scores, by which markdup chooses the best copy. The lanes are
    # merged and dropped at once: packing them tightly (-l) would cost more than it saves.
    shell:
        """
        exec 2>{log:q}
        minimap2 -a -x {params.preset:q} -t {threads} -R {params.read_group:q} \
            {input.mmi:q} {input.reads:q} \
            | samtools fixmate -m -u - - \
            | samtools sort -m 256M -l 1 -o {output:q} -
        """


rule alignment_statistics:
    input:
        bam="results/alignment/{sample}.bam",
        bai="results/alignment/{sample}.bam.bai",
        fasta=FASTA,
        fai=FAI,
        targets=TARGETS,
    output:
        header="results/alignment/{sample}.header.txt",
        flagstat="results/alignment/{sample}.flagstat.txt",
        idxstats="results/alignment/{sample}.idxstats.txt",
        stats="results/alignment/{sample}.stats.txt",
        coverage="results/alignment/{sample}.coverage.txt",
        depth="results/alignment/{sample}.depth.tsv",
        targets="results/alignment/{sample}.targets.tsv",
        low_depth="results/alignment/{sample}.low_depth.bed",
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
    params:
        regions=lambda wildcards, input: ["-b", input.targets] if input.targets else [],
        masked_for=(
            [config["consensus"]["min_depth"]] if config["consensus"]["make"] else []
        ),
        mapping_quality=config["calling"]["min_mapping_quality"],
        base_quality=config["calling"]["min_base_quality"],
    # coverage and depth leave duplicates out, stats and flagstat count them. 0x904 are reads that
    # are not aligned, and second or further alignments of a read. What the consensus
    # must leave open are all bases but those that good reads have seen, or skip as deleted (-J).
    shell:
        """
        exec 2>{log:q}
        samtools head {input.bam:q} >{output.header:q}
        samtools flagstat {input.bam:q} >{output.flagstat:q}
        samtools idxstats {input.bam:q} >{output.idxstats:q}
        samtools stats --ref-seq {input.fasta:q} {input.bam:q} >{output.stats:q}
        samtools coverage {input.bam:q} >{output.coverage:q}
        samtools depth -aa {params.regions:q} {input.bam:q} \
            | awk '{{ bases[$3]++ }} END {{ for (depth in bases) print depth "\\t" bases[depth] }}' \
            | sort -n >{output.depth:q}
        for targets in {input.targets:q}; do
            for regions in "" "-L $targets"; do
                samtools view -c -F 0x904 $regions {input.bam:q}
            done
        done >{output.targets:q}
        for least in {params.masked_for}; do
            samtools depth -J -Q {params.mapping_quality} -q {params.base_quality} \
                {params.regions:q} {input.bam:q} | awk -v OFS='\\t' -v least="$least" '
                    function finish() {{
                        if (contig && at < bases[contig]) print contig, at, bases[contig]
                    }}
                    NR == FNR {{ bases[$1] = $2; next }}
                    $3 >= least {{
                        if ($1 != contig) {{ finish(); contig = $1; at = 0; seen[contig] = 1 }}
                        if ($2 - 1 > at) print contig, at, $2 - 1
                        at = $2
                    }}
                    END {{
                        finish()
                        for (one in bases) if (!seen[one]) print one, 0, bases[one]
                    }}' {input.fai:q} -
        done >{output.low_depth:q}
        """
