#!/bin/sh
# Pin anew: exact versions with hashes, and no address of any registry in the files.
set -eu

.venv/bin/python -m pip install -q "uv==0.13.9"
pin() {
    .venv/bin/uv pip compile --quiet --generate-hashes --no-header --no-annotate --universal --python-version 3.11 "$@"
}

pin --upgrade pyproject.toml --extra dev --output-file requirements-dev.txt
pin pyproject.toml --constraint requirements-dev.txt --output-file requirements.txt
printf '%s\n' 'cwt>=3.3,<4' | pin --upgrade - --output-file requirements-peers.txt
printf '%s\n' hatchling babel editables | pin - --constraint requirements-dev.txt --output-file requirements-build.txt

if command -v npm >/dev/null 2>&1; then
    npm install --package-lock-only
fi

if grep -nE '://|^--|file:' requirements*.txt package-lock.json; then
    echo "The lines above name an address: they must not be committed." >&2
    exit 1
fi
