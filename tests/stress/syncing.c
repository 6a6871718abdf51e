#include "syncing.h"

#include "cases.h"

#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/str.h"

cJSON *syncing_ask(struct syncing *scene, const char *target)
{
    const struct calling calling = {.method = "GET", .target = target};
    cJSON *root = NULL;
    struct err err;

    assert_int_equal(caller_ask(&scene->caller, &calling), 200);
    assert_true(json_parse(&scene->arena, strbuf_text(&scene->caller.body), scene->caller.body.len,
                           JSON_PLAIN, &root, &err));
    return root;
}

static char *write_file(struct syncing *scene, const char *name, const char *text)
{
    char *path = arena_printf(&scene->arena, "%s/%s", scene->folder, name);
    FILE *file = fopen(path, "w");

    assert_non_null(file);
    assert_true(fputs(text, file) >= 0);
    assert_int_equal(fclose(file), 0);
    return path;
}

void syncing_begin(struct syncing *scene, int accounts, int contacts, int leads)
{
    struct arena *arena = &scene->arena;
    const char *line, *base, *world;
    struct err err;

    scene->folder = arena_strdup(arena, "/tmp/mocktenant-sync-XXXXXX");
    assert_non_null(mkdtemp(scene->folder));
    world = write_file(
        scene, "world.json",
        arena_printf(arena,
                     "{\"version\":1,\"extends\":\"ready\",\"limits\":\"off\",\"organizations\":["
                     "{\"host\":\"contoso.crm.dynamics.com\",\"generate\":{\"accounts\":%d,"
                     "\"contacts\":%d,\"leads\":%d,\"opportunities\":0}}]}",
                     accounts, contacts, leads));
    scene->mock = program_begin(MOCKTENANT, (const char *const[]){"serve", "--world", world, NULL});
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

struct program syncing_engine(struct syncing *scene)
{
    return program_begin(CRMSYNC, (const char *const[]){"run", "--once", "--json", "--config",
                                                        scene->config, "--cacert", scene->ca_file,
                                                        "--connect-to", scene->connect_to, NULL});
}

void syncing_end(struct syncing *scene)
{
    caller_close(&scene->caller);
    program_stop(&scene->mock, SIGTERM);
    arena_finish(&scene->arena);
}
