/*
 * Sixty-four clients add, use, list and remove secrets of one application at once. The value of a
 * secret is in one answer only, and in no other place at all; at the end the application has
 * exactly the secrets that were added and not removed.
 */
#include "cases.h"

#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/arena.h"
#include "base/crypto.h"
#include "base/mem.h"
#include "base/str.h"
#include "caller.h"
#include "client.h"
#include "needles.h"

enum { CLIENTS = 64, ROUNDS = 1000, KEEP_EVERY = 25 };

static const char graph[] = "graph.microsoft.com", login[] = "login.microsoftonline.com";

struct credential {
    const char *key, *value, *encoded; /* in base64 */
    bool removed;
};

struct field;

struct client {
    struct field *field;
    struct caller caller;
    struct arena arena;
    struct strbuf answers; /* every body, one behind the other */
    const char *why;       /* the first thing that went wrong; NULL: nothing */
};

/* Where they meet. */
struct field {
    struct mocktenant *mock;
    const char *base, *ca_file, *tenant, *token, *app, *app_id;
    atomic_int rounds; /* begun so far */
    pthread_mutex_t lock;
    struct credential credentials[ROUNDS];
    pthread_mutex_t reading;
    struct strbuf journal, log; /* all of it, as it came; log under `lock` */
    int64_t next, entries, gaps;
    struct client clients[CLIENTS];
};

static void take_line(void *arg, const char *line)
{
    struct field *field = arg;

    pthread_mutex_lock(&field->lock);
    strbuf_add(&field->log, line);
    strbuf_add_char(&field->log, '\n');
    pthread_mutex_unlock(&field->lock);
}

static bool complain(struct client *client, const char *what, int status)
{
    if (client->why == NULL) {
        client->why = arena_printf(&client->arena, "%s: HTTP %d: %.600s", what, status,
                                   strbuf_text(&client->caller.body));
    }
    return false;
}

/* Asks, keeps the body for the end, and expects a status. */
static bool ask(struct client *client, const char *what, const struct calling *calling, int status)
{
    int got = caller_ask(&client->caller, calling);

    strbuf_add_n(&client->answers, strbuf_text(&client->caller.body), client->caller.body.len);
    strbuf_add_char(&client->answers, '\n');
    return got == status || complain(client, what, got);
}

static bool ask_graph(struct client *client, const char *method, const char *target,
                      const char *body, int status)
{
    const struct calling calling = {.method = method,
                                    .host = graph,
                                    .target = target,
                                    .type = body != NULL ? "application/json" : NULL,
                                    .token = client->field->token,
                                    .body = body};

    return ask(client, target, &calling, status);
}

static cJSON *body_of(struct client *client)
{
    cJSON *root = NULL;
    struct err err;

    return json_parse(&client->arena, strbuf_text(&client->caller.body), client->caller.body.len,
                      JSON_PLAIN, &root, &err)
               ? root
               : NULL;
}

static const char *encode(struct arena *arena, const char *value)
{
    AUTO(strbuf) text = STRBUF(0);

    strbuf_base64(&text, value, strlen(value));
    return arena_strdup(arena, strbuf_text(&text));
}

static bool add(struct client *client, struct credential *credential, int round)
{
    struct arena *arena = &client->arena;
    const char *target =
        arena_printf(arena, "/v1.0/applications/%s/addPassword", client->field->app);
    const char *body =
        arena_printf(arena, "{\"passwordCredential\":{\"displayName\":\"round %d\"}}", round);
    const char *hint;
    const cJSON *made;

    if (!ask_graph(client, "POST", target, body, 200)) {
        return false;
    }
    made = body_of(client);
    credential->key = json_get_text(made, "keyId");
    credential->value = json_get_text(made, "secretText");
    hint = json_get_text(made, "hint");
    if (credential->key == NULL || credential->value == NULL ||
        strlen(credential->value) != NEEDLE_LEN || hint == NULL || strlen(hint) != 3 ||
        !str_starts(credential->value, hint)) {
        return complain(client, "no credential with value and hint", 200);
    }
    credential->encoded = encode(arena, credential->value);
    return true;
}

/* Its own is there, with three characters, and no credential has a value. */
static bool list(struct client *client, const struct credential *credential)
{
    struct arena *arena = &client->arena;
    const char *target = arena_printf(arena, "/v1.0/applications/%s?$select=id,passwordCredentials",
                                      client->field->app);
    const char *text, *own;

    if (!ask_graph(client, "GET", target, NULL, 200)) {
        return false;
    }
    text = strbuf_text(&client->caller.body);
    own = strstr(text, credential->key);
    if (own == NULL || strstr(own, "\"secretText\":null") == NULL) {
        return complain(client, "the list lacks what was added", 200);
    }
    return strstr(text, "\"secretText\":\"") == NULL ||
           complain(client, "a list shows a secret", 200);
}

static bool use(struct client *client, const struct credential *credential, int status)
{
    const struct field *field = client->field;
    const char *form = arena_printf(&client->arena,
                                    "grant_type=client_credentials&client_id=%s&client_secret=%s&"
                                    "scope=https%%3A%%2F%%2Fgraph.microsoft.com%%2F.default",
                                    field->app_id, credential->value);
    const struct calling calling = {.method = "POST",
                                    .host = login,
                                    .target = field->tenant,
                                    .type = "application/x-www-form-urlencoded",
                                    .body = form};

    if (!ask(client, "a token by the secret", &calling, status)) {
        return false;
    }
    return status == 200 || strstr(strbuf_text(&client->caller.body), "AADSTS7000215") != NULL ||
           complain(client, "a removed secret", status);
}

static bool take_away(struct client *client, struct credential *credential)
{
    struct arena *arena = &client->arena;

    if (!ask_graph(client, "POST",
                   arena_printf(arena, "/v1.0/applications/%s/removePassword", client->field->app),
                   arena_printf(arena, "{\"keyId\":\"%s\"}", credential->key), 204)) {
        return false;
    }
    credential->removed = true;
    return use(client, credential, 401);
}

/* The journal is a ring: it is read on after each round, so that nothing goes by unseen. */
static bool read_journal(struct client *client)
{
    static const char begin[] = "{\"seq\":"; /* within a body the quotes are escaped */
    struct field *field = client->field;
    const struct calling calling = {
        .method = "GET",
        .target =
            arena_printf(&client->arena, "/_mock/journal?since=%lld", (long long)field->next)};
    int status = caller_ask(&client->caller, &calling);
    const char *at = strbuf_text(&client->caller.body);

    if (status != 200) {
        return complain(client, "the journal", status);
    }
    strbuf_add_n(&field->journal, client->caller.body.data, client->caller.body.len);
    while ((at = strstr(at, begin)) != NULL) {
        int64_t seq = strtoll(at + strlen(begin), NULL, 10);

        field->gaps += seq - field->next - 1;
        field->next = seq;
        field->entries++;
        at++;
    }
    return true;
}

static bool play_round(struct client *client, int round)
{
    struct field *field = client->field;
    struct credential *credential = &field->credentials[round];
    bool good;

    if (!add(client, credential, round) || !list(client, credential) ||
        !use(client, credential, 200) ||
        (round % KEEP_EVERY != 0 && !take_away(client, credential))) {
        return false;
    }
    pthread_mutex_lock(&field->reading);
    good = read_journal(client);
    pthread_mutex_unlock(&field->reading);
    return good;
}

static void *play(void *arg)
{
    struct client *client = arg;
    int round;

    caller_open(&client->caller, client->field->base, client->field->ca_file);
    do {
        round = atomic_fetch_add(&client->field->rounds, 1);
    } while (round < ROUNDS && play_round(client, round));
    return NULL;
}

static const char *admin_token(struct arena *arena, struct mocktenant *mock)
{
    const struct ask ask = {
        .transport = WIRE,
        .method = "POST",
        .host = login,
        .target =
            arena_printf(arena, "/%s/oauth2/v2.0/token", tenant_key(arena, mock, "tenant_id")),
        .headers = {"Content-Type: application/x-www-form-urlencoded"},
        .body = arena_printf(arena,
                             "grant_type=client_credentials&client_id=%s&client_secret=%s&scope="
                             "https%%3A%%2F%%2Fgraph.microsoft.com%%2F.default",
                             tenant_key(arena, mock, "admin_client_id"),
                             tenant_key(arena, mock, "admin_client_secret"))};
    struct answer answer = tenant_ask(arena, mock, &ask);

    assert_int_equal(answer.status, 200);
    return json_get_text(answer.json, "access_token");
}

static void prepare(struct arena *arena, struct field *field)
{
    struct mocktenant *mock = field->mock;
    struct ask make = {.transport = WIRE,
                       .method = "POST",
                       .host = graph,
                       .target = "/v1.0/applications",
                       .headers = {"Content-Type: application/json"},
                       .body = "{\"displayName\":\"Crowded\",\"signInAudience\":\"AzureADMyOrg\"}"};
    struct answer made;

    field->base = tenant_key(arena, mock, "base");
    field->ca_file = tenant_key(arena, mock, "ca_file");
    field->token = admin_token(arena, mock);
    make.headers[1] = arena_printf(arena, "Authorization: Bearer %s", field->token);
    made = tenant_ask(arena, mock, &make);
    assert_int_equal(made.status, 201);
    field->app = json_get_text(made.json, "id");
    field->app_id = json_get_text(made.json, "appId");
    make.target = "/v1.0/servicePrincipals";
    make.body = arena_printf(arena, "{\"appId\":\"%s\"}", field->app_id);
    assert_int_equal(tenant_ask(arena, mock, &make).status, 201);
    field->tenant =
        arena_printf(arena, "/%s/oauth2/v2.0/token", tenant_key(arena, mock, "tenant_id"));
    for (size_t i = 0; i < CLIENTS; i++) {
        field->clients[i].field = field;
    }
}

/* Exactly those that were added and not removed, by key and hint. */
static void has_what_is_left(struct client *client)
{
    struct field *field = client->field;
    const cJSON *item, *items;
    int left = 0;

    assert_true(ask_graph(client, "GET",
                          arena_printf(&client->arena, "/v1.0/applications/%s", field->app), NULL,
                          200));
    items = json_get(body_of(client), "passwordCredentials");
    for (size_t i = 0; i < ROUNDS; i++) {
        const struct credential *credential = &field->credentials[i];
        int found = 0;

        cJSON_ArrayForEach(item, items)
        {
            found += str_eq(json_get_text(item, "keyId"), credential->key) &&
                     strncmp(json_get_text(item, "hint"), credential->value, 3) == 0;
        }
        assert_int_equal(found, !credential->removed);
        left += found;
    }
    assert_int_equal(left, ROUNDS / KEEP_EVERY);
    assert_int_equal(cJSON_GetArraySize(items), left);
}

/* Everything else that can be read: the state, Graph, the settings, health. */
static void read_everything(struct client *client)
{
    static const char *const reads[] = {"/v1.0/applications", "/v1.0/servicePrincipals",
                                        "/v1.0/users", "/v1.0/organization",
                                        "/v1.0/oauth2PermissionGrants"};
    static const char *const controls[] = {"/_mock/state", "/_mock/worlds", "/_mock/faults",
                                           "/_mock/health", "/_mock/snapshots"};
    const cJSON *table;

    for (size_t i = 0; i < ARRAY_LEN(reads); i++) {
        assert_true(ask_graph(client, "GET", reads[i], NULL, 200));
    }
    for (size_t i = 0; i < ARRAY_LEN(controls); i++) {
        const struct calling calling = {.method = "GET", .target = controls[i]};

        assert_true(ask(client, controls[i], &calling, 200));
    }
    {
        const struct calling calling = {.method = "GET", .target = "/_mock/state"};

        assert_true(ask(client, "the tables", &calling, 200));
    }
    cJSON_ArrayForEach(table, json_get(body_of(client), "tables"))
    {
        const struct calling calling = {
            .method = "GET",
            .target = arena_printf(&client->arena, "/_mock/state/%s", table->valuestring)};

        assert_true(ask(client, table->valuestring, &calling, 200));
    }
}

static void file_has_none(struct needles *needles, const char *path)
{
    AUTO(strbuf) bytes = STRBUF(0);
    FILE *file = fopen(path, "rb");
    char piece[65536];
    size_t n;

    assert_non_null(file);
    while ((n = fread(piece, 1, sizeof piece, file)) > 0) {
        strbuf_add_n(&bytes, piece, n);
    }
    fclose(file);
    assert_true(bytes.len > 100000 && str_starts(bytes.data, "SQLite format 3"));
    assert_int_equal(needles_count(needles, bytes.data, bytes.len), 0);
}

static void learn(struct field *field, struct needles *needles)
{
    for (size_t i = 0; i < ROUNDS; i++) {
        needles_add(needles, field->credentials[i].value);
        needles_add(needles, field->credentials[i].encoded);
    }
}

/* Each value in one answer, its base64 in none; neither in the journal, the log, the store. */
static void nothing_leaked(struct field *field, struct needles *needles)
{
    size_t found = 0;

    for (size_t i = 0; i < CLIENTS; i++) {
        const struct strbuf *answers = &field->clients[i].answers;

        found += needles_count(needles, answers->data, answers->len);
    }
    for (size_t i = 0; i < needles->count; i++) {
        assert_int_equal(needles->counts[i], i % 2 == 0);
    }
    assert_int_equal(found, ROUNDS);
    assert_true(field->entries > 3 * ROUNDS);
    assert_int_equal(field->gaps, 0);
    assert_int_equal(needles_count(needles, field->journal.data, field->journal.len), 0);
    assert_true(field->log.len > (size_t)ROUNDS * 40);
    assert_int_equal(needles_count(needles, field->log.data, field->log.len), 0);
}

static void finish(struct field *field, struct needles *needles)
{
    for (size_t i = 0; i < CLIENTS; i++) {
        caller_close(&field->clients[i].caller);
        strbuf_finish(&field->clients[i].answers);
        arena_finish(&field->clients[i].arena);
    }
    strbuf_finish(&field->journal);
    strbuf_finish(&field->log);
    pthread_mutex_destroy(&field->lock);
    pthread_mutex_destroy(&field->reading);
    mem_free(needles);
    mem_free(field);
}

static const struct row {
    const char *name;
    bool plain;
} rows[] = {{"over TLS", false}, {"over plain HTTP", true}};

static void values_are_in_one_answer(void **state)
{
    const struct row *row = *state;
    AUTO(arena) arena = {0};
    struct field *field = mem_alloc(sizeof *field);
    struct needles *needles = mem_alloc(sizeof *needles);
    char *folder = arena_strdup(&arena, "/tmp/mocktenant-test-XXXXXX");
    struct mocktenant_options options = {.limits = "off",
                                         .listen = "127.0.0.1:0",
                                         .plain = row->plain,
                                         .log = take_line,
                                         .log_arg = field};
    pthread_t threads[CLIENTS];

    assert_non_null(mkdtemp(folder));
    options.store = arena_printf(&arena, "%s/world.db", folder);
    pthread_mutex_init(&field->lock, NULL);
    pthread_mutex_init(&field->reading, NULL);
    field->mock = tenant_start(&options);
    prepare(&arena, field);
    for (size_t i = 0; i < CLIENTS; i++) {
        assert_int_equal(pthread_create(&threads[i], NULL, play, &field->clients[i]), 0);
    }
    for (size_t i = 0; i < CLIENTS; i++) {
        assert_int_equal(pthread_join(threads[i], NULL), 0);
    }
    for (size_t i = 0; i < CLIENTS; i++) {
        if (field->clients[i].why != NULL) {
            fail_msg("client %zu: %s", i, field->clients[i].why);
        }
    }
    has_what_is_left(&field->clients[0]);
    read_everything(&field->clients[0]);
    assert_true(read_journal(&field->clients[0]));
    (void)tenant_control(&arena, field->mock, "POST", "/_mock/snapshots", NULL, 201);
    learn(field, needles);
    file_has_none(needles, options.store);
    mocktenant_stop(field->mock);
    file_has_none(needles, options.store);
    nothing_leaked(field, needles);
    unlink(options.store);
    rmdir(folder);
    finish(field, needles);
}

int main(void)
{
    struct CMUnitTest tests[2];
    size_t count = 0;

    curl_global_init(CURL_GLOBAL_DEFAULT);
    CASES(tests, count, rows, values_are_in_one_answer);
    return cases_run("atomicity", tests, count);
}
