/* Tables and columns as EntityDefinitions shows them. Source: dataverse-metadata. */
#include <math.h>
#include <string.h>

#include "base/guid.h"
#include "base/str.h"
#include "dataverse/caller.h"
#include "dataverse/definition.h"
#include "dataverse/records.h"
#include "dataverse/wire.h"
#include "store/store.h"

/* LogicalName='lead', or a MetadataId. */
static const struct dv_entity *asked(struct mock_call *call, struct mock_reply *reply)
{
    static const char by_name[] = "LogicalName='";
    const struct dv_schema *schema = call->caller->org->schema;
    const char *key = call->vars[1];
    size_t len = strlen(key);

    if (str_starts(key, by_name) && key[len - 1] == '\'') {
        const char *name = arena_dup(call->arena, key + sizeof by_name - 1, len - sizeof by_name);
        const struct dv_entity *entity = dv_entity(schema, name);

        if (entity != NULL && !entity->hidden) {
            return entity;
        }
        dv_refuse(call, reply, DV_ENTITY_MISSING, name, NULL, NULL, NULL);
        return NULL;
    }
    for (size_t i = 0; i < schema->count; i++) {
        if (!schema->entities[i]->hidden &&
            str_ieq(dv_entity_id(call->arena, schema->entities[i]), key)) {
            return schema->entities[i];
        }
    }
    dv_refuse(call, reply, guid_valid(key) ? DV_ENTITY_MISSING : DV_QUERY_SYNTAX, key, NULL, NULL,
              NULL);
    return NULL;
}

static const struct dv_column *asked_column(struct mock_call *call, struct mock_reply *reply,
                                            const struct dv_entity *entity)
{
    static const char by_name[] = "LogicalName='";
    const char *key = call->vars[2];
    size_t len = strlen(key);

    if (str_starts(key, by_name) && key[len - 1] == '\'') {
        const char *name = arena_dup(call->arena, key + sizeof by_name - 1, len - sizeof by_name);
        const struct dv_column *column = dv_column(entity, name);

        if (column != NULL) {
            return column;
        }
        key = name;
    }
    for (size_t i = 0; i < entity->column_count; i++) {
        if (str_ieq(dv_column_id(call->arena, entity, entity->columns[i]), key)) {
            return entity->columns[i];
        }
    }
    dv_refuse(call, reply, DV_ATTRIBUTE_MISSING, key, entity->name, NULL, NULL);
    return NULL;
}

/* Only these options are known here; $filter is the one comparison and its `and`s. */
static bool check_options(struct mock_call *call, struct mock_reply *reply)
{
    static const char *const known[] = {"$select", "$filter", "$expand"};

    for (size_t i = 0; i < call->params.count; i++) {
        const char *name = call->params.items[i].name;
        bool good = *name != '$';

        for (size_t j = 0; j < ARRAY_LEN(known); j++) {
            good = good || strcmp(known[j], name) == 0;
        }
        if (!good) {
            dv_refuse(call, reply, DV_OPTION_UNSUPPORTED, name, NULL, NULL, NULL);
            return false;
        }
    }
    return true;
}

/* What $expand has added is no matter of $select. */
static void keep_expanded(cJSON *item, cJSON *kept)
{
    static const char *const expanded[] = {"OptionSet", "GlobalOptionSet"};

    for (size_t i = 0; i < ARRAY_LEN(expanded); i++) {
        cJSON *member = json_get(item, expanded[i]);

        if (member != NULL) {
            cJSON_AddItemToObject(kept, expanded[i], cJSON_DetachItemViaPointer(item, member));
        }
    }
}

/* Keeps what $select names, and always the id. */
static bool select_members(struct mock_call *call, struct mock_reply *reply, cJSON *item,
                           const char *type)
{
    const char *at = uri_param(&call->params, "$select");
    cJSON *kept = cJSON_CreateObject(), *member;
    bool good = true;

    if (at == NULL || *at == '\0') {
        cJSON_Delete(kept);
        return true;
    }
    member = json_get(item, "@odata.type");
    if (member != NULL) {
        cJSON_AddItemToObject(kept, "@odata.type", cJSON_DetachItemViaPointer(item, member));
    }
    while (*at != '\0' && good) {
        size_t len = strcspn(at, ",");
        char *name = arena_dup(call->arena, at + strspn(at, " "), len - strspn(at, " "));

        member = json_get(item, name);
        if (member != NULL) {
            cJSON_AddItemToObject(kept, name, cJSON_DetachItemViaPointer(item, member));
        } else if (json_get(kept, name) == NULL && !dv_definition_knows(name)) {
            dv_refuse(call, reply, DV_PROPERTY_UNKNOWN, name, type, NULL, NULL);
            good = false;
        }
        at += len;
        at += *at == ',';
    }
    if (good && json_get(kept, "MetadataId") == NULL) {
        cJSON_AddItemToObject(kept, "MetadataId",
                              cJSON_DetachItemFromObjectCaseSensitive(item, "MetadataId"));
    }
    keep_expanded(item, kept);
    while (item->child != NULL) {
        cJSON_Delete(cJSON_DetachItemViaPointer(item, item->child));
    }
    while (kept->child != NULL) {
        member = cJSON_DetachItemViaPointer(kept, kept->child);
        char *name = arena_strdup(call->arena, member->string);

        cJSON_AddItemToObject(item, name, member);
    }
    cJSON_Delete(kept);
    return good;
}

/* "(LogicalName,OptionSet(Options))": what is asked for, as the context tells it. */
static const char *select_fragment(struct mock_call *call)
{
    const char *select = uri_param(&call->params, "$select");
    const char *at = uri_param(&call->params, "$expand");
    AUTO(strbuf) text = STRBUF(0);

    if (select != NULL) {
        strbuf_add(&text, select);
    }
    while (at != NULL && *at != '\0') {
        size_t name = strcspn(at, "(,");
        const char *inner = at + name;

        strbuf_addf(&text, "%s%.*s(", text.len > 0 ? "," : "", (int)name, at);
        at = inner;
        if (*inner == '(') {
            static const char option[] = "($select=";

            at += strcspn(at, ")");
            at += *at == ')';
            if (str_starts(inner, option)) {
                strbuf_add_n(&text, inner + sizeof option - 1,
                             strcspn(inner + sizeof option - 1, ");"));
            }
        }
        strbuf_add_char(&text, ')');
        at += *at == ',';
    }
    return text.len > 0 ? arena_join(call->arena, "(", strbuf_text(&text), ")", NULL) : "";
}

/* A value of a condition: 'text', true, 1, or Microsoft.Dynamics.CRM.Enum'Word'. */
static bool equals(const cJSON *have, const char *want)
{
    const char *quote = strchr(want, '\'');
    AUTO(strbuf) text = STRBUF(0);

    if (cJSON_IsBool(have)) {
        return strcmp(want, cJSON_IsTrue(have) ? "true" : "false") == 0;
    }
    if (cJSON_IsNumber(have)) {
        strbuf_addf(&text, "%d", have->valueint);
        return strcmp(strbuf_text(&text), want) == 0;
    }
    if (cJSON_IsString(have) && quote != NULL) {
        strbuf_addf(&text, "%s'", have->valuestring);
        return str_ieq(strbuf_text(&text), quote + 1);
    }
    return cJSON_IsString(have) ? str_ieq(have->valuestring, want)
                                : strcmp(want, "null") == 0 && (have == NULL || cJSON_IsNull(have));
}

/* `a eq b [and c ne d …]`; false when it has been refused. */
static bool passes(struct mock_call *call, struct mock_reply *reply, const cJSON *item, bool *ret)
{
    const char *filter = uri_param(&call->params, "$filter"), *at = filter;

    *ret = true;
    while (at != NULL && *at != '\0') {
        size_t len = strcspn(at, " ");
        const char *path = arena_dup(call->arena, at, len), *value, *end;
        bool equal, wanted = strncmp(at + len, " eq ", 4) == 0;

        if (!wanted && strncmp(at + len, " ne ", 4) != 0) {
            dv_refuse(call, reply, DV_SYNTAX_AT,
                      arena_printf(call->arena, "%zu", (size_t)(at - filter) + len), filter, NULL,
                      NULL);
            return false;
        }
        value = at + len + 4;
        end = strstr(value, " and ");
        len = end != NULL ? (size_t)(end - value) : strlen(value);
        equal = equals(json_pointer_get(item, arena_join(call->arena, "/", path, NULL)),
                       arena_dup(call->arena, value, len));
        *ret = *ret && equal == wanted;
        at = end != NULL ? end + 5 : NULL;
    }
    return true;
}

/* Sends a list of objects that were made, less what the query leaves out. */
static void send_list(struct mock_call *call, struct mock_reply *reply, cJSON *list,
                      const char *context, const char *type)
{
    cJSON *body = json_new_object(call->arena), *value, *item = list->child;

    cJSON_AddStringToObject(body, "@odata.context", dv_context_url(call, context));
    value = cJSON_AddArrayToObject(body, "value");
    while (item != NULL) {
        cJSON *next = item->next;
        bool keep;

        if (!passes(call, reply, item, &keep)) {
            return;
        }
        if (keep) {
            if (!select_members(call, reply, item, type)) {
                return;
            }
            cJSON_AddItemToArray(value, cJSON_DetachItemViaPointer(list, item));
        }
        item = next;
    }
    mock_reply_json(call, reply, 200, body);
    dv_json(reply, 200);
}

static void send_one(struct mock_call *call, struct mock_reply *reply, cJSON *item,
                     const char *context, const char *type)
{
    cJSON *body = json_new_object(call->arena);

    if (!select_members(call, reply, item, type)) {
        return;
    }
    cJSON_AddStringToObject(body, "@odata.context", dv_context_url(call, context));
    while (item->child != NULL) {
        cJSON *member = cJSON_DetachItemViaPointer(item, item->child);
        char *name = arena_strdup(call->arena, member->string);

        cJSON_AddItemToObject(body, name, member);
    }
    mock_reply_json(call, reply, 200, body);
    dv_json(reply, 200);
}

/* $expand=Attributes($select=…), the one expansion of tables that clients ask for. */
static bool expand_entity(struct mock_call *call, struct mock_reply *reply,
                          const struct dv_entity *entity, cJSON *item)
{
    const char *expand = uri_param(&call->params, "$expand");

    if (expand == NULL) {
        return true;
    }
    if (!str_starts(expand, "Attributes") && !str_starts(expand, "Keys")) {
        dv_refuse(call, reply, DV_PROPERTY_UNKNOWN,
                  arena_dup(call->arena, expand, strcspn(expand, "(,")), "EntityMetadata", NULL,
                  NULL);
        return false;
    }
    cJSON_AddItemToObject(item, str_starts(expand, "Keys") ? "Keys" : "Attributes",
                          str_starts(expand, "Keys") ? cJSON_CreateArray()
                                                     : dv_define_columns(call, entity, NULL));
    return true;
}

void dv_definitions(struct mock_call *call, struct mock_reply *reply)
{
    const struct dv_schema *schema = call->caller->org->schema;
    cJSON *list = json_new_array(call->arena);

    if (!check_options(call, reply)) {
        return;
    }
    for (size_t i = 0; i < schema->count; i++) {
        if (!schema->entities[i]->hidden) {
            cJSON_AddItemToArray(list, dv_define_entity(call, schema->entities[i]));
        }
    }
    send_list(call, reply, list,
              arena_join(call->arena, "#EntityDefinitions", select_fragment(call), NULL),
              "EntityMetadata");
}

void dv_definition(struct mock_call *call, struct mock_reply *reply)
{
    const struct dv_entity *entity = check_options(call, reply) ? asked(call, reply) : NULL;
    cJSON *holder, *item;

    if (entity == NULL) {
        return;
    }
    holder = json_new_array(call->arena);
    item = dv_define_entity(call, entity);
    cJSON_AddItemToArray(holder, item);
    if (expand_entity(call, reply, entity, item)) {
        send_one(
            call, reply, item,
            arena_join(call->arena, "#EntityDefinitions", select_fragment(call), "/$entity", NULL),
            "EntityMetadata");
    }
}

static const char *attributes_context(struct mock_call *call, const struct dv_entity *entity,
                                      const char *cast)
{
    return arena_join(call->arena, "#EntityDefinitions('", entity->name, "')/Attributes",
                      cast != NULL ? "/" : "", cast != NULL ? cast : "", select_fragment(call),
                      NULL);
}

static void list_attributes(struct mock_call *call, struct mock_reply *reply, const char *cast)
{
    const struct dv_entity *entity = check_options(call, reply) ? asked(call, reply) : NULL;
    cJSON *holder;

    if (entity == NULL) {
        return;
    }
    if (cast != NULL && !dv_definition_cast(cast)) {
        dv_refuse(call, reply, DV_SEGMENT_UNKNOWN, cast, NULL, NULL, NULL);
        return;
    }
    holder = json_new_array(call->arena);
    cJSON_AddItemToArray(holder, dv_define_columns(call, entity, cast));
    send_list(call, reply, holder->child, attributes_context(call, entity, cast),
              "AttributeMetadata");
}

void dv_attributes(struct mock_call *call, struct mock_reply *reply)
{
    list_attributes(call, reply, NULL);
}

void dv_attributes_cast(struct mock_call *call, struct mock_reply *reply)
{
    list_attributes(call, reply, call->vars[2]);
}

static void show_attribute(struct mock_call *call, struct mock_reply *reply, const char *cast)
{
    const struct dv_entity *entity = check_options(call, reply) ? asked(call, reply) : NULL;
    const struct dv_column *column = entity != NULL ? asked_column(call, reply, entity) : NULL;
    cJSON *holder, *item;

    if (column == NULL) {
        return;
    }
    if (cast != NULL && (!dv_definition_cast(cast) || !dv_definition_is(column, cast))) {
        dv_refuse(call, reply, dv_definition_cast(cast) ? DV_ATTRIBUTE_MISSING : DV_SEGMENT_UNKNOWN,
                  dv_definition_cast(cast) ? column->name : cast, entity->name, NULL, NULL);
        return;
    }
    holder = json_new_array(call->arena);
    item = dv_define_column(call, entity, column, cast != NULL);
    cJSON_AddItemToArray(holder, item);
    if (cast != NULL) {
        cJSON_DeleteItemFromObjectCaseSensitive(item, "@odata.type");
    }
    send_one(call, reply, item,
             arena_join(call->arena, attributes_context(call, entity, cast), "/$entity", NULL),
             "AttributeMetadata");
}

void dv_attribute(struct mock_call *call, struct mock_reply *reply)
{
    show_attribute(call, reply, NULL);
}

void dv_attribute_cast(struct mock_call *call, struct mock_reply *reply)
{
    show_attribute(call, reply, call->vars[3]);
}

/* Keys, and relationships of one to many; those of many to many of users, teams and roles. */
void dv_relationships(struct mock_call *call, struct mock_reply *reply)
{
    const struct dv_entity *entity = check_options(call, reply) ? asked(call, reply) : NULL;
    const char *kind = call->vars[2];
    cJSON *list;

    if (entity == NULL) {
        return;
    }
    list = dv_define_relationships(call, entity, kind);
    if (list == NULL) {
        dv_refuse(call, reply, DV_SEGMENT_UNKNOWN, kind, NULL, NULL, NULL);
        return;
    }
    send_list(call, reply, list,
              arena_join(call->arena, "#EntityDefinitions('", entity->name, "')/", kind,
                         select_fragment(call), NULL),
              "RelationshipMetadataBase");
}
