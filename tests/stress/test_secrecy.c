/*
 * No secret, password or token is anywhere but where it belongs: after each story, with each of its
 * ways of telling it, the journal, both logs, the state and the engine's database are searched for
 * the values that were used; after stories that fail, everything that a run says about them.
 */
#include "cases.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/arena.h"
#include "base/db.h"
#include "base/mem.h"
#include "base/str.h"
#include "telling.h"

static const char token_begin[] = "eyJ"; /* of every signed token */

struct row {
    const char *name;
    const struct run_scenario *scenario;
    bool wire;
};

static struct run_rig rig;

static void lacks(const char *where, const char *bytes, size_t len, const char *secret)
{
    const char *found = memmem(bytes, len, secret, strlen(secret));

    if (found != NULL) {
        size_t from = (size_t)(found - bytes) > 80 ? (size_t)(found - bytes) - 80 : 0;

        fail_msg("%s: a secret behind \"%.*s\"", where, (int)(found - bytes - from), bytes + from);
    }
}

/* All that the story knows to be secret, and any token. */
static void lacks_all(const struct run_story *story, const char *where, const char *bytes,
                      size_t len)
{
    const cJSON *secret;

    assert_true(len > 0);
    cJSON_ArrayForEach(secret, story->secrets)
    {
        lacks(where, bytes, len, secret->valuestring);
    }
    for (const struct run_token *token = story->tokens; token != NULL; token = token->next) {
        /* Of a signed token the signature alone is a secret; Marketo's are secret as a whole. */
        lacks(where, bytes, len,
              str_starts(token->text, token_begin) ? strrchr(token->text, '.') : token->text);
    }
    lacks(where, bytes, len, token_begin);
}

static void a_story_leaves_no_secret(void **state)
{
    const struct row *row = *state;
    struct telling telling = {.rig = &rig, .scenario = row->scenario, .wire = row->wire};
    struct run_story *story = &telling.story;
    const char *rows;
    uint8_t *image = NULL;
    size_t image_len = 0;
    struct err err;

    telling_play(&telling);
    assert_string_equal(telling_why(&telling), "");
    assert_true(cJSON_GetArraySize(story->secrets) >= 3);
    lacks_all(story, "the journal", telling.journal, strlen(telling.journal));
    lacks_all(story, "the logs", strbuf_text(&story->log.text), story->log.text.len);
    rows = run_state_text(story, false);
    lacks_all(story, "the state", rows, strlen(rows));
    run_engine_end(story);
    assert_true(db_serialize(story->keeper, &image, &image_len, &err));
    assert_true(image_len > 4096);
    lacks_all(story, "the engine's database", (const char *)image, image_len);
    mem_free(image);
    telling_finish(&telling);
}

#define X50  "xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx"
#define X500 X50 X50 X50 X50 X50 X50 X50 X50 X50 X50
#define X1990                                                                                      \
    X500 X500 X500 X50 X50 X50 X50 X50 X50 X50 X50 X50 "xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx"

/* Stories that fail just where a secret is in the answer. */
static const struct failing {
    const char *name, *steps;
} failing[] = {
    {"the result of an operation",
     "{\"engine\":\"setup.add-secret\",\"with\":{\"application\":\"{app}\",\"description\":\"x\"},"
     "\"expect\":{\"result\":{\"/secretText\":\"another\"}}}"},
    {"the whole result",
     "{\"engine\":\"setup.add-secret\",\"with\":{\"application\":\"{app}\",\"description\":\"x\"},"
     "\"expect\":{\"result\":{\"\":{\"$contains\":\"nothing\"}}}}"},
    {"an outcome",
     "{\"engine\":\"setup.add-secret\",\"with\":{\"application\":\"{app}\",\"description\":\"x\"},"
     "\"expect\":{\"outcome\":\"failed\"}}"},
    {"the answer to a request",
     "{\"request\":\"POST graph /v1.0/applications/{app}/addPassword\",\"as\":\"directory-admin\","
     "\"json\":{},\"expect\":{\"body\":{\"/secretText\":null}}}"},
    {"the status of a request",
     "{\"request\":\"POST graph /v1.0/applications/{app}/addPassword\",\"as\":\"directory-admin\","
     "\"json\":{},\"expect\":{\"status\":201}}"},
    {"a spoilt answer",
     "{\"fault\":{\"match\":{\"path\":\"/v1.0/applications/*/addPassword\"},\"action\":{\"type\":"
     "\"malformed_json\"}}},"
     "{\"request\":\"POST graph /v1.0/applications/{app}/addPassword\",\"as\":\"directory-admin\","
     "\"json\":{},\"expect\":{\"body\":{\"\":\"x\"}}}"},
    {"a spoilt answer and its parts",
     "{\"fault\":{\"match\":{\"path\":\"/v1.0/applications/*/addPassword\"},\"action\":{\"type\":"
     "\"truncate\",\"bytes\":600}}},"
     "{\"request\":\"POST graph /v1.0/applications/{app}/addPassword\",\"as\":\"directory-admin\","
     "\"json\":{},\"expect\":{\"body\":{\"/a\":\"x\"}}}"},
    {"a token",
     "{\"request\":\"POST entra /{tenant_id}/oauth2/v2.0/token\",\"as\":\"nobody\",\"form\":{"
     "\"grant_type\":\"client_credentials\",\"client_id\":\"{client_id}\",\"client_secret\":"
     "\"{client_secret}\",\"scope\":\"https://{org_host}/.default\"},"
     "\"expect\":{\"body\":{\"/access_token\":null}}}"},
    {"a whole token answer",
     "{\"request\":\"POST entra /{tenant_id}/oauth2/v2.0/token\",\"as\":\"nobody\",\"form\":{"
     "\"grant_type\":\"client_credentials\",\"client_id\":\"{client_id}\",\"client_secret\":"
     "\"{client_secret}\",\"scope\":\"https://{org_host}/.default\"},"
     "\"expect\":{\"body\":{\"\":null}}}"},
    {"a saved token in a later step",
     "{\"request\":\"POST entra /{tenant_id}/oauth2/v2.0/token\",\"as\":\"nobody\",\"form\":{"
     "\"grant_type\":\"client_credentials\",\"client_id\":\"{client_id}\",\"client_secret\":"
     "\"{client_secret}\",\"scope\":\"https://{org_host}/.default\"},\"save\":{\"token\":"
     "\"/access_token\"}},"
     "{\"request\":\"GET graph /v1.0/applications/{app}\",\"as\":\"directory-admin\","
     "\"expect\":{\"body\":{\"/displayName\":\"{token}\"}}}"},
    {"a token that opens another door",
     "{\"request\":\"POST entra /{tenant_id}/oauth2/v2.0/token\",\"as\":\"nobody\",\"form\":{"
     "\"grant_type\":\"password\",\"client_id\":\"{client_id}\",\"client_secret\":"
     "\"{client_secret}\",\"username\":\"{username}\",\"password\":\"{password}\","
     "\"scope\":\"openid offline_access https://graph.microsoft.com/User.Read\"},"
     "\"expect\":{\"body\":{\"/refresh_token\":null}}}"},
    {"half a token answer",
     "{\"fault\":{\"match\":{\"service\":\"entra\"},\"action\":{\"type\":\"malformed_json\"}}},"
     "{\"request\":\"POST entra /{tenant_id}/oauth2/v2.0/token\",\"as\":\"nobody\",\"form\":{"
     "\"grant_type\":\"client_credentials\",\"client_id\":\"{client_id}\",\"client_secret\":"
     "\"{client_secret}\",\"scope\":\"https://{org_host}/.default\"},"
     "\"expect\":{\"body\":{\"\":null}}}"},
    {"a secret that is expected",
     "{\"request\":\"GET graph /v1.0/applications/{app}\",\"as\":\"directory-admin\","
     "\"expect\":{\"body\":{\"/displayName\":\"{client_secret}\",\"/x\":\"{password}\"}}}"},
    {"a secret where a long text is cut",
     "{\"request\":\"GET graph /v1.0/applications/{app}\",\"as\":\"directory-admin\","
     "\"expect\":{\"body\":{\"/displayName\":\"" X1990 "{client_secret}\"}}}"},
    {"a secret in the journal's match",
     "{\"expect\":{\"journal\":{\"contains\":\"{client_secret}\"}}}"},
    {"a secret in the path",
     "{\"request\":\"GET graph /v1.0/{client_secret}/{password}\",\"as\":\"directory-admin\"}"},
};

static char path[] = "/tmp/mocktenant-test-XXXXXX";

static const char *story_file(struct arena *arena, const struct failing *c)
{
    const char *text = arena_printf(
        arena,
        "{\"scenario\":\"It fails\",\"rules\":[\"SETUP2-05\"],\"world\":\"ready\",\"steps\":["
        "{\"request\":\"GET graph "
        "/v1.0/applications?$filter=appId%%20eq%%20'{client_id}'\",\"as\":\"directory-admin\","
        "\"save\":{\"app\":\"/value/0/id\"}},%s],\"also\":[\"repeat\"]}",
        c->steps);
    FILE *file = fopen(path, "w");

    assert_non_null(file);
    assert_true(fputs(text, file) >= 0);
    assert_int_equal(fclose(file), 0);
    return path;
}

/* The secrets of the story, found out by playing it: the same seed makes the same ones. */
static void find_secrets(struct arena *arena, const char *file, cJSON *secrets)
{
    struct run_complaints complaints = {.arena = arena};
    struct run_scenarios scenarios = {0};
    struct telling telling = {.rig = &rig};
    const cJSON *secret;

    if (!run_load(arena, &file, 1, NULL, &scenarios, &complaints)) {
        fail_msg("%s", complaints.lines[0]);
    }
    telling.scenario = scenarios.items;
    telling_play(&telling);
    assert_false(telling.passed);
    assert_true(telling.story.failure.step > 0);
    cJSON_ArrayForEach(secret, telling.story.secrets)
    {
        cJSON_AddItemToArray(secrets, cJSON_CreateString(secret->valuestring));
    }
    telling_finish(&telling);
}

static void search(const char *where, const char *text, const cJSON *secrets)
{
    const cJSON *secret;

    assert_true(strlen(text) > 100);
    cJSON_ArrayForEach(secret, secrets)
    {
        lacks(where, text, strlen(text), secret->valuestring);
    }
    lacks(where, text, strlen(text), token_begin);
    lacks(where, text, strlen(text), "8Q~"); /* in every secret that Entra makes */
}

static char *read_file(struct arena *arena, const char *name)
{
    AUTO(strbuf) text = STRBUF(0);
    FILE *file = fopen(name, "r");
    char piece[4096];
    size_t n;

    assert_non_null(file);
    while ((n = fread(piece, 1, sizeof piece, file)) > 0) {
        strbuf_add_n(&text, piece, n);
    }
    fclose(file);
    return arena_dup(arena, strbuf_text(&text), text.len);
}

/* In every format, with the report and the rules, by calls and over TLS. */
static void a_failure_shows_no_secret(void **state)
{
    static const char *const formats[] = {"pretty", "tap", "junit"};
    const struct failing *c = *state;
    AUTO(arena) arena = {0};
    const char *file = story_file(&arena, c);
    const char *report = arena_printf(&arena, "%s.html", path);
    cJSON *secrets = json_new_array(&arena);

    find_secrets(&arena, file, secrets);
    assert_true(cJSON_GetArraySize(secrets) >= 5);
    for (size_t i = 0; i < ARRAY_LEN(formats); i++) {
        const struct run_options options = {.paths = &file,
                                            .path_count = 1,
                                            .format = formats[i],
                                            .report = report,
                                            .jobs = 1,
                                            .wire = i == 0,
                                            .seed = 1,
                                            .rules = true};
        char *text = NULL;
        size_t len = 0;
        FILE *out = open_memstream(&text, &len);

        assert_int_equal(run_suite(&options, out, out), 1);
        fclose(out);
        search(formats[i], text, secrets);
        search("the report", read_file(&arena, report), secrets);
        free(text);
        unlink(report);
    }
}

int main(void)
{
    AUTO(arena) arena = {0};
    struct CMUnitTest tests[96];
    struct run_scenarios scenarios;
    struct row *rows;
    size_t count = 0;
    int fd = mkstemp(path), status;

    tellings_load(&arena, "setup", &scenarios, &rig);
    rows = arena_array(&arena, scenarios.count, 2 * sizeof *rows);
    for (size_t i = 0; i < 2 * scenarios.count; i++) {
        rows[i].scenario = &scenarios.items[i / 2];
        rows[i].wire = i % 2 == 1;
        rows[i].name = arena_printf(&arena, "%s, %s", rows[i].scenario->below,
                                    rows[i].wire ? "over TLS" : "by calls");
    }
    count =
        cases_add(tests, count, rows, sizeof *rows, 2 * scenarios.count, a_story_leaves_no_secret);
    CASES(tests, count, failing, a_failure_shows_no_secret);
    status = cases_run("secrecy", tests, count);
    close(fd);
    unlink(path);
    return status;
}
