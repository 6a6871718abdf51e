/* The program from outside: options, lines, exit statuses, signals, the store. */
#include "cases.h"

#include <curl/curl.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/arena.h"
#include "base/json.h"
#include "base/str.h"
#include "program.h"

static struct program begin(const char *const *args)
{
    return program_begin(PROGRAM, args);
}

static struct program_end run(struct arena *arena, const char *const *args)
{
    return program_run(arena, PROGRAM, args);
}

static const struct use_case {
    const char *name, *args[8];
    int status;
    const char *out, *err; /* part of it; NULL: must be empty */
} use_cases[] = {
    {"nothing said", {NULL}, 2, NULL, "usage: mocktenant COMMAND"},
    {"help", {"--help"}, 0, "serve a fake cloud", NULL},
    {"the version", {"--version"}, 0, "mocktenant 0.", NULL},
    {"an unknown command", {"srve"}, 2, NULL, "unknown command srve, did you mean serve?"},
    {"a command that is not built", {"capture"}, 2, NULL, "the command capture is not built yet"},
    {"help of serve", {"serve", "--help"}, 0, "--allow-host NAME", NULL},
    {"help of exec", {"exec", "--help"}, 0, "-- COMMAND", NULL},
    {"help of run", {"run", "--help"}, 0, "--transport", NULL},
    {"help of bench", {"bench", "--help"}, 0, "--rounds", NULL},
    {"help of routes", {"routes", "--help"}, 0, "usage", NULL},
    {"help of schema", {"schema", "--help"}, 0, "usage", NULL},
    {"an unknown option",
     {"serve", "--sed", "1"},
     2,
     NULL,
     "unknown option --sed, did you mean --seed?"},
    {"a value that is missing", {"serve", "--seed"}, 2, NULL, "--seed: a value is missing"},
    {"a seed that is none", {"serve", "--seed", "0"}, 2, NULL, "--seed: expected a whole number"},
    {"a clock that is none",
     {"serve", "--clock", "noon"},
     2,
     NULL,
     "--clock: expected real, virtual or"},
    {"limits that are none",
     {"serve", "--limits", "maybe"},
     2,
     NULL,
     "--limits: expected on or off"},
    {"a format that is none", {"serve", "--format=xml"}, 2, NULL, "--format: expected json or env"},
    {"an address that is none",
     {"serve", "--listen", "8443"},
     2,
     NULL,
     "--listen: expected an address"},
    {"a port too great",
     {"serve", "--listen", "127.0.0.1:70000"},
     2,
     NULL,
     "--listen: expected an address"},
    {"an idle time that is none", {"serve", "--idle", "-1"}, 2, NULL, "--idle: expected seconds"},
    {"a host with a port",
     {"serve", "--allow-host", "a:1"},
     2,
     NULL,
     "--allow-host: expected a host name"},
    {"a word too many", {"serve", "ready"}, 2, NULL, "unexpected word ready"},
    {"a world that is not there", {"serve", "--world", "nope"}, 2, NULL, "nope"},
    {"exec without a command", {"exec", "--plain", "--"}, 2, NULL, "the command is missing"},
    {"exec of what is not there",
     {"exec", "--", "/nonexistent/x"},
     127,
     NULL,
     "/nonexistent/x: No such file"},
    {"exec ends as its command", {"exec", "--", "sh", "-c", "exit 7"}, 7, NULL, NULL},
    {"exec after a signal", {"exec", "--", "sh", "-c", "kill -9 $$"}, 137, NULL, NULL},
    {"exec prints nothing itself",
     {"exec", "--", "sh", "-c", "echo $MOCKTENANT_WORLD"},
     0,
     "ready\n",
     NULL},
    {"null keys are empty",
     {"exec", "--world", "fresh", "--", "sh", "-c", "echo \"<$MOCKTENANT_CLIENT_ID>\""},
     0,
     "<>\n",
     NULL},
    {"Node gets the CA",
     {"exec", "--", "sh", "-c", "cat \"$NODE_EXTRA_CA_CERTS\""},
     0,
     "BEGIN CERTIFICATE",
     NULL},
    {"routes have sources", {"routes"}, 0, "/{tenant}/oauth2/v2.0/token", NULL},
    {"the schema of worlds", {"schema", "world"}, 0, "\"$schema\"", NULL},
    {"the schema of scenarios", {"schema", "scenario"}, 0, "\"$schema\"", NULL},
    {"a schema that is none", {"schema", "wrld"}, 2, NULL, "wrld"},
    {"a figure that is none", {"bench", "--sped"}, 2, NULL, "--sped is no figure"},
};

static void uses(void **state)
{
    const struct use_case *c = *state;
    AUTO(arena) arena = {0};
    struct program_end ended = run(&arena, c->args);

    if (ended.status != c->status) {
        fail_msg("status %d, expected %d: %s%s", ended.status, c->status, ended.out, ended.err);
    }
    if (c->out == NULL ? *ended.out != '\0' : strstr(ended.out, c->out) == NULL) {
        fail_msg("standard output: %s", ended.out);
    }
    if (c->err == NULL ? *ended.err != '\0' : strstr(ended.err, c->err) == NULL) {
        fail_msg("standard error: %s", ended.err);
    }
}

/* Each says all that it has to say on standard output. */
static const struct full_case {
    const char *name, *args;
} full_cases[] = {
    {"help to a full disk", "--help"},
    {"the version to a full disk", "--version"},
    {"the routes to a full disk", "routes"},
    {"a schema to a full disk", "schema world"},
    {"a served world that cannot say where", "serve --plain"},
    {"results to a full disk",
     "run --variants off --filter setup/010* --format tap " SOURCE_FIXTURES "/../scenarios"},
};

static void needs_room_to_speak(void **state)
{
    const struct full_case *c = *state;
    AUTO(arena) arena = {0};
    const char *const args[] = {"-c", arena_printf(&arena, "exec \"$0\" %s >/dev/full", c->args),
                                PROGRAM, NULL};
    struct program_end ended = program_run(&arena, "/bin/sh", args);

    assert_int_equal(ended.status, 1);
    assert_non_null(strstr(ended.err, "the output cannot be written"));
}

static cJSON *parse(struct arena *arena, const char *text)
{
    cJSON *root = NULL;
    struct err err;

    if (!json_parse(arena, text, strlen(text), JSON_PLAIN, &root, &err)) {
        fail_msg("%s: %s", err.text, text);
    }
    return root;
}

/* Starts `serve` and reads its line. */
static cJSON *serve(struct arena *arena, struct program *program, const char *const *args)
{
    *program = begin(args);
    return parse(arena, program_line(arena, program->out));
}

static size_t take(char *data, size_t size, size_t count, void *arg)
{
    strbuf_add_n(arg, data, size * count);
    return size * count;
}

/* A request to the served world; returns the status and the body in *ret. */
static long ask(const cJSON *info, const char *path, const char *form, const char *header,
                struct strbuf *ret)
{
    AUTO(arena) arena = {0};
    CURL *curl = curl_easy_init();
    struct curl_slist *headers = curl_slist_append(NULL, header != NULL ? header : "X-Test: 1");
    long status = 0;

    curl_easy_setopt(curl, CURLOPT_URL,
                     arena_printf(&arena, "%s%s", json_get_text(info, "base"), path));
    if (json_get_text(info, "ca_file") != NULL) {
        curl_easy_setopt(curl, CURLOPT_CAINFO, json_get_text(info, "ca_file"));
    }
    curl_easy_setopt(curl, CURLOPT_HTTPHEADER, headers);
    curl_easy_setopt(curl, CURLOPT_WRITEFUNCTION, take);
    curl_easy_setopt(curl, CURLOPT_WRITEDATA, ret);
    if (form != NULL) {
        curl_easy_setopt(curl, CURLOPT_COPYPOSTFIELDS, form);
    }
    if (curl_easy_perform(curl) == CURLE_OK) {
        curl_easy_getinfo(curl, CURLINFO_RESPONSE_CODE, &status);
    }
    curl_slist_free_all(headers);
    curl_easy_cleanup(curl);
    return status;
}

static void serves_until_a_signal(void **state)
{
    static const int signals[] = {SIGTERM, SIGINT};
    static const char *const keys[] = {"base",
                                       "ca_file",
                                       "tenant_id",
                                       "tenant_domain",
                                       "authority",
                                       "client_id",
                                       "client_secret",
                                       "admin_client_id",
                                       "admin_client_secret",
                                       "username",
                                       "password",
                                       "app_user",
                                       "graph_url",
                                       "org_url",
                                       "org_host",
                                       "dataverse_api",
                                       "marketo_rest",
                                       "marketo_identity",
                                       "munchkin",
                                       "marketo_client_id",
                                       "marketo_client_secret",
                                       "marketo_other_client_id",
                                       "marketo_other_client_secret",
                                       "control",
                                       "world"};

    (void)state;
    for (size_t i = 0; i < ARRAY_LEN(signals); i++) {
        const char *const args[] = {"serve", NULL};
        AUTO(arena) arena = {0};
        AUTO(strbuf) body = STRBUF(0);
        struct program program;
        cJSON *info = serve(&arena, &program, args);

        for (size_t j = 0; j < ARRAY_LEN(keys); j++) {
            if (json_get_text(info, keys[j]) == NULL) {
                fail_msg("the key %s is missing", keys[j]);
            }
        }
        assert_int_equal(json_get_int(info, "pid", 0), program.pid);
        assert_int_equal(json_get_int(info, "seed", 0), 1);
        assert_int_equal(ask(info, "/_mock/health", NULL, NULL, &body), 200);
        assert_int_equal(program_stop(&program, signals[i]), 0);
        assert_int_equal(access(json_get_text(info, "ca_file"), F_OK), -1);
    }
}

static void plain_has_no_certificate(void **state)
{
    const char *const args[] = {
        "serve",        "--plain",   "--seed",   "9",   "--clock", "2030-01-01T00:00:00Z",
        "--allow-host", "mock.test", "--limits", "off", NULL};
    AUTO(arena) arena = {0};
    AUTO(strbuf) body = STRBUF(0);
    struct program program;
    cJSON *info = serve(&arena, &program, args);

    (void)state;
    assert_null(json_get(info, "ca_file"));
    assert_int_equal(json_get_int(info, "seed", 0), 9);
    assert_true(str_starts(json_get_text(info, "base"), "http://127.0.0.1:"));
    assert_int_equal(ask(info, "/_mock/clock", NULL, "Host: mock.test", &body), 200);
    assert_string_equal(json_get_text(parse(&arena, strbuf_text(&body)), "now"),
                        "2030-01-01T00:00:00.000Z");
    assert_int_equal(ask(info, "/_mock/clock", NULL, "Host: other.test", &body), 403);
    assert_int_equal(program_stop(&program, SIGTERM), 0);
}

static void shells_can_read_the_env_format(void **state)
{
    const char *const args[] = {"serve", "--format", "env", "--world", "fresh", NULL};
    AUTO(arena) arena = {0};
    struct program program = begin(args);
    bool empty = false;

    (void)state;
    for (int i = 0; i < 26; i++) {
        const char *line = program_line(&arena, program.out);

        assert_true(str_starts(line, "export MOCKTENANT_"));
        assert_true(str_ends(line, "'"));
        empty |= strcmp(line, "export MOCKTENANT_CLIENT_ID=''") == 0;
    }
    assert_true(empty);
    assert_int_equal(program_stop(&program, SIGTERM), 0);
}

static void exec_hands_signals_on(void **state)
{
    const char *const args[] = {
        "exec", "--", "sh", "-c", "trap 'kill $!; exit 9' TERM; sleep 60 & echo ready; wait", NULL};
    AUTO(arena) arena = {0};
    struct program program = begin(args);

    (void)state;
    assert_string_equal(program_line(&arena, program.out), "ready");
    assert_int_equal(program_stop(&program, SIGTERM), 9);
}

/* A parent that ignores the ends of its children passes that on to those that it starts. */
static void exec_sees_the_end_where_ends_are_ignored(void **state)
{
    const char *const args[] = {"exec", "--plain", "--", "sh", "-c", "exit 7", NULL};
    struct program program;

    (void)state;
    signal(SIGCHLD, SIG_IGN);
    program = begin(args);
    signal(SIGCHLD, SIG_DFL);
    assert_int_equal(program_wait(program.pid), 7);
    close(program.out);
    close(program.err);
}

static char *temporary(struct arena *arena)
{
    char *path = arena_strdup(arena, "/tmp/mocktenant-test-XXXXXX");

    assert_non_null(mkdtemp(path));
    return path;
}

static const char *token_form(struct arena *arena, const cJSON *info)
{
    return arena_printf(arena,
                        "grant_type=client_credentials&client_id=%s&client_secret=%s&scope="
                        "https%%3A%%2F%%2Fgraph.microsoft.com%%2F.default",
                        json_get_text(info, "admin_client_id"),
                        json_get_text(info, "admin_client_secret"));
}

static const char *token_path(struct arena *arena, const cJSON *info)
{
    return arena_printf(arena, "/%s/oauth2/v2.0/token", json_get_text(info, "tenant_id"));
}

/* Makes an application, and returns its object id. */
static const char *make_application(struct arena *arena, const cJSON *info, const char *token)
{
    AUTO(strbuf) body = STRBUF(0);
    CURL *curl = curl_easy_init();
    struct curl_slist *headers = NULL;

    headers = curl_slist_append(headers, arena_printf(arena, "Authorization: Bearer %s", token));
    headers = curl_slist_append(headers, "Content-Type: application/json");
    curl_easy_setopt(curl, CURLOPT_URL,
                     arena_printf(arena, "%s/applications", json_get_text(info, "graph_url")));
    curl_easy_setopt(curl, CURLOPT_CAINFO, json_get_text(info, "ca_file"));
    curl_easy_setopt(curl, CURLOPT_HTTPHEADER, headers);
    curl_easy_setopt(curl, CURLOPT_COPYPOSTFIELDS, "{\"displayName\":\"Kept\"}");
    curl_easy_setopt(curl, CURLOPT_WRITEFUNCTION, take);
    curl_easy_setopt(curl, CURLOPT_WRITEDATA, &body);
    assert_int_equal(curl_easy_perform(curl), CURLE_OK);
    curl_slist_free_all(headers);
    curl_easy_cleanup(curl);
    return json_get_text(parse(arena, strbuf_text(&body)), "id");
}

static void a_store_goes_on(void **state)
{
    AUTO(arena) arena = {0};
    AUTO(strbuf) body = STRBUF(0), again = STRBUF(0);
    const char *folder = temporary(&arena), *file = arena_printf(&arena, "%s/world.db", folder);
    const char *const first[] = {"serve", "--store", file, "--clock", "2030-01-01T00:00:00Z", NULL};
    const char *const second[] = {"serve", "--store", file, "--world", "fresh", NULL};
    struct program program;
    cJSON *info = serve(&arena, &program, first), *later;
    const char *token, *id, *header;

    (void)state;
    assert_int_equal(ask(info, token_path(&arena, info), token_form(&arena, info), NULL, &body),
                     200);
    token = json_get_text(parse(&arena, strbuf_text(&body)), "access_token");
    id = make_application(&arena, info, token);
    assert_int_equal(program_stop(&program, SIGTERM), 0);
    later = serve(&arena, &program, second);
    assert_string_equal(json_get_text(later, "world"), "ready");
    assert_string_equal(json_get_text(later, "client_secret"),
                        json_get_text(info, "client_secret"));
    assert_int_equal(ask(later, "/_mock/clock", NULL, NULL, &again), 200);
    assert_string_equal(json_get_text(parse(&arena, strbuf_text(&again)), "now"),
                        "2030-01-01T00:00:00.000Z");
    header = arena_printf(&arena, "Authorization: Bearer %s", token);
    assert_int_equal(
        ask(later, arena_printf(&arena, "/v1.0/applications/%s", id), NULL, header, &again), 200);
    assert_int_equal(program_stop(&program, SIGTERM), 0);
    unlink(file);
    rmdir(folder);
}

static void a_file_that_is_no_store_stays_as_it_is(void **state)
{
    static const char *const contents[] = {"", "not a store\n", "SQLite format 3\0 but no more"};
    AUTO(arena) arena = {0};
    const char *folder = temporary(&arena), *file = arena_printf(&arena, "%s/world.db", folder);

    (void)state;
    for (size_t i = 0; i < ARRAY_LEN(contents); i++) {
        const char *const args[] = {"serve", "--store", file, NULL};
        int fd = open(file, O_WRONLY | O_CREAT | O_TRUNC, 0600);
        struct program_end ended;
        char back[64] = "";

        assert_int_equal(write(fd, contents[i], strlen(contents[i])), strlen(contents[i]));
        close(fd);
        ended = run(&arena, args);
        assert_int_equal(ended.status, 2);
        assert_non_null(strstr(ended.err, "no store of a world"));
        fd = open(file, O_RDONLY);
        assert_int_equal(read(fd, back, sizeof back - 1), strlen(contents[i]));
        assert_string_equal(back, contents[i]);
        close(fd);
    }
    unlink(file);
    rmdir(folder);
}

static void a_damaged_store_stays_as_it_is(void **state)
{
    AUTO(arena) arena = {0};
    const char *folder = temporary(&arena), *file = arena_printf(&arena, "%s/world.db", folder);
    const char *const args[] = {"serve", "--store", file, NULL};
    char garbage[6000];
    struct program program;
    struct program_end ended;
    int fd;

    (void)state;
    (void)serve(&arena, &program, args);
    assert_int_equal(access(file, R_OK), 0);
    assert_int_equal(program_stop(&program, SIGTERM), 0);
    memset(garbage, 0xee, sizeof garbage);
    fd = open(file, O_WRONLY);
    /* The pages of some table; the first one, with the schema and the version, is good. */
    assert_int_equal(pwrite(fd, garbage, sizeof garbage, 30000), sizeof garbage);
    close(fd);
    ended = run(&arena, args);
    assert_int_equal(ended.status, 2);
    assert_non_null(strstr(ended.err, "a damaged one"));
    unlink(file);
    rmdir(folder);
}

/* Else the one that ends last would throw away what the other kept. */
static void a_store_has_one_program(void **state)
{
    AUTO(arena) arena = {0};
    const char *folder = temporary(&arena), *file = arena_printf(&arena, "%s/world.db", folder);
    const char *const args[] = {"serve", "--store", file, NULL};
    struct program program;
    struct program_end ended;

    (void)state;
    for (int turn = 0; turn < 2; turn++) { /* it is free again after an end and after a kill */
        (void)serve(&arena, &program, args);
        ended = run(&arena, args);
        assert_int_equal(ended.status, 2);
        assert_non_null(strstr(ended.err, "another mocktenant keeps its world in this file"));
        (void)program_stop(&program, turn == 0 ? SIGKILL : SIGTERM);
    }
    unlink(file);
    assert_int_equal(rmdir(folder), 0); /* and no lock stays behind */
}

static void a_store_that_cannot_be_written_says_so(void **state)
{
    AUTO(arena) arena = {0};
    const char *folder = temporary(&arena), *file = arena_printf(&arena, "%s/world.db", folder);
    const char *const nowhere[] = {"serve", "--store", "/nonexistent/world.db", NULL};
    const char *const no_port[] = {"serve", "--store", file, "--listen", "192.0.2.1:1", NULL};
    const char *const later[] = {"serve", "--store", file, NULL};
    struct program_end ended = run(&arena, nowhere);
    struct program program;

    (void)state;
    assert_int_equal(ended.status, 2);
    assert_non_null(strstr(ended.err, "/nonexistent/world.db"));
    /* Nothing is made by a start that fails. */
    ended = run(&arena, no_port);
    assert_int_equal(ended.status, 2);
    assert_int_not_equal(access(file, F_OK), 0);
    /* A folder that goes away meanwhile. */
    (void)serve(&arena, &program, later);
    unlink(file);
    unlink(arena_printf(&arena, "%s.lock", file));
    assert_int_equal(rmdir(folder), 0);
    kill(program.pid, SIGTERM);
    assert_non_null(strstr(program_rest(&arena, program.err), "the store was not written: "));
    close(program.out);
    (void)program_wait(program.pid);
}

/* No secret of the line is in the store. */
static void a_store_holds_no_secret(void **state)
{
    static const char *const keys[] = {"client_secret", "admin_client_secret", "password",
                                       "marketo_client_secret", "marketo_other_client_secret"};
    AUTO(arena) arena = {0};
    AUTO(strbuf) bytes = STRBUF(0);
    const char *folder = temporary(&arena), *file = arena_printf(&arena, "%s/world.db", folder);
    const char *const args[] = {"serve", "--store", file, NULL};
    struct program program;
    cJSON *info = serve(&arena, &program, args);
    char piece[4096];
    ssize_t n;
    int fd;

    (void)state;
    assert_int_equal(program_stop(&program, SIGTERM), 0);
    fd = open(file, O_RDONLY);
    while ((n = read(fd, piece, sizeof piece)) > 0) {
        strbuf_add_n(&bytes, piece, (size_t)n);
    }
    close(fd);
    assert_true(bytes.len > 10000);
    for (size_t i = 0; i < ARRAY_LEN(keys); i++) {
        const char *secret = json_get_text(info, keys[i]);

        assert_non_null(secret);
        assert_null(memmem(bytes.data, bytes.len, secret, strlen(secret)));
    }
    unlink(file);
    rmdir(folder);
}

static void warns_beyond_loopback(void **state)
{
    const char *const args[] = {"serve", "--listen", "0.0.0.0:0", "--plain", NULL};
    AUTO(arena) arena = {0};
    struct program program;
    cJSON *info = serve(&arena, &program, args);
    const char *warning = program_line(&arena, program.err);

    (void)state;
    assert_non_null(strstr(warning, "is not a loopback address"));
    assert_true(str_starts(json_get_text(info, "base"), "http://127.0.0.1:"));
    assert_int_equal(program_stop(&program, SIGTERM), 0);
}

int main(void)
{
    struct CMUnitTest tests[64] = {
        cmocka_unit_test(serves_until_a_signal),
        cmocka_unit_test(plain_has_no_certificate),
        cmocka_unit_test(shells_can_read_the_env_format),
        cmocka_unit_test(exec_hands_signals_on),
        cmocka_unit_test(exec_sees_the_end_where_ends_are_ignored),
        cmocka_unit_test(a_store_goes_on),
        cmocka_unit_test(a_file_that_is_no_store_stays_as_it_is),
        cmocka_unit_test(a_damaged_store_stays_as_it_is),
        cmocka_unit_test(a_store_has_one_program),
        cmocka_unit_test(a_store_that_cannot_be_written_says_so),
        cmocka_unit_test(a_store_holds_no_secret),
        cmocka_unit_test(warns_beyond_loopback),
    };
    size_t count = CASES_LISTED(tests);

    CASES(tests, count, use_cases, uses);
    CASES(tests, count, full_cases, needs_room_to_speak);
    return cases_run("program", tests, count);
}
