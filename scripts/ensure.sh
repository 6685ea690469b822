# What `run` and `test` share: a clock on every line, and the tools that a build needs.
# Sourced by both; POSIX sh. Servers are the business of the binary's own `setup`.

start=$(date +%s)
work=$(mktemp -d)
ticker=

finish() {
    stop_ticker
    rm -rf "$work"
}
trap finish EXIT
trap 'exit 130' INT
trap 'exit 143' TERM HUP

say() {
    printf '[%3ds] %s\n' "$(($(date +%s) - start))" "$*" >&2
}

fail() {
    say "$*"
    exit 1
}

stop_ticker() {
    [ -z "$ticker" ] || kill "$ticker" 2>/dev/null
    ticker=
}

# start_ticker NAME [LOG]: every five seconds what is being done, and the last line of LOG as news.
start_ticker() {
    (
        sleeper=
        trap 'kill $sleeper 2>/dev/null; exit 0' TERM
        # Ends with the script, even when that is killed.
        while kill -0 $$ 2>/dev/null; do
            sleep 5 &
            sleeper=$!
            wait $sleeper
            news=$(tail -n 1 "${2:-/dev/null}" | tr -d '\033' | sed 's/^ *//' | cut -c 1-80)
            say "$1${news:+: $news}"
        done
    ) &
    ticker=$!
}

# watched NAME COMMAND...: on a terminal the command shows its own progress; elsewhere the ticker
# shows it, and the output appears only when the command fails.
watched() {
    name=$1
    shift
    say "$name"
    began=$(date +%s)
    if [ -t 2 ]; then
        "$@" || fail "$name failed; the reason is above"
    else
        log=$work/log
        : >"$log"
        start_ticker "$name" "$log"
        if "$@" >"$log" 2>&1; then status=0; else status=$?; fi
        stop_ticker
        if [ "$status" -ne 0 ]; then
            tail -n 60 "$log" >&2
            fail "$name failed; the reason is above"
        fi
    fi
    say "$name: done in $(($(date +%s) - began)) s"
}

agreed() {
    case ${DBWRIGHT_YES:-${CI:-}} in '' | 0 | false | no) return 1 ;; *) return 0 ;; esac
}

# install REASON PACKAGE...: with apt, as root or through sudo.
install() {
    reason=$1
    shift
    command="apt-get install -y --no-install-recommends $*"
    if ! command -v apt-get >/dev/null 2>&1; then
        fail "$reason is missing: install it with this system's package manager, then run this again"
    fi
    sudo=
    if [ "$(id -u)" -ne 0 ]; then
        sudo='sudo -n'
        if ! sudo -n true 2>/dev/null; then
            [ -t 0 ] && command -v sudo >/dev/null 2>&1 || fail "$reason is missing: run 'sudo $command', then run this again"
            sudo=sudo
        fi
    fi
    # Somebody who can answer is asked; without a terminal, starting this was the answer.
    if [ -t 0 ] && ! agreed; then
        printf '%s is missing. Run "%s%s"? [Y/n] ' "$reason" "${sudo:+sudo }" "$command" >&2
        read -r answer
        case $answer in '' | [yY]*) ;; *) fail "$reason is missing: run '$command' as root, then run this again" ;; esac
    fi
    # shellcheck disable=SC2086 # $sudo is no word or two
    watched "installing $*" $sudo sh -c '
        export DEBIAN_FRONTEND=noninteractive
        apt-get -o DPkg::Lock::Timeout=120 update -q || true
        apt-get -o DPkg::Lock::Timeout=120 install -y -q --no-install-recommends "$@"' sh "$@"
}

ensure_cargo() {
    for folder in "${CARGO_HOME:-$HOME/.cargo}/bin" "$HOME/.cargo/bin" /usr/local/cargo/bin; do
        command -v cargo >/dev/null 2>&1 || [ ! -x "$folder/cargo" ] || PATH=$folder:$PATH
    done
    command -v cargo >/dev/null 2>&1 || fail "cargo is missing: install Rust from https://rustup.rs, then run this again"
    # rustup looks for its toolchains in HOME; where HOME is another one than at its installation,
    # they lie beside the folder that cargo was found in.
    if [ -z "${RUSTUP_HOME:-}" ] && [ ! -d "$HOME/.rustup" ]; then
        home=$(dirname "$(dirname "$(dirname "$(command -v cargo)")")")
        for folder in "$home/.rustup" "$home/rustup"; do
            [ ! -d "$folder/toolchains" ] || export RUSTUP_HOME="$folder"
        done
    fi
    cargo --version >"$work/cargo" 2>&1 || ensure_toolchain
}

# The pinned toolchain is not installed. Another one that is new enough does as well, without a
# download; otherwise rustup brings the pinned one.
ensure_toolchain() {
    command -v rustup >/dev/null 2>&1 || {
        cat "$work/cargo" >&2
        fail 'cargo does not start; the reason is above'
    }
    wanted=$(sed -n 's/^rust-version = "1\.\([0-9]*\).*/\1/p' Cargo.toml)
    for toolchain in $(rustup toolchain list | cut -d ' ' -f 1); do
        minor=$(RUSTUP_TOOLCHAIN=$toolchain cargo --version 2>/dev/null | sed -n 's/^cargo 1\.\([0-9]*\)\.[0-9]* .*/\1/p')
        if [ "${minor:-0}" -ge "$wanted" ]; then
            export RUSTUP_TOOLCHAIN="$toolchain"
            say "using the installed toolchain $toolchain"
            return
        fi
    done
    watched 'installing the Rust toolchain' rustup toolchain install
}

# Any of the paths exists. Unmatched patterns come in as they are written.
any() {
    for path in "$@"; do
        [ ! -e "$path" ] || return 0
    done
    return 1
}

# PostgreSQL's own parser is bound through libclang, and needs the headers that come with clang.
has_libclang() {
    [ -z "${LIBCLANG_PATH:-}" ] || return 0
    any /Library/Developer/CommandLineTools/usr/lib/libclang.dylib /opt/homebrew/opt/llvm/lib/libclang.dylib && return 0
    any /usr/lib/llvm*/lib/libclang*.so* /usr/lib64/llvm*/lib/libclang*.so* /usr/lib/*-linux-gnu/libclang*.so* \
        /usr/lib/libclang*.so* /usr/lib64/libclang*.so* /usr/local/lib/libclang*.so* || return 1
    command -v clang >/dev/null 2>&1 || any /usr/lib/llvm*/lib/clang/*/include/stddef.h /usr/lib/clang/*/include/stddef.h
}

ensure_compilers() {
    command -v cc >/dev/null 2>&1 || install 'a C compiler' gcc libc6-dev
    has_libclang || install 'libclang' clang libclang-dev
}

ensure_tools() {
    ensure_cargo
    ensure_compilers
    say "tools are here: $(cargo --version | cut -d ' ' -f 1,2), $(cc --version | head -n 1)"
}
