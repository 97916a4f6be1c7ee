### exit trap
trap 'echo bye $?' EXIT; echo hi; exit 3
### exit trap and failure
trap 'echo bye' EXIT; set -e; false; echo never
### err trap
trap 'echo err $?' ERR; false; true; (exit 9); echo end
### debug trap
trap 'echo "> $BASH_COMMAND"' DEBUG; x=1; echo $x
### signal trap
trap 'echo got usr1' USR1; kill -USR1 $$; echo after
### ignored in children
trap '' TERM; sh -c 'kill -TERM $$; echo alive'
### trap listing
trap 'echo x' INT; trap; trap -p INT
### reset
trap 'echo x' TERM; trap - TERM; kill -TERM $$; echo never
### return trap
f() { trap 'echo ret' RETURN; :; }; f
### trap in subshell is reset
trap 'echo out' EXIT; (echo in); echo end
### wait interrupted
trap 'echo usr' USR1; (sleep 0.05; kill -USR1 $$) & wait $!; echo $(($? > 128)); wait
### killed by TERM
kill -TERM $$
### killed by KILL
kill -KILL $$
### killed by HUP
kill -HUP $$
### killed by INT
kill -INT $$; echo after
### killed by PIPE
kill -PIPE $$; echo after
### a child killed
sh -c 'kill -TERM $$'; echo $?
### a child killed by SEGV
sh -c 'kill -SEGV $$'; echo $?
### a child in the background killed
sleep 5 & kill $!; wait $!; echo $?
### last command killed
sh -c 'kill -TERM $$'
### exec and killed
exec sh -c 'kill -USR1 $$'
### kill lists
kill -l 9; kill -l TERM
### file size limit
ulimit -f 1; head -c 4096 /dev/zero > f; echo $?
### SIGXFSZ and SIGPIPE are not ignored
grep -E 'SigIgn|SigBlk' /proc/self/status
