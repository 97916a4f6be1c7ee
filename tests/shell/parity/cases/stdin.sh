### read takes the next line of input | stdin
read x; echo "[$x]"
hello there
### head takes bytes | stdin
head -c 4
abc
echo after
### cat takes the rest | stdin
cat
?list processes
rest
### a loop reads the rest | stdin
while read x; do echo "<$x>"; done
one
?two
### exit leaves the rest | stdin
exit 3
echo never
### lines that end in a carriage return | stdin
printf '%s' "a" | od -An -c
### no line end | stdin
echo one
printf two
### an error does not end it | stdin
nosuchcmd
echo $?
echo on
### a syntax error ends it | stdin
echo a
if ; then
echo b
### exec replaces it | stdin
exec cat
rest
### sh reads the rest | stdin
sh
echo from sh $0
### bash -s reads the rest | stdin
exec bash -s a b
echo $1 $2
### functions over lines | stdin
f() {
  echo "$1"
}
f x
### dollar zero | stdin
echo $0 $# $-
### line numbers | stdin
echo $LINENO

nosuchcmd2
### a compound reads its own input | stdin
if read x; then echo "got $x"; fi
data
### mapfile takes all | stdin
mapfile a; echo ${#a[@]}
1
2
3
### read in a function | stdin
f() { read y; echo "y=$y"; }
f
value
f
other
### sed -u takes a line | stdin
sed -u 1q
first
echo second
