#!/bin/sh
# Runs a command of this repository inside a manylinux or musllinux image, as the workflows do: `linux.sh COMMAND…`.
# Node and Go come from the runner (/opt/node, /opt/go); Alpine, where those do not run, brings its own.
set -eu
if command -v apk >/dev/null; then
    apk add --no-cache bash build-base curl git go nodejs npm
    # A shared library needs the system's C library, also on musl.
    export CARGO_TARGET_X86_64_UNKNOWN_LINUX_MUSL_RUSTFLAGS='-C target-feature=-crt-static'
    export CARGO_TARGET_AARCH64_UNKNOWN_LINUX_MUSL_RUSTFLAGS='-C target-feature=-crt-static'
    export GOFLAGS='-tags=musl'
else
    export PATH="/opt/node/bin:/opt/go/bin:$PATH"
fi
curl --proto '=https' --tlsv1.2 -sSf https://sh.rustup.rs | sh -s -- -y --profile minimal --default-toolchain none
export PATH="/opt/python/cp312-cp312/bin:$HOME/.cargo/bin:$PATH"
git config --global --add safe.directory "$PWD"
exec "$@"
