/* A command's engine: its configuration, its transport, and secrets that a person types. */
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <termios.h>
#include <unistd.h>

#include "base/auto.h"
#include "base/mem.h"
#include "base/str.h"
#include "cli/capture.h"
#include "cli/cli.h"
#include "config/secret.h"

enum { CONFIG_MAX = 1024 * 1024 };

/* A signal handler has no argument, so the one engine of the program is here. */
static struct crmsync *volatile running;

static void on_signal(int number)
{
    struct crmsync *engine = running;

    if (engine != NULL) {
        /* crmsync.h promises that it is safe here. NOLINTNEXTLINE(bugprone-signal-handler) */
        crmsync_stop(engine);
    }
    signal(number, SIG_DFL); /* the second one ends the program at once */
}

void cli_complain(const char *what, const char *why, const char *fix)
{
    fflush(stdout); /* what was said before comes before */
    fprintf(stderr, "crmsync: %s\n", what);
    if (why != NULL && *why != '\0') {
        fprintf(stderr, "  why:  %s\n", why);
    }
    if (fix != NULL && *fix != '\0') {
        fprintf(stderr, "  do:   %s\n", fix);
    }
}

void cli_print_json(const cJSON *result)
{
    char *text = cJSON_Print(result);

    printf("%s\n", text);
    mem_wipe(text, strlen(text));
    cJSON_free(text);
}

void cli_complain_result(const struct cli_options *options, const char *what, const cJSON *result)
{
    const cJSON *error = json_get(result, "error");
    const char *service = json_get_text(error, "service");
    int64_t status = json_get_int(error, "status", 0);
    char text[200];

    if (options->json) {
        cli_print_json(result);
    }
    if (str_eq(json_get_text(result, "outcome"), "usage")) {
        snprintf(text, sizeof text, "%s: wrong use or configuration", what);
    } else {
        snprintf(text, sizeof text, "%s: %s (%s%s%s", what, json_get_text(result, "outcome"),
                 json_get_text(error, "code"), service != NULL ? ", " : "",
                 service != NULL ? service : "");
        snprintf(text + strlen(text), sizeof text - strlen(text),
                 status != 0 ? ", HTTP %lld)" : ")", (long long)status);
    }
    cli_complain(text, json_get_text(error, "message"), json_get_text(error, "fix"));
}

/* Somebody has to enter a code: whoever runs the program reads it here. */
static void show_code(const char *line)
{
    static const char event[] = "signin.device url=";
    const char *url = line + strlen(event), *code;

    if (!str_starts(line, event)) {
        return;
    }
    code = strstr(url, " code=");
    if (code != NULL) {
        fflush(stdout);
        fprintf(stderr,
                "To sign in as the administrator, open the page %.*s in a browser and enter the "
                "code %s\n",
                (int)(code - url), url, code + strlen(" code="));
    }
}

static void hear_event(void *ctx, const char *line)
{
    const struct cli_session *session = ctx;

    show_code(line);

    if (session->verbose) {
        fprintf(stderr, "%s\n", line);
    }
    if (session->watch != NULL) {
        session->watch(session->watch_ctx, line);
    }
}

/* What a person types, with the question before it. SIGINT and SIGTERM are held; they come through,
 * and end it, only while it waits. */
static char *ask(FILE *terminal, const char *question, const sigset_t *before)
{
    struct pollfd typed = {.fd = fileno(terminal), .events = POLLIN};
    char line[4096] = "", *answer = NULL;

    fprintf(terminal, "%s: ", question);
    if (ppoll(&typed, 1, NULL, before) == 1 && fgets(line, sizeof line, terminal) != NULL) {
        line[strcspn(line, "\r\n")] = '\0';
        answer = *line != '\0' ? mem_strdup(line) : NULL;
    }
    mem_wipe(line, sizeof line);
    return answer;
}

char *cli_ask(const char *question, bool hidden)
{
    FILE *terminal = fopen("/dev/tty", "r+");
    struct termios was, quiet;
    sigset_t held, before;
    char *answer;

    if (terminal == NULL || tcgetattr(fileno(terminal), &was) != 0) {
        if (terminal != NULL) {
            fclose(terminal);
        }
        return NULL;
    }
    setvbuf(terminal, NULL, _IONBF, 0);
    quiet = was;
    if (hidden) {
        quiet.c_lflag &= ~(tcflag_t)ECHO;
    }
    sigemptyset(&held);
    sigaddset(&held, SIGINT);
    sigaddset(&held, SIGTERM);
    sigprocmask(SIG_BLOCK, &held, &before);
    tcsetattr(fileno(terminal), TCSAFLUSH, &quiet);
    answer = ask(terminal, question, &before);
    tcsetattr(fileno(terminal), TCSAFLUSH, &was);
    sigprocmask(SIG_SETMASK, &before, NULL);
    if (hidden) {
        fprintf(terminal, "\n");
    }
    fclose(terminal);
    return answer;
}

static char *give_secret(void *ctx, const char *name)
{
    struct cli_session *session = ctx;
    struct sync_problem problem;
    char *secret = NULL;

    for (size_t i = 0; i < SYNC_SECRET_COUNT; i++) {
        if (!str_eq(sync_secret_names[i], name)) {
            continue;
        }
        if (!sync_secret_find(&session->config, (enum sync_secret_id)i, &secret, &problem)) {
            cli_complain(problem.error.message, NULL, problem.error.fix);
            return NULL;
        }
        /* The others may well be missing: setup makes them. */
        if (secret == NULL && i == SYNC_SECRET_ADMIN_CLIENT && session->may_prompt) {
            secret = cli_ask("Secret of admin.clientId (not shown)", true);
        }
    }
    return secret;
}

static bool read_file(const char *path, struct strbuf *ret)
{
    char bytes[4096];
    int fd = open(path, O_RDONLY | O_CLOEXEC);
    ssize_t got = fd < 0 ? -1 : 1;

    while (got > 0 && !ret->overflow) {
        got = read(fd, bytes, sizeof bytes);
        strbuf_add_n(ret, bytes, got > 0 ? (size_t)got : 0);
    }
    if (fd >= 0) {
        close(fd);
    }
    if (got >= 0 && ret->overflow) {
        errno = EFBIG;
    }
    return got >= 0 && !ret->overflow;
}

static const char *folder_of(struct arena *arena, const char *path)
{
    const char *slash = strrchr(path, '/');

    return slash == NULL   ? NULL
           : slash == path ? "/"
                           : arena_dup(arena, path, (size_t)(slash - path));
}

/* What stands against opening the engine; a machine gets it in the form of a result. */
static bool refuse(const struct cli_options *options, int status, const char *what, const char *why,
                   const char *fix)
{
    if (options->json) {
        AUTO(arena) arena = {0};
        cJSON *result = json_new_object(&arena), *error;

        cJSON_AddStringToObject(result, "outcome", status == CRMSYNC_USAGE ? "usage" : "failed");
        error = cJSON_AddObjectToObject(result, "error");
        cJSON_AddStringToObject(error, "code", status == CRMSYNC_USAGE ? "usage" : "in_use");
        cJSON_AddStringToObject(error, "message",
                                *why != '\0' ? arena_join(&arena, what, ": ", why, NULL) : what);
        cJSON_AddStringToObject(error, "fix", fix);
        cJSON_AddNullToObject(error, "service");
        cJSON_AddNullToObject(error, "status");
        cli_print_json(result);
    }
    cli_complain(what, why, fix);
    return false;
}

static bool refuse_no_file(const struct cli_options *options)
{
    char what[300];

    snprintf(what, sizeof what, "the configuration \"%.200s\" cannot be read", options->config);
    return refuse(options, CRMSYNC_USAGE, what, strerror(errno),
                  "Name it with --config, or write one. To begin with, this is enough:\n"
                  "\n"
                  "        { \"admin\": { \"tenant\": \"contoso.onmicrosoft.com\" },\n"
                  "          \"secrets\": { \"dynamics.clientSecret\": { \"file\": "
                  "\"dynamics.secret\" } } }\n"
                  "\n"
                  "        Setup then shows a code with which you sign in as the administrator. "
                  "Unattended it needs admin.clientId:\n"
                  "        an app that may administer the directory; its secret comes from "
                  "CRMSYNC_ADMIN_CLIENT_SECRET or is asked for.");
}

/* Every source that the configuration names is looked at before anything is sent. */
static bool check_secrets(const struct cli_options *options, const struct sync_config *config)
{
    for (size_t i = 0; i < SYNC_SECRET_COUNT; i++) {
        struct sync_problem problem;
        char *secret = NULL;

        if (!sync_secret_find(config, (enum sync_secret_id)i, &secret, &problem)) {
            return refuse(options, CRMSYNC_USAGE, "a secret cannot be used", problem.error.message,
                          problem.error.fix);
        }
        sync_secret_free(secret);
    }
    return true;
}

static bool open_engine(const struct cli_options *options, const char *text, const char *dir,
                        struct cli_session *session, struct crmsync_error *err)
{
    const struct crmsync_curl_options curl = {.ca_file = options->ca_file,
                                              .connect_to = options->connect_to,
                                              .connect_to_count = options->connect_to_count};
    struct crmsync_transport transport;
    struct crmsync_env env = {.ctx = session,
                              .transport = &transport,
                              .secret = give_secret,
                              .config_dir = dir,
                              .log = hear_event};

    session->verbose = options->verbose;
    if (!crmsync_transport_curl(&curl, &transport, err)) {
        return false;
    }
    if (options->capture != NULL && !cli_capture(options->capture, &transport)) {
        snprintf(err->message, sizeof err->message, "the capture \"%.200s\": %s", options->capture,
                 strerror(errno));
        transport.destroy(transport.ctx);
        return false;
    }
    session->engine = crmsync_open(text, &env, err);
    return session->engine != NULL;
}

bool cli_session_open(const struct cli_options *options, struct cli_session *ret, int *ret_status)
{
    AUTO(strbuf) text = STRBUF(CONFIG_MAX);
    const char *dir = folder_of(&ret->arena, options->config);
    struct sync_problem problem = {0};
    struct crmsync_error err = {0};

    *ret_status = CRMSYNC_USAGE;
    ret->may_prompt = isatty(STDIN_FILENO) != 0;
    if (!read_file(options->config, &text)) {
        return refuse_no_file(options);
    }
    if (!sync_config_read(&ret->arena, strbuf_text(&text), dir, &ret->config, &problem)) {
        return refuse(options, CRMSYNC_USAGE, options->config, problem.error.message,
                      problem.error.fix);
    }
    if (!check_secrets(options, &ret->config)) {
        return false;
    }
    if (!open_engine(options, strbuf_text(&text), dir, ret, &err)) {
        *ret_status = str_eq(err.code, "in_use") ? CRMSYNC_FAILED : CRMSYNC_USAGE;
        return refuse(options, *ret_status, "the engine cannot be opened", err.message, err.fix);
    }
    running = ret->engine;
    signal(SIGINT, on_signal);
    signal(SIGTERM, on_signal);
    return true;
}

void cli_session_finish(struct cli_session *session)
{
    running = NULL;
    crmsync_close(session->engine);
    arena_finish(&session->arena);
}

enum crmsync_outcome cli_session_call(struct cli_session *session, const char *operation,
                                      const cJSON *with, cJSON **ret)
{
    char *text = NULL, *in = json_text(&session->arena, with);
    enum crmsync_outcome outcome = crmsync_call(session->engine, operation, in, &text, NULL);
    struct err err;

    if (!json_parse(&session->arena, text, strlen(text), JSON_PLAIN, ret, &err)) {
        abort(); /* our own result */
    }
    crmsync_free(text);
    return outcome;
}
