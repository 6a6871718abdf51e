#include "marketo/connection.h"

#include <stdlib.h>

#include "base/auto.h"
#include "base/str.h"
#include "store/store.h"

static const char *const state_names[MARKETO_STATES] = {
    [MARKETO_NEW] = "new",
    [MARKETO_BOUND] = "bound",
    [MARKETO_FIELDS_CHOSEN] = "fields_chosen",
    [MARKETO_INITIAL_SYNC] = "initial_sync",
    [MARKETO_RUNNING] = "running",
    [MARKETO_DISABLED] = "disabled",
    [MARKETO_OAUTH_PAUSE] = "oauth_pause",
    [MARKETO_SETTLING] = "settling",
    [MARKETO_HALTED] = "halted",
    [MARKETO_DOWN] = "down",
};

const char *marketo_state_name(enum marketo_state state)
{
    return state_names[state];
}

bool marketo_state_find(const char *name, enum marketo_state *ret)
{
    for (size_t i = 0; i < MARKETO_STATES; i++) {
        if (str_eq(name, state_names[i])) {
            *ret = (enum marketo_state)i;
            return true;
        }
    }
    return false;
}

void marketo_connection_get(struct arena *arena, struct db *db, int64_t sub,
                            struct marketo_connection *ret)
{
    AUTO(db_rows) rows = {0};

    *ret = (struct marketo_connection){.sub = sub};
    store_query(&rows, db,
                "SELECT state, initial_complete, organization, method, username, client_id,"
                " tenant_id, email, settles_ms, subscription_id, flag, flag_state, flag_username,"
                " digest_ms FROM marketo_connections WHERE sub = ?",
                DB_ARGS(db_int(sub)));
    if (!store_next(&rows) || !marketo_state_find(db_column_text(&rows, 0), &ret->state) ||
        !marketo_state_find(db_column_text(&rows, 11), &ret->flag_state)) {
        abort(); /* every subscription has one */
    }
    ret->initial_complete = db_column_int(&rows, 1) != 0;
    ret->organization = arena_strdup(arena, db_column_text(&rows, 2));
    ret->method = arena_strdup(arena, db_column_text(&rows, 3));
    ret->username = arena_strdup(arena, db_column_text(&rows, 4));
    ret->client_id = arena_strdup(arena, db_column_text(&rows, 5));
    ret->tenant_id = arena_strdup(arena, db_column_text(&rows, 6));
    ret->email = arena_strdup(arena, db_column_text(&rows, 7));
    ret->settles_ms = db_column_int(&rows, 8);
    ret->subscription_id = arena_strdup(arena, db_column_text(&rows, 9));
    ret->flag = db_column_int(&rows, 10) != 0;
    ret->flag_username = arena_strdup(arena, db_column_text(&rows, 12));
    ret->digest_ms = db_column_int(&rows, 13);
}

void marketo_connection_put(struct db *db, const struct marketo_connection *c)
{
    static const char sql[] =
        "INSERT OR REPLACE INTO marketo_connections (sub, state, initial_complete, organization,"
        " method, username, client_id, tenant_id, email, settles_ms, subscription_id, flag,"
        " flag_state, flag_username, digest_ms)"
        " VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)";

    store_run(db, sql,
              DB_ARGS(db_int(c->sub), db_text(state_names[c->state]), db_int(c->initial_complete),
                      db_text(c->organization), db_text(c->method), db_text(c->username),
                      db_text(c->client_id), db_text(c->tenant_id), db_text(c->email),
                      db_int(c->settles_ms), db_text(c->subscription_id), db_int(c->flag),
                      db_text(state_names[c->flag_state]), db_text(c->flag_username),
                      db_int(c->digest_ms)));
}

bool marketo_connected(struct db *db, int64_t sub)
{
    return store_int(db, "SELECT state <> 'new' FROM marketo_connections WHERE sub = ?",
                     DB_ARGS(db_int(sub)), 0) != 0;
}

bool marketo_state_syncs(enum marketo_state state)
{
    return state == MARKETO_INITIAL_SYNC || state == MARKETO_RUNNING || state == MARKETO_DOWN;
}

/* Where an arrow ends: a state, or one of these; or a refusal. */
enum { STAY = -1, BACK = -2, WHEN_SETTLED = -3, REFUSED = -4 };

struct arrow {
    int to;
    const char *code;
};

#define TO(state)                                                                                  \
    {                                                                                              \
        (state), NULL                                                                              \
    }
#define NO(code)                                                                                   \
    {                                                                                              \
        REFUSED, (code)                                                                            \
    }
#define STAYS                                                                                      \
    {                                                                                              \
        STAY, NULL                                                                                 \
    }
#define BACK_ON                                                                                    \
    {                                                                                              \
        BACK, NULL                                                                                 \
    }

/* clang-format off */
/*
 * Contract section 5, "Transitions". A column is an event, in the order of the enum: credentials,
 * switch, fields, enable, disable, quick sync, flag, pass, complete, stop schema, stop access.
 */
static const struct arrow arrows[MARKETO_STATES][MARKETO_EVENTS] = {
    [MARKETO_NEW] = {TO(MARKETO_BOUND), NO("step_closed"), NO("step_closed"), NO("step_closed"), NO("not_enabled"), NO("step_closed"), NO("not_enabled"), STAYS, STAYS, STAYS, STAYS},
    [MARKETO_BOUND] = {STAYS, NO("step_closed"), TO(MARKETO_FIELDS_CHOSEN), NO("step_closed"), NO("not_enabled"), NO("step_closed"), NO("not_enabled"), STAYS, STAYS, STAYS, STAYS},
    [MARKETO_FIELDS_CHOSEN] = {STAYS, NO("step_closed"), STAYS, TO(MARKETO_INITIAL_SYNC), NO("not_enabled"), STAYS, NO("not_enabled"), STAYS, STAYS, STAYS, STAYS},
    [MARKETO_INITIAL_SYNC] = {STAYS, NO("step_closed"), STAYS, STAYS, TO(MARKETO_DISABLED), STAYS, TO(MARKETO_OAUTH_PAUSE), STAYS, TO(MARKETO_RUNNING), TO(MARKETO_HALTED), TO(MARKETO_DOWN)},
    [MARKETO_RUNNING] = {STAYS, NO("step_closed"), STAYS, STAYS, TO(MARKETO_DISABLED), STAYS, TO(MARKETO_OAUTH_PAUSE), STAYS, STAYS, TO(MARKETO_HALTED), TO(MARKETO_DOWN)},
    [MARKETO_DISABLED] = {STAYS, TO(MARKETO_SETTLING), STAYS, BACK_ON, STAYS, STAYS, TO(MARKETO_OAUTH_PAUSE), STAYS, STAYS, STAYS, STAYS},
    [MARKETO_OAUTH_PAUSE] = {STAYS, TO(MARKETO_SETTLING), STAYS, NO("paused"), NO("paused"), STAYS, NO("paused"), STAYS, STAYS, STAYS, STAYS},
    [MARKETO_SETTLING] = {STAYS, NO("step_closed"), STAYS, {WHEN_SETTLED, "too_early"}, NO("paused"), STAYS, NO("paused"), STAYS, STAYS, STAYS, STAYS},
    [MARKETO_HALTED] = {STAYS, NO("step_closed"), TO(MARKETO_DISABLED), NO("schema_changed"), TO(MARKETO_DISABLED), STAYS, TO(MARKETO_OAUTH_PAUSE), STAYS, STAYS, STAYS, STAYS},
    [MARKETO_DOWN] = {BACK_ON, NO("step_closed"), STAYS, STAYS, TO(MARKETO_DISABLED), STAYS, TO(MARKETO_OAUTH_PAUSE), BACK_ON, TO(MARKETO_RUNNING), TO(MARKETO_HALTED), STAYS},
};
/* clang-format on */

bool marketo_connection_step(const struct marketo_connection *connection, enum marketo_event event,
                             int64_t now_ms, enum marketo_state *ret, const char **ret_code)
{
    const struct arrow *arrow = &arrows[connection->state][event];
    enum marketo_state back = connection->initial_complete ? MARKETO_RUNNING : MARKETO_INITIAL_SYNC;

    *ret_code = arrow->code;
    switch (arrow->to) {
    case STAY:
        *ret = connection->state;
        return true;
    case BACK:
        *ret = back;
        return true;
    case WHEN_SETTLED:
        *ret = back;
        return now_ms >= connection->settles_ms;
    case REFUSED:
        return false;
    default:
        *ret = (enum marketo_state)arrow->to;
        return true;
    }
}

const char *marketo_refusal_text(const char *code)
{
    static const struct {
        const char *code, *text;
    } texts[] = {
        {"step_closed", "This step is closed now: enter the credentials, select the fields and "
                        "enable the sync in this order; a change of the authentication method "
                        "needs the sync disabled."},
        {"not_enabled", "The sync is not enabled, so there is nothing to disable or to migrate."},
        {"paused", "The sync is paused for the change of its authentication method: enter the new "
                   "credentials, wait until settlesAt, then enable it."},
        {"too_early", "The new authentication method is being taken over, which needs 15 minutes: "
                      "enable the sync from settlesAt on."},
        {"schema_changed", "A selected field is gone from Dynamics: review and save the field "
                           "list, then enable the sync."},
        {"org_locked", "The organization of this subscription is locked: it cannot be changed. "
                       "Only a new Marketo subscription can be connected to another one."},
    };

    for (size_t i = 0; i < ARRAY_LEN(texts); i++) {
        if (str_eq(texts[i].code, code)) {
            return texts[i].text;
        }
    }
    return "The page refuses this.";
}
