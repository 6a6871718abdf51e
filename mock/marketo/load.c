#include "marketo/load.h"

#include <string.h>

#include "base/guid.h"
#include "marketo/connection.h"
#include "marketo/leads.h"
#include "marketo/page_load.h"
#include "marketo/records.h"
#include "store/store.h"

static bool refuse(struct err *err, struct arena *arena, const char *at, const char *member)
{
    err_at(err, member != NULL ? json_pointer_add(arena, at, member) : at);
    return false;
}

/* One subscription of the file on its way into the database. */
struct filling {
    struct world_load *load;
    const cJSON *tree;
    const char *at; /* its pointer */
    int64_t sub;
    struct marketo_author author; /* of people: their call is none */
    struct mock_call call;
};

static bool put_fields(struct filling *filling, struct err *err)
{
    const cJSON *item;
    size_t index = 0;

    cJSON_ArrayForEach(item, json_get(filling->tree, "fields"))
    {
        const char *at = json_pointer_index(
            filling->load->arena, json_pointer_add(filling->load->arena, filling->at, "fields"),
            index++);
        const char *type = json_get_text(item, "dataType"), *label;
        struct marketo_field field = {.name = json_get_text(item, "name"), .type = MARKETO_STRING};

        label = json_get_text(item, "displayName");
        field.label = label != NULL ? label : field.name;
        if (type != NULL && !marketo_type_find(type, &field.type)) {
            (void)err_set(err, ERR_CONFIG, "Marketo has no data type \"%.40s\"", type);
            return refuse(err, filling->load->arena, at, "dataType");
        }
        field.flags = FIELD_CUSTOM | marketo_type_flags(field.type);
        field.length = marketo_type_length(field.type);
        if (!marketo_field_add(filling->load->db, filling->sub, MARKETO_LEAD, &field)) {
            (void)err_set(err, ERR_CONFIG, "the field %.80s is there already", field.name);
            return refuse(err, filling->load->arena, at, "name");
        }
    }
    return true;
}

/* The changes that a record of the file asks for, or what is wrong with it. */
static bool read_record(struct filling *filling, const struct marketo_set *set, const cJSON *item,
                        const char *at, struct marketo_change **ret, size_t *ret_count,
                        struct err *err)
{
    const struct marketo_input input = {
        .set = set, .connector = true, .id_allowed = true, .allow_read_only = true};
    struct marketo_reason reason;

    if (marketo_input_read(&filling->call, &input, item, ret, ret_count, &reason)) {
        return true;
    }
    (void)err_set(err, ERR_CONFIG, "%s",
                  marketo_error_text(filling->load->arena, reason.error, reason.a, reason.b));
    return refuse(err, filling->load->arena, at, NULL);
}

static bool put_companies(struct filling *filling, struct err *err)
{
    struct arena *arena = filling->load->arena;
    const struct marketo_set *set =
        marketo_set_load(arena, filling->load->db, filling->sub, MARKETO_COMPANY);
    const char *list = json_pointer_add(arena, filling->at, "companies");
    const cJSON *item;
    size_t index = 0;

    cJSON_ArrayForEach(item, json_get(filling->tree, "companies"))
    {
        struct marketo_change *changes;
        struct marketo_record record;
        size_t count;

        if (!read_record(filling, set, item, json_pointer_index(arena, list, index++), &changes,
                         &count, err)) {
            return false;
        }
        marketo_record_init(arena, set, &record);
        for (size_t i = 0; i < count; i++) {
            record.values[changes[i].slot] = changes[i].value;
        }
        record.created_ms = record.updated_ms = filling->load->start_ms;
        marketo_record_insert(arena, filling->load->db, set, &record);
    }
    return true;
}

static bool put_people(struct filling *filling, struct err *err)
{
    struct arena *arena = filling->load->arena;
    const struct marketo_set *set =
        marketo_set_load(arena, filling->load->db, filling->sub, MARKETO_LEAD);
    const char *list = json_pointer_add(arena, filling->at, "leads");
    const cJSON *item;
    size_t index = 0;

    cJSON_ArrayForEach(item, json_get(filling->tree, "leads"))
    {
        struct marketo_change *changes;
        size_t count;

        if (!read_record(filling, set, item, json_pointer_index(arena, list, index++), &changes,
                         &count, err)) {
            return false;
        }
        (void)marketo_person_create(&filling->author, set, changes, count);
    }
    return true;
}

static bool put_subscription(struct world_load *load, const cJSON *tree, int64_t sub,
                             struct err *err)
{
    struct filling filling = {
        .load = load,
        .tree = tree,
        .at = json_pointer_index(load->arena, "/subscriptions", (size_t)sub),
        .sub = sub,
        .call = {.arena = load->arena, .db = load->db, .now_ms = load->start_ms},
    };
    char id[GUID_SIZE];

    filling.author = (struct marketo_author){.call = &filling.call,
                                             .sub = sub,
                                             .source = "Web service API",
                                             .connector = true,
                                             .visible_ms = load->start_ms,
                                             .settled_ms = load->start_ms};
    guid_make(load->random, id);
    marketo_connection_put(load->db,
                           &(struct marketo_connection){.sub = sub, .subscription_id = id});
    return marketo_load_connection(load, json_get(tree, "connection"), sub,
                                   json_pointer_add(load->arena, filling.at, "connection"), err) &&
           put_fields(&filling, err) && put_companies(&filling, err) && put_people(&filling, err);
}

/* The order of the file is the order of the subscriptions' numbers: store/fill.c counts alike. */
bool marketo_load(struct world_load *load, struct err *err)
{
    const cJSON *tree;
    int64_t sub = 0;
    AUTO(db_txn) txn = {0};

    if (!db_begin(load->db, &txn, err)) {
        return false;
    }
    cJSON_ArrayForEach(tree, json_get(load->world, "subscriptions"))
    {
        if (!put_subscription(load, tree, sub++, err)) {
            const char *name = json_get_text(load->world, "name");

            err->kind = ERR_CONFIG;
            return err_wrap(err, "world %.80s: %s", name != NULL ? name : "without a name",
                            err->pointer);
        }
    }
    return db_commit(&txn, err);
}
