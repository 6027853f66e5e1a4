#!/bin/sh
# Make .venv with a Python that is new enough, or say which package is missing. Usage: make_venv.sh [PYTHON]
set -eu

fits() {
    "$1" -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null
}

python=
for candidate in "${1:-python3}" python3.11 python3.12 python3.13 python3.14; do
    if fits "$candidate"; then
        python=$candidate
        break
    fi
done

if [ -z "$python" ]; then
    found=$("${1:-python3}" --version 2>/dev/null || true)
    cat >&2 <<MESSAGE
ortoo needs Python 3.11 or newer; found here: ${found:-none}.
Install one (Debian 12, Ubuntu 24.04 or newer: apt install python3 python3-venv),
or say where it is: make PYTHON=/path/to/python3.11 demo
MESSAGE
    exit 1
fi

if ! "$python" -c 'import ensurepip, venv' 2>/dev/null; then
    cat >&2 <<MESSAGE
$("$python" --version) is here, but it cannot make virtual environments.
Install its venv package (Debian, Ubuntu: apt install python3-venv) and run the same command again.
MESSAGE
    exit 1
fi

if [ -x .venv/bin/python ] && fits .venv/bin/python; then
    exit 0
fi
echo "Set-up: virtual environment in .venv ($("$python" --version))"
"$python" -m venv --clear .venv
