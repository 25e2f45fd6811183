#!/bin/sh
# Runs both fuzz targets for N seconds each (60 by default), from the table of raw answers on. What
# is found beyond it grows in target/corpus. Needs cargo-fuzz.
set -eu
seconds="${1:-60}"
cd "$(dirname "$0")"
# The versions that the program has; cargo adds the fuzzer's driver.
cp ../../Cargo.lock .
# The stable toolchain is told to take the fuzzer's flags. The code under test has no `unsafe`, so no
# sanitizer would find more.
export RUSTC_BOOTSTRAP=1
for target in json xml; do
    mkdir -p "target/corpus/$target"
    cargo fuzz run --fuzz-dir . --target-dir target --sanitizer none "$target" \
        "target/corpus/$target" "../contactnow/answers/$target" \
        -- -max_total_time="$seconds" -max_len=65536 -timeout=5
done
