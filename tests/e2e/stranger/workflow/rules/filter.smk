rule filter_words:
    input:
        "resources/{sample}.txt",
    output:
        temp("results/filtered/{sample}.txt"),
    log:
        "logs/filter/{sample}.log",
    params:
        minimum=config["minimum"],
    conda:
        "../envs/tools.yaml"
    threads: 2
    resources:
        mem_mb=lambda wildcards, attempt: 500 * attempt,
    shell:
        "awk 'length >= {params.minimum}' {input} > {output} 2> {log}"


rule sort_words:
    input:
        "results/filtered/{sample}.txt",
    output:
        "results/sorted/{sample}.txt",
    log:
        "logs/sort/{sample}.log",
    benchmark:
        "benchmarks/sort/{sample}.tsv"
    conda:
        "../envs/tools.yaml"
    script:
        "../scripts/sort.sh"
