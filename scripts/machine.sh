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

# Asks for all that is missing at once. Argument: the Python to set up with.
need_system() {
    local python=$1 missing=()
    "$python" -c 'import ctypes; ctypes.CDLL("libportaudio.so.2")' 2>/dev/null ||
        missing+=(libportaudio2)
    have_tools || "$python" -c 'import ensurepip, venv' 2>/dev/null ||
        missing+=("$("$python" -c 'import sys; print("python%d.%d-venv" % sys.version_info[:2])')")
    have_compiler || kept_llama "$python" >/dev/null || missing+=(gcc g++ libc6-dev)
    ((${#missing[@]} == 0)) || need_packages "system packages are missing" "${missing[@]}"
}

have_compiler() { command -v c++ >/dev/null && command -v cc >/dev/null; }

have_tools() {
    [[ $(cat "$tools/.auricle" 2>/dev/null) == "$(sha256sum <"$here/tools.lock")" ]] &&
        "$tools/bin/python" -c '' 2>/dev/null
}

# uv, pip and the build tools, pinned, in an environment of their own that all clones share.
# Argument: the Python to make it with.
prepare_tools() {
    mkdir -p "$cache"
    exec 9>"$cache/.tools.lock"
    flock 9
    if ! have_tools; then
        say "installing tools into $tools"
        "$1" -m venv --clear "$tools"
        "$tools/bin/python" -m pip install -qq --disable-pip-version-check --no-input \
            --require-hashes --only-binary :all: -r "$here/tools.lock"
        sha256sum <"$here/tools.lock" >"$tools/.auricle"
    fi
    exec 9>&-
    local settings
    settings=$("$tools/bin/python" "$here/uv_settings.py")
    eval "$settings"
    # The Python has been chosen; uv is not to bring another one.
    export UV_PYTHON_DOWNLOADS=never UV_NO_CONFIG=1
}

# Prints the compiled binding as a requirement, if this processor has one. Argument: any Python.
kept_llama() { "$1" "$here/llama_wheel.py" --kept "$cache/wheels"; }

# The same, but compiles it first where there is none.
llama_requirement() { "$tools/bin/python" "$here/llama_wheel.py" "$cache/wheels"; }

# Makes an environment hold exactly the locked packages.
# Arguments: environment, lock, the binding's requirement.
sync_packages() {
    local sync=("$uv" pip sync --python "$1" --require-hashes --only-binary :all: "$2")
    local llama quiet=(--quiet)
    [[ ! -t 2 ]] || quiet=()
    llama=$(mktemp)
    printf '%s\n' "$3" >"$llama"
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
