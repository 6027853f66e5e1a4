#!/bin/sh
# See that a Chromium is here for the browser tests; install the system's own where that is allowed.
# Exit 1, with the next step said loudly, where there is none: those tests are then skipped.
set -eu

present() {
    if [ -n "${ORTOO_CHROMIUM:-}" ]; then
        set -- "$ORTOO_CHROMIUM"
    else
        set -- chromium chromium-browser google-chrome google-chrome-stable
    fi
    for name in "$@"; do
        if command -v "$name" >/dev/null 2>&1 && "$name" --version >/dev/null 2>&1; then
            return 0
        fi
    done
    return 1
}

present && exit 0

if command -v apt-get >/dev/null 2>&1; then
    if [ "$(id -u)" = 0 ]; then
        as_root="env"
    elif command -v sudo >/dev/null 2>&1 && sudo -n true 2>/dev/null; then
        as_root="sudo -n env"
    else
        as_root=
    fi
    if [ -n "$as_root" ]; then
        echo "Set-up: Chromium from the system's packages, for the browser tests"
        log=$(mktemp)
        trap 'rm -f "$log"' EXIT
        # shellcheck disable=SC2086 # two words on purpose
        {
            $as_root apt-get update -q &&
                $as_root DEBIAN_FRONTEND=noninteractive apt-get install -q -y --no-install-recommends chromium
        } >"$log" 2>&1 </dev/null || tail -n 5 "$log" >&2
        present && exit 0
    fi
fi

cat >&2 <<MESSAGE
****************************************************************************
*  NO CHROMIUM HERE: THE BROWSER TESTS WILL NOT RUN.                       *
*  To run them: apt install chromium (as root), or name a Chromium with    *
*  ORTOO_CHROMIUM=/path/to/chromium, then run make test again.             *
****************************************************************************
MESSAGE
exit 1
