# Small variants of each sample, normalised and filtered.


rule call_variants:
    input:
        bam="results/alignment/{sample}.bam",
        bai="results/alignment/{sample}.bam.bai",
        fasta="results/reference/genome.fa",
        fai="results/reference/genome.fa.fai",
    output:
        vcf="results/variants/{sample}.vcf.gz",
        tbi="results/variants/{sample}.vcf.gz.tbi",
        stats="results/variants/{sample}.stats.txt",
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
    shell:
        """
        exec 2>{log:q}
        bcftools mpileup -Ou -f {input.fasta:q} -a FORMAT/AD,FORMAT/DP -d {params.max_depth} \
            -q {params.min_mapping_quality} -Q {params.min_base_quality} {input.bam:q} \
            | bcftools call -mv --ploidy {params.ploidy} -Ou \
            | bcftools norm -f {input.fasta:q} -m -any -Ou \
            | bcftools filter -s LOWQ -Oz -o {output.vcf:q} -e "QUAL < {params.min_quality} \
                || FORMAT/DP[0] < {params.min_depth} \
                || FORMAT/AD[0:1] < {params.min_alternative_reads} \
                || FORMAT/AD[0:1] / FORMAT/DP[0] < {params.min_alternative_share}"
        bcftools index --tbi {output.vcf:q}
        bcftools stats -f PASS,. -F {input.fasta:q} {output.vcf:q} >{output.stats:q}
        """
