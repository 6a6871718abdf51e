/*
 * The same world, seed, clock and requests give the same bytes: every story twice in a row, by
 * calls and over TLS, and requests sent one after another under the same Host. Only durations
 * differ.
 */
#include "cases.h"

#include <assert.h>
#include <string.h>

#include "base/arena.h"
#include "base/str.h"
#include "client.h"
#include "telling.h"

struct row {
    const char *name;
    const struct run_scenario *scenario;
    bool wire;
};

static struct run_rig rig;

static void plays_alike(void **state)
{
    const struct row *row = *state;
    struct run_rig other_rig = rig;
    struct telling first = {.rig = &rig, .scenario = row->scenario, .wire = row->wire};
    struct telling again = first, other = first;

    other_rig.seed = 2;
    other.rig = &other_rig;
    telling_play(&first);
    telling_play(&again);
    telling_play(&other);
    assert_string_equal(telling_why(&first), "");
    assert_true(strlen(first.journal) > 1000);
    assert_same_text(row->name, first.journal, again.journal);
    assert_string_not_equal(first.journal, other.journal);
    telling_finish(&first);
    telling_finish(&again);
    telling_finish(&other);
}

enum { LOGIN, GRAPH, MARKETO };

static const char *const hosts[] = {"login.microsoftonline.com", "graph.microsoft.com",
                                    "123-abc-456.mktorest.com"};

/* {x} is a key of the line, or `token`, `app`, `secret` and `key` of an earlier answer. */
static const struct request {
    int host;
    const char *method, *target, *body;
} requests[] = {
    {LOGIN, "GET", "/{tenant_id}/v2.0/.well-known/openid-configuration", NULL},
    {LOGIN, "GET", "/common/discovery/v2.0/keys", NULL},
    {LOGIN, "POST", "/{tenant_id}/oauth2/v2.0/token",
     "grant_type=client_credentials&client_id={admin_client_id}&client_secret="
     "{admin_client_secret}&scope=https://graph.microsoft.com/.default"},
    {GRAPH, "POST", "/v1.0/applications", "{\"displayName\":\"Twice\"}"},
    {GRAPH, "POST", "/v1.0/applications/{app}/addPassword", "{}"},
    {GRAPH, "GET", "/v1.0/applications?$top=1&$count=true", NULL},
    {GRAPH, "GET", "/v1.0/applications/{app}", NULL},
    {GRAPH, "GET", "/v1.0/users", NULL},
    {GRAPH, "GET", "/v1.0/nothing", NULL},
    {GRAPH, "PATCH", "/v1.0/applications/{app}", "{\"displayName\":1}"},
    {LOGIN, "POST", "/{tenant_id}/oauth2/v2.0/token",
     "grant_type=password&client_id={client_id}&client_secret={client_secret}&username={username}"
     "&password={password}&scope=openid offline_access https://graph.microsoft.com/User.Read"},
    {LOGIN, "POST", "/{tenant_id}/oauth2/v2.0/token",
     "grant_type=client_credentials&client_id={client_id}&client_secret=wrong&scope=x/.default"},
    {GRAPH, "POST", "/v1.0/applications/{app}/removePassword", "{\"keyId\":\"{key}\"}"},
    {MARKETO, "GET", "/rest/v1/leads.json?access_token=x", NULL},
    {MARKETO, "GET", "/rest/v1/%zz", NULL},
};

/* What one tenant answers, and its journal. */
struct said {
    struct arena arena;
    struct strbuf answers;
    const char *journal;
    cJSON *known; /* of earlier answers */
};

static const char *fill(struct said *said, struct mocktenant *mock, const char *text)
{
    AUTO(strbuf) out = STRBUF(0);

    while (*text != '\0') {
        const char *close =
            *text == '{' && text[1] != '}' && text[1] != '"' ? strchr(text, '}') : NULL;
        const char *key, *value;

        if (close == NULL) {
            strbuf_add_char(&out, *text++);
            continue;
        }
        key = arena_dup(&said->arena, text + 1, (size_t)(close - text - 1));
        value = json_get_text(said->known, key);
        value = value != NULL ? value : tenant_key(&said->arena, mock, key);
        assert_non_null(value);
        strbuf_add(&out, value);
        text = close + 1;
    }
    return arena_strdup(&said->arena, strbuf_text(&out));
}

static void learn(struct said *said, const char *name, const cJSON *answer, const char *member)
{
    const char *text = json_get_text(answer, member);

    if (text != NULL) {
        cJSON_DeleteItemFromObjectCaseSensitive(said->known, name);
        cJSON_AddStringToObject(said->known, name, text);
    }
}

static void ask_one(struct said *said, struct mocktenant *mock, enum transport transport,
                    const struct request *request)
{
    const char *token = json_get_text(said->known, "token");
    const char *type = request->host == LOGIN ? "Content-Type: application/x-www-form-urlencoded"
                                              : "Content-Type: application/json";
    struct ask ask = {.transport = transport,
                      .method = request->method,
                      .host = hosts[request->host],
                      .target = fill(said, mock, request->target),
                      .headers = {type},
                      .body = request->body != NULL ? fill(said, mock, request->body) : NULL};
    struct answer answer;

    if (request->host == GRAPH && token != NULL) {
        ask.headers[1] = arena_printf(&said->arena, "Authorization: Bearer %s", token);
    }
    answer = tenant_ask(&said->arena, mock, &ask);
    strbuf_addf(&said->answers, "%s %s\n%d dropped=%d\n%s\n", ask.method, ask.target, answer.status,
                answer.dropped, answer.headers);
    strbuf_add_n(&said->answers, answer.body, answer.body_len);
    strbuf_add_char(&said->answers, '\n');
    if (json_get(answer.json, "refresh_token") == NULL) {
        learn(said, "token", answer.json, "access_token");
    }
    if (request->host == GRAPH && strcmp(request->target, "/v1.0/applications") == 0) {
        learn(said, "app", answer.json, "id");
    }
    learn(said, "key", answer.json, "keyId");
}

static void say_all(struct said *said, enum transport transport)
{
    const struct mocktenant_options options = {.clock = "2026-02-03T04:05:06Z",
                                               .seed = 11,
                                               .listen = transport == WIRE ? "127.0.0.1:0" : NULL};
    struct mocktenant *mock = tenant_start(&options);
    char *journal = NULL;

    said->known = json_new_object(&said->arena);
    (void)tenant_control(&said->arena, mock, "POST", "/_mock/faults",
                         "{\"match\":{\"service\":\"marketo\",\"probability\":0.5},"
                         "\"action\":{\"type\":\"respond\",\"status\":503}}",
                         201);
    for (size_t round = 0; round < 3; round++) {
        for (size_t i = 0; i < ARRAY_LEN(requests); i++) {
            ask_one(said, mock, transport, &requests[i]);
        }
    }
    assert_int_equal(mocktenant_control(mock, "GET", "/_mock/journal", NULL, &journal), 200);
    blank_durations(journal);
    said->journal = arena_strdup(&said->arena, journal);
    mocktenant_free(journal);
    mocktenant_stop(mock);
}

static void said_finish(struct said *said)
{
    strbuf_finish(&said->answers);
    arena_finish(&said->arena);
}

/* Also every answer, with its headers: ids, secrets, tokens and their signatures, the Date. */
static void answers_alike(enum transport transport)
{
    struct said first = {0}, again = {0};

    say_all(&first, transport);
    say_all(&again, transport);
    assert_non_null(strstr(strbuf_text(&first.answers), "\"secretText\":\""));
    assert_non_null(strstr(strbuf_text(&first.answers), "\"refresh_token\":\""));
    assert_non_null(strstr(strbuf_text(&first.answers), "AADSTS7000215"));
    assert_same_text("the answers", strbuf_text(&first.answers), strbuf_text(&again.answers));
    assert_same_text("the journal", first.journal, again.journal);
    said_finish(&first);
    said_finish(&again);
}

static void answers_by_calls(void **state)
{
    (void)state;
    answers_alike(DIRECT);
}

static void answers_over_tls(void **state)
{
    (void)state;
    answers_alike(WIRE);
}

int main(void)
{
    AUTO(arena) arena = {0};
    struct CMUnitTest tests[66] = {cmocka_unit_test(answers_by_calls),
                                   cmocka_unit_test(answers_over_tls)};
    struct run_scenarios scenarios;
    struct row *rows;
    size_t count = CASES_LISTED(tests);

    tellings_load(&arena, "setup", &scenarios, &rig);
    rows = arena_array(&arena, scenarios.count, 2 * sizeof *rows);
    for (size_t i = 0; i < 2 * scenarios.count; i++) {
        struct row *row = &rows[i];

        row->scenario = &scenarios.items[i / 2];
        row->wire = i % 2 == 1;
        row->name = arena_printf(&arena, "%s, %s", row->scenario->below,
                                 row->wire ? "over TLS" : "by calls");
    }
    assert(2 * scenarios.count <= ARRAY_LEN(tests) - count);
    count = cases_add(tests, count, rows, sizeof *rows, 2 * scenarios.count, plays_alike);
    return cases_run("determinism", tests, count);
}
