#!/bin/sh
# Runs both fuzz targets for N seconds each (60 by default), from the table of raw answers on.
# Needs cargo-fuzz and a nightly toolchain; says so and succeeds where they are missing.
set -eu
seconds="${1:-60}"
cd "$(dirname "$0")"
skip() { echo "fuzzing skipped: $1"; exit 0; }
command -v cargo >/dev/null || skip "cargo is not installed"
cargo fuzz --version >/dev/null 2>&1 || skip "cargo-fuzz is not installed (cargo install cargo-fuzz)"
cargo +nightly --version >/dev/null 2>&1 || skip "there is no nightly toolchain (rustup toolchain install nightly)"
for target in json xml; do
    # The first folder is the one that grows.
    mkdir -p "target/corpus/$target"
    cargo +nightly fuzz run --fuzz-dir . "$target" \
        "target/corpus/$target" "../contactnow/answers/$target" \
        -- -max_total_time="$seconds" -max_len=65536 -timeout=5
done
