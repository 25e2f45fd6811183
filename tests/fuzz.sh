#!/usr/bin/env bash
# Both readers of answers under a fuzzer, 20 seconds each. Says so where it cannot run.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/fuzz"
unset CARGO_TARGET_DIR

skip() {
    echo "fuzzing skipped: $1"
    exit 0
}

tools=$PWD/target/tools
PATH=$PATH:$tools/bin
if ! cargo fuzz --version >/dev/null 2>&1; then
    # About a minute, once; it stays in the fuzzer's own target directory.
    cargo install cargo-fuzz --locked --quiet --root "$tools" --target-dir "$tools/build" ||
        skip 'cargo-fuzz is missing, and cannot be installed'
    rm -rf "$tools/build"
fi
command -v c++ >/dev/null || skip 'no C++ compiler, which the driver of the fuzzer needs'
# The fuzzer tells of each finding in thousands of lines: they are shown only where one is bad.
log=$(mktemp)
trap 'rm -f "$log"' EXIT
if ! ./run.sh "${1:-20}" >"$log" 2>&1; then
    tail -n 60 "$log"
    exit 1
fi
grep -E '^(Done [0-9]+ runs|#[0-9]+.*DONE)' "$log"
