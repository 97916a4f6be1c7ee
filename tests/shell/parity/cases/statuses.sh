### true
true
### false
false
### exit
exit 42
### exit wraps
exit 300
### exit of the last
false; true; (exit 5)
### not found
no-such-command-here; echo $?
### not found alone
no-such-command-here-either --with option
### not executable
echo x > f; ./f; echo $?
### a folder
/tmp; echo $?
### not executable alone
touch f; chmod 644 f; exec ./f
### no interpreter
printf '#!/no/such/interpreter\n' > f; chmod +x f; ./f; echo $?
### empty executable
touch f; chmod +x f; ./f; echo $?
### no shebang
echo 'echo plain $0' > f; chmod +x f; ./f
### no such file
/no/such/file; echo $?
### syntax error
echo a; if then
### syntax error in the middle
echo a
)
echo b
### unclosed quote
echo "abc
### unclosed brace
{ echo a
### empty
:
### comment only
# nothing
### blank lines

   

echo x
### exec a program
exec echo replaced; echo never
### exec fails
exec /no/such/program; echo never
### errexit
set -e; echo a; false; echo b
### errexit in conditions
set -e; if false; then :; fi; false || true; ! true; echo end
### errexit in a substitution
set -e; x=$(false); echo never
### usage error of a builtin
cd a b; echo $?; shift 5; echo $?
### readonly
readonly x=1; x=2; echo $?
### command with a status from a signal of its own
bash -c 'exit 130'; echo $?
### return outside a function
return 3; echo $?
### unknown option of the program
ls --no-such-option 2>/dev/null; echo $?
### negative status of exit
exit -1
### numeric argument required
exit abc
