/* nlsh-login: the program that stands in /etc/passwd and /etc/shells. It starts nlsh, and where nlsh cannot start, a
 * plain shell.
 *
 * A program started by "#!" never sees its argv[0], so the leading "-" that says "login shell" would be lost: here it
 * becomes --login. And Python may be gone or broken, so this is C, linked statically where possible, with the path of
 * the interpreter compiled in (NLSH_PYTHON).
 *
 * nlsh runs as a child, and a pipe tells how far it came (nlsh/shell/launcher.py is its other end):
 *   nothing, and it ended    nothing has been done for the user yet: the plain shell takes over, with all arguments
 *   RUNNING                  it carries out what it was started for: its status is ours
 *   PROMPT                   a person has a prompt: should it crash, they get the plain shell
 * Until nlsh takes its standard error back, the pipe is that too, so that the reason of a failure fits into one line.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/signalfd.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <termios.h>
#include <unistd.h>

#ifndef NLSH_PYTHON
#error "compile with -DNLSH_PYTHON='\"/path/of/python\"'"
#endif

enum stage { STARTING, RUNNING, PROMPT };
enum { SLOW = 10000 }; /* milliseconds until a person is told how to go on without nlsh */

static char **arguments; /* without argv[0] */
static int count;
static bool login;
static struct termios modes; /* of the terminal, where there is one */
static bool modes_known;

/* ---------------------------------------------------------------------------------------------------- the plain shell */

/* How many of the first arguments are long options that a plain shell does not have. */
static int foreign(void) {
    int number = 0;
    while (number < count && (!strcmp(arguments[number], "--login") || !strcmp(arguments[number], "--posix"))) number++;
    return number;
}

/* Whether this is for a prompt: there is a terminal, and nothing but -l and -i is wanted. */
static bool for_a_person(void) {
    for (int i = foreign(); i < count; i++) {
        const char *word = arguments[i];
        if (word[0] != '-' || word[1] == '\0' || word[1 + strspn(word + 1, "il")] != '\0') return false;
    }
    return isatty(0) && isatty(2);
}

/* Write a line to standard error; where that is closed or full, nobody hears it. */
static void say(const char *words) {
    char line[600];
    int length = snprintf(line, sizeof line - 1, "nlsh: %s", words);
    if (length > (int)sizeof line - 2) length = sizeof line - 2;
    for (int i = 0; i < length; i++)
        if ((unsigned char)line[i] < ' ' || line[i] == 127) line[i] = '?'; /* nothing steers the terminal */
    line[length] = '\n';
    void (*pipes)(int) = signal(SIGPIPE, SIG_IGN), (*sizes)(int) = signal(SIGXFSZ, SIG_IGN);
    (void)!write(2, line, length + 1);
    signal(SIGPIPE, pipes);
    signal(SIGXFSZ, sizes);
}

/* A login starts with clean signals. Elsewhere an ignored signal stays ignored, as nohup wants it; but SIGCHLD never
 * does, because we wait for nlsh. */
static void reset_signals(void) {
    for (int number = 1; number < NSIG; number++)
        if (login || number == SIGCHLD) signal(number, SIG_DFL);
    sigset_t none;
    sigemptyset(&none);
    sigprocmask(SIG_SETMASK, &none, NULL);
}

/* Become the plain shell, and say why if there is a reason. */
static _Noreturn void plain_shell(const char *reason) {
    static char *const shells[] = {"/bin/sh", "/usr/bin/sh", "/bin/bash", "/bin/busybox"};
    reset_signals();
    if (reason != NULL) {
        char line[560];
        snprintf(line, sizeof line, "%.500s; this is the plain shell", reason);
        say(line);
    }
    char *bare[2] = {NULL, NULL};
    char **words = calloc(count + 2, sizeof *words);
    if (words == NULL) words = bare;
    else memcpy(words + 1, arguments + foreign(), (count - foreign()) * sizeof *words);
    words[0] = login ? "-sh" : "sh";
    for (size_t i = 0; i < sizeof shells / sizeof *shells; i++) execv(shells[i], words);
    say("there is no /bin/sh either");
    _exit(127);
}

/* ----------------------------------------------------------------------------------------------------------- starting */

static bool is_set(const char *name) {
    const char *value = getenv(name);
    return value != NULL && *value != '\0' && strcmp(value, "0") != 0;
}

/* A copy of the descriptor, off the standard ones and those that people redirect; -1 where it is closed, or there is
 * none left. `how` is F_DUPFD or F_DUPFD_CLOEXEC. */
static int placed(int descriptor, int how) {
    int copy = fcntl(descriptor, how, 10);
    return copy >= 0 ? copy : fcntl(descriptor, how, 3);
}

static bool open_pipe(int *reading, int *writing) {
    int made[2];
    if (pipe2(made, O_CLOEXEC) != 0) return false;
    *reading = placed(made[0], F_DUPFD_CLOEXEC);
    *writing = placed(made[1], F_DUPFD_CLOEXEC);
    close(made[0]);
    close(made[1]);
    return *reading >= 0 && *writing >= 0;
}

/* A descriptor on which all signals arrive but those that stop us, which have to. */
static int open_signals(void) {
    sigset_t all;
    sigfillset(&all);
    sigdelset(&all, SIGTSTP);
    sigdelset(&all, SIGTTIN);
    sigdelset(&all, SIGTTOU);
    sigprocmask(SIG_SETMASK, &all, NULL);
    int made = signalfd(-1, &all, SFD_CLOEXEC | SFD_NONBLOCK);
    if (made < 0) return -1;
    int signals = placed(made, F_DUPFD_CLOEXEC);
    close(made);
    return signals;
}

/* In the child: become nlsh. -I keeps the current folder, PYTHONPATH and the like out of it. */
static _Noreturn void start_nlsh(int pipe, pid_t parent) {
    sigset_t none;
    sigemptyset(&none);
    sigprocmask(SIG_SETMASK, &none, NULL);
    prctl(PR_SET_PDEATHSIG, SIGKILL); /* who ends us with 9 means the shell */
    if (getppid() != parent) _exit(128 + SIGKILL);

    char control[16], error[16];
    snprintf(error, sizeof error, "%d", placed(2, F_DUPFD));
    snprintf(control, sizeof control, "%d", pipe);
    dup2(pipe, 2);
    fcntl(pipe, F_SETFD, 0);
    char *first[] = {NLSH_PYTHON, "-I", "-m", "nlsh.launched", control, error, "--login"};
    size_t kept = sizeof first / sizeof *first - !login;
    char **words = calloc(kept + count + 1, sizeof *words);
    if (words != NULL) {
        memcpy(words, first, kept * sizeof *words);
        memcpy(words + kept, arguments, count * sizeof *words);
        execv(NLSH_PYTHON, words);
    }
    dprintf(2, "%s: %s\n", NLSH_PYTHON, strerror(errno));
    _exit(127);
}

/* -------------------------------------------------------------------------------------------------------- supervising */

/* What the child has told: how far it is, and why it ended: the last line that speaks of an error, or the last line. */
struct told {
    enum stage stage;
    char line[256], reason[256];
    size_t length;
};

static void hear(struct told *told, const char *data, ssize_t size) {
    for (; size > 0; data++, size--) {
        if (*data == RUNNING || *data == PROMPT) told->stage = *data;
        else if (*data != '\n') {
            if (told->length < sizeof told->line - 1) told->line[told->length++] = *data;
        } else if (told->length > 0) {
            told->line[told->length] = '\0';
            if (strstr(told->line, "rror") || !strstr(told->reason, "rror")) strcpy(told->reason, told->line);
            told->length = 0;
        }
    }
}

/* Read what there is; false at the end. */
static bool listen_to(int pipe, struct told *told) {
    char data[4096];
    ssize_t size = read(pipe, data, sizeof data);
    if (size > 0) hear(told, data, size);
    return size > 0 || (size < 0 && (errno == EINTR || errno == EAGAIN));
}

static bool has_more(int pipe) {
    struct pollfd polled = {pipe, POLLIN, 0};
    return poll(&polled, 1, 0) > 0;
}

/* Who waits for the other end of a pipe to close must not wait for us: let go of everything but this descriptor. */
static void close_all_but(int kept) {
#ifdef SYS_close_range
    if (!syscall(SYS_close_range, 0U, kept - 1U, 0U) && !syscall(SYS_close_range, kept + 1U, ~0U, 0U)) return;
#endif
    for (long each = sysconf(_SC_OPEN_MAX); each >= 0; each--)
        if (each != kept) close(each);
}

/* What is sent to us is meant for the shell. What the terminal sends reaches it by itself, but for the hang-up, which
 * only the first process of a session gets. */
static void pass_on(const struct signalfd_siginfo *info, pid_t child) {
    if (info->ssi_code <= 0 || info->ssi_signo == SIGHUP) kill(child, info->ssi_signo);
}

static _Noreturn void end_like(int status) {
    if (!WIFSIGNALED(status)) _exit(WEXITSTATUS(status));
    int number = WTERMSIG(status);
    struct rlimit none = {0, 0};
    setrlimit(RLIMIT_CORE, &none); /* one core file is enough */
    sigset_t only;
    sigemptyset(&only);
    sigaddset(&only, number);
    signal(number, SIG_DFL);
    raise(number);
    sigprocmask(SIG_UNBLOCK, &only, NULL);
    _exit(128 + number);
}

/* The terminal as it was, for our process group, and without the keys that were meant for nlsh: the Ctrl-C that ended
 * it, and sentences that a plain shell would take for commands. */
static void take_terminal_back(void) {
    static const char plain[] = "\033[?2004l\033[0m\r\n"; /* no bracketed paste, no colour, a line of its own */
    static const int keys[] = {SIGINT, SIGQUIT};
    for (size_t i = 0; i < sizeof keys / sizeof *keys; i++) signal(keys[i], signal(keys[i], SIG_IGN));
    if (!modes_known) return;
    void (*before)(int) = signal(SIGTTOU, SIG_IGN);
    tcsetpgrp(0, getpgrp());
    tcsetattr(0, TCSAFLUSH, &modes);
    signal(SIGTTOU, before);
    if (isatty(2)) (void)!write(2, plain, sizeof plain - 1);
}

/* Whether somebody ended it on purpose. A person who presses Ctrl-C before the first prompt wants a shell. */
static bool was_ended(int status) {
    if (!WIFSIGNALED(status)) return false;
    int number = WTERMSIG(status);
    return number == SIGHUP || number == SIGTERM || ((number == SIGINT || number == SIGQUIT) && !for_a_person());
}

/* The child has ended: end like it, or take over. */
static _Noreturn void finish(int status, const struct told *told) {
    bool crashed = WIFSIGNALED(status);
    if (told->stage == RUNNING || was_ended(status) || (told->stage == PROMPT && !crashed)) end_like(status);
    char ended[64], reason[480];
    if (crashed) snprintf(ended, sizeof ended, "%s", strsignal(WTERMSIG(status)));
    else snprintf(ended, sizeof ended, "it ended with %d", WEXITSTATUS(status));
    snprintf(reason, sizeof reason, "nlsh %s (%s)", told->stage == PROMPT ? "crashed" : "cannot start",
             told->stage == STARTING && *told->reason ? told->reason : ended);
    take_terminal_back();
    plain_shell(reason);
}

/* See whether the child has ended, or has been stopped, and then stop as well: who waits for us should see that. Nobody
 * would wake the first process of a session. */
static void look_after(pid_t child, int pipe, struct told *told) {
    int status;
    if (waitpid(child, &status, WNOHANG | WUNTRACED) != child) return;
    if (WIFSTOPPED(status)) {
        if (getsid(0) == getpid()) return;
        raise(SIGSTOP);
        kill(child, SIGCONT);
        return;
    }
    while (told->stage == STARTING && has_more(pipe) && listen_to(pipe, told)) continue;
    finish(status, told);
}

static _Noreturn void supervise(pid_t child, int pipe, int signals) {
    struct told told = {0};
    bool patient = !for_a_person();
    for (;;) {
        struct pollfd polled[] = {{signals, POLLIN, 0}, {pipe, POLLIN, 0}};
        if (poll(polled, 2, patient || told.stage != STARTING ? -1 : SLOW) == 0) {
            say("it takes long to start; Ctrl-C gives the plain shell");
            patient = true;
        }
        if (polled[1].revents && told.stage == STARTING && !listen_to(pipe, &told)) pipe = -1;
        if (pipe >= 0 && told.stage == RUNNING) close_all_but(signals);
        if (told.stage != STARTING) pipe = -1;
        struct signalfd_siginfo info;
        while (read(signals, &info, sizeof info) == sizeof info) {
            if (info.ssi_signo == SIGCHLD) look_after(child, pipe, &told);
            else pass_on(&info, child);
        }
    }
}

int main(int argc, char **argv) {
    login = argc > 0 && argv[0][0] == '-';
    arguments = argv + (argc > 0);
    count = argc - (argc > 0);
    for (int i = 0; i < foreign(); i++) login = login || !strcmp(arguments[i], "--login");
    reset_signals();
    if (is_set("NLSH_SAFE")) plain_shell(for_a_person() ? "safe mode, because NLSH_SAFE is set" : NULL);

    modes_known = tcgetattr(0, &modes) == 0;
    int reading, writing, signals;
    if (!open_pipe(&reading, &writing) || (signals = open_signals()) < 0) plain_shell(strerror(errno));
    pid_t parent = getpid(), child = fork();
    if (child < 0) plain_shell(strerror(errno));
    if (child == 0) start_nlsh(writing, parent);
    close(writing);
    supervise(child, reading, signals);
}
