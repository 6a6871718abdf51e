/*
 * An initial sync of 5,000 records over sockets and TLS, killed with SIGKILL at ten moments that
 * the world's journal names, started again each time: nothing is lost, and nothing is there twice.
 */
#include "cases.h"

#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/arena.h"
#include "base/json.h"
#include "base/random.h"
#include "base/str.h"
#include "caller.h"
#include "program.h"

enum { ACCOUNTS = 25, CONTACTS = 3900, LEADS = 1075, PEOPLE = CONTACTS + LEADS, KILLS = 10 };

struct scene {
    struct arena arena;
    char *folder;
    struct program mock;
    cJSON *info;
    struct caller caller;
    const char *config, *connect_to, *ca_file;
    int64_t seen; /* the journal's last number */
};

static cJSON *ask(struct scene *scene, const char *target)
{
    const struct calling calling = {.method = "GET", .target = target};
    cJSON *root = NULL;
    struct err err;

    assert_int_equal(caller_ask(&scene->caller, &calling), 200);
    assert_true(json_parse(&scene->arena, strbuf_text(&scene->caller.body), scene->caller.body.len,
                           JSON_PLAIN, &root, &err));
    return root;
}

static char *write_file(struct scene *scene, const char *name, const char *text)
{
    char *path = arena_printf(&scene->arena, "%s/%s", scene->folder, name);
    FILE *file = fopen(path, "w");

    assert_non_null(file);
    assert_true(fputs(text, file) >= 0);
    assert_int_equal(fclose(file), 0);
    return path;
}

static void begin(struct scene *scene)
{
    static const char world[] =
        "{\"version\":1,\"extends\":\"ready\",\"limits\":\"off\",\"organizations\":[{\"host\":"
        "\"contoso.crm.dynamics.com\",\"generate\":{\"accounts\":25,\"contacts\":3900,\"leads\":"
        "1075,\"opportunities\":0}}]}";
    struct arena *arena = &scene->arena;
    const char *line, *base;
    struct err err;

    scene->folder = arena_strdup(arena, "/tmp/mocktenant-kill-XXXXXX");
    assert_non_null(mkdtemp(scene->folder));
    scene->mock = program_begin(
        MOCKTENANT,
        (const char *const[]){"serve", "--world", write_file(scene, "world.json", world), NULL});
    line = program_line(arena, scene->mock.out);
    assert_true(json_parse(arena, line, strlen(line), JSON_PLAIN, &scene->info, &err));
    base = json_get_text(scene->info, "base");
    scene->ca_file = json_get_text(scene->info, "ca_file");
    caller_open(&scene->caller, base, scene->ca_file);
    scene->connect_to = arena_printf(arena, "::127.0.0.1:%s", strrchr(base, ':') + 1);
    /* What is sent without an answer takes effect at once here: the wait for it may be short. */
    scene->config = write_file(
        scene, "crmsync.json",
        arena_printf(arena,
                     "{\"dynamics\":{\"tenant\":\"%s\",\"organization\":\"https://%s\","
                     "\"clientId\":\"%s\",\"username\":\"%s\"},"
                     "\"marketo\":{\"munchkin\":\"%s\",\"clientId\":\"%s\",\"settle\":\"PT1S\"},"
                     "\"state\":\"crmsync.db\",\"secrets\":{"
                     "\"dynamics.clientSecret\":{\"env\":\"TEST_CLIENT_SECRET\"},"
                     "\"marketo.clientSecret\":{\"env\":\"TEST_MARKETO_SECRET\"}}}",
                     json_get_text(scene->info, "tenant_id"),
                     json_get_text(scene->info, "org_host"),
                     json_get_text(scene->info, "client_id"),
                     json_get_text(scene->info, "app_user"), json_get_text(scene->info, "munchkin"),
                     json_get_text(scene->info, "marketo_client_id")));
    setenv("TEST_CLIENT_SECRET", json_get_text(scene->info, "client_secret"), 1);
    setenv("TEST_MARKETO_SECRET", json_get_text(scene->info, "marketo_client_secret"), 1);
}

static struct program start_engine(struct scene *scene)
{
    return program_begin(CRMSYNC, (const char *const[]){"run", "--once", "--json", "--config",
                                                        scene->config, "--cacert", scene->ca_file,
                                                        "--connect-to", scene->connect_to, NULL});
}

/* The journal's newest number, without its entries. */
static int64_t newest(struct scene *scene)
{
    for (;;) {
        cJSON *page = ask(scene, arena_printf(&scene->arena, "/_mock/journal?since=%lld&limit=1000",
                                              (long long)scene->seen));
        int64_t next = json_get_int(page, "next", 0);

        if (next == scene->seen) {
            return next;
        }
        scene->seen = next;
    }
}

/* Kills the engine as soon as so many more requests have come; false when it ended before. */
static bool kill_after(struct scene *scene, int64_t requests)
{
    int64_t from = newest(scene);
    struct program engine = start_engine(scene);
    int status;

    while (!program_ended(engine.pid, &status)) {
        if (newest(scene) - from >= requests) {
            program_stop(&engine, SIGKILL);
            return true;
        }
    }
    close(engine.out);
    close(engine.err);
    return false;
}

static int compare_texts(const void *a, const void *b)
{
    return strcmp(*(const char *const *)a, *(const char *const *)b);
}

static int64_t count_rows(struct scene *scene, const char *table, const char *key, size_t most)
{
    const char **keys = arena_array(&scene->arena, most + 1000, sizeof *keys);
    const char *after = "";
    size_t count = 0;

    for (;;) {
        const cJSON *rows =
            ask(scene, arena_printf(&scene->arena, "/_mock/state/marketo/%s?limit=1000&after=%s",
                                    table, after));
        const cJSON *row;

        rows = cJSON_IsArray(rows) ? rows : json_get(rows, "rows");
        if (cJSON_GetArraySize(rows) == 0) {
            break;
        }
        cJSON_ArrayForEach(row, rows)
        {
            int64_t id = json_get_int(row, "id", -1);

            assert_true(count < most + 1000);
            keys[count] = json_get_text(row, key);
            assert_non_null(keys[count]);
            count++;
            after = arena_printf(&scene->arena, "%lld", (long long)id);
        }
    }
    qsort(keys, count, sizeof *keys, compare_texts);
    for (size_t i = 1; i < count; i++) {
        if (strcmp(keys[i - 1], keys[i]) == 0) {
            fail_msg("%s is there twice in %s", keys[i], table);
        }
    }
    return (int64_t)count;
}

static void survives_ten_kills(void **state)
{
    struct scene scene = {0};
    struct program_end end;
    struct random random;
    cJSON *result;
    struct err err;
    int kills = 0;

    (void)state;
    random_seed(&random, 20260115);
    begin(&scene);
    while (kills < KILLS && kill_after(&scene, 3 + (int64_t)random_below(&random, 8))) {
        kills++;
    }
    assert_int_equal(kills, KILLS);
    end = program_run(&scene.arena, CRMSYNC,
                      (const char *const[]){"run", "--once", "--json", "--config", scene.config,
                                            "--cacert", scene.ca_file, "--connect-to",
                                            scene.connect_to, NULL});
    if (end.status != 0) {
        fail_msg("the last run ended with %d: %s%s", end.status, end.out, end.err);
    }
    assert_true(json_parse(&scene.arena, end.out, strlen(end.out), JSON_PLAIN, &result, &err));
    assert_true(json_get_bool(result, "initialComplete", false));
    assert_int_equal(count_rows(&scene, "leads", "dynamicsId", PEOPLE), PEOPLE);
    assert_int_equal(count_rows(&scene, "companies", "externalCompanyId", ACCOUNTS), ACCOUNTS);
    caller_close(&scene.caller);
    program_stop(&scene.mock, SIGTERM);
    arena_finish(&scene.arena);
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(survives_ten_kills)};

    return cases_run("kill", tests, ARRAY_LEN(tests));
}
