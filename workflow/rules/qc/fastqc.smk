# Quality of the reads as delivered and after trimming, by FastQC. It looks at each mate by itself;
# the page of a unit shows both.

QC_NAMES = ["{unit}_R1_fastqc.zip", "{unit}_R2_fastqc.zip"]


rule qc_raw:
    input:
        check="results/checks/{unit}.json",
        reads=reads_of,
    output:
        html="results/qc/raw/{unit}.html",
        data=[f"results/qc/raw/{name}" for name in QC_NAMES],
    log:
        "logs/qc_raw/{unit}.log",
    benchmark:
        "benchmarks/qc_raw/{unit}.tsv"
    container:
        IMAGES["fastqc"]
    threads: RESOURCES["qc"]["threads"]
    resources:
        mem_mb=RESOURCES["qc"]["mem_mb"],
        disk_mb=RESOURCES["qc"]["disk_mb"],
        runtime=RESOURCES["qc"]["runtime"],
    # FastQC names its reports after the files, which links give the unit's name.
    shell:
        """
        scratch=$(mktemp -d)
        : >{output.html:q}
        for data in {output.data:q}; do : >"$data"; done
        if grep -q '"usable": true' {input.check:q} \
            && [ "$(gzip -cd {input.reads[0]:q} | head -c 1)" = "@" ]; then
            mate=0
            for reads in {input.reads:q}; do
                mate=$((mate + 1))
                ln -s "$(realpath "$reads")" "$scratch"/{wildcards.unit:q}"_R$mate.fastq.gz"
            done
            fastqc --quiet --threads {threads} --outdir "$scratch" "$scratch"/*.fastq.gz \
                >{log:q} 2>&1
            for page in "$scratch"/*.html; do
                printf '<iframe style="width: 100%%; height: 95vh; border: 0" srcdoc="'
                sed -e 's/&/\\&amp;/g' -e 's/"/\\&quot;/g' "$page"
                printf '"></iframe>\\n'
            done >{output.html:q}
            for data in {output.data:q}; do
                made="$scratch/$(basename "$data")"
                [ ! -e "$made" ] || mv "$made" "$data"
            done
        else
            echo "no reads to look at, see" {input.check:q} | tee {output.html:q} >{log:q}
        fi
        rm -r "$scratch"
        """


use rule qc_raw as qc_trimmed with:
    input:
        check="results/checks/{unit}.json",
        reads=fastqs_in("trimmed"),
    output:
        html="results/qc/trimmed/{unit}.html",
        data=[f"results/qc/trimmed/{name}" for name in QC_NAMES],
    log:
        "logs/qc_trimmed/{unit}.log",
    benchmark:
        "benchmarks/qc_trimmed/{unit}.tsv"
