#include "dataverse/records.h"

#include <stdlib.h>
#include <string.h>

#include "base/auto.h"
#include "base/str.h"
#include "dataverse/dataverse.h"

static int compare_columns(const void *a, const void *b)
{
    return strcmp(((const struct sync_column *)a)->name, ((const struct sync_column *)b)->name);
}

bool sync_columns_read(struct crmsync *engine, struct arena *arena,
                       const struct sync_remote *remote, const struct sync_entity *entity,
                       struct sync_columns *ret, struct sync_problem *problem)
{
    const char *what = arena_printf(arena, "reading the columns of %s", entity->name);
    const char *path = arena_printf(arena,
                                    "/EntityDefinitions(LogicalName='%s')/Attributes"
                                    "?$select=LogicalName,AttributeType,IsValidForUpdate",
                                    entity->name);
    const cJSON *list, *item;

    if (!sync_remote_list(engine, arena, remote, what, path, &list, problem)) {
        return false;
    }
    *ret = (struct sync_columns){
        .items = arena_array(arena, (size_t)cJSON_GetArraySize(list) + 1, sizeof *ret->items)};
    cJSON_ArrayForEach(item, list)
    {
        const char *name = json_get_text(item, "LogicalName");
        const char *type = json_get_text(item, "AttributeType");

        if (name == NULL || type == NULL) {
            (void)sync_fail(problem, CRMSYNC_FAILED, "protocol",
                            "%s: expected LogicalName and AttributeType", what);
            sync_problem_from(problem, remote->service, 200);
            return false;
        }
        ret->items[ret->count++] = (struct sync_column){
            .name = name, .type = type, .updatable = json_get_bool(item, "IsValidForUpdate", true)};
    }
    qsort(ret->items, ret->count, sizeof *ret->items, compare_columns);
    return true;
}

static const char *label_of(const cJSON *label)
{
    return json_get_text(json_get(label, "UserLocalizedLabel"), "Label");
}

/* The labels are those of the signed-in user's language, as formatted values are. */
static void add_options(struct arena *arena, const cJSON *attribute, struct sync_options *ret)
{
    const char *column = json_get_text(attribute, "LogicalName");
    const cJSON *set = json_get(attribute, "OptionSet"), *option;

    cJSON_ArrayForEach(option, json_get(set, "Options"))
    {
        const char *label = label_of(json_get(option, "Label"));
        int64_t value;

        if (column != NULL && label != NULL && json_int(json_get(option, "Value"), &value)) {
            struct sync_option *one = arena_alloc(arena, sizeof *one);

            *one = (struct sync_option){ret->first, column, label, value};
            ret->first = one;
        }
    }
}

bool sync_options_read(struct crmsync *engine, struct arena *arena,
                       const struct sync_remote *remote, const struct sync_entity *entity,
                       struct sync_options *ret, struct sync_problem *problem)
{
    const char *what = arena_printf(arena, "reading the choices of %s", entity->name);
    const char *path = arena_printf(arena,
                                    "/EntityDefinitions(LogicalName='%s')/Attributes/"
                                    "Microsoft.Dynamics.CRM.PicklistAttributeMetadata"
                                    "?$select=LogicalName&$expand=OptionSet($select=Options)",
                                    entity->name);
    const cJSON *list, *item;

    if (!sync_remote_list(engine, arena, remote, what, path, &list, problem)) {
        return false;
    }
    cJSON_ArrayForEach(item, list)
    {
        add_options(arena, item, ret);
    }
    ret->read = true;
    return true;
}

static bool write_choice(struct json_writer *writer, const struct sync_field *field,
                         const char *label, const struct sync_options *options,
                         struct sync_problem *problem)
{
    if (label == NULL) {
        jw_null(writer);
        return true;
    }
    for (const struct sync_option *option = options->first; option != NULL; option = option->next) {
        if (str_eq(option->column, field->name) && str_eq(option->label, label)) {
            jw_int(writer, option->value);
            return true;
        }
    }
    (void)sync_fail(problem, CRMSYNC_FAILED, "record_failed",
                    "\"%.100s\" is no option of the column \"%s\"", label, field->name);
    sync_problem_fix(problem, "Use a label that Dynamics has, or add the option there.");
    return false;
}

const char *sync_record_body(struct arena *arena, const struct sync_mapping *mapping,
                             const struct sync_values *values, const struct sync_options *options,
                             struct sync_problem *problem)
{
    AUTO(strbuf) text = STRBUF(0);
    struct json_writer writer = JSON_WRITER(&text);

    jw_object(&writer);
    for (size_t i = 0; i < values->count; i++) {
        const struct sync_field *field = sync_mapping_by_id(mapping, values->items[i].field);

        if (field == NULL || !field->to_dynamics) {
            continue; /* no longer mapped */
        }
        jw_key(&writer, field->name);
        if (field->kind != SYNC_CHOICE) {
            sync_value_write(&writer, field->kind, false, values->items[i].text);
        } else if (!write_choice(&writer, field, values->items[i].text, options, problem)) {
            return NULL;
        }
    }
    jw_object_end(&writer);
    return arena_strdup(arena, strbuf_text(&text));
}

/* A success that names no version may come from a page in between: the version in the request makes
 * it safe to ask once more. */
static enum sync_changed fail_unversioned(const char *what, const struct sync_reply *reply,
                                          struct sync_problem *problem)
{
    (void)sync_fail(problem, CRMSYNC_FAILED, "protocol",
                    "%s: the answer does not name the record's new version", what);
    sync_problem_from(problem, "dataverse", reply->status);
    return SYNC_UNKNOWN;
}

enum sync_changed sync_record_update(struct crmsync *engine, struct arena *arena,
                                     const struct sync_remote *remote,
                                     const struct sync_mapping *mapping, const struct sync_op *op,
                                     const struct sync_options *options, const char **ret_etag,
                                     struct sync_problem *problem)
{
    const struct sync_entity *entity = mapping->entity;
    const char *what = arena_printf(arena, "changing %s %s", entity->name, op->link.key);
    struct sync_dataverse_write write = {
        .what = what,
        .method = "PATCH",
        .path = arena_printf(arena, "/%s(%s)?$select=%s", entity->set, op->link.key, entity->key),
        .body = sync_record_body(arena, mapping, &op->values, options, problem),
        /* A PATCH without it makes a record that is not there. */
        .if_match = op->etag != NULL ? op->etag : "*",
        .prefer = "return=representation"};
    enum sync_changed changed;
    struct sync_reply reply;
    cJSON *row;
    struct err err;

    *ret_etag = NULL;
    if (write.body == NULL) {
        return SYNC_NOT_CHANGED;
    }
    changed = sync_dataverse_send(engine, arena, remote, &write, &reply, problem);
    if (changed != SYNC_CHANGED) {
        return changed;
    }
    *ret_etag = reply.etag;
    if (json_parse(arena, reply.body, reply.len, JSON_PLAIN, &row, &err) &&
        json_get_text(row, "@odata.etag") != NULL) {
        *ret_etag = json_get_text(row, "@odata.etag");
    }
    return *ret_etag != NULL ? SYNC_CHANGED : fail_unversioned(what, &reply, problem);
}
