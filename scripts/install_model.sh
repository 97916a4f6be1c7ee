#!/bin/sh
# Install a model for nlsh: the default one, or the one named. Arguments go to `nlshctl model install`.
set -eu

root=$(CDPATH='' cd -- "$(dirname -- "$0")/.." && pwd)

if [ -x "$root/.venv/bin/nlshctl" ]; then
    nlshctl=$root/.venv/bin/nlshctl
elif nlshctl=$(command -v nlshctl); then
    :
else
    echo "install_model.sh: nlshctl is neither in $root/.venv/bin nor on PATH" >&2
    echo "  install nlsh first: python3 -m venv $root/.venv && $root/.venv/bin/pip install $root" >&2
    exit 1
fi

if ! "$nlshctl" --help >/dev/null 2>&1; then
    echo "install_model.sh: $nlshctl does not start" >&2
    echo "  see why with: $nlshctl --help" >&2
    exit 1
fi

exec "$nlshctl" model install "$@"
