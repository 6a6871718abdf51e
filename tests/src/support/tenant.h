/*
 * A small organization and a small Marketo behind a transport that answers in the same thread,
 * under a clock that moves only when the engine waits. It knows just what a pass needs; it is
 * written from the published pages and shares nothing with the mock.
 */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "base/arena.h"
#include "base/db.h"
#include "base/json.h"
#include "base/str.h"
#include "include/crmsync.h"

enum tenant_trouble {
    TENANT_NO_TROUBLE,
    TENANT_DROPPED_BEFORE, /* never arrives; no answer */
    TENANT_DROPPED_AFTER,  /* done; no answer */
    TENANT_NOT_CONNECTED,  /* never arrives, and the transport knows it */
    TENANT_BROKEN_BEFORE,  /* 503, not done */
    TENANT_BROKEN_AFTER,   /* done, but 503 */
    TENANT_GARBLED,        /* done; the body is no JSON */
    TENANT_TROUBLES,
};

struct tenant_pending;

struct tenant {
    struct arena arena;
    cJSON *rows[3];    /* of accounts, leads, contacts: "@v" is the version */
    cJSON *deleted[3]; /* key and "@v" */
    cJSON *people, *companies, *activities;
    cJSON *reports;   /* bodies of pass.json */
    const char *page; /* its state */
    const char *subscription, *organization;
    const char *missing; /* a column that was deleted */
    const char *on_schema_error;
    int64_t version, ids, now_ms;
    int64_t ahead_ms;  /* how far the engine's clock is before everybody's */
    int64_t page_rows; /* of a read */
    int64_t expired;   /* delta links of before that version are too old */
    bool refused;      /* the application may not sign in any more */
    int throttle_s;    /* Marketo's day is over (-1), or Dataverse asks for so many seconds */
    uint64_t chance;

    struct tenant_pending *pending;
    uint64_t last_id;
    unsigned requests, trouble_at;
    enum tenant_trouble trouble;
    struct strbuf seen; /* methods and targets, a line each */

    unsigned writes; /* of people and companies, and changes of records, that were done */
    unsigned commits[3], die_at;
    enum crmsync_commit_phase die_phase;
    bool dead;
    void (*between)(struct tenant *tenant); /* called before each request */

    struct db *holder;
    char state[64];
    struct crmsync *engine;
    enum crmsync_outcome outcome;
    const char *code; /* of the last call's error */
    cJSON *result;
};

void tenant_start(struct tenant *tenant);
void tenant_stop(struct tenant *tenant);
/* Closes the engine (or abandons a dead one) and opens it again on its database. */
void tenant_reopen(struct tenant *tenant);
/* Calls an operation; the outcome is in the tenant. False when the engine died. */
bool tenant_call(struct tenant *tenant, const char *operation, const char *with);
/* One pass that must be done. */
void tenant_pass(struct tenant *tenant);

/* What people do in Dynamics. `set` is JSON: {"firstname": "Ann"}; returns the key. */
const char *tenant_create(struct tenant *tenant, int rank, const char *set);
void tenant_edit(struct tenant *tenant, int rank, const char *key, const char *set);
void tenant_delete(struct tenant *tenant, int rank, const char *key);
cJSON *tenant_row(struct tenant *tenant, int rank, const char *key);
/* … and in Marketo: */
void tenant_edit_person(struct tenant *tenant, const char *key, const char *set);
void tenant_delete_person(struct tenant *tenant, const char *key);
/* The only person of a record; NULL when there is none, fails the test when there are several. */
cJSON *tenant_person(struct tenant *tenant, const char *key);
cJSON *tenant_company(struct tenant *tenant, const char *key);
/* The value of a field as text; NULL when it is null or not there. */
const char *tenant_text(struct tenant *tenant, const cJSON *item, const char *name);
/* A number of the result's objects: tenant_count(tenant, "lead", "to_marketo", "inserts"). */
int64_t tenant_count(struct tenant *tenant, const char *object, const char *direction,
                     const char *what);
/* How many requests of that method whose target holds `part` have come. */
unsigned tenant_seen(const struct tenant *tenant, const char *method, const char *part);
