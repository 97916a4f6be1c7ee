### single quotes
echo 'a  b' 'it'\''s' '$HOME `x` "q"'
### double quotes
x='a  b'; echo "$x" "\$x" "\`" "\\" "a\qb" "say \"hi\""
### unquoted splitting
x='a  b   c'; echo $x; set -- $x; echo $#
### ANSI-C quoting
printf %s $'a\tb\n\x41\101\u00e9\'q' | od -An -tx1
### backslash newline
echo one\
two \
three
### backslash escapes of blanks
printf '[%s]' a\ b \;\&\| \# ; echo
### empty words
set -- '' "" a; echo $# "[$1]"
### quotes join
echo a'b'"c"d
### multi-line single quotes
echo 'line one
?line two
line three'
### multi-line double quotes
x=v
echo "a
$x
?b"
### quote within command substitution within quotes
echo "a $(echo "b $(echo "c d")") e"
### backquotes
echo `echo one \`echo two\``
### question mark arguments
echo ? what? 'a?' "?b"
### exclamation mark is no history
echo "hi!" !x a!b
### dollar at the end
echo a$ "$" '$'
### tilde
HOME=/h; echo ~ ~/x "~" a~ x=~
### comment at the end
echo a # b ' "
### hash within a word
echo a#b '#' \# ${#x}
### carriage return is data
printf '%s' $'a\r' | od -An -c
### locale quotes
echo $"plain"
