/*
 * Both programs from outside, over TLS: a served tenant with a store and crmsync at work on it.
 * What they print, write and show in the process list is searched for every secret that was used.
 */
#include "cases.h"

#include <ctype.h>
#include <dirent.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/arena.h"
#include "base/clock.h"
#include "base/json.h"
#include "base/str.h"
#include "caller.h"
#include "program.h"

enum { WAIT_US = 60 * 1000 * 1000, MAX_SECRETS = 16 };

struct scene {
    struct arena arena;
    char *folder;
    struct program mock;
    cJSON *info;
    struct caller caller;
    const char *config, *connect_to;
    const char *secrets[MAX_SECRETS];
    size_t secret_count;
    struct strbuf seen;      /* all that was printed where no secret belongs */
    struct strbuf processes; /* command lines of all processes, again and again */
    struct strbuf environs;  /* what the engine's process has in its environment */
};

static void add_secret(struct scene *scene, const char *secret)
{
    assert_non_null(secret);
    assert_true(strlen(secret) >= 10 && scene->secret_count < MAX_SECRETS);
    scene->secrets[scene->secret_count++] = secret;
}

static void add_file(struct strbuf *to, const char *path)
{
    int fd = open(path, O_RDONLY | O_CLOEXEC);
    char piece[65536];
    ssize_t n;

    while (fd >= 0 && (n = read(fd, piece, sizeof piece)) > 0) {
        strbuf_add_n(to, piece, (size_t)n);
    }
    if (fd >= 0) {
        close(fd);
    }
}

static void lacks_text(const char *where, const struct strbuf *bytes, const char *secret)
{
    const char *text = strbuf_text(bytes); /* of an empty file, too */
    const char *found = memmem(text, bytes->len, secret, strlen(secret));

    if (found != NULL) {
        size_t before = (size_t)(found - text) > 60 ? 60 : (size_t)(found - text);

        fail_msg("%s has a secret behind \"%.*s\"", where, (int)before, found - before);
    }
}

static void lacks_values(const struct scene *scene, const char *where, const struct strbuf *bytes)
{
    for (size_t i = 0; i < scene->secret_count; i++) {
        lacks_text(where, bytes, scene->secrets[i]);
    }
}

/* Nor anything like one: what tokens begin with, what is in all of Entra's secrets. */
static void lacks(const struct scene *scene, const char *where, const struct strbuf *bytes)
{
    lacks_values(scene, where, bytes);
    lacks_text(where, bytes, "eyJ");
    lacks_text(where, bytes, "8Q~");
}

static int ask(struct scene *scene, const char *method, const char *target, const char *body)
{
    const struct calling calling = {.method = method,
                                    .target = target,
                                    .type = body != NULL ? "application/json" : NULL,
                                    .body = body};

    return caller_ask(&scene->caller, &calling);
}

static cJSON *answer(struct scene *scene)
{
    cJSON *root = NULL;
    struct err err;

    assert_true(json_parse(&scene->arena, strbuf_text(&scene->caller.body), scene->caller.body.len,
                           JSON_PLAIN, &root, &err));
    return root;
}

static void begin(struct scene *scene)
{
    struct arena *arena = &scene->arena;
    /* A seed of its own: other tests on this machine use the same secrets otherwise. */
    const char *const args[] = {"serve",  "--world", "fresh", "--seed",
                                "660417", "--store", NULL,    NULL};
    const char *line, *base;
    const char *with_store[ARRAY_LEN(args)];
    struct err err;
    FILE *file;

    scene->folder = arena_strdup(arena, "/tmp/mocktenant-test-XXXXXX");
    assert_non_null(mkdtemp(scene->folder));
    memcpy(with_store, args, sizeof args);
    with_store[6] = arena_printf(arena, "%s/world.store", scene->folder);
    scene->mock = program_begin(MOCKTENANT, with_store);
    line = program_line(arena, scene->mock.out);
    assert_true(json_parse(arena, line, strlen(line), JSON_PLAIN, &scene->info, &err));
    base = json_get_text(scene->info, "base");
    caller_open(&scene->caller, base, json_get_text(scene->info, "ca_file"));
    scene->connect_to = arena_printf(arena, "::127.0.0.1:%s", strrchr(base, ':') + 1);
    scene->config = arena_printf(arena, "%s/crmsync.json", scene->folder);
    file = fopen(scene->config, "w");
    assert_non_null(file);
    fprintf(file,
            "{\"admin\":{\"tenant\":\"%s\",\"clientId\":\"%s\"},\"secrets\":{"
            "\"admin.clientSecret\":{\"env\":\"TEST_ADMIN_SECRET\"},"
            "\"dynamics.clientSecret\":{\"file\":\"dynamics.secret\"}}}",
            json_get_text(scene->info, "tenant_id"), json_get_text(scene->info, "admin_client_id"));
    assert_int_equal(fclose(file), 0);
    add_secret(scene, json_get_text(scene->info, "admin_client_secret"));
    add_secret(scene, json_get_text(scene->info, "password"));
    assert_int_equal(setenv("TEST_ADMIN_SECRET", scene->secrets[0], 1), 0);
}

/* What `ps` would show right now. */
static void look_at_processes(struct scene *scene, pid_t pid)
{
    AUTO(arena) arena = {0};
    DIR *folder = opendir("/proc");
    const struct dirent *entry;

    assert_non_null(folder);
    while ((entry = readdir(folder)) != NULL) {
        if (isdigit((unsigned char)entry->d_name[0])) {
            add_file(&scene->processes, arena_printf(&arena, "/proc/%s/cmdline", entry->d_name));
            strbuf_add_char(&scene->processes, '\n');
        }
    }
    closedir(folder);
    add_file(&scene->environs, arena_printf(&arena, "/proc/%d/environ", (int)pid));
}

static struct program begin_engine(struct scene *scene, const char *const words[])
{
    const char *args[PROGRAM_MAX_ARGS] = {NULL};
    const char *const common[] = {
        "--config",     scene->config,     "--cacert", json_get_text(scene->info, "ca_file"),
        "--connect-to", scene->connect_to, "--verbose"};
    size_t count = 0;

    while (words[count] != NULL) {
        args[count] = words[count];
        count++;
    }
    for (size_t i = 0; i < ARRAY_LEN(common); i++) {
        args[count++] = common[i];
    }
    return program_begin(CRMSYNC, args);
}

/* Runs crmsync and looks at the process list meanwhile; returns what it printed. */
static const char *engine(struct scene *scene, const char *const words[], int status)
{
    struct program program = begin_engine(scene, words);
    const char *out, *err;
    int got = -1;

    do {
        struct pollfd nothing = {.fd = -1};

        look_at_processes(scene, program.pid);
        (void)poll(&nothing, 1, 10);
    } while (!program_ended(program.pid, &got));
    out = program_rest(&scene->arena, program.out);
    err = program_rest(&scene->arena, program.err);
    if (got != status) {
        fail_msg("%s %s: status %d: %s%s", words[0], words[1] != NULL ? words[1] : "", got, out,
                 err);
    }
    strbuf_add(&scene->seen, err);
    assert_non_null(strstr(err, status == 2 ? "" : "operation.end"));
    return out;
}

static void take_file_secret(struct scene *scene)
{
    AUTO(strbuf) text = STRBUF(0);

    add_file(&text, arena_printf(&scene->arena, "%s/dynamics.secret", scene->folder));
    assert_true(text.len >= 40);
    text.data[strcspn(text.data, "\n")] = '\0';
    add_secret(scene, arena_strdup(&scene->arena, text.data));
}

/* `call` prints the result as it is: the one place where a new value is shown. */
static void take_printed_secret(struct scene *scene, const char *out)
{
    cJSON *result = NULL;
    struct err err;

    assert_true(json_parse(&scene->arena, out, strlen(out), JSON_PLAIN, &result, &err));
    add_secret(scene, json_get_text(result, "secretText"));
}

static const char *application(struct scene *scene)
{
    assert_int_equal(ask(scene, "GET", "/_mock/state/graph/applications", NULL), 200);
    {
        const cJSON *row;

        cJSON_ArrayForEach(row, json_get(answer(scene), "rows"))
        {
            if (str_eq(json_get_text(row, "displayName"), "Marketo Integration")) {
                return json_get_text(row, "id");
            }
        }
    }
    fail_msg("setup has made no application");
    return NULL;
}

static void add_again(struct scene *scene, const char *description)
{
    const char *with =
        arena_printf(&scene->arena, "{\"application\":\"%s\",\"description\":\"%s\"}",
                     application(scene), description);
    const char *const words[] = {"call", "setup.add-secret", with, NULL};

    take_printed_secret(scene, engine(scene, words, 0));
}

/* Everything that lies in the folder, but for the file that holds the secret. */
static void folder_lacks(struct scene *scene)
{
    DIR *folder = opendir(scene->folder);
    const struct dirent *entry;

    assert_non_null(folder);
    while ((entry = readdir(folder)) != NULL) {
        AUTO(strbuf) bytes = STRBUF(0);

        if (entry->d_name[0] == '.' || strcmp(entry->d_name, "dynamics.secret") == 0) {
            continue;
        }
        add_file(&bytes, arena_printf(&scene->arena, "%s/%s", scene->folder, entry->d_name));
        lacks(scene, entry->d_name, &bytes);
    }
    closedir(folder);
}

static bool exists(struct scene *scene, const char *name)
{
    return access(arena_printf(&scene->arena, "%s/%s", scene->folder, name), F_OK) == 0;
}

/* Killed between asking for a secret and its answer: the database's log lies beside it. */
static void kill_while_adding(struct scene *scene)
{
    const char *with = arena_printf(
        &scene->arena, "{\"application\":\"%s\",\"description\":\"killed\"}", application(scene));
    const char *const words[] = {"call", "setup.add-secret", with, NULL};
    int64_t until_us = clock_steady_us() + WAIT_US;
    struct program program;
    int64_t hits = 0;

    assert_int_equal(ask(scene, "DELETE", "/_mock/faults", NULL), 204);
    assert_int_equal(ask(scene, "POST", "/_mock/faults",
                         "{\"match\":{\"path\":\"/v1.0/applications/*/addPassword\"},"
                         "\"action\":{\"type\":\"late\",\"ms\":60000}}"),
                     201);
    program = begin_engine(scene, words);
    while (hits == 0 && clock_steady_us() < until_us) {
        look_at_processes(scene, program.pid);
        assert_int_equal(ask(scene, "GET", "/_mock/faults", NULL), 200);
        (void)json_int(json_pointer_get(answer(scene), "/faults/0/hits"), &hits);
    }
    assert_int_equal(hits, 1);
    assert_true(exists(scene, "crmsync.db-wal"));
    folder_lacks(scene);
    kill(program.pid, SIGKILL);
    (void)program_wait(program.pid);
    strbuf_add(&scene->seen, program_rest(&scene->arena, program.err));
    strbuf_add(&scene->seen, program_rest(&scene->arena, program.out));
    folder_lacks(scene);
    assert_int_equal(ask(scene, "DELETE", "/_mock/faults", NULL), 204);
}

/* The journal, every table of the state, and what else the control API tells. */
static void served_lacks(struct scene *scene)
{
    static const char *const targets[] = {"/_mock/journal", "/_mock/faults", "/_mock/worlds",
                                          "/_mock/state", "/_mock/snapshots"};
    const cJSON *table, *tables;

    for (size_t i = 0; i < ARRAY_LEN(targets); i++) {
        assert_int_equal(ask(scene, "GET", targets[i], NULL), 200);
        lacks(scene, targets[i], &scene->caller.body);
    }
    assert_int_equal(ask(scene, "GET", "/_mock/state", NULL), 200);
    tables = json_get(answer(scene), "tables");
    cJSON_ArrayForEach(table, tables)
    {
        const char *target = arena_printf(&scene->arena, "/_mock/state/%s", table->valuestring);

        assert_int_equal(ask(scene, "GET", target, NULL), 200);
        lacks(scene, target, &scene->caller.body);
    }
    assert_int_equal(ask(scene, "POST", "/_mock/snapshots", NULL), 201);
}

static void clear(struct scene *scene)
{
    static const char *const names[] = {"crmsync.json",   "crmsync.db",      "crmsync.db-wal",
                                        "crmsync.db-shm", "crmsync.db.lock", "dynamics.secret",
                                        "world.store"};

    for (size_t i = 0; i < ARRAY_LEN(names); i++) {
        unlink(arena_printf(&scene->arena, "%s/%s", scene->folder, names[i]));
    }
    assert_int_equal(rmdir(scene->folder), 0);
    caller_close(&scene->caller);
    strbuf_finish(&scene->seen);
    strbuf_finish(&scene->processes);
    strbuf_finish(&scene->environs);
    arena_finish(&scene->arena);
    unsetenv("TEST_ADMIN_SECRET");
}

static void setup_shows_no_secret(void **state)
{
    static const char *const setup[] = {"setup", NULL}, *const status[] = {"status", NULL},
                             *const json[] = {"setup", "--json", NULL};
    struct scene scene = {0};

    (void)state;
    begin(&scene);
    assert_int_equal(ask(&scene, "POST", "/_mock/faults",
                         "{\"match\":{\"service\":\"graph\"},\"action\":{\"type\":\"late\","
                         "\"ms\":20}}"),
                     201);
    strbuf_add(&scene.seen, engine(&scene, setup, 0));
    take_file_secret(&scene);
    strbuf_add(&scene.seen, engine(&scene, setup, 0));
    strbuf_add(&scene.seen, engine(&scene, json, 0));
    add_again(&scene, "second");
    strbuf_add(&scene.seen, engine(&scene, status, 0));
    kill_while_adding(&scene);
    add_again(&scene, "killed");
    setenv("TEST_ADMIN_SECRET", "of no application at all", 1);
    strbuf_add(&scene.seen, engine(&scene, setup, 3));
    assert_int_equal(scene.secret_count, 5);
    served_lacks(&scene);
    assert_true(scene.seen.len > 1000);
    lacks(&scene, "what was printed", &scene.seen);
    assert_non_null(memmem(scene.processes.data, scene.processes.len, "setup.add-secret", 16));
    lacks_values(&scene, "the process list", &scene.processes);
    assert_non_null(memmem(scene.environs.data, scene.environs.len, "TEST_ADMIN_SECRET", 17));
    for (size_t i = 1; i < scene.secret_count; i++) { /* the first one is given there */
        lacks_text("the engine's environment", &scene.environs, scene.secrets[i]);
    }
    kill(scene.mock.pid, SIGTERM);
    assert_int_equal(program_wait(scene.mock.pid), 0);
    assert_string_equal(program_rest(&scene.arena, scene.mock.out), "");
    assert_string_equal(program_rest(&scene.arena, scene.mock.err), "");
    assert_true(exists(&scene, "world.store"));
    folder_lacks(&scene);
    clear(&scene);
}

/* The command has the secrets in its environment, as promised; its parent has them nowhere. */
static void exec_itself_shows_no_secret(void **state)
{
    static const char *const args[] = {
        "exec",
        "--",
        "sh",
        "-c",
        "printf '%s\\n' \"$MOCKTENANT_CLIENT_SECRET\" \"$MOCKTENANT_PASSWORD\"; "
        "cat /proc/$PPID/cmdline /proc/$PPID/environ /proc/$$/cmdline",
        NULL};
    struct scene scene = {0};
    struct program_end end = program_run(&scene.arena, MOCKTENANT, args);
    const char *first = end.out, *second = strchr(first, '\n') + 1;
    const char *rest = strchr(second, '\n') + 1;

    (void)state;
    assert_int_equal(end.status, 0);
    add_secret(&scene, arena_dup(&scene.arena, first, (size_t)(second - first - 1)));
    add_secret(&scene, arena_dup(&scene.arena, second, (size_t)(rest - second - 1)));
    strbuf_add(&scene.seen, rest);
    assert_true(scene.seen.len > 0);
    lacks(&scene, "exec", &scene.seen);
    strbuf_finish(&scene.seen);
    arena_finish(&scene.arena);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(setup_shows_no_secret),
        cmocka_unit_test(exec_itself_shows_no_secret),
    };

    curl_global_init(CURL_GLOBAL_DEFAULT);
    return cases_run("processes", tests, ARRAY_LEN(tests));
}
