#include "setup/fields.h"

#include <string.h>

#include "base/auto.h"
#include "base/str.h"
#include "page/page.h"
#include "state/parked.h"

/* One field of the page's list. */
struct shown {
    const char *entity, *name;
    bool is_default, selected;
};

struct list {
    struct shown *items;
    size_t count;
};

static bool fail_shape(struct sync_call *call)
{
    (void)sync_fail(call->problem, CRMSYNC_FAILED, "protocol",
                    "reading the field list: it is no list of entities with their fields");
    sync_problem_from(call->problem, "marketo", 200);
    return false;
}

/* The page's list; *ret_page is its result as it came. */
static bool read_list(struct sync_call *call, struct list *ret, const cJSON **ret_page)
{
    const cJSON *page, *entity, *field;
    size_t count = 0;

    if (!sync_page_get(call->engine, call->arena, "reading the field list", "fields.json", &page,
                       call->problem)) {
        return false;
    }
    *ret_page = page;
    if (!cJSON_IsArray(page)) {
        return fail_shape(call);
    }
    cJSON_ArrayForEach(entity, page)
    {
        count += (size_t)cJSON_GetArraySize(json_get(entity, "fields"));
    }
    ret->items = arena_array(call->arena, count + 1, sizeof *ret->items);
    ret->count = 0;
    cJSON_ArrayForEach(entity, page)
    {
        cJSON_ArrayForEach(field, json_get(entity, "fields"))
        {
            const struct shown shown = {json_get_text(entity, "name"), json_get_text(field, "name"),
                                        json_get_bool(field, "default", false),
                                        json_get_bool(field, "selected", false)};

            if (shown.entity == NULL || shown.name == NULL) {
                return fail_shape(call);
            }
            ret->items[ret->count++] = shown;
        }
    }
    return true;
}

/* The array of an entity in an object of arrays. */
static cJSON *array_of(cJSON *object, const char *name)
{
    cJSON *array = json_get(object, name);

    return array != NULL ? array : cJSON_AddArrayToObject(object, name);
}

static bool is_among(const cJSON *names, const char *name)
{
    const cJSON *item;

    cJSON_ArrayForEach(item, names)
    {
        if (str_eq(cJSON_GetStringValue(item), name)) {
            return true;
        }
    }
    return false;
}

/* Entity → names of all that the predicate of `what` takes. */
static cJSON *collect(struct sync_call *call, const struct list *list, bool defaults)
{
    cJSON *object = json_new_object(call->arena);

    for (size_t i = 0; i < list->count; i++) {
        const struct shown *shown = &list->items[i];
        cJSON *names = array_of(object, shown->entity);

        if (defaults ? shown->is_default : shown->selected) {
            cJSON_AddItemToArray(names, cJSON_CreateString(shown->name));
        }
    }
    return object;
}

static bool refuse_field(struct sync_call *call, const char *entity, const char *name,
                         const struct list *list)
{
    const char **names = arena_array(call->arena, list->count + 1, sizeof *names), *near;
    size_t count = 0;

    for (size_t i = 0; i < list->count; i++) {
        if (str_eq(list->items[i].entity, entity)) {
            names[count++] = list->items[i].name;
        }
    }
    near = name != NULL ? str_nearest(name, names, count) : NULL;
    (void)sync_fail(call->problem, CRMSYNC_USAGE, "usage",
                    "parameter at /fields/%.60s: %s%.100s%s%s%s", entity,
                    count == 0 ? "Marketo offers no such entity" : "Marketo offers no field ",
                    count == 0 || name == NULL ? "" : name, near != NULL ? ", did you mean \"" : "",
                    near != NULL ? near : "", near != NULL ? "\"?" : "");
    sync_problem_fix(call->problem,
                     "List what is offered: crmsync fields, or fields.refresh after a "
                     "change in Dynamics.");
    sync_problem_at(call->problem, json_pointer_add(call->arena, "/fields", entity));
    return false;
}

/* Every name that is asked for must be offered: what is misspelt would be lost silently. */
static bool check_names(struct sync_call *call, const cJSON *fields, const struct list *list)
{
    const cJSON *entity, *name;

    cJSON_ArrayForEach(entity, fields)
    {
        bool known = false;

        for (size_t i = 0; i < list->count; i++) {
            known = known || str_eq(list->items[i].entity, entity->string);
        }
        if (!known) {
            return refuse_field(call, entity->string, NULL, list);
        }
        if (!cJSON_IsArray(entity)) {
            return sync_call_refuse(call, "fields", "for each entity an array of names");
        }
        cJSON_ArrayForEach(name, entity)
        {
            const char *text = cJSON_GetStringValue(name);
            bool offered = false;

            for (size_t i = 0; i < list->count; i++) {
                offered = offered || (str_eq(list->items[i].entity, entity->string) &&
                                      str_eq(list->items[i].name, text));
            }
            if (!offered) {
                return refuse_field(call, entity->string, text, list);
            }
        }
    }
    return true;
}

/* Whether the page's selection is already what is asked for. */
static bool is_selected(const struct list *list, const cJSON *fields)
{
    for (size_t i = 0; i < list->count; i++) {
        const struct shown *shown = &list->items[i];
        const cJSON *names = json_get(fields, shown->entity);

        if (names != NULL && is_among(names, shown->name) != shown->selected) {
            return false;
        }
    }
    return true;
}

static bool save(struct sync_call *call, const cJSON *fields)
{
    cJSON *body = json_new_object(call->arena);
    const cJSON *ignored;

    cJSON_AddItemToObject(body, "fields", cJSON_Duplicate(fields, true));
    return sync_page_post(call->engine, call->arena, "saving the field list", "fields.json", body,
                          &ignored, call->problem);
}

bool sync_setup_select_fields(struct sync_call *call, const cJSON *fields,
                              const cJSON **ret_selected, bool *ret_changed)
{
    struct list list;
    struct sync_page page;
    const cJSON *ignored;
    bool same;

    if (!sync_page_read(call->engine, call->arena, &page, call->problem) ||
        !read_list(call, &list, &ignored)) {
        return false;
    }
    if (!cJSON_IsObject(fields)) {
        fields = collect(call, &list, true);
    } else if (!check_names(call, fields, &list)) {
        return false;
    }
    same = is_selected(&list, fields) && !str_eq(page.state, "bound");
    *ret_changed = *ret_changed || !same;
    if (!same && !call->dry && (!save(call, fields) || !read_list(call, &list, &ignored))) {
        return false;
    }
    *ret_selected = call->dry ? fields : collect(call, &list, false);
    return true;
}

bool sync_op_select_fields(struct sync_call *call)
{
    struct parameters {
        const cJSON *fields;
    } with = {0};
    static const struct json_field fields[] = {
        {"fields", offsetof(struct parameters, fields), JSON_ANY, REQUIRED},
    };
    const cJSON *selected;
    bool changed = false;

    if (!sync_call_read(call, fields, ARRAY_LEN(fields), &with)) {
        return false;
    }
    if (!cJSON_IsObject(with.fields) && !str_eq(cJSON_GetStringValue(with.fields), "default")) {
        return sync_call_refuse(call, "fields", "an object of entity and names, or \"default\"");
    }
    if (!sync_setup_select_fields(call, with.fields, &selected, &changed)) {
        return false;
    }
    cJSON_AddItemToObject(call->result, "selected", cJSON_Duplicate(selected, true));
    cJSON_AddBoolToObject(call->result, "changed", changed);
    return true;
}

bool sync_op_fields_list(struct sync_call *call)
{
    struct parameters {
        const char *entity;
    } with = {0};
    static const struct json_field fields[] = {
        JSON_FIELD("entity", struct parameters, entity, OPTIONAL),
    };
    const cJSON *page, *entity, *field;
    struct list list;
    cJSON *all;

    if (!sync_call_read(call, fields, ARRAY_LEN(fields), &with) || !read_list(call, &list, &page)) {
        return false;
    }
    all = cJSON_AddArrayToObject(call->result, "fields");
    cJSON_ArrayForEach(entity, page)
    {
        const char *name = json_get_text(entity, "name");

        if (with.entity != NULL && !str_eq(with.entity, name)) {
            continue;
        }
        cJSON_ArrayForEach(field, json_get(entity, "fields"))
        {
            cJSON *copy = cJSON_Duplicate(field, true);

            cJSON_AddStringToObject(copy, "entity", name);
            cJSON_AddItemToArray(all, copy);
        }
    }
    if (with.entity != NULL && cJSON_GetArraySize(all) == 0) {
        return sync_call_refuse(call, "entity",
                                "the logical name of an entity that Marketo offers");
    }
    return true;
}

/* What one list has and the other has not, as [{entity, name}]. */
static void add_differences(cJSON *result, const char *name, const struct list *these,
                            const struct list *others)
{
    cJSON *array = cJSON_AddArrayToObject(result, name);

    for (size_t i = 0; i < these->count; i++) {
        bool there = false;

        for (size_t j = 0; j < others->count && !there; j++) {
            there = str_eq(these->items[i].entity, others->items[j].entity) &&
                    str_eq(these->items[i].name, others->items[j].name);
        }
        if (!there) {
            cJSON *item = cJSON_CreateObject();

            cJSON_AddStringToObject(item, "entity", these->items[i].entity);
            cJSON_AddStringToObject(item, "name", these->items[i].name);
            cJSON_AddItemToArray(array, item);
        }
    }
}

/* The page's Save: the schema is stored anew, and what is gone leaves the selection (FIELD-07). */
/* The selection has nothing of what is gone any more: no mapping is suspended. */
static bool end_suspensions(struct sync_call *call)
{
    struct sync_store *store = &call->engine->store;
    int64_t before = db_total_changes(store->db);
    AUTO(db_txn) txn = {0};
    struct err err;

    if (!db_begin(store->db, &txn, &err) || !sync_suspended_clear(store->db, &err)) {
        return sync_fail_err(call->problem, &err);
    }
    return db_total_changes(store->db) == before || sync_store_commit(store, &txn, call->problem);
}

bool sync_op_fields_refresh(struct sync_call *call)
{
    struct list before, after;
    const cJSON *ignored;

    if (!sync_call_read(call, NULL, 0, NULL) || !read_list(call, &before, &ignored) ||
        !save(call, json_new_object(call->arena)) || !end_suspensions(call) ||
        !read_list(call, &after, &ignored)) {
        return false;
    }
    add_differences(call->result, "added", &after, &before);
    add_differences(call->result, "removed", &before, &after);
    return true;
}

bool sync_op_quick_sync(struct sync_call *call)
{
    struct parameters {
        const cJSON *fields, *range;
    } with = {0};
    static const struct json_field fields[] = {
        {"fields", offsetof(struct parameters, fields), JSON_ANY, REQUIRED},
        {"range", offsetof(struct parameters, range), JSON_ANY, OPTIONAL},
    };
    cJSON *body = json_new_object(call->arena);
    const cJSON *answer, *queued;

    if (!sync_call_read(call, fields, ARRAY_LEN(fields), &with)) {
        return false;
    }
    cJSON_AddItemToObject(body, "fields", cJSON_Duplicate(with.fields, true));
    if (with.range != NULL) {
        return sync_call_refuse(call, "range", "nothing: a quick sync of a range is not built yet");
    }
    if (!sync_page_post(call->engine, call->arena, "asking for a quick sync", "quicksync.json",
                        body, &answer, call->problem)) {
        return false;
    }
    queued = json_get(answer, "queued");
    cJSON_AddItemToObject(call->result, "queued",
                          queued != NULL ? cJSON_Duplicate(queued, true) : cJSON_CreateNull());
    return true;
}
