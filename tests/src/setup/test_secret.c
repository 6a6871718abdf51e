/* Secrets in the cases of the field: shown once, lost, in use, somebody else's. */
#include "cases.h"

#include <string.h>

#include "base/iso8601.h"
#include "support/stage.h"

static void hands_a_secret_out_once(void **state)
{
    struct stage *stage = *state;
    const char *value;

    stage_must(stage, REGISTER, NAME);
    stage_must_with(stage, ADD, SYNC);
    value = stage_text(stage, "/secretText");
    assert_int_equal(strlen(stage_text(stage, "/hint")), 3);
    assert_int_equal(strncmp(value, stage_text(stage, "/hint"), 3), 0);
    assert_non_null(stage_text(stage, "/keyId"));
    assert_non_null(stage_text(stage, "/endDateTime"));
    assert_int_equal(directory_intents(&stage->directory, "SENT"), 1);
    /* The caller is back for something else: now he has it. */
    stage_must_with(stage, "setup.grant-consent", "");
    assert_int_equal(directory_intents(&stage->directory, "SENT"), 0);
}

/* A second secret of the same description is a second secret, as long as nothing was killed. */
static void adds_a_second_secret(void **state)
{
    struct stage *stage = *state;

    stage_must(stage, REGISTER, NAME);
    stage_must_with(stage, ADD, SYNC);
    stage_must_with(stage, ADD, SYNC);
    assert_int_equal(stage_passwords(stage), 2);
    stage_reopen(stage);
    stage_must_with(stage, ADD, SYNC);
    assert_int_equal(stage_passwords(stage), 3);
    assert_int_equal(directory_count(&stage->directory, "POST", "/removePassword"), 0);
}

/* Its value went with the answer that nobody got: the next run removes it and makes another. */
static void removes_a_secret_that_nobody_saw(void **state)
{
    struct stage *stage = *state;
    const char *lost;

    stage_must(stage, REGISTER, NAME);
    stage->directory.trouble = DROPPED_AFTER;
    stage->directory.trouble_at = stage->directory.requests + 2; /* a look, then addPassword */
    stage_call_with(stage, ADD, SYNC);
    stage_assert_code(stage, CRMSYNC_UNREACHABLE, "network");
    assert_non_null(strstr(stage->error.message, "not known whether"));
    assert_null(json_get(stage->result, "secretText"));
    assert_int_equal(stage_passwords(stage), 1);
    lost = arena_strdup(&stage->arena, stage_key(stage, 0));
    stage_reopen(stage);
    stage_must_with(stage, ADD, SYNC);
    assert_int_equal(stage_passwords(stage), 1);
    assert_string_not_equal(stage_key(stage, 0), lost);
    assert_string_equal(stage_key(stage, 0), stage_text(stage, "/keyId"));
}

/* What never arrived may still arrive: the next run looks until that is over, then makes one. */
static void waits_before_it_makes_another(void **state)
{
    struct stage *stage = *state;
    int64_t sent_ms;

    stage_must(stage, REGISTER, NAME);
    stage->directory.trouble = DROPPED_BEFORE;
    stage->directory.trouble_at = stage->directory.requests + 2;
    sent_ms = stage->directory.now_ms;
    stage_call_with(stage, ADD, SYNC);
    stage_assert_code(stage, CRMSYNC_UNREACHABLE, "network");
    stage_must_with(stage, ADD, SYNC);
    assert_true(stage->directory.now_ms >= sent_ms + 60000);
    assert_int_equal(stage_passwords(stage), 1);
    assert_int_equal(directory_count(&stage->directory, "POST", "/removePassword"), 0);
}

/* Secrets that are somebody else's, though they came after ours was sent. */
static void removes_no_secret_of_others(void **state)
{
    static const struct {
        const char *description;
        int64_t later_ms;
    } others[] = {{"of a colleague", 0}, {"sync", (int64_t)DAY_MS}};

    for (size_t i = 0; i < ARRAY_LEN(others); i++) {
        struct stage *stage = *state;
        char start[ISO8601_SIZE];
        cJSON *other = cJSON_CreateObject();

        stage_strike(state);
        stage_raise(state);
        stage = *state;
        stage_must(stage, REGISTER, NAME);
        stage->directory.trouble = DROPPED_BEFORE;
        stage->directory.trouble_at = stage->directory.requests + 2;
        stage_call_with(stage, ADD, SYNC);
        stage_assert_code(stage, CRMSYNC_UNREACHABLE, "network");
        stage->directory.now_ms += others[i].later_ms;
        iso8601_format_s(stage->directory.now_ms, start);
        cJSON_AddStringToObject(other, "keyId", "f0b0b335-1d71-4883-8f98-567911bfdca6");
        cJSON_AddStringToObject(other, "displayName", others[i].description);
        cJSON_AddStringToObject(other, "startDateTime", start);
        cJSON_AddStringToObject(other, "endDateTime", "2028-01-01T00:00:00Z");
        cJSON_AddStringToObject(other, "test.value", "xyz8Q~value");
        cJSON_AddItemToArray(
            json_get(directory_application(&stage->directory), "passwordCredentials"), other);
        stage_must_with(stage, ADD, SYNC);
        assert_int_equal(stage_passwords(stage), 2);
        assert_int_equal(directory_count(&stage->directory, "POST", "/removePassword"), 0);
    }
}

/* The program wrote the value into its file and was killed then: it is in use and stays. */
static void removes_no_secret_that_is_in_use(void **state)
{
    struct stage *stage = *state;

    stage_must(stage, REGISTER, NAME);
    stage_must_with(stage, ADD, SYNC);
    stage->directory.dynamics_secret =
        arena_strdup(&stage->arena, stage_text(stage, "/secretText"));
    crmsync_abandon(stage->engine);
    stage->engine = directory_open(&stage->directory, NULL);
    stage_must_with(stage, ADD, SYNC);
    assert_int_equal(stage_passwords(stage), 2);
    assert_int_equal(directory_count(&stage->directory, "POST", "/removePassword"), 0);
}

static void removes_a_secret(void **state)
{
    struct stage *stage = *state;

    stage_must(stage, REGISTER, NAME);
    stage_must_with(stage, ADD, SYNC);
    stage_must_with(
        stage, "setup.remove-secret",
        arena_printf(&stage->arena, ", \"keyId\": \"%s\"", stage_text(stage, "/keyId")));
    assert_true(stage_changed(stage));
    assert_int_equal(stage_passwords(stage), 0);
    stage_must_with(stage, "setup.remove-secret",
                    ", \"keyId\": \"f0b0b335-1d71-4883-8f98-567911bfdca6\"");
    assert_false(stage_changed(stage));
    assert_int_equal(directory_count(&stage->directory, "POST", "/removePassword"), 1);
}

static void tells_when_the_secret_ends(void **state)
{
    struct stage *stage = *state;

    stage_must(stage, "status", NULL);
    assert_true(cJSON_IsNull(json_get(stage->result, "secret")));
    stage_must(stage, REGISTER, NAME);
    stage_must_with(stage, ADD, ", \"description\": \"sync\", \"lifetime\": \"P10D\"");
    stage_must(stage, "status", "{}");
    assert_int_equal(json_get_int(json_get(stage->result, "secret"), "daysLeft", -99), 10);
    stage_reopen(stage);
    stage->directory.now_ms += (int64_t)DAY_MS / 2;
    stage_must(stage, "status", "{}");
    assert_int_equal(json_get_int(json_get(stage->result, "secret"), "daysLeft", -99), 9);
    stage->directory.now_ms += 10 * (int64_t)DAY_MS;
    stage_must(stage, "status", "{}");
    assert_int_equal(json_get_int(json_get(stage->result, "secret"), "daysLeft", -99), -1);
    stage_must_with(stage, "setup.remove-secret",
                    arena_printf(&stage->arena, ", \"keyId\": \"%s\"", stage_key(stage, 0)));
    stage_must(stage, "status", "{}");
    assert_true(cJSON_IsNull(json_get(stage->result, "secret")));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        STORY(hands_a_secret_out_once),
        STORY(adds_a_second_secret),
        STORY(removes_a_secret_that_nobody_saw),
        STORY(waits_before_it_makes_another),
        STORY(removes_no_secret_of_others),
        STORY(removes_no_secret_that_is_in_use),
        STORY(removes_a_secret),
        STORY(tells_when_the_secret_ends),
    };

    return cases_run("secret", tests, ARRAY_LEN(tests));
}
