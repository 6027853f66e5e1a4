#!/bin/sh
# Everything a machine without network needs to install ortoo, in one file for a stick: dist/ortoo-VERSION-PYTHON-MACHINE.tar.gz.
# Made for the Python and the kind of machine it is made on; install.sh in it says so where they differ.
set -eu
cd "$(dirname "$0")/.."
bin=$PWD/.venv/bin

version=$("$bin/python" -c 'from importlib.metadata import version; print(version("ortoo"))')
kind=$("$bin/python" -c 'import platform, sys; print(f"cp{sys.version_info[0]}{sys.version_info[1]}-{platform.machine()}")')
name=ortoo-$version-$kind
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
pack=$work/$name
mkdir -p "$pack/wheels" dist

"$bin/python" -m pip download -q --require-hashes --only-binary :all: -r requirements.txt -d "$pack/wheels"
"$bin/python" -m pip wheel -q --no-deps --no-build-isolation -w "$pack/wheels" .
cp requirements.txt LICENSE packaging/install.sh packaging/ortoo-node.service packaging/ortoo-central.service \
    packaging/INSTALL.md packaging/INSTALL.zh-CN.md "$pack/"
echo "$kind" > "$pack/KIND"
(cd "$pack" && find . -type f ! -name SHA256SUMS -print0 | LC_ALL=C sort -z | xargs -0 sha256sum > SHA256SUMS)

tar -C "$work" --sort=name --owner=0 --group=0 --numeric-owner -czf "dist/$name.tar.gz" "$name"
echo "dist/$name.tar.gz"
