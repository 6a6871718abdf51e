/*
 * The words of a scenario file: every member, verb, matcher, operation and fault with what it
 * takes. The checks before the first step, the JSON Schema and the nearest-word messages all come
 * from these tables.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>

enum run_verb {
    RUN_ENGINE,
    RUN_PERSON,
    RUN_REQUEST,
    RUN_CLOCK,
    RUN_RESTART,
    RUN_FAULT,
    RUN_EXPECT,
};

enum { RUN_VERB_COUNT = 7 };

/* What a member holds. Each kind has one check (check.c) and one schema (schema.c). */
enum run_kind {
    RUN_KIND_TEXT,      /* any text that is not empty */
    RUN_KIND_WORLD,     /* a name or a world object */
    RUN_KIND_OBJECT,    /* an object in which placeholders work */
    RUN_KIND_ANY,       /* any value in which placeholders work */
    RUN_KIND_NUMBER,    /* a number, or a text that is a placeholder */
    RUN_KIND_RULES,     /* ids of RULES.md */
    RUN_KIND_ALSO,      /* names of variants */
    RUN_KIND_STEPS,     /* steps */
    RUN_KIND_OPERATION, /* an operation of the engine */
    RUN_KIND_ACTION,    /* actor/action */
    RUN_KIND_REQUEST,   /* METHOD service[@host] /path */
    RUN_KIND_MOMENT,    /* a duration or a date */
    RUN_KIND_RESTART,   /* {} or {"config": {…}} */
    RUN_KIND_FAULT,     /* a fault rule, or "clear" */
    RUN_KIND_EXPECT,    /* an expectation */
    RUN_KIND_WHO,       /* whose token */
    RUN_KIND_FORM,      /* name → text */
    RUN_KIND_SAVE,      /* name → JSON Pointer */
    RUN_KIND_VALUE,     /* a value or a matcher */
    RUN_KIND_OUTCOME,   /* the same, a text being an outcome */
    RUN_KIND_DATE,      /* the same, a text being a date */
    RUN_KIND_POINTERS,  /* JSON Pointer → value or matcher */
    RUN_KIND_NAMES,     /* name → value or matcher */
    RUN_KIND_JOURNAL,   /* what the journal must have, or a list of these */
    RUN_KIND_STATE,     /* service/table → rows */
    RUN_KIND_MAIL_KIND, /* a value, a text being a kind of mail */
    RUN_KIND_MAIL,      /* a mail, or a list of these */
    RUN_KIND_STEP_NAME, /* the name of an earlier step */
    RUN_KIND_FAULT_MATCH,
    RUN_KIND_FAULT_ACTION,
};

/* Which verbs a member of a step goes with. */
enum { RUN_WITH_ALL = (1 << RUN_VERB_COUNT) - 1 };
#define RUN_WITH(verb) (1U << (verb))

struct run_member {
    const char *name;
    enum run_kind kind;
    bool required;
    unsigned verbs; /* of a step's and an expectation's members; 0 = it does not matter */
    const char *about;
};

struct run_members {
    const char *of; /* "a step": for messages */
    const struct run_member *items;
    size_t count;
};

extern const struct run_members run_scenario_members;
extern const struct run_members run_step_members; /* the first RUN_VERB_COUNT are the verbs */
extern const struct run_members run_expect_members;
extern const struct run_members run_journal_members;
extern const struct run_members run_rows_members;
extern const struct run_members run_mail_members;
extern const struct run_members run_restart_members;
extern const struct run_members run_fault_members;
extern const struct run_members run_fault_match_members;

/* A type of fault and the members of its action beside `type`. */
struct run_fault_type {
    const char *name;
    struct run_members members;
};

extern const struct run_fault_type run_fault_types[];
extern const size_t run_fault_type_count;

/* An operation of the engine and the parameters that `with` may have. */
struct run_operation {
    const char *name;
    const char *const *params; /* the last one NULL */
};

extern const struct run_operation run_operations[];
extern const size_t run_operation_count;
const struct run_operation *run_operation_find(const char *name);

/* A closed list of words. */
struct run_words {
    const char *of; /* "an outcome" */
    const char *const *items;
    size_t count;
};

extern const struct run_words run_matchers; /* with their `$` */
extern const struct run_words run_outcomes;
extern const struct run_words run_mail_kinds;
extern const struct run_words run_variants;
extern const struct run_words run_services; /* where a request may go */
extern const struct run_words run_people;
extern const struct run_words run_methods;
extern const struct run_words run_world_keys; /* contract section 2: placeholders of every world */

bool run_words_have(const struct run_words *words, const char *word);
/* The member of that name; NULL when there is none. */
const struct run_member *run_member_find(const struct run_members *members, const char *name);
/* ", did you mean \"x\"?" in `ret`, or nothing when no word is near. */
void run_did_you_mean(const char *word, const char *const *list, size_t count, char *ret,
                      size_t size);
