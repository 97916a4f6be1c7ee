### a pipeline
printf 'b\na\n' | sort | tr a-z A-Z
### status of a pipeline
true | false; echo $?; false | true; echo $?
### pipefail
set -o pipefail; false | true; echo $?
### PIPESTATUS
false | (exit 3) | true; echo "${PIPESTATUS[@]}"
### yes dies of SIGPIPE
yes | head -1; echo ${PIPESTATUS[0]}
### a writer dies of SIGPIPE
(while :; do echo x; done) 2>/dev/null | head -c 2; echo ${PIPESTATUS[0]}
### negation
! true; echo $?; ! false; echo $?; ! true | false; echo $?
### and, or
true && echo a || echo b; false && echo a || echo b; false || false; echo $?
### lists
echo a; echo b;echo c
### groups
{ echo a; echo b; } | cat -n
### subshells keep to themselves
x=1; (x=2; cd /; echo $x $PWD); echo $x
### background and wait
sleep 0.01 & wait; echo $?; (exit 7) & wait $!; echo $?
### pipe both streams
{ echo out; echo err >&2; } |& sort
### while reads a pipe
printf '1\n2\n' | while read n; do echo "n$n"; done
### last part in this shell
shopt -s lastpipe; echo v | read x; echo "[$x]"
### a pipe over lines
echo b a |
  tr ' ' '\n' |
  sort
### and over lines
true &&
echo yes ||
echo no
### xargs
printf 'a\0b c\0' | xargs -0 -n1 echo got
### tee
echo x | tee f1 f2 | cat - f1 f2
### time reports on stderr
{ TIMEFORMAT=t; time true; } 2>&1
### coproc
coproc cat; echo hi >&${COPROC[1]}; read -r x <&${COPROC[0]}; echo $x; kill $COPROC_PID; wait 2>/dev/null
### sentences after a pipe are words
echo 'show processes' | cat
### compound in a pipeline
for i in 1 2; do echo $i; done | if read x; then echo "first $x"; fi
### background does not read
cat & wait; echo done
