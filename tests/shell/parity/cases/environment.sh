### the whole environment
env | grep -vE '^(_|PYTHON.*)=' | sort
### export
export zz=1; sh -c 'echo $zz'; unset zz; sh -c 'echo [$zz]'
### for one command
zz=1 sh -c 'echo $zz'; echo "[$zz]"
### not exported
zz=1; sh -c 'echo [$zz]'
### env -i
env -i sh -c 'echo ok'
### SHLVL
echo $SHLVL
### PWD
echo $PWD; env | grep -c ^PWD=
### PATH
PATH=/nowhere; ls; echo $?
### own PATH
mkdir d; printf '#!/bin/sh\necho mine\n' > d/mycmd; chmod +x d/mycmd; PATH=$PWD/d:$PATH; mycmd
### HOME
unset HOME; echo ~ | grep -c /
### locale variables
echo "[$LANG][$LC_ALL][$LC_CTYPE]"; env | grep -c ^LC_
### no Python in it
env | grep -cE '^(PYTHONHOME|PYTHONEXECUTABLE|__PYVENV)'
### IFS is not taken from it
IFS=x bash -c 'printf %q "$IFS"'
### PPID is a process
kill -0 $PPID; echo $?
### declare -x
declare -x | grep -cE 'NLSH|LC_CTYPE'
### readonly variables
UID=5; echo $?
