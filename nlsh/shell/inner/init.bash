# What the bash behind nlsh runs at its start, before anything is typed. nlsh puts these before it:
#   __nlsh_secret     what only the marks of this session have
#   __nlsh_up         the pipe to nlsh, __nlsh_down the pipe from it
# and sets __nlsh_own_rc to the file that bash would have read. Names are quoted with a backslash against aliases, and
# called through `builtin` against functions.

# PS0 and `local -` are from bash 4.4.
((BASH_VERSINFO[0] > 4 || BASH_VERSINFO[0] == 4 && BASH_VERSINFO[1] > 3)) || exit 1
[[ -z ${__nlsh_own_rc-} || ! -r $__nlsh_own_rc ]] || \builtin source "$__nlsh_own_rc"
\builtin unset -v __nlsh_own_rc NLSH_STARTING

__nlsh_turn=0
__nlsh_user_ps1=${PS1-}
__nlsh_mark_a=$'\e]133;A;nlsh='$__nlsh_secret$';0\a'
__nlsh_mark_p=$'\e]133;P;nlsh='$__nlsh_secret$';0\a'
# The variables are not exported: where a prompt is, a shell below this one shows nothing of it.
__nlsh_ps0='${__nlsh_turn:+$({ __nlsh_begins; } 2>/dev/null)}'
__nlsh_ps1='\[${__nlsh_mark_a-}\]'

# A command is over: tell nlsh how things stand, and wait for its word.
__nlsh_over() {
    local status=$? - said
    set +aeuvx
    ((++__nlsh_turn))
    __nlsh_hold
    {
        \builtin printf '%s\0' "$__nlsh_secret" "$__nlsh_turn" "$status" "$PWD"
        \builtin jobs -p; \builtin printf '\0'
        \builtin jobs -p %%; \builtin printf '\0'
        \builtin export -p; \builtin printf '\0'
        \builtin compgen -a; \builtin compgen -A function; \builtin printf '\0'
    } >"$__nlsh_up"
    \builtin printf '\e]133;D;nlsh=%s;%s\a' "$__nlsh_secret" "$__nlsh_turn" >/dev/tty
    while IFS= \builtin read -r -d '' said <"$__nlsh_down" && [[ $said != "d$__nlsh_turn" ]]; do :; done
    return "$status"
}

# The prompts are marks while bash waits, and the person's own while a command runs.
__nlsh_hold() {
    [[ $PS1 == "$__nlsh_ps1" ]] || __nlsh_user_ps1=${PS1#"$__nlsh_ps1"}
    PS1=$__nlsh_ps1 PS2='\[${__nlsh_mark_p-}\]'
    [[ ${PS0-} == "$__nlsh_ps0"* ]] || PS0=$__nlsh_ps0${PS0-}
    \builtin shopt -s promptvars
    \builtin bind 'set enable-bracketed-paste off'
}

# A command begins (in a subshell, by PS0): wait until nlsh has given the terminal to it.
__nlsh_begins() {
    local said
    set +aeuvx
    \builtin printf '\e]133;C;nlsh=%s;%s\a' "$__nlsh_secret" "$__nlsh_turn" >/dev/tty
    while IFS= \builtin read -r -d '' said <"$__nlsh_down" && [[ $said != "c$__nlsh_turn" ]]; do :; done
}

# Put the line of nlsh into the buffer of readline.
__nlsh_take() {
    local - said=
    set +aeuvx
    while IFS= \builtin read -r -d '' said <"$__nlsh_down" && [[ $said != r* ]]; do :; done
    READLINE_LINE=${said:1} READLINE_POINT=$((${#said} - 1))
    __nlsh_install
    PS1=$__nlsh_ps1$__nlsh_user_ps1
}

# Hand the buffer of readline over to nlsh, with what bash has completed in it, and empty it.
__nlsh_show() {
    local -
    set +aeuvx
    \builtin printf '%s\0' "$READLINE_LINE" >"$__nlsh_shown"
    READLINE_LINE= READLINE_POINT=0
}

# A person who assigns to PROMPT_COMMAND changes its first element, where it is an array.
__nlsh_install() {
    if ((BASH_VERSINFO[0] > 5 || BASH_VERSINFO[0] == 5 && BASH_VERSINFO[1] > 0)); then
        PROMPT_COMMAND[1000000]=$__nlsh_prompt_command
    elif [[ ${PROMPT_COMMAND-} != *"$__nlsh_prompt_command" ]]; then
        PROMPT_COMMAND=${PROMPT_COMMAND:+$PROMPT_COMMAND$'\n'}$__nlsh_prompt_command
    fi
}

__nlsh_prompt_command='{ __nlsh_over; } 2>/dev/null'
[[ -o emacs || -o vi ]] || \builtin set -o emacs # without line editing there is no readline to put a line into
__nlsh_install
# Within a here-document bash reads these as commands without reserved words: they can be no groups.
for __nlsh_map in emacs vi-insert vi-command; do
    \builtin bind -m "$__nlsh_map" -x '"\C-x\C-y\C-n": __nlsh_take "$_" 2>/dev/null'
    \builtin bind -m "$__nlsh_map" -x '"\C-x\C-y\C-t": __nlsh_show "$_" 2>/dev/null'
    \builtin bind -m "$__nlsh_map" '"\C-x\C-y\C-a": accept-line'
    \builtin bind -m "$__nlsh_map" '"\C-x\C-y\C-b": insert-completions'
done
\builtin bind 'set enable-bracketed-paste off'
\builtin bind 'set bell-style none'
\builtin unset -v __nlsh_map
