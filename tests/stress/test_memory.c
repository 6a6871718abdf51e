/*
 * Memory: a served world that waits, and one that has answered many calls. The journal is a ring,
 * verified tokens are a bounded memory, and nothing else grows with the number of calls.
 */
#include "cases.h"

#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "base/arena.h"
#include "base/json.h"
#include "base/str.h"
#include "caller.h"
#include "program.h"

enum { ENTRIES = 10000, RING_BYTES = 16 * 1024 * 1024, MIB = 1024 * 1024 };

struct scene {
    struct arena arena;
    struct program mock;
    cJSON *info;
    struct caller caller;
};

static void begin(struct scene *scene, bool plain)
{
    const char *const tls_args[] = {"serve", NULL};
    const char *const plain_args[] = {"serve", "--plain", NULL};
    const char *line;
    struct err err;

    scene->mock = program_begin(MOCKTENANT, plain ? plain_args : tls_args);
    line = program_line(&scene->arena, scene->mock.out);
    assert_true(json_parse(&scene->arena, line, strlen(line), JSON_PLAIN, &scene->info, &err));
    caller_open(&scene->caller, json_get_text(scene->info, "base"),
                json_get_text(scene->info, "ca_file"));
}

static void end(struct scene *scene)
{
    caller_close(&scene->caller);
    assert_int_equal(program_stop(&scene->mock, SIGTERM), 0);
    arena_finish(&scene->arena);
}

/* Resident bytes of the served process. */
static int64_t resident(const struct scene *scene)
{
    AUTO(arena) arena = {0};
    FILE *file = fopen(arena_printf(&arena, "/proc/%d/statm", (int)scene->mock.pid), "r");
    long long all = 0, resident_pages = 0;

    assert_non_null(file);
    assert_int_equal(fscanf(file, "%lld %lld", &all, &resident_pages), 2);
    fclose(file);
    return resident_pages * sysconf(_SC_PAGESIZE);
}

static void ask(struct scene *scene, const char *method, const char *target, const char *body,
                int status)
{
    const struct calling calling = {.method = method,
                                    .target = target,
                                    .type =
                                        body != NULL ? "application/x-www-form-urlencoded" : NULL,
                                    .body = body};
    int got = caller_ask(&scene->caller, &calling);

    if (got != status) {
        fail_msg("%s %s: HTTP %d: %.300s", method, target, got, strbuf_text(&scene->caller.body));
    }
}

static cJSON *control(struct scene *scene, const char *target)
{
    cJSON *root = NULL;
    struct err err;

    ask(scene, "GET", target, NULL, 200);
    assert_true(json_parse(&scene->arena, strbuf_text(&scene->caller.body), scene->caller.body.len,
                           JSON_PLAIN, &root, &err));
    return root;
}

static void an_idle_world_is_small(void **state)
{
    struct scene scene = {0};

    (void)state;
    begin(&scene, false);
    (void)control(&scene, "/_mock/health");
    if (resident(&scene) >= 25 * MIB) {
        fail_msg("%lld KiB", (long long)resident(&scene) / 1024);
    }
    end(&scene);
}

static void call_many(struct scene *scene, int count, const char *target, const char *body,
                      int status)
{
    for (int i = 0; i < count; i++) {
        ask(scene, body != NULL ? "POST" : "GET", target, body, status);
    }
}

/* Beyond the ring: what comes in pushes out as much. */
static void many_calls_cost_no_more(void **state)
{
    static const char target[] = "/common/discovery/instance?api-version=1.1&authorization_"
                                 "endpoint=https%3A%2F%2Flogin.microsoftonline.com%2Fcommon%2F"
                                 "oauth2%2Fv2.0%2Fauthorize";
    struct scene scene = {0};
    cJSON *page;
    int64_t full;

    (void)state;
    begin(&scene, true);
    call_many(&scene, ENTRIES + 1000, target, NULL, 200);
    full = resident(&scene);
    call_many(&scene, 2 * ENTRIES, target, NULL, 200);
    if (resident(&scene) > full + MIB) {
        fail_msg("%lld KiB, then %lld KiB", (long long)full / 1024,
                 (long long)resident(&scene) / 1024);
    }
    assert_true(resident(&scene) < 96 * MIB);
    page = control(&scene, "/_mock/journal?since=1&limit=1");
    assert_true(json_get_int(page, "dropped", 0) >= ENTRIES);
    end(&scene);
}

/* Long bodies: the ring is full by its bytes, long before it is by its entries. */
static void long_bodies_are_bounded_too(void **state)
{
    struct scene scene = {0};
    AUTO(strbuf) body = STRBUF(0);
    cJSON *page;
    int64_t full, kept = 0;
    const cJSON *entry;

    (void)state;
    begin(&scene, true);
    strbuf_add(&body, "grant_type=none&padding=");
    while (body.len < 100000) {
        strbuf_add(&body, "0123456789abcdef");
    }
    call_many(&scene, 400, "/common/oauth2/v2.0/token", body.data, 400);
    full = resident(&scene);
    call_many(&scene, 800, "/common/oauth2/v2.0/token", body.data, 400);
    if (resident(&scene) > full + 4 * MIB) {
        fail_msg("%lld KiB, then %lld KiB", (long long)full / 1024,
                 (long long)resident(&scene) / 1024);
    }
    assert_true(resident(&scene) < 96 * MIB);
    page = control(&scene, "/_mock/journal");
    cJSON_ArrayForEach(entry, json_get(page, "entries"))
    {
        assert_int_equal(json_get_int(json_get(entry, "request"), "bytes", 0), body.len);
        assert_true(json_get_bool(json_get(entry, "request"), "truncated", false));
        kept += (int64_t)strlen(json_get_text(json_get(entry, "request"), "body"));
    }
    assert_true(kept > RING_BYTES / 2 && kept <= RING_BYTES);
    assert_int_equal(
        json_get_int(page, "dropped", 0) + cJSON_GetArraySize(json_get(page, "entries")), 1200);
    end(&scene);
}

/* Snapshots that are forgotten and worlds that are removed give their memory back. */
static void what_goes_is_given_back(void **state)
{
    struct scene scene = {0};
    int64_t warm = 0;

    (void)state;
    begin(&scene, true);
    for (int round = 0; round < 60; round++) {
        const char *id;
        cJSON *made = NULL;
        struct err err;

        ask(&scene, "POST", "/_mock/snapshots", NULL, 201);
        assert_true(json_parse(&scene.arena, strbuf_text(&scene.caller.body), scene.caller.body.len,
                               JSON_PLAIN, &made, &err));
        id = json_get_text(made, "id");
        ask(&scene, "POST", arena_printf(&scene.arena, "/_mock/snapshots/%s/restore", id), NULL,
            200);
        ask(&scene, "DELETE", arena_printf(&scene.arena, "/_mock/snapshots/%s", id), NULL, 204);
        ask(&scene, "POST", "/_mock/worlds", NULL, 201);
        assert_true(json_parse(&scene.arena, strbuf_text(&scene.caller.body), scene.caller.body.len,
                               JSON_PLAIN, &made, &err));
        id = json_get_text(made, "id");
        ask(&scene, "DELETE", arena_printf(&scene.arena, "/_mock/worlds/%s", id), NULL, 204);
        warm = round == 20 ? resident(&scene) : warm;
    }
    if (resident(&scene) > warm + 4 * MIB) {
        fail_msg("%lld KiB, then %lld KiB", (long long)warm / 1024,
                 (long long)resident(&scene) / 1024);
    }
    end(&scene);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(an_idle_world_is_small),
        cmocka_unit_test(many_calls_cost_no_more),
        cmocka_unit_test(long_bodies_are_bounded_too),
        cmocka_unit_test(what_goes_is_given_back),
    };

    curl_global_init(CURL_GLOBAL_DEFAULT);
    return cases_run("memory", tests, ARRAY_LEN(tests));
}
