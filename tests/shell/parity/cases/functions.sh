### arguments
f() { echo $# "$1" "$@"; }; f 'a b' c
### return
f() { return 42; }; f; echo $?
### local
x=1; f() { local x=2; g; }; g() { echo $x; }; f; echo $x
### recursion
f() { [ $1 -le 1 ] && echo 1 || echo $(( $1 * $(f $(($1-1))) )); }; f 5
### keyword form
function f { echo kw $1; }; f x
### subshell body
f() ( x=2; echo $x ); x=1; f; echo $x
### overrides a program
ls() { echo mine; }; ls; command -v ls; unset -f ls; type -t ls
### export
f() { echo exported; }; export -f f; bash -c f
### body over lines, odd spacing
f ()
{
  echo body
}
f
### if, elif, else
f() { if [ "$1" = a ]; then echo A; elif [ "$1" = b ]; then echo B; else echo other; fi; }; f a; f b; f c
### while, break, continue
i=0; while :; do i=$((i+1)); [ $i = 2 ] && continue; [ $i -gt 4 ] && break; echo $i; done
### until
i=0; until [ $i -ge 2 ]; do echo $i; ((i++)); done
### nested breaks
for a in 1 2; do for b in 1 2; do [ $b = 2 ] && continue 2; echo $a$b; done; done
### case
for x in a bc '?' zz; do case $x in a|b) echo ab;; \?) echo q;; b*) echo bstar;; *) echo other;; esac; done
### case with a question mark pattern
case x in
?) echo one;;
?? ) echo two;;
esac
### case patterns over lines
case ab in
(a)
  echo a;;
?b)
  echo qb
  ;;&
a?) echo aq ;&
*) echo fell ;;
esac
### getopts
set -- -a -b val -z rest
while getopts ab: o; do
  case $o in
  a) echo A ;;
  b) echo "B $OPTARG" ;;
  ?) echo unknown ;;
  esac
done
shift $((OPTIND-1)); echo "$@"
### select reads stdin
select x in a b; do echo "got $x"; break; done 2>/dev/null <<< 2
### test forms
[ a = a ] && [[ ab == a? && 3 -gt 2 ]] && test -d / && echo yes
### test over lines
[[ ab ==
?b ]]; echo $?
### regular expressions
[[ foo123 =~ ^([a-z]+)([0-9]+)$ ]] && echo ${BASH_REMATCH[1]} ${BASH_REMATCH[2]}
### aliases are off
alias zz='echo no'; zz; echo $?
### aliases on
shopt -s expand_aliases
alias zz='echo yes'
zz
### eval
x='echo "a b"'; eval "$x"; eval 'y=3'; echo $y
### source
echo 'echo in $1; v=9; return 4' > s; . ./s arg; echo $? $v
### names of functions
f() { echo ${FUNCNAME[0]}; }; f
### declare -f
f() { echo a; }; declare -f f
### command and builtin
cd() { echo no; }; builtin cd /; command cd /; echo $PWD
