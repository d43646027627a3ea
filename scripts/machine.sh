# What setting up asks of the machine: a Python, system packages, tools, a compiled llama.cpp.
# Sourced by setup, test and install.
# shellcheck shell=bash

here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
root=$(dirname "$here")
cache="${XDG_CACHE_HOME:-$HOME/.cache}/auricle"
tools="$cache/tools"
uv="$tools/bin/uv"
pythons=(python3 python3.13 python3.12 python3.11 /usr/bin/python3)

say() { printf 'setup: %s\n' "$*" >&2; }

fail() {
    say "$@"
    exit 1
}

# Prints the first of `pythons` that is new enough.
find_python() {
    local candidate
    for candidate in "${pythons[@]}"; do
        if "$candidate" -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null; then
            "$candidate" -c 'import sys; print(sys.executable)'
            return
        fi
    done
    fail "Python 3.11 or newer is needed and was not found (on Debian 12 or newer: apt install python3)"
}

# Installs Debian packages, or says what to type. Arguments: why, packages.
need_packages() {
    local why=$1 as_root=()
    shift
    if ((EUID != 0)); then
        as_root=(sudo)
    fi
    if ! command -v apt-get >/dev/null; then
        fail "$why; install what your distribution calls $*"
    fi
    if ((EUID != 0)) && ! sudo -n true 2>/dev/null; then
        fail "$why; type: sudo apt-get install $*"
    fi
    say "$why: installing $*"
    # RUNLEVEL=1 keeps Debian from starting the services that it installs.
    local apt=("${as_root[@]}" env DEBIAN_FRONTEND=noninteractive RUNLEVEL=1
        apt-get -qq -o Dpkg::Use-Pty=0 -o DPkg::Lock::Timeout=300)
    {
        "${apt[@]}" install --no-install-recommends "$@" ||
            { "${apt[@]}" update && "${apt[@]}" install --no-install-recommends "$@"; }
    } </dev/null >"$(quiet_log)" 2>&1 || {
        tail -n 15 "$(quiet_log)" >&2
        fail "the packages could not be installed; type: sudo apt-get install $*"
    }
}

quiet_log() {
    mkdir -p "$cache"
    echo "$cache/apt.log"
}

need_sound() {
    local python
    python=$(find_python)
    "$python" -c 'import ctypes; ctypes.CDLL("libportaudio.so.2")' 2>/dev/null ||
        need_packages "PortAudio is missing" libportaudio2
}

need_compiler() {
    if ! command -v c++ >/dev/null || ! command -v cc >/dev/null; then
        need_packages "a C++ compiler is missing" gcc g++ libc6-dev
    fi
}

# uv, pip and the build tools, pinned, in an environment of their own that all clones share.
prepare_tools() {
    local python stamp
    stamp=$(sha256sum <"$here/tools.lock")
    mkdir -p "$cache"
    exec 9>"$cache/.tools.lock"
    flock 9
    if [[ $(cat "$tools/.auricle" 2>/dev/null) != "$stamp" ]] || ! "$tools/bin/python" -c '' 2>/dev/null; then
        python=$(find_python)
        "$python" -c 'import ensurepip, venv' 2>/dev/null ||
            need_packages "this Python cannot make environments" \
                "python$("$python" -c 'import sys; print("%d.%d" % sys.version_info[:2])')-venv"
        say "installing tools into $tools"
        "$python" -m venv --clear "$tools"
        "$tools/bin/python" -m pip install -qq --disable-pip-version-check --no-input \
            --require-hashes --only-binary :all: -r "$here/tools.lock"
        echo "$stamp" >"$tools/.auricle"
    fi
    exec 9>&-
    local settings
    settings=$("$tools/bin/python" "$here/uv_settings.py")
    eval "$settings"
    # The Python was chosen above; uv is not to bring another one.
    export UV_PYTHON_DOWNLOADS=never UV_NO_CONFIG=1
}

# Prints the compiled binding as a requirement; compiles it when this processor has none yet.
llama_requirement() {
    local wheel=("$tools/bin/python" "$here/llama_wheel.py" "$cache/wheels")
    "${wheel[@]}" --kept || {
        need_compiler
        "${wheel[@]}"
    }
}

# Makes an environment hold exactly the locked packages. Arguments: environment, lock; the
# binding's requirement comes in on standard input.
sync_packages() {
    local sync=("$uv" pip sync --python "$1" --require-hashes --only-binary :all: "$2")
    local llama quiet=(--quiet)
    [[ ! -t 2 ]] || quiet=()
    llama=$(mktemp)
    cat >"$llama"
    # What was fetched before is installed without asking anybody.
    "${sync[@]}" "$llama" --quiet --offline 2>/dev/null ||
        "${sync[@]}" "$llama" "${quiet[@]}" || fail "the Python packages could not be installed"
    rm "$llama"
}

# Builds the application as a wheel. Arguments: `editable` or `wheel`, folder for it.
build_auricle() {
    (cd "$root" && "$tools/bin/python" -c '
import sys
from hatchling import build
getattr(build, f"build_{sys.argv[1]}")(sys.argv[2])' "$1" "$2") >/dev/null
}
