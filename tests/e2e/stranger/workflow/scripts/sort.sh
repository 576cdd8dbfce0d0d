sort "${snakemake_input[0]}" >"${snakemake_output[0]}" 2>"${snakemake_log[0]}"
