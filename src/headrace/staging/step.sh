#!/usr/bin/env bash
# Runs one step of a job inside the tool's own image and records how it went.
# It needs bash and nothing else, so that tool images stay as they are.
#
# usage: step.sh NUMBER SHELL        environment: HEADRACE_WORK, HEADRACE_PLAN, BATCH_TASK_INDEX
# reads  .headrace/steps/NUMBER/{command,touch}
# writes .headrace/steps/NUMBER/{log,started,ended,cpu,memory,exit}
set -u

now() {
  local LC_ALL=C # the clock's decimal point
  if [[ -n ${EPOCHREALTIME-} ]]; then printf '%s\n' "$EPOCHREALTIME"; else date +%s.%N; fi
}

# Resident pages of all processes in process group $1.
resident_pages() {
  local file line fields total=0
  for file in /proc/[0-9]*/stat; do
    { read -r line <"$file"; } 2>/dev/null || continue
    # shellcheck disable=SC2206 # splitting is the point; the name in parentheses is cut off first
    fields=(${line##*) }) # proc(5): state is field 3, pgrp field 5, rss field 24
    ((fields[2] == $1)) && ((total += fields[21]))
  done
  printf '%s\n' "$total"
}

# Keeps the largest resident size of process group $1, in pages, in file $2.
watch_memory() {
  local peak=0 pages pause=0.02
  exec {never}<> <(:) # reading it with a time limit is a sleep that needs no program
  while kill -0 -- "-$1" 2>/dev/null; do
    pages=$(resident_pages "$1")
    if ((pages > peak)); then
      peak=$pages
      printf '%s\n' "$peak" >"$2"
    fi
    read -r -t "$pause" -u "$never"
    pause=0.5
  done
}

run_command() {
  "$2" "$1/command"
  local code=$?
  times >"$1/cpu"
  return "$code"
}

work=$HEADRACE_WORK
if [[ ${HEADRACE_PLAN-} == */plans.jsonl ]]; then work+=/tasks/$BATCH_TASK_INDEX; fi
cd "$work" || exit 125
export TMPDIR=$work/tmp TMP=$work/tmp TEMP=$work/tmp TEMPDIR=$work/tmp
step=.headrace/steps/$1
now >"$step/started"

set -m # the command gets a process group of its own: signals and memory are counted by it
run_command "$step" "$2" >"$step/log" 2>&1 </dev/null &
command=$!
set +m
trap 'kill -TERM -- "-$command" 2>/dev/null' TERM INT
watch_memory "$command" "$step/memory" &

wait "$command"
code=$?
while kill -0 "$command" 2>/dev/null; do # a signal ends a wait early
  wait "$command"
  code=$?
done
now >"$step/ended"

if ((code == 0)); then
  while IFS= read -r file; do : >>"$file"; done <"$step/touch"
fi
printf '%s\n' "$code" >"$step/exit"
exit "$code"
