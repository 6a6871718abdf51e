/* World files: found, checked, merged, and turned into rows. */
#include "cases.h"
#include "client.h"
#include "shape.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/db.h"
#include "base/mem.h"
#include "base/str.h"
#include "store/load.h"
#include "store/schema.h"
#include "store/store.h"

#define START_MS INT64_C(1768467600000) /* 2026-01-15T09:00:00Z */

/* A world in a database of its own. */
struct loaded {
    struct arena arena;
    struct db *db;
    cJSON *secrets;
    struct err err;
    bool done;
};

static void loaded_finish(struct loaded *loaded)
{
    db_close(loaded->db);
    arena_finish(&loaded->arena);
}

static void load(struct loaded *loaded, const char *world, uint64_t seed)
{
    struct random random;
    struct world_load load = {.arena = &loaded->arena, .random = &random, .start_ms = START_MS};
    cJSON *tree = NULL;

    random_seed(&random, seed);
    assert_true(db_open(NULL, &loaded->db, &loaded->err));
    store_script(loaded->db, store_schema);
    loaded->secrets = json_new_object(&loaded->arena);
    load.db = loaded->db;
    load.secrets = loaded->secrets;
    if (world_read(&loaded->arena, world, NULL, &tree, &loaded->err)) {
        load.world = tree;
        loaded->done = world_load(&load, &loaded->err);
    }
}

#define READY        "{\"extends\":\"ready\","
#define OTHER        "7c2d6e1f-8b4e-4d66-8f30-1e5c9b28d002"
#define OTHERS(list) "\"tenant\":{\"otherTenants\":[" list "]}}"

static const struct error_case {
    const char *name, *world, *text, *pointer;
} error_cases[] = {
    {"an unknown name", "redy", "no world is named \"redy\", did you mean \"ready\"", ""},
    {"no such file", "/nowhere/x.json", "/nowhere/x.json: cannot be read", ""},
    {"a folder", "/tmp/", "expected a file, found a folder", ""},
    {"not JSON", "{\"name\":", "the world: line 1, column ", ""},
    {"a member twice", "{\"name\":\"a\",\"name\":\"b\"}", "stands twice", "/name"},
    {"an unknown member", READY "\"tenant\":{\"user\":[]}}",
     "the world: /tenant/user: unknown member \"user\", did you mean \"users\"?", "/tenant/user"},
    {"an unknown member of an organization",
     READY "\"organizations\":[{\"host\":\"x\",\"record\":{}}]}", "unknown member \"record\"",
     "/organizations/0/record"},
    {"a wrong type", READY "\"tenant\":{\"users\":{}}}", "expected an array, found an object",
     "/tenant/users"},
    {"null", READY "\"tenant\":null}", "expected an object, found null", "/tenant"},
    {"no GUID", READY "\"tenant\":{\"id\":\"x\"}}", "expected a GUID", "/tenant/id"},
    {"an empty text", READY "\"tenant\":{\"displayName\":\"\"}}", "expected a text",
     "/tenant/displayName"},
    {"no duration",
     READY "\"tenant\":{\"applications\":[{\"secrets\":[{\"lifetime\":\"2 years\"}]}]}}",
     "expected a duration such as \"P90D\"", "/tenant/applications/0/secrets/0/lifetime"},
    {"no date", READY "\"clock\":\"now\"}", "expected a date such as", "/clock"},
    {"an unknown word", READY "\"limits\":\"maybe\"}", "expected \"on\" or \"off\"", "/limits"},
    {"another tenant twice", READY OTHERS("{\"id\":\"" OTHER "\"},{\"id\":\"" OTHER "\"}"),
     "the tenant " OTHER " stands twice", "/tenant/otherTenants/1/id"},
    {"another tenant with the id of this one",
     READY OTHERS("{\"id\":\"6B1C5F0E-7a3d-4c55-9e2f-0d4b8a17c001\"}"), "stands twice",
     "/tenant/otherTenants/0/id"},
    {"another tenant with a domain of this one",
     READY OTHERS("{\"id\":\"" OTHER "\",\"domains\":[\"x.example\",\"Contoso.com\"]}"),
     "the domain Contoso.com is another tenant's already", "/tenant/otherTenants/0/domains"},
    {"another tenant in no cloud", READY OTHERS("{\"id\":\"" OTHER "\",\"cloud\":\"mars\"}"),
     "expected \"public\" or \"us-government\" or \"china\"", "/tenant/otherTenants/0/cloud"},
    {"an application twice in another tenant",
     READY OTHERS("{\"id\":\"" OTHER "\",\"applications\":[{\"appId\":\"" OTHER
                  "\"},{\"appId\":\"" OTHER "\"}]}"),
     "the application " OTHER " stands twice", "/tenant/otherTenants/0/applications"},
    {"secrets of an application that is registered here",
     READY OTHERS("{\"id\":\"" OTHER
                  "\",\"applications\":[{\"appId\":\"3a09fc2b-e1d1-4ea4-95cf-ca2b19acea0a\","
                  "\"secrets\":[{\"value\":\"x\"}]}]}"),
     "its secrets stand there", "/tenant/otherTenants/0/applications"},
    {"a federation without a host",
     READY "\"tenant\":{\"federation\":{\"domains\":[\"contoso.com\"]}}}", "\"host\" is missing",
     "/tenant/federation"},
    {"a federation that is none", READY "\"tenant\":{\"federation\":7}}", "expected an object",
     "/tenant/federation"},
    {"a number in texts", READY "\"tenant\":{\"applications\":[{\"redirectUris\":[7]}]}}",
     "expected a string, found a number", "/tenant/applications/0/redirectUris/0"},
    {"an unknown setting", READY "\"tenant\":{\"settings\":{\"secretdelay\":\"PT1S\"}}}",
     "unknown setting \"secretdelay\", did you mean \"secretDelay\"?",
     "/tenant/settings/secretdelay"},
    {"an unknown inner setting", READY "\"tenant\":{\"settings\":{\"latency\":{\"aad\":1}}}}",
     "unknown setting \"latency.aad\"", "/tenant/settings/latency/aad"},
    {"a wrong setting", READY "\"tenant\":{\"settings\":{\"latency\":{\"entra\":-1}}}}",
     "expected an integer from 0 on", "/tenant/settings/latency/entra"},
    {"a setting that follows from another member",
     READY "\"tenant\":{\"settings\":{\"limits\":true}}}", "unknown setting \"limits\"",
     "/tenant/settings/limits"},
    {"nothing at all", "{}", "the member \"tenant\" is missing", ""},
    {"no domain",
     "{\"tenant\":{\"id\":\"11111111-2222-3333-4444-555555555555\","
     "\"displayName\":\"x\",\"domains\":[]}}",
     "a tenant has at least one domain", "/tenant/domains"},
    {"a foreign domain", READY "\"tenant\":{\"users\":[{\"userPrincipalName\":\"a@b.c\"}]}}",
     "expected a name in one of the tenant's domains", "/tenant/users/2/userPrincipalName"},
    {"a user twice",
     READY "\"tenant\":{\"users\":[{\"userPrincipalName\":"
           "\"ADMIN@contoso.onmicrosoft.com\"}]}}",
     "stands twice", "/tenant/users/2/userPrincipalName"},
    {"a client id twice",
     READY "\"tenant\":{\"applications\":[{\"displayName\":\"x\",\"appId\":"
           "\"3A09FC2B-E1D1-4EA4-95CF-CA2B19ACEA0A\"}]}}",
     "stands twice", "/tenant/applications/2"},
    {"a service principal's id twice",
     READY "\"tenant\":{\"applications\":[{\"displayName\":\"x\",\"servicePrincipal\":{\"id\":"
           "\"4b1aad3c-f2e2-4fb5-a6da-db3c2abdfb0b\"}}]}}",
     "stands twice", "/tenant/applications/2/servicePrincipal"},
    {"a Secret ID twice",
     READY "\"tenant\":{\"applications\":[{\"displayName\":\"x\",\"secrets\":"
           "[{\"keyId\":\"5C2BBE4D-A3F3-4AC6-87EB-EC4D3BCEFC0C\"}]}]}}",
     "stands twice", "/tenant/applications/2/secrets"},
    {"a consent for an unknown API",
     READY "\"tenant\":{\"applications\":[{\"displayName\":\"x\",\"grants\":[{\"resourceAppId\":"
           "\"11111111-2222-3333-4444-555555555555\",\"scope\":\"a\"}]}]}}",
     "no service principal has the application id",
     "/tenant/applications/2/grants/0/resourceAppId"},
    {"a consent for nobody",
     READY "\"tenant\":{\"applications\":[{\"displayName\":\"x\",\"grants\":[{\"resourceAppId\":"
           "\"00000003-0000-0000-c000-000000000000\",\"scope\":\"a\",\"user\":\"n@b.c\"}]}]}}",
     "no user is named n@b.c", "/tenant/applications/2/grants/0/user"},
    {"an unknown permission",
     READY "\"tenant\":{\"applications\":[{\"displayName\":\"x\",\"appRoles\":[\"All\"]}]}}",
     "Microsoft Graph has no application permission All", "/tenant/applications/2/appRoles/0"},
    {"an API that is none of Microsoft's",
     READY "\"tenant\":{\"servicePrincipals\":[{\"appId\":"
           "\"11111111-2222-3333-4444-555555555555\"}]}}",
     "(Microsoft Graph)", "/tenant/servicePrincipals/2/appId"},
    {"an administrator that is not there",
     READY "\"tenant\":{\"adminApplication\":\"11111111-2222-3333-4444-555555555555\"}}",
     "no application of the world has the appId", "/tenant/adminApplication"},
    {"a sync user that is not there", READY "\"tenant\":{\"syncUser\":\"n@contoso.com\"}}",
     "no user of the world is named n@contoso.com", "/tenant/syncUser"},
    {"a host with another name in it",
     READY "\"organizations\":[{\"host\":\"a,URI:b.crm.dynamics.com\",\"name\":\"x\"}]}",
     "expected a host such as \"contoso.crm.dynamics.com\"", "/organizations/1/host"},
    {"a subscription with another name in it",
     READY "\"subscriptions\":[{\"munchkin\":\"a,DNS:b\"}]}", "expected a name such as",
     "/subscriptions/1/munchkin"},
    {"a host that is none", READY "\"organizations\":[{\"host\":\"contoso.com\",\"name\":\"x\"}]}",
     "expected a host such as \"contoso.crm.dynamics.com\"", "/organizations/1/host"},
    {"an API user's id twice",
     READY "\"subscriptions\":[{\"munchkin\":\"9-Z-9\",\"api_users\":[{\"name\":\"x\",\"clientId\":"
           "\"07d6c9f8-beae-4bd1-82fc-97f8e6dfb707\"}]}]}",
     "stands twice", "/subscriptions/1/api_users"},
};

static void errors(void **state)
{
    const struct error_case *c = *state;
    AUTO(loaded) loaded = {0};

    load(&loaded, c->world, 1);
    assert_false(loaded.done);
    assert_int_equal(loaded.err.kind, ERR_CONFIG);
    if (strstr(loaded.err.text, c->text) == NULL) {
        fail_msg("expected \"%s\", found \"%s\"", c->text, loaded.err.text);
    }
    assert_string_equal(loaded.err.pointer, c->pointer);
    assert_true(strstr(loaded.err.text, c->pointer) != NULL);
    /* Nothing is left of a world that was refused. */
    assert_int_equal(store_int(loaded.db, "SELECT count(*) FROM domains", DB_NO_ARGS, -1), 0);
}

static int64_t count(struct loaded *loaded, const char *sql)
{
    return store_int(loaded->db, sql, DB_NO_ARGS, -1);
}

static void ready_is_set_up(void **state)
{
    AUTO(loaded) loaded = {0};

    (void)state;
    load(&loaded, "ready", 1);
    if (!loaded.done) {
        fail_msg("%s", loaded.err.text);
    }
    assert_int_equal(count(&loaded, "SELECT count(*) FROM applications"), 2);
    assert_int_equal(count(&loaded, "SELECT count(*) FROM service_principals"), 4);
    assert_int_equal(count(&loaded, "SELECT count(*) FROM oauth2_permission_grants"), 2);
    assert_int_equal(count(&loaded, "SELECT count(*) FROM app_role_assignments"), 4);
    assert_int_equal(count(&loaded, "SELECT count(*) FROM api_users WHERE connector"), 1);
    assert_int_equal(count(&loaded, "SELECT end_ms - start_ms FROM passwords WHERE key_id ="
                                    " '5c2bbe4d-a3f3-4ac6-87eb-ec4d3bcefc0c'"),
                     INT64_C(730) * 24 * 3600 * 1000);
    assert_non_null(
        json_pointer_get(loaded.secrets, "/applications/3a09fc2b-e1d1-4ea4-95cf-ca2b19acea0a"));
}

static void fresh_has_no_integration(void **state)
{
    AUTO(loaded) loaded = {0};

    (void)state;
    load(&loaded, "fresh", 1);
    assert_true(loaded.done);
    assert_int_equal(count(&loaded, "SELECT count(*) FROM applications"), 1);
    assert_int_equal(count(&loaded, "SELECT count(*) FROM oauth2_permission_grants"), 0);
    assert_null(
        json_pointer_get(loaded.secrets, "/applications/3a09fc2b-e1d1-4ea4-95cf-ca2b19acea0a"));
}

/* Every plain secret, looked for in the whole image of the database. */
static void no_secret_is_in_the_database(void **state)
{
    AUTO(loaded) loaded = {0};
    const cJSON *group, *secret;
    uint8_t *image = NULL;
    size_t len = 0, found = 0;

    (void)state;
    load(&loaded,
         "{\"extends\":\"ready\",\"tenant\":{\"users\":[{\"userPrincipalName\":\"x@contoso.com\","
         "\"password\":\"a-password-that-was-given\"}]}}",
         1);
    assert_true(loaded.done);
    assert_true(db_serialize(loaded.db, &image, &len, &loaded.err));
    cJSON_ArrayForEach(group, loaded.secrets)
    {
        cJSON_ArrayForEach(secret, group)
        {
            assert_null(memmem(image, len, secret->valuestring, strlen(secret->valuestring)));
            found++;
        }
    }
    assert_int_equal(found, 7);
    assert_non_null(memmem(image, len, "x@contoso.com", 13));
    mem_free(image);
}

/* The same seed gives the same bytes, another one other secrets but the same given ids. */
static void the_seed_decides(void **state)
{
    AUTO(loaded) first = {0};
    AUTO(loaded) same = {0};
    AUTO(loaded) other = {0};
    uint8_t *images[2] = {NULL, NULL};
    size_t lens[2] = {0, 0};

    (void)state;
    load(&first, "ready", 7);
    load(&same, "ready", 7);
    load(&other, "ready", 8);
    assert_true(db_serialize(first.db, &images[0], &lens[0], &first.err));
    assert_true(db_serialize(same.db, &images[1], &lens[1], &same.err));
    assert_int_equal(lens[0], lens[1]);
    assert_memory_equal(images[0], images[1], lens[0]);
    assert_true(json_equal(first.secrets, same.secrets));
    assert_false(json_equal(first.secrets, other.secrets));
    assert_string_equal(store_text(other.db, &other.arena,
                                   "SELECT group_concat(id) FROM service_principals", DB_NO_ARGS),
                        store_text(first.db, &first.arena,
                                   "SELECT group_concat(id) FROM service_principals", DB_NO_ARGS));
    mem_free(images[0]);
    mem_free(images[1]);
}

/* What the store knows of a world's secrets, after some have changed. */
static void known_secrets_are_kept(void **state)
{
    AUTO(loaded) loaded = {0};

    (void)state;
    load(&loaded, "ready", 1);
    world_keep_known_secrets(loaded.db, loaded.secrets);
    assert_int_equal(cJSON_GetArraySize(json_get(loaded.secrets, "applications")), 2);
    assert_int_equal(cJSON_GetArraySize(json_get(loaded.secrets, "users")), 2);
    assert_int_equal(cJSON_GetArraySize(json_get(loaded.secrets, "apiUsers")), 2);
    store_script(loaded.db,
                 "DELETE FROM passwords WHERE key_id = '5c2bbe4d-a3f3-4ac6-87eb-ec4d3bcefc0c';"
                 "UPDATE users SET salt = x'00' WHERE upn LIKE 'admin%';"
                 "DELETE FROM api_users WHERE connector;");
    world_keep_known_secrets(loaded.db, loaded.secrets);
    assert_null(
        json_pointer_get(loaded.secrets, "/applications/3a09fc2b-e1d1-4ea4-95cf-ca2b19acea0a"));
    assert_int_equal(cJSON_GetArraySize(json_get(loaded.secrets, "applications")), 1);
    assert_int_equal(cJSON_GetArraySize(json_get(loaded.secrets, "users")), 1);
    assert_int_equal(cJSON_GetArraySize(json_get(loaded.secrets, "apiUsers")), 1);
}

/* A folder of worlds that extend one another by file. */
static const char *write_file(struct arena *arena, const char *dir, const char *name,
                              const char *text)
{
    const char *path = arena_printf(arena, "%s/%s", dir, name);
    FILE *file = fopen(path, "we");

    assert_non_null(file);
    fputs(text, file);
    fclose(file);
    return path;
}

static void files_extend_files(void **state)
{
    AUTO(arena) arena = {0};
    char dir[] = "/tmp/mocktenant-worlds-XXXXXX";
    const char *below, *paths[4];
    cJSON *tree;
    struct err err;

    (void)state;
    assert_non_null(mkdtemp(dir));
    below = arena_printf(&arena, "%s/below", dir);
    assert_int_equal(mkdir(below, 0700), 0);
    paths[0] = write_file(&arena, dir, "base.json",
                          "// a comment\n{\"version\":1,\"extends\":\"ready\",\"limits\":\"off\"}");
    paths[1] = write_file(&arena, below, "top.json",
                          "{\"version\":1,\"extends\":\"../base.json\","
                          "\"tenant\":{\"displayName\":\"Over\"}}");
    paths[2] =
        write_file(&arena, below, "loop.json", "{\"version\":1,\"extends\":\"./loop.json\"}");
    paths[3] = write_file(&arena, below, "old.json", "{\"extends\":\"ready\"}");

    assert_true(world_read(&arena, paths[1], NULL, &tree, &err));
    assert_string_equal(text_at(tree, "/tenant/displayName"), "Over");
    assert_string_equal(text_at(tree, "/name"), "top");
    assert_false(world_limits(tree));
    assert_true(world_read(&arena, "{\"extends\":\"below/top.json\"}", dir, &tree, &err));
    assert_false(world_read(&arena, paths[2], NULL, &tree, &err));
    assert_non_null(strstr(err.text, "extends itself"));
    assert_false(world_read(&arena, paths[3], NULL, &tree, &err));
    assert_non_null(strstr(err.text, "expected \"version\": 1"));
    for (size_t i = 0; i < ARRAY_LEN(paths); i++) {
        unlink(paths[i]);
    }
    rmdir(below);
    rmdir(dir);
}

static void clock_and_limits(void **state)
{
    AUTO(arena) arena = {0};
    cJSON *tree;
    int64_t at_ms = 0;
    struct err err;

    (void)state;
    assert_true(world_read(&arena, "{\"extends\":\"ready\",\"clock\":\"2021-11-15T09:00:00Z\"}",
                           NULL, &tree, &err));
    assert_true(world_clock(tree, &at_ms, &err));
    assert_int_equal(at_ms, INT64_C(1636966800000));
    assert_true(world_limits(tree));
    assert_true(world_read(&arena, "{}", NULL, &tree, &err));
    assert_true(world_clock(tree, &at_ms, &err));
    assert_int_equal(at_ms, START_MS);
}

/* Whether a schema lets the members of a value through; enough of JSON Schema for ours. */
static void allows(const cJSON *schema, const cJSON *value)
{
    const cJSON *child;

    cJSON_ArrayForEach(child, value)
    {
        const cJSON *below = cJSON_IsArray(value)
                                 ? json_get(schema, "items")
                                 : json_get(json_get(schema, "properties"), child->string);

        if (below == NULL) {
            fail_msg("the schema has no %s", child->string != NULL ? child->string : "items");
        }
        assert_non_null(json_get(below, "description") != NULL || cJSON_IsArray(value) ? below
                                                                                       : NULL);
        allows(below, child);
    }
}

static void the_schema_has_every_member(void **state)
{
    AUTO(arena) arena = {0};
    cJSON *schema = world_schema(&arena);
    const char *const worlds[] = {"worlds/fresh.json", "worlds/ready.json"};

    (void)state;
    assert_string_equal(text_at(schema, "/$schema"),
                        "https://json-schema.org/draft/2020-12/schema");
    assert_true(cJSON_IsFalse(json_get(schema, "additionalProperties")));
    for (size_t i = 0; i < ARRAY_LEN(worlds); i++) {
        allows(schema, fixture_read(&arena, worlds[i]));
    }
    assert_string_equal(text_at(schema, "/properties/tenant/properties/settings/properties/"
                                        "secretDelay/default"),
                        "PT0S");
    assert_non_null(json_pointer_get(schema, "/properties/tenant/properties/settings/properties/"
                                             "latency/properties/graph"));
    assert_null(json_pointer_get(schema, "/properties/tenant/properties/settings/properties/"
                                         "limits"));
}

int main(void)
{
    struct CMUnitTest tests[64] = {
        cmocka_unit_test(ready_is_set_up),
        cmocka_unit_test(fresh_has_no_integration),
        cmocka_unit_test(no_secret_is_in_the_database),
        cmocka_unit_test(the_seed_decides),
        cmocka_unit_test(known_secrets_are_kept),
        cmocka_unit_test(files_extend_files),
        cmocka_unit_test(clock_and_limits),
        cmocka_unit_test(the_schema_has_every_member),
    };
    size_t n = CASES_LISTED(tests);

    CASES(tests, n, error_cases, errors);
    return cases_run("load", tests, n);
}
