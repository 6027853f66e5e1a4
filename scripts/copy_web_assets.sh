#!/bin/sh
# Bring the third-party scripts of package-lock.json beside the pages that use them.
# Exit 1, with the reason said, where that cannot be done: the pages work without these scripts.
set -eu

without() {
    cat >&2 <<MESSAGE
Set-up: $1
        The pages work without third-party scripts; they then reload whole instead of in parts.
        To have them: $2, then run the same command again.
MESSAGE
    exit 1
}

command -v npm >/dev/null 2>&1 || without "npm is not installed." "install Node.js with npm (Debian, Ubuntu: apt install npm)"

echo "Set-up: third-party web assets"
log=$(mktemp)
trap 'rm -f "$log"' EXIT
if ! npm ci --silent --no-progress >"$log" 2>&1; then
    cat "$log" >&2
    without "npm could not fetch the web assets." "see that this machine reaches an npm registry"
fi

vendor=central/static/vendor
mkdir -p "$vendor"
cp node_modules/htmx.org/dist/htmx.min.js "$vendor/"
