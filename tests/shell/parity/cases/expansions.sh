### defaults
unset x; echo ${x:-d} ${x-e} "${x:-a b}" ${x:=set} $x
### alternate
x=1; echo ${x:+yes} ${y:+no}. ${y+no}.
### error when unset
( echo ${x:?is missing} ); echo $?
### error when unset ends the shell
echo before; : ${nope?gone}; echo after
### lengths
x=hello; set -- a b c; echo ${#x} ${#} ${#@} ${#1}
### prefixes and suffixes
p=/a/b.c/d.tar.gz; echo ${p##*/} ${p#*/} ${p%.*} ${p%%.*}
### substitution
x=banana; echo ${x/an/AN} ${x//an/AN} ${x/#b/B} ${x/%a/A} ${x//a}
### substrings
x=abcdef; echo ${x:2} ${x:1:3} ${x: -2} "${x:0:-1}"
### case changes
x=hEllo; echo ${x^} ${x^^} ${x,} ${x,,}
### indirection
a=b; b=c; echo ${!a}
### names by prefix
zz_a=1 zz_b=2; echo ${!zz_*}
### transformation
x="a'b"; echo ${x@Q} ${x@U}
### arrays
a=(x 'y z' w); echo ${#a[@]} "${a[1]}" "${a[@]:1}"; a+=(v); echo "${!a[@]}"
### associative arrays
declare -A m=([k]=v [q r]=s); echo "${m[q r]}" ${#m[@]}
### array over lines
a=(
  one
  ?two
  'three'
); printf '%s\n' "${a[@]}"
### at and star
set -- 'a b' c; for x in "$@"; do echo "[$x]"; done; IFS=-; echo "$*"
### IFS splitting
IFS=:; x=a:b::c; for w in $x; do echo "[$w]"; done
### brace expansion
echo {a,b}{1,2} {1..5} {a..e..2} {01..03} x{,y}
### command substitution strips newlines
x=$(printf 'a\n\n'); echo "[$x]"
### nested command substitution
echo $(echo $(echo $(echo deep)))
### command substitution with case
x=$(case a in a) echo yes;; (b) echo no;; esac); echo $x
### command substitution of a file
echo hi > f; echo $(< f)
### process substitution
cat <(echo a) <(echo b); diff <(echo x) <(echo y)
### glob matches
touch a1 a2 b1; echo a* ?1 [ab]1 zz*
### glob with question mark as a command
printf '#!/bin/sh\necho ran $1\n' > ./xy; chmod +x xy; ./x? arg
### globs off
set -f; touch a1; echo a*
### nullglob and failglob
shopt -s nullglob; echo zz* end; shopt -u nullglob; shopt -s failglob; echo zz*; echo $?
### extended globs
shopt -s extglob; touch a.c b.h c.o
echo !(*.o) @(a|b).?
### glob of hidden files
touch .h v; echo *; shopt -s dotglob; echo *
### special parameters
false; echo $? $# $- "${0##*/}"; true & wait $!; echo $?
### random seeds are the same
RANDOM=42; echo $RANDOM $RANDOM
### line numbers
echo $LINENO
echo $LINENO

echo $LINENO
### line number in a function
f() {
  echo $LINENO
}
f
### word with a question mark and a file
touch xlist; echo ?list
### trim blanks by expansion
x='  a b  '; echo "[${x##+( )}]" [$x]
### unset in strict mode
set -u; echo ${x-ok}; echo $x; echo never
### substitution over lines
x="${y:-a
b}"; echo "$x"
### arithmetic within a substring
x=abcdef; i=2; echo ${x:i+1:i*1}
