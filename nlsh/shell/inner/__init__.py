"""The real bash that lives in a terminal of its own behind the prompt: it owns jobs and state, nlsh owns the line.

How a line gets there. Bash keeps its own main loop, with readline: each line is put into readline's buffer by a key
sequence (`bind -x`) that reads it from a pipe of nlsh, and is accepted there. So it is to bash as if it had been typed:
aliases, history and its expansion, `fc`, `$_`, `$LINENO`, here-documents, syntax errors, `set -e`, traps, `exec` and
`exit` are right by themselves, and a line that is not complete makes bash ask for more with PS2. An `eval` inside
PROMPT_COMMAND, or a line typed into the terminal, would have each of these slightly wrong, or stop at 4096 bytes.

What comes back. While readline has the terminal its echo is off, which keeps readline silent: whatever comes out of the
terminal at any time is output of programs or a message of bash, and is shown. Marks stand between (OSC 133, with a
secret of this session, so that the output of a program cannot forge one): D when a command is over, A and P when bash
waits for a line or for more of it, C when a command begins. At D and C bash waits until nlsh has answered. At D nlsh
takes what was typed and not read back to its own prompt, so that readline never sees it; at C it gives the terminal the
modes of a command. The state (status, folder, exported variables, jobs, names) comes through a second pipe before D.

Bash opens both pipes anew each time, as /proc/PID/fd/N of nlsh: no program inherits them, and no file is made. What
bash runs at its start-up comes in the same way.

The start. Bash is started first and gets ready while nlsh imports its editor. The first prompt waits for bash until a
twentieth of a second has passed without a word from it; a slower ~/.bashrc goes on behind the prompt, what it writes
appears above it, and the first command waits until it is done.

What is not held together: a person who takes `PROMPT_COMMAND` (all elements of it) and `PS1` away from bash at once, or
its line editing (`set +o emacs`), has that bash in the terminal as it is, until `exit`.
"""
