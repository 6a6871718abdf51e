/* The operations of setup against a small directory: every kill, every fault, and the second run.
 */
#include "cases.h"

#include <stdio.h>
#include <string.h>

#include "base/auto.h"
#include "support/directory.h"

#define NAME "{\"name\": \"Marketo Integration\"}"

/* An operation, what must have been done before it, and how often its effect may be there. */
struct story {
    const char *name;
    const char *operation;
    const char *with;
    bool application, key; /* takes the application's object id, the first secret's key id */
    const char *before[3]; /* operations that run first, with the parameters of their own rows */
    int applications, principals, grants, passwords; /* at the end */
};

/* clang-format off */
static const struct story stories[] = {
    {"register", "setup.register-application", NAME, false, false, {NULL}, 1, 3, 0, 0},
    {"consent", "setup.grant-consent", "{}", true, false,
     {"setup.register-application"}, 1, 3, 2, 0},
    {"add secret", "setup.add-secret", "{\"description\": \"sync\"}", true, false,
     {"setup.register-application"}, 1, 3, 0, 1},
    {"remove secret", "setup.remove-secret", "{}", true, true,
     {"setup.register-application", "setup.add-secret"}, 1, 3, 0, 0},
    {"setup", "setup", "{}", false, false, {NULL}, 1, 3, 2, 1},
};
/* clang-format on */

static const struct story *story_of(const char *operation)
{
    for (size_t i = 0; i < ARRAY_LEN(stories); i++) {
        if (strcmp(stories[i].operation, operation) == 0) {
            return &stories[i];
        }
    }
    fail_msg("no story for %s", operation);
    return NULL;
}

/* One call and its result, read. */
struct outcome {
    struct arena arena;
    enum crmsync_outcome outcome;
    cJSON *result;
    struct crmsync_error error;
};

static void outcome_finish(struct outcome *outcome)
{
    arena_finish(&outcome->arena);
}

static void call(struct directory *directory, struct crmsync *engine, const struct story *story,
                 struct outcome *ret)
{
    const cJSON *application = directory_application(directory);
    const char *id = json_get_text(application, "id");
    const char *key =
        json_get_text(cJSON_GetArrayItem(json_get(application, "passwordCredentials"), 0), "keyId");
    cJSON *with;
    char *out = NULL;
    struct err err;

    arena_finish(&ret->arena);
    *ret = (struct outcome){0};
    assert_true(json_parse(&ret->arena, story->with, strlen(story->with), JSON_PLAIN, &with, &err));
    if (story->application) {
        cJSON_AddStringToObject(with, "application", id);
    }
    if (story->key) {
        /* One that is gone is asked for all the same. */
        if (key != NULL) {
            snprintf(directory->note, sizeof directory->note, "%s", key);
        }
        cJSON_AddStringToObject(with, "keyId", directory->note);
    }
    ret->outcome =
        crmsync_call(engine, story->operation, json_text(&ret->arena, with), &out, &ret->error);
    if (ret->outcome == CRMSYNC_DIED) {
        assert_null(out);
        return;
    }
    assert_true(json_parse(&ret->arena, out, strlen(out), JSON_PLAIN, &ret->result, &err));
    assert_int_equal(str_eq(json_get_text(ret->result, "outcome"), "done"),
                     ret->outcome == CRMSYNC_DONE);
    if (ret->outcome != CRMSYNC_DONE) {
        assert_true(json_get_text(json_get(ret->result, "error"), "code")[0] != '\0');
        assert_true(json_get_text(json_get(ret->result, "error"), "message")[0] != '\0');
    }
    crmsync_free(out);
}

static struct crmsync *prepare(struct directory *directory, const struct story *story)
{
    AUTO(outcome) outcome = {0};
    struct crmsync_error err;
    struct crmsync *engine;

    directory_start(directory);
    engine = directory_open(directory, &err);
    assert_non_null(engine);
    for (size_t i = 0; i < ARRAY_LEN(story->before) && story->before[i] != NULL; i++) {
        call(directory, engine, story_of(story->before[i]), &outcome);
        assert_int_equal(outcome.outcome, CRMSYNC_DONE);
    }
    return engine;
}

static void assert_end(struct directory *directory, const struct story *story)
{
    cJSON *application = directory_application(directory);

    assert_int_equal(cJSON_GetArraySize(directory->applications), story->applications);
    assert_int_equal(cJSON_GetArraySize(directory->principals), story->principals);
    assert_int_equal(cJSON_GetArraySize(directory->grants), story->grants);
    assert_int_equal(cJSON_GetArraySize(json_get(application, "passwordCredentials")),
                     story->passwords);
}

/* No value of a secret and no token is where it must not be. */
static void assert_no_leak(struct directory *directory)
{
    const cJSON *password;
    uint8_t *image;
    size_t len;
    struct err err;
    const char *const fixed[] = {DIRECTORY_ADMIN_SECRET, "token.of.the.test"};

    assert_true(db_serialize(directory->holder, &image, &len, &err));
    for (size_t i = 0; i < ARRAY_LEN(fixed); i++) {
        assert_null(strstr(strbuf_text(&directory->log), fixed[i]));
        assert_null(memmem(image, len, fixed[i], strlen(fixed[i])));
    }
    cJSON_ArrayForEach(password, json_get(directory_application(directory), "passwordCredentials"))
    {
        const char *value = json_get_text(password, "test.value");

        assert_null(strstr(strbuf_text(&directory->log), value));
        assert_null(memmem(image, len, value, strlen(value)));
    }
    free(image);
}

static void runs_and_runs_again(void **state)
{
    const struct story *story = *state;
    AUTO(outcome) first = {0}, second = {0};
    struct directory directory;
    struct crmsync *engine = prepare(&directory, story);

    call(&directory, engine, story, &first);
    assert_int_equal(first.outcome, CRMSYNC_DONE);
    assert_end(&directory, story);
    if (crmsync_is_idempotent(story->operation)) {
        call(&directory, engine, story, &second);
        assert_int_equal(second.outcome, CRMSYNC_DONE);
        assert_end(&directory, story);
        if (strcmp(story->operation, "setup") != 0) {
            assert_true(cJSON_IsFalse(json_get(second.result, "changed")));
        }
    }
    crmsync_close(engine);
    assert_int_equal(directory_intents(&directory, "SENT"), 0);
    assert_no_leak(&directory);
    directory_stop(&directory);
}

/*
 * Kills the operation at one commit, opens the database again and runs it again. The first commit
 * behind an added secret notes that its value has been received; when that is lost, its intent
 * stays open, which only another secret of the same description would notice.
 */
static bool kill_at(const struct story *story, unsigned n, enum crmsync_commit_phase phase)
{
    AUTO(outcome) outcome = {0};
    struct directory directory;
    struct crmsync *engine = prepare(&directory, story);
    bool died;

    directory.die_phase = phase;
    directory.die_at = directory.commits[phase] + n;
    call(&directory, engine, story, &outcome);
    died = outcome.outcome == CRMSYNC_DIED;
    directory.die_at = 0;
    if (died) {
        crmsync_abandon(engine);
        engine = directory_open(&directory, NULL);
        assert_non_null(engine);
        call(&directory, engine, story, &outcome);
    }
    assert_int_equal(outcome.outcome, CRMSYNC_DONE);
    assert_end(&directory, story);
    crmsync_close(engine);
    assert_int_equal(directory_intents(&directory, "SENT"),
                     died && story->key && n == 1 && phase == CRMSYNC_COMMIT_BEFORE);
    assert_no_leak(&directory);
    directory_stop(&directory);
    return died;
}

static void survives_a_kill_at_every_commit(void **state)
{
    static const enum crmsync_commit_phase phases[] = {CRMSYNC_COMMIT_BEFORE, CRMSYNC_COMMIT_AT,
                                                       CRMSYNC_COMMIT_AFTER};
    const struct story *story = *state;

    for (size_t i = 0; i < ARRAY_LEN(phases); i++) {
        unsigned kills = 0;

        while (kill_at(story, kills + 1, phases[i])) {
            kills++;
        }
        assert_true(kills >= 1); /* every operation of these changes something */
    }
}

/* Troubles one request; the operation gets through or stops clearly, and the next run ends well. */
static bool trouble_at(const struct story *story, unsigned n, enum trouble trouble)
{
    AUTO(outcome) outcome = {0};
    struct directory directory;
    struct crmsync *engine = prepare(&directory, story);
    unsigned before = directory.requests;
    bool hit;

    directory.trouble_at = before + n;
    directory.trouble = trouble;
    call(&directory, engine, story, &outcome);
    hit = directory.requests - before >= n;
    directory.trouble_at = 0;
    if (outcome.outcome != CRMSYNC_DONE || crmsync_is_idempotent(story->operation)) {
        assert_true(outcome.outcome == CRMSYNC_DONE || outcome.outcome == CRMSYNC_FAILED ||
                    outcome.outcome == CRMSYNC_UNREACHABLE ||
                    (trouble == TOKEN_REFUSED && outcome.outcome == CRMSYNC_REFUSED));
        call(&directory, engine, story, &outcome);
    }
    assert_int_equal(outcome.outcome, CRMSYNC_DONE);
    assert_end(&directory, story);
    crmsync_close(engine);
    assert_int_equal(directory_intents(&directory, "SENT"), 0);
    assert_no_leak(&directory);
    directory_stop(&directory);
    return hit;
}

static void survives_every_trouble_at_every_request(void **state)
{
    const struct story *story = *state;

    for (enum trouble trouble = DROPPED_BEFORE; trouble < TROUBLES; trouble++) {
        unsigned n = 1;

        while (trouble_at(story, n, trouble)) {
            n++;
        }
        assert_true(n > 2);
    }
}

int main(void)
{
    struct CMUnitTest tests[64];
    size_t count = 0;

    CASES(tests, count, stories, runs_and_runs_again);
    CASES(tests, count, stories, survives_a_kill_at_every_commit);
    CASES(tests, count, stories, survives_every_trouble_at_every_request);
    return cases_run("setup", tests, count);
}
