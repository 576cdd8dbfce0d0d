# Small variants of each sample, normalised and filtered, and the sequence that they make.


rule call_variants:
    input:
        bam="results/alignment/{sample}.bam",
        bai="results/alignment/{sample}.bam.bai",
        fasta=FASTA,
        fai=FAI,
        targets=TARGETS,
    output:
        vcf="results/variants/{sample}.vcf.gz",
        tbi="results/variants/{sample}.vcf.gz.tbi",
        stats="results/variants/{sample}.stats.txt",
        alleles="results/variants/{sample}.alleles.tsv",
    log:
        "logs/call_variants/{sample}.log",
    benchmark:
        "benchmarks/call_variants/{sample}.tsv"
    container:
        IMAGES["bcftools"]
    threads: RESOURCES["call"]["threads"]
    resources:
        mem_mb=RESOURCES["call"]["mem_mb"],
        disk_mb=RESOURCES["call"]["disk_mb"],
        runtime=RESOURCES["call"]["runtime"],
    params:
        **config["calling"],
        regions=lambda wildcards, input: ["-T", input.targets] if input.targets else [],
    shell:
        """
        exec 2>{log:q}
        bcftools mpileup -Ou -f {input.fasta:q} -a FORMAT/AD,FORMAT/DP -d {params.max_depth} \
            -q {params.min_mapping_quality} -Q {params.min_base_quality} {params.regions:q} \
            {input.bam:q} \
            | bcftools call -mv --ploidy {params.ploidy} -Ou \
            | bcftools norm -f {input.fasta:q} -m -any -Ou \
            | bcftools filter -s LOWQ -Oz -o {output.vcf:q} -e "QUAL < {params.min_quality} \
                || FORMAT/DP[0] < {params.min_depth} \
                || FORMAT/AD[0:1] < {params.min_alternative_reads} \
                || FORMAT/AD[0:1] / FORMAT/DP[0] < {params.min_alternative_share}"
        bcftools index --tbi {output.vcf:q}
        bcftools stats -f PASS,. -F {input.fasta:q} {output.vcf:q} >{output.stats:q}
        bcftools query -i 'TYPE="snp" && FILTER="PASS"' -f '[%AD]\\n' {output.vcf:q} \
            | tr , '\\t' >{output.alleles:q}
        """


# Where too few good reads lie, nothing is claimed: those bases become N.
rule consensus:
    input:
        vcf="results/variants/{sample}.vcf.gz",
        tbi="results/variants/{sample}.vcf.gz.tbi",
        low_depth="results/alignment/{sample}.low_depth.bed",
        fasta=FASTA,
        fai=FAI,
    output:
        "results/consensus/{sample}.fa",
    log:
        "logs/consensus/{sample}.log",
    benchmark:
        "benchmarks/consensus/{sample}.tsv"
    container:
        IMAGES["bcftools"]
    threads: RESOURCES["consensus"]["threads"]
    resources:
        mem_mb=RESOURCES["consensus"]["mem_mb"],
        disk_mb=RESOURCES["consensus"]["disk_mb"],
        runtime=RESOURCES["consensus"]["runtime"],
    params:
        # One of two alleles where both are there: as a letter that stands for both.
        alleles="A" if config["calling"]["ploidy"] == 1 else "I",
    shell:
        "bcftools consensus --fasta-ref {input.fasta:q} --mask {input.low_depth:q}"
        " --include 'FILTER=\"PASS\"' --haplotype {params.alleles}"
        " --prefix {wildcards.sample:q}_ --output {output:q} {input.vcf:q} 2>{log:q}"
