/* Fault rules: what happens to which request. Contract section 4. */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "base/json.h"
#include "server/call.h"

enum mock_fault_type {
    FAULT_NONE,
    FAULT_RESPOND,
    FAULT_THROTTLE,
    FAULT_DELAY,
    FAULT_DROP_BEFORE,
    FAULT_DROP_AFTER,
    FAULT_LATE,
    FAULT_TRUNCATE,
    FAULT_MALFORMED_JSON,
    FAULT_SLOW_BODY,
    FAULT_DUPLICATE,
    FAULT_PERSON, /* somebody does something first; the request itself is left alone */
};

/* What is to be done to one request. */
struct mock_fault {
    enum mock_fault_type type;
    int64_t id;           /* of the rule; 0 when there is none */
    int64_t number;       /* status, seconds, milliseconds, bytes or bytes a second, by type */
    const cJSON *body;    /* of FAULT_RESPOND; NULL: none. Good while the world is locked */
    const cJSON *headers; /* likewise */
    const char *person;   /* of FAULT_PERSON: "actor/action"; likewise */
    const cJSON *with;    /* its parameters; NULL: none */
};

struct mock_faults;
struct mock_world;

/* The table that rules are kept in, and the rules of the present state in memory. */
extern const char mock_fault_schema[];
struct mock_faults *mock_faults_create(void);
void mock_faults_destroy(struct mock_faults *faults);
/* Reads the rules again: after a start, a restore or a change of the table. */
void mock_faults_load(struct mock_faults *faults, struct db *db);

/* The first rule in order of creation that fits the call; counts matches and hits. */
struct mock_fault mock_fault_take(struct mock_world *world, const struct mock_call *call);

/* Keeps what the action of FAULT_PERSON has answered, for those who read the rules. */
void mock_fault_said(struct mock_world *world, const struct mock_fault *fault, const char *json);

/* Checks a rule from outside. Fails with a sentence and a pointer. */
bool mock_fault_check(const cJSON *rule, struct err *err);
/* Adds a checked rule; returns its id. */
int64_t mock_fault_add(struct mock_world *world, const cJSON *rule);
/* Removes one; false when there is none of that id. */
bool mock_fault_remove(struct mock_world *world, int64_t id);
void mock_fault_clear(struct mock_world *world);
/* All rules with `id`, `hits` and `left`, as a JSON array in the arena. */
cJSON *mock_fault_list(struct mock_world *world, struct arena *arena);
