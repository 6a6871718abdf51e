/* What a terminal is like after a question: the person has typed a line, or has had enough. */
#include "cases.h"

#include <poll.h>
#include <pty.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <termios.h>
#include <unistd.h>

#include "cli/cli.h"

enum { PATIENCE_MS = 20000 };

struct ask_case {
    const char *name, *typed, *answer;
    bool hidden;
    int signals; /* that the program has heard */
};

static const struct ask_case ask_cases[] = {
    {"a line", "contoso.crm.dynamics.com\n", "contoso.crm.dynamics.com", false, 0},
    {"a secret", "value~of~it\n", "value~of~it", true, 0},
    {"an empty line", "\n", NULL, true, 0},
    {"the end of input", "\004", NULL, true, 0},
    {"Ctrl-C at a question", "\003", NULL, false, 1},
    {"Ctrl-C at a secret", "\003", NULL, true, 1},
};

static volatile sig_atomic_t heard;

static void hear(int number)
{
    (void)number;
    heard++;
}

/* In the child, whose terminal it is: 0, or which of the expectations did not hold. */
static int question(const struct ask_case *c)
{
    struct termios after;
    char *answer;
    int found = 0;

    signal(SIGINT, hear);
    answer = cli_ask("Question", c->hidden);
    if ((answer == NULL) != (c->answer == NULL) ||
        (answer != NULL && strcmp(answer, c->answer) != 0)) {
        found = 1;
    } else if (heard != c->signals) {
        found = 2;
    } else if (tcgetattr(STDIN_FILENO, &after) != 0 || (after.c_lflag & ECHO) == 0) {
        found = 3;
    }
    free(answer);
    return found;
}

/* Types as soon as the question is there. Whether the child came to its end. */
static bool type(int terminal, const char *text)
{
    struct pollfd shown = {.fd = terminal, .events = POLLIN};
    bool typed = false;
    char byte;

    while (poll(&shown, 1, PATIENCE_MS) == 1) {
        if (read(terminal, &byte, 1) != 1) {
            return typed;
        }
        if (byte == ':' && !typed) {
            typed = write(terminal, text, strlen(text)) == (ssize_t)strlen(text);
        }
    }
    return false;
}

static void leaves_the_terminal_as_it_was(void **state)
{
    const struct ask_case *c = *state;
    int terminal, status = 0;
    pid_t child = forkpty(&terminal, NULL, NULL, NULL);
    bool ended;

    assert_true(child >= 0);
    if (child == 0) {
        _exit(question(c));
    }
    ended = type(terminal, c->typed);
    if (!ended) {
        kill(child, SIGKILL);
    }
    assert_int_equal(waitpid(child, &status, 0), child);
    close(terminal);
    assert_true(ended);
    assert_true(WIFEXITED(status));
    assert_int_equal(WEXITSTATUS(status), 0);
}

int main(void)
{
    struct CMUnitTest tests[10];
    size_t count = 0;

    CASES(tests, count, ask_cases, leaves_the_terminal_as_it_was);
    return cases_run("ask", tests, count);
}
