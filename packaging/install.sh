#!/bin/sh
# Install ortoo from this folder on a machine without network, or put a newer version beside the one that is there.
#
#     sudo ./install.sh            into /opt/ortoo/VERSION; /opt/ortoo/current points to the newest, the one before stays
#     ./install.sh --root DIR      the same below DIR, without an account and without touching the system's services
#
# Starts nothing and touches no data: what a node holds lies in /var/lib/ortoo.
set -eu
umask 022
here=$(cd "$(dirname "$0")" && pwd)
root=
if [ "${1:-}" = --root ] && [ -n "${2:-}" ]; then
    root=$2
elif [ $# -gt 0 ]; then
    sed -n '2,7s/^# \{0,1\}//p' "$0" >&2
    exit 2
fi

stop() {
    echo "$1" >&2
    exit 1
}

cd "$here"
sha256sum --check --quiet SHA256SUMS || stop "This copy is damaged: copy it again, then try again. Nothing was installed."
[ -n "$root" ] || [ "$(id -u)" = 0 ] || stop "Only root may install into /opt: sudo ./install.sh"

kind=$(cat KIND)
python=
# The system's own first: one in somebody's home could not be used by the account the service runs under.
for candidate in /usr/bin/python3 /usr/local/bin/python3 python3 python3.11 python3.12 python3.13 python3.14; do
    found=$("$candidate" -c 'import platform, sys; print(f"cp{sys.version_info[0]}{sys.version_info[1]}-{platform.machine()}")' \
        2>/dev/null) || continue
    if [ "$found" = "$kind" ] && "$candidate" -c 'import ensurepip, venv' 2>/dev/null; then
        python=$candidate
        break
    fi
done
[ -n "$python" ] || stop "This package is for $kind, and no such Python with venv is here (Debian: python3 and python3-venv)."

wheel=$(echo wheels/ortoo-*.whl)
version=${wheel#wheels/ortoo-}
version=${version%%-*}
home=$root/opt/ortoo
mkdir -p "$home"

as_service=
if [ -z "$root" ]; then
    getent passwd ortoo >/dev/null || useradd --system --home-dir /var/lib/ortoo --shell /usr/sbin/nologin ortoo
    ! getent group dialout >/dev/null || usermod --append --groups dialout ortoo # serial ports
    install -d -m 0700 -o ortoo -g ortoo /var/lib/ortoo
    as_service="runuser -u ortoo --"
fi

# A virtual environment may not be moved, so it is made where it will lie; until it is whole nothing points to it.
place=$home/$version
[ "$(readlink "$home/current" 2>/dev/null)" != "$version" ] || place=$home/$version+$(date +%Y%m%d%H%M%S)
rm -rf "$place"
"$python" -m venv "$place"
"$place/bin/python" -m pip install -q --no-index --find-links wheels --require-hashes -r requirements.txt
"$place/bin/python" -m pip install -q --no-index --no-deps "$wheel"
mkdir -p "$place/share"
cp INSTALL.md INSTALL.zh-CN.md LICENSE ortoo-node.service ortoo-central.service "$place/share/"
(cd / && $as_service "$place/bin/ortoo" --version >/dev/null) || stop "What was installed does not start; the version before is still in use."
ln -sfn "${place##*/}" "$home/.current" && mv -T "$home/.current" "$home/current"

mkdir -p "$root/usr/local/bin"
ln -sfn /opt/ortoo/current/bin/ortoo "$root/usr/local/bin/ortoo"

if [ -z "$root" ] && [ -d /etc/systemd/system ]; then
    install -m 0644 ortoo-node.service ortoo-central.service /etc/systemd/system/
    systemctl daemon-reload 2>/dev/null || true
fi
echo "ortoo $version is in ${place#"$root"}. Next: INSTALL.md (INSTALL.zh-CN.md)."
