#!/bin/sh
# Build nlsh-login, install it, and allow it as a login shell. Changes no account: how to do that is printed.
set -eu
umask 022

usage() {
    cat <<'END'
usage: scripts/install_login_shell.sh [--prefix DIR] [--python FILE] [--dry-run] [--uninstall]

  --prefix DIR    install DIR/bin/nlsh-login (default: /usr/local)
  --python FILE   the Python that nlsh is installed for (default: that of this checkout's .venv, or of nlsh on PATH)
  --dry-run       say what would be done, and do nothing
  --uninstall     take nlsh-login and its line in /etc/shells away; not while an account has it as its shell

CC is the compiler, and DESTDIR a folder to install below instead of /.
END
}

fail() {
    echo "install_login_shell.sh: $1" >&2
    [ $# -lt 2 ] || echo "  $2" >&2
    exit 1
}

root=$(CDPATH='' cd -- "$(dirname -- "$0")/.." && pwd)
destdir=${DESTDIR:-}
prefix=/usr/local
python=
dry=
action=install
while [ $# -gt 0 ]; do
    case $1 in
        --prefix | --python) [ $# -ge 2 ] || fail "$1 needs a value" ;;
    esac
    case $1 in
        --prefix) prefix=$2 && shift ;;
        --python) python=$2 && shift ;;
        --dry-run) dry=1 ;;
        --uninstall) action=uninstall ;;
        -h | --help) usage && exit 0 ;;
        *) usage >&2 && fail "there is no option $1" ;;
    esac
    shift
done
case $prefix in
    /*) ;;
    *) fail "--prefix has to begin with a /: $prefix" ;;
esac
program=${prefix%/}/bin/nlsh-login
shells=$destdir/etc/shells
[ -n "$dry" ] || [ -n "$destdir" ] || [ "$(id -u)" -eq 0 ] || fail "only root can do this" "try: sudo $0"

in_shells() { [ -e "$shells" ] && grep -Fxq -- "$program" "$shells"; }

# Put these lines in place of $shells, in one step and with the rights that it has.
replace_shells() {
    real=$(readlink -f "$shells")
    if [ -e "$real" ]; then cp -p "$real" "$real.new"; else (umask 022 && : >"$real.new"); fi
    printf '%s\n' "$1" >"$real.new"
    mv -f "$real.new" "$real"
}

allow() {
    in_shells && return
    # Without the file sh is allowed; with it, only what is in it.
    if [ -e "$shells" ]; then lines=$(cat "$shells"); else lines=/bin/sh; fi
    replace_shells "$lines
$program"
}

disallow() {
    ! in_shells || replace_shells "$(grep -Fxv -- "$program" "$shells")"
}

accounts() { getent passwd 2>/dev/null | awk -F: -v shell="$program" '$7 == shell { print $1 }'; }

find_python() {
    if [ -n "$python" ]; then
        :
    elif [ -x "$root/.venv/bin/python" ]; then
        python=$root/.venv/bin/python
    elif nlsh=$(command -v nlsh); then
        python=$(sed -n '1s/^#! *//p' "$nlsh")
    else
        fail "nlsh is neither in $root/.venv nor on PATH" "install it first, or give --python FILE"
    fi
    case $python in
        *[\"\\]*) fail "a path with such characters cannot be compiled in: $python" ;;
        /*) ;;
        *) fail "the path of Python has to begin with a /: $python" ;;
    esac
    [ -x "$python" ] || fail "there is no program $python"
    (cd / && "$python" -I -c 'import nlsh.cli, nlsh.launched') || fail "$python does not find nlsh" \
        "install it there: $python -m pip install $root"
}

# Accounts that cannot reach the interpreter would get the plain shell each time.
warn_of_closed_folders() {
    for path in "$python" "$(readlink -f "$python")" "$(cd / && "$python" -I -c 'import nlsh; print(nlsh.__file__)')"; do
        while [ "$path" != / ]; do
            path=$(dirname "$path")
            case $(stat -c %A "$path") in
                *[xt]) ;;
                *) echo "note: $path is not open to everybody, and nlsh needs it: other accounts get the plain shell" >&2 && return ;;
            esac
        done
    done
}

build() {
    compiler=${CC:-cc}
    command -v "$compiler" >/dev/null || fail "there is no C compiler $compiler" "Debian and Ubuntu have it in the package gcc"
    set -- -O2 -Wall "-DNLSH_PYTHON=\"$python\"" "$root/scripts/nlsh_login.c" -o "$work/nlsh-login"
    if ! "$compiler" -static "$@" 2>/dev/null; then
        "$compiler" "$@" || fail "$compiler cannot build scripts/nlsh_login.c"
        echo "note: there is no static C library, so nlsh-login needs the shared one" >&2
    fi
    said=$(cd / && "$work/nlsh-login" -c 'echo it works' 2>&1) || true
    [ "$said" = "it works" ] || fail "nlsh-login is built and does not start nlsh: $said"
}

if [ "$action" = uninstall ]; then
    users=$([ -n "$destdir" ] || accounts)
    [ -z "$users" ] || fail "it is still the shell of: $(echo "$users" | tr '\n' ' ')" "change that first: chsh -s /bin/bash ACCOUNT"
    if [ -n "$dry" ]; then
        echo "would remove $destdir$program and its line in $shells"
        exit 0
    fi
    disallow
    rm -f "$destdir$program"
    echo "removed $destdir$program"
    exit 0
fi

find_python
warn_of_closed_folders
if [ -n "$dry" ]; then
    echo "would build scripts/nlsh_login.c for $python"
    echo "would install $destdir$program"
    in_shells || echo "would add $program to $shells"
    exit 0
fi
folder=$(dirname "$destdir$program")
mkdir -p "$folder" "$destdir/etc"
work=$(mktemp -d "$folder/.nlsh-login.XXXXXX")
trap 'rm -rf "$work"' EXIT
trap 'exit 130' HUP INT TERM
build
chmod 755 "$work/nlsh-login"
mv -f "$work/nlsh-login" "$destdir$program" # in one step, also while it runs
allow
cat <<END
installed $destdir$program for $python

Keep this session open. Make nlsh your shell with:   chsh -s $program
Go back with:                                        chsh -s /bin/bash
One login without nlsh:                              ssh -t HOST 'NLSH_SAFE=1 exec \$SHELL -l'
docs/login-shell.md tells more.
END
