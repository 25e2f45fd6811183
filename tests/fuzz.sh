#!/usr/bin/env bash
# Both readers of answers under a fuzzer, the same 40,000 answers each time; says so where it cannot
# run.
#
#   tests/fuzz.sh [SECONDS [RUNS]]     600 '' for ten minutes of other ones
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/fuzz"
unset CARGO_TARGET_DIR

skip() {
    echo "fuzzing skipped: $1"
    exit 0
}

if ! command -v c++ >/dev/null; then
    if [[ $(id -u) -ne 0 ]] || ! command -v apt-get >/dev/null ||
        ! { apt-get update -q && DEBIAN_FRONTEND=noninteractive \
            apt-get install -qy --no-install-recommends g++; } >/dev/null 2>&1; then
        skip 'no C++ compiler for the driver of the fuzzer, and it cannot be installed'
    fi
fi
tools=$PWD/target/tools
PATH=$PATH:$tools/bin
if ! cargo fuzz --version >/dev/null 2>&1; then
    # About a minute, once; it stays in the fuzzer's own target directory.
    cargo install cargo-fuzz --locked --quiet --root "$tools" --target-dir "$tools/build" ||
        skip 'cargo-fuzz is missing, and cannot be installed'
    rm -rf "$tools/build"
fi
# The versions that the program has; cargo adds the fuzzer's driver.
cp ../../Cargo.lock .
cargo fetch --quiet || skip "the fuzzer's driver cannot be fetched"
# The fuzzer tells of each finding in thousands of lines: they are shown only where one is bad.
log=$(mktemp)
trap 'rm -f "$log"' EXIT
if ! ./run.sh "${1:-60}" "${2-40000}" >"$log" 2>&1; then
    grep -aE -A1 'panicked at|ERROR: libFuzzer|^error' "$log" || true
    tail -n 60 "$log"
    exit 1
fi
grep -E '^(Done [0-9]+ runs|#[0-9]+.*DONE)' "$log"
