### xtrace
set -x; echo a "b c"; x=1
### xtrace PS4
PS4='+ $LINENO '; set -x; echo a
### verbose
set -v
echo a
### noexec
set -n; echo never
### nounset
set -u; echo $nope; echo never
### allexport
set -a; zz=1; env | grep ^zz=
### positional
set -- a b c; echo $2 $#; shift; echo $1; set --; echo $#
### list
set -o | grep -E 'errexit|monitor|history|emacs'
### shopt list
shopt | grep -E 'expand_aliases|huponexit|login_shell'
### flags
echo $-
### posix mode
set -o posix; echo $POSIXLY_CORRECT
### monitor off
case $- in *m*) echo on;; *) echo off;; esac; jobs
### monitor on
set -m; sleep 0.01 & wait; echo $?
### keyword
set -k; sh -c 'echo [$v]' v=1
### not interactive
[[ $- == *i* ]] || echo no; echo "[$PS1]"
### bash variables
echo $BASH_VERSION ${BASH_VERSINFO[0]} $SHELLOPTS; echo $BASHOPTS
### name of the shell
echo $BASH "${0##*/}"
### login
shopt login_shell
### history is off
history; fc -l 2>&1; set -o | grep histexpand
### umask
umask 027; umask; touch f; stat -c %a f
### ulimits
ulimit -n 50; ulimit -n; ulimit -a | wc -l
### pwd
cd /usr/../usr; pwd; pwd -P; cd - ; echo $OLDPWD
### cd fails
cd /no/such; echo $?
### dirs
pushd / ; pushd /usr; popd; dirs
### type
type cd if nosuch 2>&1; type -P sh
### printf
printf '%05d|%-5s|%x|%b|%q\n' 42 ab 255 'a\tb' "it's"
### echo options
echo -n a; echo -e 'b\tc'; echo -E 'd\te'
### read
printf 'a b c\\\nd\n' > f; read x y < f; echo "[$x][$y]"; read -r x y < f; echo "[$x][$y]"
### read with a delimiter and a count
printf 'a:b:cdef' | { read -d: x; read -n2 y; echo "$x $y"; }
### mapfile
printf 'a\nb\n' > f; mapfile -t a < f; echo ${#a[@]} ${a[1]}
### hash
hash -r; ls >/dev/null; hash | wc -l
### times and SECONDS
SECONDS=5; echo $SECONDS
### printf -v and declare
printf -v x '%s-' a b; declare -i n=3+4; echo $x $n; declare -p n
### nameref
x=5; declare -n r=x; r=6; echo $x
