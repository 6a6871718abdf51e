/* What a fake service is: a table of routes and the few things that all its answers share. */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/json_writer.h"
#include "server/call.h"

struct world_load;

/* Sorted by template in each service's table. `mocktenant routes` prints them. */
struct mock_route {
    unsigned methods;      /* bits of enum mock_method */
    const char *template_; /* "/v1.0/applications/{id}"; a brace part may have text around it in its
                              segment */
    void (*handle)(struct mock_call *call, struct mock_reply *reply);
    const char *source; /* an id of mock/SOURCES.md */
};

/* A table of the state, for `GET /_mock/state/{service}/{table}`. */
struct mock_state_table {
    const char *name;
    /*
     * Two columns: the key, and the row as a JSON object with the API's names and without any
     * secret. Takes ?1 = the key after which to begin ('' at first) and ?2 = how many, and orders
     * by the key.
     */
    const char *sql;
};

struct mock_param {
    const char *name;
    const char *kind; /* "string", "boolean", "object", "integer" */
    bool required;
    const char *about;
};

enum { MOCK_MAX_PARAMS = 6 };

/* What a person does in a portal that has no public API: `POST /_mock/actions/{actor}/{name}`. */
struct mock_action {
    const char *actor, *name;
    const char *about, *result;
    struct mock_param params[MOCK_MAX_PARAMS];
    /*
     * `with` has been checked against params. Fills *reply with 200 and its result; to refuse it
     * calls mock_action_refuse(), and whatever it changed is rolled back.
     */
    void (*run)(struct mock_call *call, const cJSON *with, struct mock_reply *reply);
};

/* 409 with {"error": {code, message, pointer}}. */
void mock_action_refuse(struct mock_call *call, struct mock_reply *reply, const char *code,
                        const char *message, const char *pointer);

struct mock_service {
    const char *name; /* "entra", "graph", …: contract section 4 */
    const struct mock_route *routes;
    size_t route_count;
    const char *alias[2]; /* a first segment alias[0] is routed as alias[1]; NULL: none */
    bool fold_case;       /* literal segments match without regard to case */
    const struct mock_state_table *tables;
    size_t table_count;
    /*
     * Tables that no one SELECT can show: writes the rows of one of them, from `after` on, at most
     * `limit`, as elements of an array. `host` is the one behind the `@`, NULL when none was named.
     * False when there is no such table or host. `list` adds their names. NULL: none.
     */
    bool (*state)(struct mock_call *call, const char *host, const char *table, const char *after,
                  int64_t limit, struct json_writer *writer);
    void (*state_list)(struct mock_call *call, cJSON *names);
    const struct mock_action *actions;
    size_t action_count;
    const char *schema; /* CREATE TABLE … of its rows, every table with a PRIMARY KEY; NULL: none */
    /* Further tables of an empty world that no text could hold; NULL: none. */
    void (*make_tables)(struct db *db);
    /* Fills its rows from a world file, after the directory's; in the order of mock_services. */
    bool (*load)(struct world_load *load, struct err *err);

    /* Frees what it keeps of a world in world->kept[its id]; NULL: it keeps nothing. */
    void (*drop)(void *kept);

    /* Changes the call before it is routed (such as `_method`); NULL: nothing to do. */
    void (*prepare)(struct mock_call *call);
    /* Token, quota, lockout. False when it has filled *reply with a refusal. NULL: everyone may. */
    bool (*admit)(struct mock_call *call, struct mock_reply *reply);
    /* No route: call->allowed says whether the path is known for other methods. */
    void (*miss)(struct mock_call *call, struct mock_reply *reply);
    /* The target has a broken escape or %00: the service's 400. NULL: a plain one. */
    void (*bad_target)(struct mock_call *call, struct mock_reply *reply);
    /* The fault `throttle` in the service's own words. */
    void (*throttle)(struct mock_call *call, struct mock_reply *reply, int64_t retry_after_s);
    /* Headers that every answer has, also those of faults. Called last, without the lock: from the
     * call alone. */
    void (*decorate)(struct mock_call *call, struct mock_reply *reply);
};

/* All services in the order of `mocktenant routes`; the control API is not among them. */
extern const struct mock_service *const mock_services[];
extern const size_t mock_service_count;
