#include "support/stage.h"

#include <setjmp.h>
#include <stdarg.h>
#include <string.h>

#include <cmocka.h>

int stage_raise(void **state)
{
    static struct stage stage;

    memset(&stage, 0, sizeof stage);
    directory_start(&stage.directory);
    stage.engine = directory_open(&stage.directory, &stage.error);
    assert_non_null(stage.engine);
    *state = &stage;
    return 0;
}

int stage_strike(void **state)
{
    struct stage *stage = *state;

    crmsync_close(stage->engine);
    directory_stop(&stage->directory);
    arena_finish(&stage->arena);
    return 0;
}

void stage_call(struct stage *stage, const char *operation, const char *with)
{
    char *out = NULL;
    struct err err;

    stage->error = (struct crmsync_error){0};
    stage->outcome = crmsync_call(stage->engine, operation, with, &out, &stage->error);
    assert_true(json_parse(&stage->arena, out, strlen(out), JSON_PLAIN, &stage->result, &err));
    crmsync_free(out);
}

void stage_must(struct stage *stage, const char *operation, const char *with)
{
    stage_call(stage, operation, with);
    if (stage->outcome != CRMSYNC_DONE) {
        fail_msg("%s: %s: %s", operation, stage->error.code, stage->error.message);
    }
}

/* The same with the first application's object id. */
void stage_must_with(struct stage *stage, const char *operation, const char *more)
{
    stage_must(stage, operation,
               arena_printf(&stage->arena, "{\"application\": \"%s\"%s}",
                            json_get_text(directory_application(&stage->directory), "id"), more));
}

void stage_call_with(struct stage *stage, const char *operation, const char *more)
{
    stage_call(stage, operation,
               arena_printf(&stage->arena, "{\"application\": \"%s\"%s}",
                            json_get_text(directory_application(&stage->directory), "id"), more));
}

const char *stage_text(const struct stage *stage, const char *pointer)
{
    return cJSON_GetStringValue(json_pointer_get(stage->result, pointer));
}

bool stage_changed(const struct stage *stage)
{
    const cJSON *item = json_get(stage->result, "changed");

    assert_true(cJSON_IsBool(item));
    return cJSON_IsTrue(item);
}

void stage_assert_code(const struct stage *stage, enum crmsync_outcome outcome, const char *code)
{
    assert_int_equal(stage->outcome, outcome);
    assert_string_equal(stage->error.code, code);
    assert_string_equal(stage_text(stage, "/error/code"), code);
}

int stage_passwords(struct stage *stage)
{
    return cJSON_GetArraySize(
        json_get(directory_application(&stage->directory), "passwordCredentials"));
}

void stage_reopen(struct stage *stage)
{
    crmsync_close(stage->engine);
    stage->engine = directory_open(&stage->directory, NULL);
    assert_non_null(stage->engine);
}

const char *stage_key(struct stage *stage, int index)
{
    return json_get_text(
        cJSON_GetArrayItem(
            json_get(directory_application(&stage->directory), "passwordCredentials"), index),
        "keyId");
}
