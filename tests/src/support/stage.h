/* A directory, an engine on it, and what the last call came to. */
#pragma once

#include <stdbool.h>

#include "support/directory.h"

struct stage {
    struct directory directory;
    struct arena arena;
    struct crmsync *engine;
    enum crmsync_outcome outcome;
    struct crmsync_error error;
    cJSON *result;
};

/* Set-up and tear-down of a test: *state is the stage. */
int stage_raise(void **state);
int stage_strike(void **state);
/* Closes the engine and opens it again on its database. */
void stage_reopen(struct stage *stage);

/* Calls an operation; `must` fails the test when it is not done. */
void stage_call(struct stage *stage, const char *operation, const char *with);
void stage_must(struct stage *stage, const char *operation, const char *with);
/* The same with the first application's object id and `more` members, such as `, "a": 1`. */
void stage_call_with(struct stage *stage, const char *operation, const char *more);
void stage_must_with(struct stage *stage, const char *operation, const char *more);

/* The text at a pointer of the result. */
const char *stage_text(const struct stage *stage, const char *pointer);
bool stage_changed(const struct stage *stage);
void stage_assert_code(const struct stage *stage, enum crmsync_outcome outcome, const char *code);
/* How many secrets the first application has, and the key id of one. */
int stage_passwords(struct stage *stage);
const char *stage_key(struct stage *stage, int index);

#define STORY(test) cmocka_unit_test_setup_teardown(test, stage_raise, stage_strike)

enum { DAY_MS = 24 * 60 * 60 * 1000 };

#define NAME     "{\"name\": \"Marketo Integration\"}"
#define REGISTER "setup.register-application"
#define ADD      "setup.add-secret"
#define SYNC     ", \"description\": \"sync\""
