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

#include "base/random.h"
#include "base/str.h"
#include "syncing.h"

enum { ACCOUNTS = 25, CONTACTS = 3900, LEADS = 1075, PEOPLE = CONTACTS + LEADS, KILLS = 10 };

struct scene {
    struct syncing sync;
    int64_t seen; /* the journal's last number */
};

/* The journal's newest number, without its entries. */
static int64_t newest(struct scene *scene)
{
    for (;;) {
        cJSON *page = syncing_ask(&scene->sync, arena_printf(&scene->sync.arena,
                                                             "/_mock/journal?since=%lld&limit=1000",
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
    struct program engine = syncing_engine(&scene->sync);
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
    const char **keys = arena_array(&scene->sync.arena, most + 1000, sizeof *keys);
    const char *after = "";
    size_t count = 0;

    for (;;) {
        const cJSON *rows =
            syncing_ask(&scene->sync,
                        arena_printf(&scene->sync.arena,
                                     "/_mock/state/marketo/%s?limit=1000&after=%s", table, after));
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
            after = arena_printf(&scene->sync.arena, "%lld", (long long)id);
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
    struct program engine;
    const char *out, *said;
    struct random random;
    cJSON *result;
    struct err err;
    int kills = 0, status;

    (void)state;
    random_seed(&random, 20260115);
    syncing_begin(&scene.sync, ACCOUNTS, CONTACTS, LEADS);
    while (kills < KILLS && kill_after(&scene, 3 + (int64_t)random_below(&random, 8))) {
        kills++;
    }
    assert_int_equal(kills, KILLS);
    engine = syncing_engine(&scene.sync);
    out = program_rest(&scene.sync.arena, engine.out);
    said = program_rest(&scene.sync.arena, engine.err);
    status = program_wait(engine.pid);
    if (status != 0) {
        fail_msg("the last run ended with %d: %s%s", status, out, said);
    }
    assert_true(json_parse(&scene.sync.arena, out, strlen(out), JSON_PLAIN, &result, &err));
    assert_true(json_get_bool(result, "initialComplete", false));
    assert_int_equal(count_rows(&scene, "leads", "dynamicsId", PEOPLE), PEOPLE);
    assert_int_equal(count_rows(&scene, "companies", "externalCompanyId", ACCOUNTS), ACCOUNTS);
    syncing_end(&scene.sync);
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(survives_ten_kills)};

    return cases_run("kill", tests, ARRAY_LEN(tests));
}
