#!/usr/bin/env bash
# What an idle daemon costs: wake-ups, processor time and memory of the release build over a minute,
# with schedule.example.toml and the web on, the simulated account being another process.
#
#   benches/idle.sh [SECONDS]      60 by default; says 1 where a goal is missed
#
# It builds the release, which takes minutes, so .ci/run leaves it out. IDLE_BASE_URL names another
# account, as https://127.0.0.1:9 for the memory of a client with TLS (nobody needs to answer).
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."
seconds=${1:-60}

cargo build --quiet --locked --release
program="$(cargo metadata --format-version 1 --no-deps --locked |
    sed 's/.*"target_directory":"\([^"]*\)".*/\1/')/release/todswitch"
place=$(mktemp -d)
processes=()
finish() {
    [[ ${#processes[@]} -eq 0 ]] || kill "${processes[@]}" 2>/dev/null || true
    rm -rf "$place"
}
trap finish EXIT

# until FILE PATTERN: waits until a line of a file is as wanted.
until_line() {
    local _
    for _ in $(seq 100); do
        ! grep -q "$2" "$1" 2>/dev/null || return 0
        sleep 0.1
    done
    echo "never in ${1##*/}: $2" >&2
    cat "$1" >&2
    return 1
}

"$program" simulate --listen 127.0.0.1:0 >"$place/base" 2>"$place/key" &
processes+=($!)
until_line "$place/key" 'key '
sed -n 's/.*key \([^;]*\);.*/\1/p' "$place/key" >"$place/api-key"
chmod 600 "$place/api-key"
base=${IDLE_BASE_URL:-$(cat "$place/base")}
# The simulated account has no `Accounts`.
sed -e "s|^# base_url = .*|base_url = \"$base\"|" -e 's/^# \[web\].*/[web]\nlisten = "127.0.0.1:0"/' \
    -e 's/^description = "Accounts"/description = "Support"/' schedule.example.toml >"$place/schedule.toml"
"$program" run --config "$place/schedule.toml" --state-dir "$place/state" 2>"$place/log" &
daemon=$!
processes+=("$daemon")
until_line "$place/log" 'policy=reception\|cannot be read'
sleep 2

# The voluntary context switches, and the nanoseconds on a processor, of all its threads.
switches() { cat "/proc/$daemon"/task/*/status | awk '/^voluntary_ctxt/ { n += $2 } END { print n }'; }
on_cpu() { awk '{ n += $1 } END { print n }' "/proc/$daemon"/task/*/schedstat; }
memory() { awk -v name="$1:" '$1 == name { print $2 }' "$2"; }

before=$(switches) began=$(on_cpu)
sleep "$seconds"
after=$(switches) ended=$(on_cpu)
status=/proc/$daemon/status
smaps=/proc/$daemon/smaps_rollup
awk -v seconds="$seconds" -v woken=$((after - before)) -v ns=$((ended - began)) \
    -v rss="$(memory VmRSS "$status")" -v anon="$(memory RssAnon "$status")" \
    -v pss="$(memory Pss "$smaps")" -v threads="$(memory Threads "$status")" 'BEGIN {
    cpu = ns / seconds / 1e7
    printf "over %d s, %d thread(s):\n", seconds, threads
    printf "  wake-ups         %6.2f a second\n", woken / seconds
    printf "  processor        %6.4f %% of one core    (goal: under 0.05)\n", cpu
    printf "  resident memory  %6.2f MB               (goal: under 12)\n", rss * 1024 / 1e6
    printf "    its own of it  %6.2f MB; %.2f MB where shared pages count in parts\n", \
        anon * 1024 / 1e6, pss * 1024 / 1e6
    exit !(cpu < 0.05 && rss * 1024 < 12e6)
}'
