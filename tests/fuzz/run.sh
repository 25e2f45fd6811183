#!/bin/sh
# Runs both fuzz targets for N seconds each (60 by default), from the table of raw answers on.
# Needs cargo-fuzz; says so and succeeds where it is missing. Without a nightly toolchain the stable one
# is told to take the sanitizer's flags.
set -eu
seconds="${1:-60}"
cd "$(dirname "$0")"
skip() { echo "fuzzing skipped: $1"; exit 0; }
command -v cargo >/dev/null || skip "cargo is not installed"
cargo fuzz --version >/dev/null 2>&1 || skip "cargo-fuzz is not installed (cargo install cargo-fuzz)"
toolchain=+nightly
if ! cargo +nightly --version >/dev/null 2>&1; then
    toolchain=
    export RUSTC_BOOTSTRAP=1
fi
for target in json xml; do
    # The first folder is the one that grows.
    mkdir -p "target/corpus/$target"
    # Empty where the stable one is used.
    # shellcheck disable=SC2086
    cargo $toolchain fuzz run --fuzz-dir . "$target" \
        "target/corpus/$target" "../contactnow/answers/$target" \
        -- -max_total_time="$seconds" -max_len=65536 -timeout=5
done
