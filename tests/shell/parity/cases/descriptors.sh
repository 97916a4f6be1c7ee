### what is open
ls /proc/self/fd | sort -n | tr '\n' ' '
### nothing but the standard streams
for f in 3 4 5 6 7 8 9; do { true >&$f; } 2>/dev/null && echo open $f; done; echo end
### a pipe to a descriptor
{ echo x >&3; } 3>&1 | cat
### keep a descriptor over exec
exec 5> f; exec sh -c 'echo five >&5; cat f'
### the standard input is that of the caller
readlink /proc/self/fd/0 | sed 's/[0-9]//g'
### lock
exec 9> l; flock -n 9; echo $?
