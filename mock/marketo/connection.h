/*
 * The connection of a subscription to Dynamics, as Marketo's CRM page keeps it: its states and
 * what takes it from one to the next. Contract section 5; rules STATE-01 to STATE-10.
 */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "base/arena.h"
#include "base/db.h"

enum marketo_state {
    MARKETO_NEW,
    MARKETO_BOUND,
    MARKETO_FIELDS_CHOSEN,
    MARKETO_INITIAL_SYNC,
    MARKETO_RUNNING,
    MARKETO_DISABLED,
    MARKETO_OAUTH_PAUSE,
    MARKETO_SETTLING,
    MARKETO_HALTED,
    MARKETO_DOWN,
    MARKETO_STATES,
};

enum marketo_event {
    EVENT_CREDENTIALS, /* that open the organization, for the same one and the same method */
    EVENT_SWITCH,      /* to another method, all checks passed */
    EVENT_FIELDS,
    EVENT_ENABLE,
    EVENT_DISABLE,
    EVENT_QUICK_SYNC,
    EVENT_FLAG,     /* support's OAuth migration; of a Basic connection */
    EVENT_PASS,     /* the worker has passed, and nothing stopped it */
    EVENT_COMPLETE, /* and every record has been there once */
    EVENT_STOP_SCHEMA,
    EVENT_STOP_ACCESS,
    MARKETO_EVENTS,
};

struct marketo_connection {
    int64_t sub;
    enum marketo_state state;
    bool initial_complete;    /* a pass has ended so: "the state before" is running then */
    const char *organization; /* host; NULL while new */
    const char *method;       /* "s2s", "ropc", "basic"; NULL while new */
    const char *username, *client_id, *tenant_id;
    const char *email;             /* where notifications go; NULL: none yet */
    int64_t settles_ms;            /* while settling */
    const char *subscription_id;   /* changes when the subscription is replaced */
    bool flag;                     /* support has turned OAuth migration on */
    enum marketo_state flag_state; /* the very state in which it was turned on */
    const char *flag_username;     /* of Basic, for a revert */
    int64_t digest_ms;             /* of the last error digest; 0: none */
};

const char *marketo_state_name(enum marketo_state state);
/* False for a name that no state has. */
bool marketo_state_find(const char *name, enum marketo_state *ret);

void marketo_connection_get(struct arena *arena, struct db *db, int64_t sub,
                            struct marketo_connection *ret);
void marketo_connection_put(struct db *db, const struct marketo_connection *connection);

/*
 * What an event makes of the state: true and the next one, or false with the code of the refusal.
 * `now_ms` decides whether a settling connection may be enabled.
 */
bool marketo_connection_step(const struct marketo_connection *connection, enum marketo_event event,
                             int64_t now_ms, enum marketo_state *ret, const char **ret_code);
/* The sentence that goes with a code. */
const char *marketo_refusal_text(const char *code);
/* Whether there is one: then companies and the like belong to the CRM. */
bool marketo_connected(struct db *db, int64_t sub);
/* Whether the worker is to sync. */
bool marketo_state_syncs(enum marketo_state state);
