rule plot_lengths:
    input:
        expand("results/sorted/{sample}.txt", sample=SAMPLES),
    output:
        report("results/plots/lengths.txt", caption="../report/lengths.rst", category="Plots"),
    log:
        "logs/plot.log",
    conda:
        "../envs/tools.yaml"
    script:
        "../scripts/plot_lengths.py"


rule condition_of:
    output:
        "results/conditions/{sample}.txt",
    params:
        condition=condition,
    shell:
        "echo {params.condition} > {output}"


rule summary:
    input:
        counts=expand("results/counts/{sample}.txt", sample=SAMPLES),
        conditions=expand("results/conditions/{sample}.txt", sample=SAMPLES),
    output:
        report("results/summary.tsv", caption="../report/lengths.rst"),
    shell:
        "paste {input.conditions} {input.counts} > {output}"
