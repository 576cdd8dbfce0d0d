"""The words of docs/performance.md."""

HEAD = """
# Performance

What `make bench` measured; it writes this page, its pictures and `benchmarks/results.json`. Do not
edit them: change `benchmarks/` and measure again. `make bench QUICK=1` takes minutes and writes to
`build/bench` only. Nothing here ran on Google Cloud.
"""

ABOUT_LIKE_JOBS = """
One rule, so many jobs, each of which makes one small file; `--jobs 5000`, a look at the jobs every
second, machines of two vCPUs, 200 of them at once. A machine takes {times.boot:g} s to boot and
{times.pull:g} s for each image, on a clock that runs {times.scale:g} times as fast as ours. The
machines' programs are played (see *How it is measured*), so that the table shows heads and
services, not this machine's two cores at starting thousands of Pythons. What the machines are
billed is in `results.json` and not here: the steps take no time of the cloud's, so it is boots, and
this machine's slowness twenty times over. Local Snakemake runs the same commands on this machine.
"""

ABOUT_GROWTH = """
The same for one job. Growth is linear where a way's numbers stay the same down its lines; they fall
where what a head does once, two seconds of its start above all, is spread over more jobs.
"""

ABOUT_FAR = """
The servers of the local cloud are on this machine, and answer at once. Google's do not, and a head
waits for each answer; so here each of a head's requests takes 20 ms longer, half of what the log in
pangeo-data/pangeo#112 shows for the metadata of one object:
"""

ABOUT_REFERENCE = """
The sequencing workflow on so many samples. Boots and images as above, on a clock that runs five
times as fast as ours; what this machine takes to start a process is billed five times. Each step
takes as long as the CPU time that it took for real on 250,000 read pairs (*The tools themselves*),
and "tool s" is the sum of those: the larger a sample, the less its boots matter. Local Snakemake
runs the tools themselves, on this machine's two cores; "Snakemake in the VM" makes every rule one
that needs Snakemake there, and is played without the seconds that its start takes
(*In the machine*), as are the public plugins.
"""

ABOUT_ARRIVALS = """
The function as it is deployed, in a process of its own: from its start to the answer to an event
that starts a run; and at a steady rate of events, each of which starts a run, from the event to the
answer that its controller was submitted. An event that finds the function busy waits, and its
waiting counts.
"""

ABOUT_ESTIMATES = """
Like runs, one after the other, each on a sample of random size; steps take time in proportion to
it, give or take a fifth. Each run is estimated from those before it, and then compared with the
local cloud's bill.
"""

ABOUT_STAGING = """
A job that does nothing runs three programs: `headrace-stage in`, the step's script, and
`headrace-stage out`, each a fresh process as in a VM and with no more installed than the stage
image has, against a storage server on the loopback; the plan, one small result and the manifest are
among it. The transfers are of one file of random bytes,
checksummed on the way; the server's own rate is a bare loop that keeps nothing, the same server's
writing is what limits uploads here. Parallel ranges of one object were tried (1, 2 and 4 ranges:
1,062, 822 and 954 MB/s) and left out: files are brought eight at a time instead.
"""

ABOUT_TOOLS = """
The commands of the reference workflow on one sample, as the manifests of a real run have them (one
VM per job on the local cloud, all tools real), against a chain of the usual kind: FastQC before and
after trimming, cutadapt, bwa mem, every step of samtools and bcftools by itself, MultiQC.
"""

METHOD = """
## How it is measured

- **Heads** are processes of their own; CPU and memory are the kernel's account of them and of the
  children they waited for. On a machine that does other work, wall times and CPU times are longer
  than on an idle one; counts are not.
- **Requests** pass a relay that counts them by method and kind. Machines are not told of it.
- **Machines** are the local cloud's: {times.boot:g} s from SCHEDULED to RUNNING is what a trivial
  Batch job took (nextflow-io/nextflow#4225), {times.pull:g} s what each further container of a Life
  Sciences job took, its image included (broadinstitute/cromwell#6462). Google's own pulls of large
  images take longer (90 s for 600 MB, nextflow-io/nextflow#6836) unless they are streamed. Prices
  are the local cloud's bill: list prices of 2026-07-30, by the second, one minute at least.
- **Played machines**: for like jobs and for the reference workflow, `headrace-stage` and the step's
  script are lines of bash that ask one server, which reads the job's plan, lets the step take its
  time, stores a few bytes under every planned name, and writes the manifest. Plans, states, boots,
  bills, manifests and objects are real to the head.
- **The public plugins** (`snakemake-executor-plugin-googlebatch`, `snakemake-storage-plugin-gcs`)
  run in an environment of their own, led to the same local cloud by `benchmarks/public/head.py`:
  Batch by REST instead of gRPC, Cloud Logging finds nothing and is not counted, and the script that
  installs Snakemake on every machine is empty. In the machine, a line of bash stands for Snakemake.
  All of this is in their favour. Measured once before, with real Snakemake in the machines and
  without boots: 40 trivial jobs at -j20 took 236 s, 494 API calls and 11 CPU seconds of the head.
  For the reference workflow that line takes the step's time, too. Its first run installs them.
- **Not run**: 5,000 jobs with the public plugins and with a VM per job, which take a good part of
  an hour each, for what 100 and 1,000 jobs show already; 50 samples with the public plugins, with
  Snakemake in the VM (10 neither) and by local Snakemake, for the same reason.
"""

WHY_MISSED = {
    "head_wall_over_public_1000": (
        "both wait for the local cloud, which starts the machines' programs on the same two cores"
    ),
    "head_wall_over_public_1000_loopback": (
        "both wait for the local cloud, which starts the machines' programs on the same two cores, "
        "and requests cost no time, of which the public plugins make hundreds of times as many"
    ),
    "overhead_seconds_per_job": (
        "nearly all of it is the start of two Pythons and a shell, 0.2 CPU seconds that are not to "
        "be had for less without another language"
    ),
    "dry_run_seconds_5000": (
        "the wall time of a busy machine; its CPU time is under *In the machine*"
    ),
    "tool_cpu_over_usual": (
        "sequali's reports cost the same for any number of reads, five to nine CPU seconds each, "
        "so the ratio falls as samples grow (*The tools themselves*)"
    ),
}
"""Reasons, by key figure."""
