# The lanes of a sample become one BAM: copies marked, primers clipped, or just merged. Which of the
# rules is there follows from the settings (`primers`, `alignment.duplicates`).

# What the chosen rule leaves for the report, beside the BAM.
MERGE_REPORT = []

if config["primers"]:

    # Bases that come from a primer say nothing of the sample. Clipping moves ends, so mates are
    # told of each other's again, and differences from the reference are counted anew.
    rule clip_primers:
        input:
            units=of_units("results/aligned/{unit}.bam"),
            primers=PRIMERS,
            fasta=FASTA,
            fai=FAI,
        output:
            bam="results/alignment/{sample}.bam",
            bai="results/alignment/{sample}.bam.bai",
            clipped="results/alignment/{sample}.primers.txt",
        log:
            "logs/clip_primers/{sample}.log",
        benchmark:
            "benchmarks/clip_primers/{sample}.tsv"
        container:
            IMAGES["samtools"]
        threads: RESOURCES["merge"]["threads"]
        resources:
            mem_mb=RESOURCES["merge"]["mem_mb"],
            disk_mb=RESOURCES["merge"]["disk_mb"],
            runtime=RESOURCES["merge"]["runtime"],
        shell:
            """
            exec 2>{log:q}
            scratch=$(mktemp -d)
            samtools merge -u - {input.units:q} \
                | samtools ampliconclip --both-ends -u -b {input.primers:q} \
                    -f {output.clipped:q} - \
                | samtools collate -u -O - "$scratch/collated" \
                | samtools fixmate -u - - \
                | samtools sort -m 256M -u - \
                | samtools calmd -b -Q - {input.fasta:q} >{output.bam:q}
            rm -r "$scratch"
            samtools index {output.bam:q} {output.bai:q}
            """

elif config["alignment"]["duplicates"] == "mark":

    MERGE_REPORT = ["results/alignment/{sample}.markdup.json"]

    # -d 0: no search for optical copies, which needs coordinates in the reads' names.
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
        threads: RESOURCES["merge"]["threads"]
        resources:
            mem_mb=RESOURCES["merge"]["mem_mb"],
            disk_mb=RESOURCES["merge"]["disk_mb"],
            runtime=RESOURCES["merge"]["runtime"],
        shell:
            """
            exec 2>{log:q}
            lanes=({input:q})
            if [ ${{#lanes[@]}} -eq 1 ]; then cat {input:q}; else samtools merge -u - {input:q}; fi \
                | samtools markdup -d 0 --json -f {output.json:q} - {output.bam:q}
            samtools index {output.bam:q} {output.bai:q}
            """

else:

    rule merge_lanes:
        input:
            of_units("results/aligned/{unit}.bam"),
        output:
            bam="results/alignment/{sample}.bam",
            bai="results/alignment/{sample}.bam.bai",
        log:
            "logs/merge_lanes/{sample}.log",
        benchmark:
            "benchmarks/merge_lanes/{sample}.tsv"
        container:
            IMAGES["samtools"]
        threads: RESOURCES["merge"]["threads"]
        resources:
            mem_mb=RESOURCES["merge"]["mem_mb"],
            disk_mb=RESOURCES["merge"]["disk_mb"],
            runtime=RESOURCES["merge"]["runtime"],
        shell:
            """
            exec 2>{log:q}
            samtools merge -f -o {output.bam:q} {input:q}
            samtools index {output.bam:q} {output.bai:q}
            """
