/*
 * A small directory behind a transport that answers in the same thread, under a clock that moves
 * only when the engine waits. It knows just what the engine's tests need; it is written from the
 * published pages and shares nothing with the mock.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/arena.h"
#include "base/db.h"
#include "base/json.h"
#include "base/str.h"
#include "include/crmsync.h"

#define DIRECTORY_TENANT       "6b1c5f0e-7a3d-4c55-9e2f-0d4b8a17c001"
#define DIRECTORY_ADMIN        "d4a3f6c5-8b7b-4eae-9fc9-64c5b3ace404"
#define DIRECTORY_ADMIN_SECRET "adm8Q~AdminSecretOfTheTestDirectory"

enum trouble {
    NO_TROUBLE,
    DROPPED_BEFORE, /* never arrives; no answer */
    DROPPED_AFTER,  /* done; no answer */
    NOT_CONNECTED,  /* never arrives, and the transport knows it */
    HELD,           /* never arrives, and nothing is ever said */
    BROKEN_BEFORE,  /* 503, not done */
    BROKEN_AFTER,   /* done, but 503 */
    THROTTLED,      /* 429, Retry-After: 7 */
    THROTTLED_LONG, /* 429, Retry-After: 3600 */
    GARBLED,        /* done; the body is no JSON */
    TWICE_FIRST,    /* done twice; the first answer comes */
    TWICE_SECOND,   /* done twice; the second answer comes */
    TOKEN_REFUSED,  /* 401 */
    TROUBLES,
};

struct pending;

struct directory {
    struct arena arena;
    cJSON *applications, *principals, *grants;
    cJSON *sent; /* the bodies that came, by "METHOD URL"; of equal ones the last */
    int64_t now_ms;
    uint64_t chance;
    unsigned ids; /* how many were given */

    struct pending *pending;
    uint64_t last_id;
    size_t in_flight;

    unsigned requests;   /* that came, from 1 */
    unsigned trouble_at; /* the number of the request that has it; 0 = none */
    enum trouble trouble;
    unsigned hidden_reads; /* so many reads do not show what the last write made */
    struct strbuf seen;    /* methods and targets, a line each */
    struct strbuf log;     /* the engine's events */

    unsigned commits[3]; /* by phase */
    unsigned die_at;     /* the number of the commit at which it dies; 0 = never */
    enum crmsync_commit_phase die_phase;
    bool dead; /* nothing may come any more */

    const char *dynamics_secret; /* what is given as dynamics.clientSecret */
    struct db *holder;           /* keeps the engine's database alive */
    const char *admin_client;    /* NULL: the configuration names none */
    bool nobody_listens;         /* the engine has no log */
    char state[64];
    char note[64]; /* the test's own */
};

void directory_start(struct directory *directory);
void directory_stop(struct directory *directory);
/* An engine on the directory and its database; NULL with *err when it cannot be opened. */
struct crmsync *directory_open(struct directory *directory, struct crmsync_error *err);
/* How many requests of that method whose target holds `part` have come. */
unsigned directory_count(const struct directory *directory, const char *method, const char *part);
/* The last JSON body that came with such a request; fails the test when none did. */
const cJSON *directory_sent(const struct directory *directory, const char *method,
                            const char *part);
/* The first application, NULL when there is none. */
cJSON *directory_application(struct directory *directory);
/* Adds an application as a person in the portal would. */
cJSON *directory_add_application(struct directory *directory, const char *name, bool principal);
/* How many intents of the engine's database have that state. */
int64_t directory_intents(struct directory *directory, const char *state);
