#!/usr/bin/env bash
# What a running daemon serves at /metrics is taken by Debian's promtool without a complaint.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."

if ! command -v promtool >/dev/null; then
    if [[ $(id -u) -ne 0 ]] || ! command -v apt-get >/dev/null ||
        ! { apt-get update -q && DEBIAN_FRONTEND=noninteractive \
            apt-get install -qy --no-install-recommends prometheus; } >/dev/null 2>&1; then
        echo "skipped: no promtool, and it cannot be installed"
        exit 0
    fi
fi

cargo build --quiet --locked
program="$(cargo metadata --format-version 1 --no-deps --locked |
    sed 's/.*"target_directory":"\([^"]*\)".*/\1/')/debug/todswitch"
place=$(mktemp -d)
daemon=
finish() {
    [[ -z $daemon ]] || kill "$daemon" 2>/dev/null || true
    rm -rf "$place"
}
trap finish EXIT

sed 's/^# \[web\].*/[web]\nlisten = "127.0.0.1:0"/' schedule.example.toml >"$place/schedule.toml"
"$program" run --simulate --config "$place/schedule.toml" --state-dir "$place" 2>"$place/log" &
daemon=$!
for _ in $(seq 100); do
    address=$(sed -n 's/.*served.*address=\([0-9.:]*\).*/\1/p' "$place/log")
    [[ -n $address ]] && curl -fs "http://$address/healthz" >/dev/null && break
    sleep 0.1
done
curl -fsS "http://$address/metrics" | tee "$place/metrics" | promtool check metrics
echo "promtool takes all $(grep -c '^# TYPE' "$place/metrics") families"
