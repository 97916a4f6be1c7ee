### write and append
echo a > f; echo b >> f; cat f
### stderr apart
ls /nope-nope 2>err >out; echo $?; wc -l < out; grep -c nope err
### both
{ echo o; echo e >&2; } &> f; sort f
### duplicate
echo a >&2; echo b 2>&1 1>/dev/null
### swap
{ echo o; echo e >&2; } 3>&1 1>&2 2>&3
### read
echo hi > f; read x < f; echo $x
### here-string
cat <<< "a $((1+1)) b"
### noclobber
set -C; echo a > f; echo b > f; echo $?; echo c >| f; cat f
### open for both
exec 3<> f; echo data >&3; cat f
### close
exec 3> f; echo a >&3; exec 3>&-; echo b >&3; echo $?
### exec redirects the rest
exec > f; echo into; exec >&2; cat f
### a descriptor in a variable
exec {fd}> f; echo x >&$fd; exec {fd}>&-; cat f
### no such file
cat < /nope/nope; echo $?
### permission of a folder
echo > /; echo $?
### ambiguous
x='a b'; echo hi > $x; echo $?
### in the middle
> f echo a b; cat < f -
### on a loop
for i in 1 2; do echo $i; done > f; while read l; do echo "<$l>"; done < f
### on a function
f() { echo in; } > g; f; cat g
### bad descriptor
echo x >&7; echo $?
### dev fd
echo x | cat /dev/fd/0
### empty redirection makes a file
> f; test -e f; echo $?
### full device
echo x > /dev/full; echo $?
### stdin closed
cat <&-; echo $?
### stdout closed
echo x >&-; echo $?
