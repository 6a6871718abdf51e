#include "control/fault.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

#include "base/mem.h"
#include "control/control.h"
#include "control/names.h"
#include "server/router.h"
#include "server/service.h"
#include "server/world.h"
#include "store/store.h"

const char mock_fault_schema[] =
    "CREATE TABLE faults (id INTEGER PRIMARY KEY AUTOINCREMENT, rule TEXT NOT NULL,"
    " matched INTEGER NOT NULL DEFAULT 0, hits INTEGER NOT NULL DEFAULT 0, said TEXT);";

struct rule {
    int64_t id, matched, hits;
    const char *service, *route, *method, *path;
    int64_t nth, times; /* 0: any, -1: without end */
    double probability; /* 1: always */
    struct mock_fault fault;
};

struct mock_faults {
    struct arena arena;
    struct rule *rules;
    size_t count;
};

/* One action type: its name, the number that it takes, and the bounds of that number. */
struct action_row {
    enum mock_fault_type type;
    const char *name, *number;
    bool required;
    int64_t least, most;
};

static const struct action_row action_rows[] = {
    {FAULT_RESPOND, "respond", "status", true, 200, 599},
    {FAULT_THROTTLE, "throttle", "retry_after", false, 0, INT64_C(86400) * 365},
    {FAULT_DELAY, "delay", "ms", true, 0, INT64_C(86400000) * 365},
    {FAULT_DROP_BEFORE, "drop_before", NULL, false, 0, 0},
    {FAULT_DROP_AFTER, "drop_after", NULL, false, 0, 0},
    {FAULT_LATE, "late", "ms", true, 0, INT64_C(86400000) * 365},
    {FAULT_TRUNCATE, "truncate", "bytes", true, 0, INT32_MAX},
    {FAULT_MALFORMED_JSON, "malformed_json", NULL, false, 0, 0},
    {FAULT_SLOW_BODY, "slow_body", "bytes_per_second", true, 1, INT32_MAX},
    {FAULT_DUPLICATE, "duplicate", NULL, false, 0, 0},
    {FAULT_PERSON, "person", NULL, false, 0, 0},
};

struct mock_faults *mock_faults_create(void)
{
    return mem_alloc(sizeof(struct mock_faults));
}

void mock_faults_destroy(struct mock_faults *faults)
{
    if (faults != NULL) {
        arena_finish(&faults->arena);
        mem_free(faults);
    }
}

static const struct action_row *action_row(const char *name)
{
    for (size_t i = 0; name != NULL && i < ARRAY_LEN(action_rows); i++) {
        if (strcmp(action_rows[i].name, name) == 0) {
            return &action_rows[i];
        }
    }
    return NULL;
}

/* A rule that was checked before it was stored. */
static void read_rule(struct rule *rule, const cJSON *json)
{
    const cJSON *match = json_get(json, "match"), *action = json_get(json, "action");
    const cJSON *probability = json_get(match, "probability");
    const struct action_row *row = action_row(json_get_text(action, "type"));

    rule->service = mock_service_canonical(json_get_text(match, "service"));
    rule->route = json_get_text(match, "route");
    rule->method = json_get_text(match, "method");
    rule->path = json_get_text(match, "path");
    rule->nth = json_get_int(match, "nth", 0);
    rule->probability = cJSON_IsNumber(probability) ? cJSON_GetNumberValue(probability) : 1;
    rule->times = json_get_int(json, "times", -1);
    rule->fault.type = row->type;
    rule->fault.id = rule->id;
    rule->fault.number = row->number != NULL ? json_get_int(action, row->number, 0) : 0;
    rule->fault.body = json_get(action, "body");
    rule->fault.headers = json_get(action, "headers");
    rule->fault.person = json_get_text(action, "action");
    rule->fault.with = json_get(action, "with");
}

void mock_faults_load(struct mock_faults *faults, struct db *db)
{
    AUTO(db_rows) rows = {0};
    size_t count = (size_t)store_int(db, "SELECT count(*) FROM faults", DB_NO_ARGS, 0);

    arena_finish(&faults->arena);
    faults->rules = arena_array(&faults->arena, count, sizeof *faults->rules);
    faults->count = 0;
    store_query(&rows, db, "SELECT id, rule, matched, hits FROM faults ORDER BY id", DB_NO_ARGS);
    while (store_next(&rows) && faults->count < count) {
        struct rule *rule = &faults->rules[faults->count++];
        const char *text = db_column_text(&rows, 1);
        cJSON *json = NULL;
        struct err err;

        rule->id = db_column_int(&rows, 0);
        rule->matched = db_column_int(&rows, 2);
        rule->hits = db_column_int(&rows, 3);
        if (json_parse(&faults->arena, text, strlen(text), JSON_PLAIN, &json, &err)) {
            read_rule(rule, json);
        }
    }
}

static bool fits(const struct rule *rule, const struct mock_call *call)
{
    const char *route = call->route != NULL ? call->route->template_ : NULL;

    return (rule->service == NULL || mock_service_fits(rule->service, call)) &&
           (rule->route == NULL || str_eq(rule->route, route)) &&
           (rule->method == NULL || str_ieq(rule->method, mock_effective_method(call))) &&
           (rule->path == NULL || str_match(rule->path, call->path.text, '/'));
}

/* A number from 0 up to 1 that the seed decides. */
static double chance(struct random *random)
{
    return (double)(random_next(random) >> 11) * 0x1p-53;
}

struct mock_fault mock_fault_take(struct mock_world *world, const struct mock_call *call)
{
    struct mock_fault taken = {0};

    for (size_t i = 0; i < world->faults->count; i++) {
        struct rule *rule = &world->faults->rules[i];
        bool hit;

        if (!fits(rule, call)) {
            continue;
        }
        rule->matched++;
        hit = taken.id == 0 && (rule->times < 0 || rule->hits < rule->times) &&
              (rule->nth == 0 || rule->nth == rule->matched) &&
              (rule->probability >= 1 || chance(&world->random) < rule->probability);
        if (hit) {
            rule->hits++;
            taken = rule->fault;
        }
        store_run(call->db, "UPDATE faults SET matched = ?, hits = ? WHERE id = ?",
                  DB_ARGS(db_int(rule->matched), db_int(rule->hits), db_int(rule->id)));
    }
    return taken;
}

void mock_fault_said(struct mock_world *world, const struct mock_fault *fault, const char *json)
{
    store_run(world->db, "UPDATE faults SET said = ? WHERE id = ?",
              DB_ARGS(db_text(json), db_int(fault->id)));
}

static bool refuse(struct err *err, const char *pointer, const char *text)
{
    (void)err_set(err, ERR_CONFIG, "%s", text);
    err_at(err, pointer);
    return false;
}

struct match_members {
    const char *service, *route, *method, *path;
    int64_t nth;
    double probability;
};

static const struct json_field match_fields[] = {
    JSON_FIELD("service", struct match_members, service, OPTIONAL),
    JSON_FIELD("route", struct match_members, route, OPTIONAL),
    JSON_FIELD("method", struct match_members, method, OPTIONAL),
    JSON_FIELD("path", struct match_members, path, OPTIONAL),
    JSON_FIELD("nth", struct match_members, nth, OPTIONAL),
    JSON_FIELD("probability", struct match_members, probability, OPTIONAL),
};

static bool check_match(const cJSON *match, struct err *err)
{
    struct match_members members = {.nth = 1, .probability = 1};

    if (match == NULL) {
        return true;
    }
    if (!json_read_strict(match, "/match", match_fields, ARRAY_LEN(match_fields), &members, err)) {
        return false;
    }
    if (members.nth < 1) {
        return refuse(err, "/match/nth", "\"nth\" counts from 1");
    }
    if (!(members.probability >= 0 && members.probability <= 1)) {
        return refuse(err, "/match/probability", "\"probability\" lies between 0 and 1");
    }
    if (members.path != NULL && *members.path != '/') {
        return refuse(err, "/match/path", "a path begins with \"/\"");
    }
    if (members.method != NULL && mock_method_of(members.method) == HTTP_OTHER) {
        return refuse(err, "/match/method",
                      "expected GET, HEAD, POST, PUT, PATCH, DELETE or OPTIONS");
    }
    if (members.route != NULL && !mock_route_known(members.route)) {
        return refuse(err, "/match/route",
                      "no such route; `mocktenant routes` lists the templates");
    }
    return members.service == NULL || mock_service_canonical(members.service) != NULL ||
           refuse(err, "/match/service",
                  "expected entra, adfs, graph, dataverse, discovery, marketo or control");
}

static bool check_headers(const cJSON *headers, struct err *err)
{
    const cJSON *header;

    if (headers != NULL && !cJSON_IsObject(headers)) {
        return refuse(err, "/action/headers", "expected an object of name → text");
    }
    cJSON_ArrayForEach(header, headers)
    {
        const char *value = cJSON_GetStringValue(header);

        if (value == NULL || strpbrk(value, "\r\n") != NULL || header->string[0] == '\0' ||
            strpbrk(header->string, "\r\n: \t") != NULL) {
            return refuse(err, "/action/headers",
                          "expected header names with a text of one line each");
        }
    }
    return cJSON_GetArraySize(headers) <= 20 ||
           refuse(err, "/action/headers", "expected at most 20 headers");
}

/* Members that no number says: NULL when a type has only its number, if any. */
static const char *const *members_of(enum mock_fault_type type, size_t *ret_count)
{
    static const char *const respond[] = {"type", "status", "body", "headers"};
    static const char *const person[] = {"type", "action", "with"};

    *ret_count = type == FAULT_RESPOND ? ARRAY_LEN(respond) : ARRAY_LEN(person);
    return type == FAULT_RESPOND ? respond : type == FAULT_PERSON ? person : NULL;
}

static bool check_more(enum mock_fault_type type, const cJSON *action, struct err *err)
{
    if (type == FAULT_RESPOND) {
        return check_headers(json_get(action, "headers"), err);
    }
    return type != FAULT_PERSON ||
           control_act_check(json_get_text(action, "action"), json_get(action, "with"), err);
}

static bool check_action(const cJSON *action, struct err *err)
{
    const char *const *members;
    size_t member_count;
    const char *type = json_get_text(action, "type");
    const struct action_row *row = action_row(type);
    const cJSON *number;
    const char *names[2] = {"type", NULL};
    const char *known[ARRAY_LEN(action_rows)];
    int64_t value = 0;

    if (row == NULL) {
        const char *near;

        for (size_t i = 0; i < ARRAY_LEN(action_rows); i++) {
            known[i] = action_rows[i].name;
        }
        near = type != NULL ? str_nearest(type, known, ARRAY_LEN(known)) : NULL;
        (void)err_set(
            err, ERR_CONFIG,
            "expected an action type of respond, throttle, delay, drop_before, drop_after, "
            "late, truncate, malformed_json, slow_body, duplicate, person%s%s%s",
            near != NULL ? "; did you mean \"" : "", near != NULL ? near : "",
            near != NULL ? "\"?" : "");
        err_at(err, "/action/type");
        return false;
    }
    names[1] = row->number;
    members = members_of(row->type, &member_count);
    if (members != NULL ? !json_only(action, "/action", members, member_count, err)
                        : !json_only(action, "/action", names, row->number != NULL ? 2 : 1, err)) {
        return false;
    }
    number = row->number != NULL ? json_get(action, row->number) : NULL;
    if (row->number != NULL && (number != NULL || row->required) &&
        (!json_int(number, &value) || value < row->least || value > row->most)) {
        (void)err_set(err, ERR_CONFIG, "\"%s\": expected an integer from %lld to %lld", row->number,
                      (long long)row->least, (long long)row->most);
        (void)snprintf(err->pointer, sizeof err->pointer, "/action/%s", row->number);
        return false;
    }
    return check_more(row->type, action, err);
}

bool mock_fault_check(const cJSON *rule, struct err *err)
{
    static const char *const names[] = {"match", "action", "times"};
    const cJSON *times = json_get(rule, "times");
    int64_t count = 0;

    if (!cJSON_IsObject(rule)) {
        return refuse(err, "", "expected an object with \"match\", \"action\" and \"times\"");
    }
    if (!json_only(rule, "", names, ARRAY_LEN(names), err)) {
        return false;
    }
    if (times != NULL && (!json_int(times, &count) || count < 1)) {
        return refuse(err, "/times", "expected an integer of at least 1");
    }
    if (!cJSON_IsObject(json_get(rule, "action"))) {
        return refuse(err, "/action", "the member \"action\" (an object with \"type\") is missing");
    }
    return check_match(json_get(rule, "match"), err) && check_action(json_get(rule, "action"), err);
}

int64_t mock_fault_add(struct mock_world *world, const cJSON *rule)
{
    AUTO(arena) arena = {0};
    int64_t id;

    store_run(world->db, "INSERT INTO faults (rule) VALUES (?)",
              DB_ARGS(db_text(json_text(&arena, rule))));
    id = db_last_rowid(world->db);
    mock_faults_load(world->faults, world->db);
    return id;
}

bool mock_fault_remove(struct mock_world *world, int64_t id)
{
    bool found = store_run(world->db, "DELETE FROM faults WHERE id = ?", DB_ARGS(db_int(id))) > 0;

    mock_faults_load(world->faults, world->db);
    return found;
}

void mock_fault_clear(struct mock_world *world)
{
    store_run(world->db, "DELETE FROM faults", DB_NO_ARGS);
    mock_faults_load(world->faults, world->db);
}

cJSON *mock_fault_list(struct mock_world *world, struct arena *arena)
{
    cJSON *list = json_new_array(arena);
    AUTO(db_rows) rows = {0};

    store_query(&rows, world->db, "SELECT id, rule, hits, said FROM faults ORDER BY id",
                DB_NO_ARGS);
    while (store_next(&rows)) {
        const char *text = db_column_text(&rows, 1);
        int64_t hits = db_column_int(&rows, 2);
        cJSON *rule = NULL, *copy;
        struct err err;
        int64_t times;

        if (!json_parse(arena, text, strlen(text), JSON_PLAIN, &rule, &err)) {
            continue;
        }
        copy = cJSON_Duplicate(rule, true);
        times = json_get_int(rule, "times", -1);
        cJSON_AddNumberToObject(copy, "id", (double)db_column_int(&rows, 0));
        cJSON_AddNumberToObject(copy, "hits", (double)hits);
        if (times < 0) {
            cJSON_AddNullToObject(copy, "left");
        } else {
            cJSON_AddNumberToObject(copy, "left", (double)(times - hits));
        }
        if (!db_column_is_null(&rows, 3)) {
            cJSON_AddItemToObject(copy, "said", cJSON_Parse(db_column_text(&rows, 3)));
        }
        cJSON_AddItemToArray(list, copy);
    }
    return list;
}
