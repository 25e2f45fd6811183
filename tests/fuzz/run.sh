#!/bin/sh
# Runs both fuzz targets for N seconds each (60 by default), from the table of raw answers on. What
# is found beyond it grows in target/corpus. Needs cargo-fuzz.
#
#   run.sh [SECONDS [RUNS]]     with RUNS it tries so many answers, the same ones each time
set -eu
seconds="${1:-60}"
runs="${2:+-runs=$2 -seed=1}"
cd "$(dirname "$0")"
# The versions that the program has; cargo adds the fuzzer's driver.
cp ../../Cargo.lock .
# The stable toolchain is told to take the fuzzer's flags. The code under test has no `unsafe`, so no
# sanitizer would find more.
export RUSTC_BOOTSTRAP=1
for target in json xml; do
    [ -z "$runs" ] || rm -rf "target/corpus/$target"
    mkdir -p "target/corpus/$target"
    # Empty, or two words.
    # shellcheck disable=SC2086
    cargo fuzz run --fuzz-dir . --target-dir target --sanitizer none "$target" \
        "target/corpus/$target" "../contactnow/answers/$target" \
        -- $runs -max_total_time="$seconds" -max_len=65536 -timeout=5
done
