# From a delivered table to its faults, its clean rows, and figures over all tables.


# A table that cannot be read is a result: DuckDB's sentence goes to the verdict.
rule count_faults:
    input:
        table_of,
    output:
        json="results/faults/{table}.json",
        problem="results/faults/{table}.problem.txt",
    log:
        "logs/count_faults/{table}.log",
    benchmark:
        "benchmarks/count_faults/{table}.tsv"
    container:
        IMAGES["duckdb"]
    threads: 1
    resources:
        mem_mb=1000,
        disk_mb=10000,
        runtime=15,
    params:
        query=lambda wildcards: QUESTIONS.faults(TABLES[wildcards.table]),
    shell:
        """
        : >{output.problem:q}
        if ! TABLE={input:q} duckdb -json -c {params.query:q} >{output.json:q} 2>{log:q}; then
            head -n 1 {log:q} >{output.problem:q}
            grep -qE '^(Invalid Input|IO) Error' {output.problem:q}
            echo '[]' >{output.json:q}
        fi
        """


rule clean:
    input:
        table=table_of,
        problem="results/faults/{table}.problem.txt",
    output:
        "results/clean/{table}.parquet",
    log:
        "logs/clean/{table}.log",
    benchmark:
        "benchmarks/clean/{table}.tsv"
    container:
        IMAGES["duckdb"]
    threads: 1
    resources:
        mem_mb=1000,
        disk_mb=10000,
        runtime=15,
    params:
        query=lambda wildcards: QUESTIONS.clean(TABLES[wildcards.table]),
        none=QUESTIONS.none(),
    shell:
        """
        exec 2>{log:q}
        if [ -s {input.problem:q} ]; then query={params.none:q}; else query={params.query:q}; fi
        TABLE={input.table:q} duckdb -c "COPY ($query) TO '{output}' (FORMAT parquet)"
        """


rule summarise:
    input:
        expand("results/clean/{table}.parquet", table=TABLES),
    output:
        summary="results/summary.json",
        curve="results/curve.json",
    log:
        "logs/summarise.log",
    benchmark:
        "benchmarks/summarise.tsv"
    container:
        IMAGES["duckdb"]
    threads: 1
    resources:
        mem_mb=1000,
        disk_mb=10000,
        runtime=15,
    params:
        summary=lambda wildcards, input: QUESTIONS.summary(input),
        curve=lambda wildcards, input: QUESTIONS.curve(input, **config["curve"]),
    shell:
        """
        exec 2>{log:q}
        duckdb -json -c {params.summary:q} >{output.summary:q}
        duckdb -json -c {params.curve:q} >{output.curve:q}
        """
