/* A body's members as values of columns. Source: dataverse-create. */
#include <math.h>
#include <string.h>

#include "base/guid.h"
#include "base/iso8601.h"
#include "base/str.h"
#include "dataverse/write.h"
#include "store/store.h"

static bool refuse(struct mock_call *call, struct mock_reply *reply, enum dv_error error,
                   const char *a, const char *b, const char *c)
{
    dv_refuse(call, reply, error, a, b, c, NULL);
    return false;
}

static bool bad_value(struct mock_call *call, struct mock_reply *reply,
                      const struct dv_entity *entity, const char *type)
{
    return refuse(call, reply, DV_BAD_VALUE, entity->set, type, NULL);
}

static bool bad_literal(struct mock_call *call, struct mock_reply *reply,
                        const struct dv_entity *entity, const char *text, const char *type)
{
    return refuse(call, reply, DV_BAD_JSON, entity->set,
                  arena_printf(call->arena,
                               "Cannot convert the literal '%.100s' to the expected type '%s'.",
                               text, type),
                  NULL);
}

/* What the service's reader of JSON says of a value of another kind. */
static bool bad_node(struct mock_call *call, struct mock_reply *reply,
                     const struct dv_entity *entity, const char *wanted)
{
    return refuse(call, reply, DV_BAD_JSON, entity->set,
                  arena_printf(call->arena,
                               "An unexpected node was found when reading from the JSON reader. A "
                               "'%s' node was expected.",
                               wanted),
                  NULL);
}

/* Characters as the service counts them: UTF-16 code units. */
static int64_t utf16_len(const char *text)
{
    int64_t len = 0;

    for (; *text != '\0'; text++) {
        unsigned char c = (unsigned char)*text;

        len += (c & 0xc0) != 0x80;
        len += c >= 0xf0;
    }
    return len;
}

static bool convert_text(struct mock_call *call, struct mock_reply *reply,
                         const struct dv_entity *entity, const struct dv_column *column,
                         const cJSON *item, struct db_value *ret)
{
    const char *text = cJSON_GetStringValue(item);

    if (text == NULL) {
        return bad_value(call, reply, entity, "Edm.String");
    }
    if (column->size > 0 && utf16_len(text) > column->size) {
        return refuse(call, reply, DV_TEXT_TOO_LONG, column->name, entity->name,
                      arena_printf(call->arena, "%lld", (long long)column->size));
    }
    *ret = *text != '\0' ? db_text(text) : db_null();
    return true;
}

static const char *accepted_values(struct arena *arena, const struct dv_column *column)
{
    AUTO(strbuf) text = STRBUF(0);

    for (const struct dv_option *at = column->options; at != NULL && at->label != NULL; at++) {
        strbuf_addf(&text, "%s%lld", text.len > 0 ? "," : "", (long long)at->value);
    }
    return arena_dup(arena, strbuf_text(&text), text.len);
}

static bool convert_choice(struct mock_call *call, struct mock_reply *reply,
                           const struct dv_entity *entity, const struct dv_column *column,
                           const cJSON *item, struct db_value *ret)
{
    int64_t value;

    if (!json_int(item, &value)) {
        return bad_value(call, reply, entity, "Edm.Int32");
    }
    for (const struct dv_option *at = column->options; at != NULL && at->label != NULL; at++) {
        if (at->value == value) {
            *ret = db_int(value);
            return true;
        }
    }
    dv_refuse(call, reply, DV_CHOICE_RANGE, arena_printf(call->arena, "%lld", (long long)value),
              column->name, entity->name, accepted_values(call->arena, column));
    return false;
}

static bool convert_number(struct mock_call *call, struct mock_reply *reply,
                           const struct dv_entity *entity, const struct dv_column *column,
                           const cJSON *item, struct db_value *ret)
{
    bool whole = column->type == DV_INT || column->type == DV_BIGINT;
    double value = cJSON_IsNumber(item) ? item->valuedouble : 0, scale = 1;
    int64_t integer = 0;

    if (!cJSON_IsNumber(item) || (whole && !json_int(item, &integer))) {
        return bad_value(call, reply, entity,
                         whole                       ? "Edm.Int32"
                         : column->type == DV_DOUBLE ? "Edm.Double"
                                                     : "Edm.Decimal");
    }
    if ((column->least != 0 || column->most != 0) &&
        (value < column->least || value > column->most)) {
        return refuse(call, reply, whole ? DV_INT_RANGE : DV_DECIMAL_RANGE, column->name,
                      entity->name, NULL);
    }
    if (column->type == DV_DOUBLE) {
        *ret = db_real(value);
        return true;
    }
    if (whole) {
        *ret = db_int(integer);
        return true;
    }
    for (int64_t i = 0; i < (column->type == DV_MONEY ? 4 : column->size); i++) {
        scale *= 10;
    }
    if (fabs(value * scale) > 9.2e18) {
        return refuse(call, reply, DV_DECIMAL_RANGE, column->name, entity->name, NULL);
    }
    *ret = db_int((int64_t)llrint(value * scale));
    return true;
}

/* 1753-01-01, the least date of SQL Server, and the end of 9999-12-31, its last one. */
static const int64_t least_ms = -6847804800000, most_ms = 253402300799999;

static bool convert_date(struct mock_call *call, struct mock_reply *reply,
                         const struct dv_entity *entity, const struct dv_column *column,
                         const cJSON *item, struct db_value *ret)
{
    const char *text = cJSON_GetStringValue(item);
    bool date_only = column->type == DV_DATE;
    const char *type = date_only ? "Edm.Date" : "Edm.DateTimeOffset";
    char *out = arena_alloc(call->arena, ISO8601_SIZE);
    int64_t at_ms;

    if (text == NULL) {
        return bad_value(call, reply, entity, type);
    }
    if ((date_only && strlen(text) != 10) ||
        !iso8601_parse(date_only ? arena_join(call->arena, text, "T00:00:00Z", NULL) : text,
                       &at_ms)) {
        return bad_literal(call, reply, entity, text, type);
    }
    if (at_ms < least_ms || at_ms > most_ms) {
        return refuse(call, reply, DV_BAD_DATE, NULL, NULL, NULL);
    }
    iso8601_format_s(at_ms, out);
    if (date_only) {
        out[10] = '\0';
    }
    *ret = db_text(out);
    return true;
}

bool dv_convert(struct mock_call *call, struct mock_reply *reply, const struct dv_entity *entity,
                const struct dv_column *column, const cJSON *item, struct db_value *ret)
{
    if (cJSON_IsNull(item)) {
        *ret = db_null();
        return true;
    }
    switch (column->type) {
    case DV_STRING:
    case DV_MEMO:
        return convert_text(call, reply, entity, column, item, ret);
    case DV_BOOL:
        *ret = db_int(cJSON_IsTrue(item));
        return cJSON_IsBool(item) || bad_value(call, reply, entity, "Edm.Boolean");
    case DV_CHOICE:
    case DV_STATE:
    case DV_STATUS:
        return convert_choice(call, reply, entity, column, item, ret);
    case DV_INT:
    case DV_BIGINT:
    case DV_MONEY:
    case DV_DECIMAL:
    case DV_DOUBLE:
        return convert_number(call, reply, entity, column, item, ret);
    case DV_DATETIME:
    case DV_DATE:
        return convert_date(call, reply, entity, column, item, ret);
    case DV_ID:
    case DV_GUID:
        if (!guid_valid(cJSON_GetStringValue(item))) {
            return bad_value(call, reply, entity, "Edm.Guid");
        }
        *ret = db_text(str_lower(arena_strdup(call->arena, item->valuestring)));
        return true;
    case DV_LOOKUP:
    case DV_CUSTOMER:
    case DV_OWNER:
    case DV_TYPE_COUNT:
        break;
    }
    return refuse(call, reply, DV_DIRECT_LOOKUP, NULL, NULL, NULL);
}

const char *dv_key(struct mock_call *call, struct mock_reply *reply, const struct dv_entity *entity,
                   const char *text)
{
    const char *equals = strchr(text, '=');
    char *id;

    if (equals != NULL) {
        size_t len = (size_t)(equals - text);

        if (strncmp(entity->key, text, len) != 0 || entity->key[len] != '\0') {
            dv_refuse(call, reply, DV_KEY_UNKNOWN, entity->name, NULL, NULL, NULL);
            return NULL;
        }
        text = equals + 1;
    }
    if (!guid_valid(text)) {
        dv_refuse(call, reply, DV_QUERY_SYNTAX, NULL, NULL, NULL, NULL);
        return NULL;
    }
    id = str_lower(arena_strdup(call->arena, text));
    return id;
}

bool dv_reference(struct mock_call *call, struct mock_reply *reply, const char *text,
                  const struct dv_entity **ret_entity, const char **ret_id)
{
    const char *root = strstr(text, "/api/data/v9."), *open;
    size_t len;

    if (root != NULL && strlen(root) >= strlen("/api/data/v9.x/")) {
        text = root + strlen("/api/data/v9.x/") - 1;
    } else if (strstr(text, "//") != NULL) {
        return refuse(call, reply, DV_BAD_PATH, NULL, NULL, NULL);
    }
    text += *text == '/';
    open = strchr(text, '(');
    len = strlen(text);
    if (open == NULL || text[len - 1] != ')') {
        return refuse(call, reply, DV_BAD_PATH, NULL, NULL, NULL);
    }
    *ret_entity = dv_entity_of_set(call->caller->org->schema, text, (size_t)(open - text));
    if (*ret_entity == NULL) {
        return refuse(call, reply, DV_BAD_PATH, NULL, NULL, NULL);
    }
    *ret_id = dv_key(call, reply, *ret_entity,
                     arena_dup(call->arena, open + 1, len - (size_t)(open - text) - 2));
    return *ret_id != NULL;
}

/* "nav@odata.bind": a reference, or null. */
static bool read_bind(struct mock_call *call, struct mock_reply *reply, const cJSON *item,
                      const struct dv_column *column, const struct dv_target *target,
                      struct dv_values *values)
{
    const char *text = cJSON_GetStringValue(item), *id;
    const struct dv_entity *entity;

    if (cJSON_IsNull(item)) {
        dv_put(values, column, db_null(), NULL);
        return true;
    }
    if (text == NULL) {
        return refuse(call, reply, DV_BAD_PATH, NULL, NULL, NULL);
    }
    if (!dv_reference(call, reply, text, &entity, &id)) {
        return false;
    }
    while (column->type == DV_OWNER && target->entity != NULL &&
           strcmp(target->entity, entity->name) != 0) {
        target++;
    }
    if (target->entity == NULL || strcmp(target->entity, entity->name) != 0) {
        return refuse(call, reply, DV_WRONG_TARGET, values->entity->set, entity->name,
                      target->entity != NULL ? target->entity : "principal");
    }
    if (!dv_need(call, reply, values->entity, DV_APPEND) ||
        !dv_need(call, reply, entity, DV_APPEND_TO)) {
        return false;
    }
    if (!dv_exists(call, entity, id)) {
        return refuse(call, reply, DV_ROW_MISSING, entity->name, id, NULL);
    }
    dv_put(values, column, db_text(id), entity->name);
    return true;
}

static bool put_later(struct mock_call *call, struct dv_later **list, const char *name,
                      const cJSON *item)
{
    struct dv_later *later = arena_alloc(call->arena, sizeof *later);

    *later = (struct dv_later){.name = name, .item = item};
    while (*list != NULL) {
        list = &(*list)->next;
    }
    *list = later;
    return true;
}

static bool is_collection(struct mock_call *call, const struct dv_entity *entity, const char *name)
{
    const struct dv_entity *child;

    for (size_t i = 0; i < dv_many_count; i++) {
        if ((str_eq(dv_many[i].left, entity->name) && str_eq(dv_many[i].left_nav, name)) ||
            (str_eq(dv_many[i].right, entity->name) && str_eq(dv_many[i].right_nav, name))) {
            return true;
        }
    }
    return dv_collection(call->caller->org->schema, entity, name, &child) != NULL;
}

/* A member with an `@`. */
static bool read_annotation(struct mock_call *call, struct mock_reply *reply, const cJSON *item,
                            bool create, struct dv_values *values, struct dv_later **later)
{
    const char *at = strchr(item->string, '@');
    const struct dv_target *target;
    const struct dv_column *column;
    const char *nav;

    if (strcmp(at, "@odata.bind") != 0) {
        return true; /* types, ids and formatted values that a client sends back */
    }
    nav = arena_dup(call->arena, item->string, (size_t)(at - item->string));
    column = dv_nav(values->entity, nav, strlen(nav), &target);
    if (column == NULL && create && cJSON_IsArray(item) &&
        is_collection(call, values->entity, nav)) {
        const cJSON *element;

        cJSON_ArrayForEach(element, item)
        {
            if (!cJSON_IsString(element)) {
                return bad_node(call, reply, values->entity, "PrimitiveValue");
            }
            put_later(call, later, nav, element);
        }
        return true;
    }
    if (column == NULL) {
        return refuse(call, reply, DV_UNDECLARED_BIND, values->entity->set, nav, NULL);
    }
    if ((column->flags & (create ? DV_NO_CREATE : DV_NO_UPDATE)) != 0) {
        return true;
    }
    return read_bind(call, reply, item, column, target, values);
}

/* A navigation property without annotation: null clears, a row is made. */
static bool read_nested(struct mock_call *call, struct mock_reply *reply, const cJSON *item,
                        bool create, struct dv_values *values, struct dv_later **later)
{
    const char *name = item->string;
    const struct dv_target *target;
    const struct dv_column *column = dv_nav(values->entity, name, strlen(name), &target);

    if (column != NULL && (column->flags & (create ? DV_NO_CREATE : DV_NO_UPDATE)) != 0 &&
        (cJSON_IsNull(item) || cJSON_IsObject(item))) {
        return true; /* as other columns that are only read */
    }
    if (column != NULL && cJSON_IsNull(item)) {
        dv_put(values, column, db_null(), NULL);
        return true;
    }
    if (column != NULL && cJSON_IsObject(item) && create) {
        const struct dv_entity *entity = dv_entity(call->caller->org->schema, target->entity);
        const char *id;

        if (entity == NULL || !dv_create(call, reply, entity, item, NULL, &id)) {
            return entity == NULL ? refuse(call, reply, DV_BAD_PATH, NULL, NULL, NULL) : false;
        }
        dv_put(values, column, db_text(id), entity->name);
        return true;
    }
    if (cJSON_IsArray(item) && create && is_collection(call, values->entity, name)) {
        const cJSON *element;

        cJSON_ArrayForEach(element, item)
        {
            if (!cJSON_IsObject(element)) {
                return bad_node(call, reply, values->entity, "StartObject");
            }
            put_later(call, later, name, element);
        }
        return true;
    }
    if (dv_lookup_value(values->entity, name, strlen(name)) != NULL) {
        return refuse(call, reply, DV_DIRECT_LOOKUP, NULL, NULL, NULL);
    }
    return refuse(call, reply, DV_UNDECLARED_PROPERTY, values->entity->set, name,
                  values->entity->name);
}

bool dv_body_read(struct mock_call *call, struct mock_reply *reply, const cJSON *body, bool create,
                  struct dv_values *ret, struct dv_later **ret_later)
{
    const unsigned refused = create ? DV_NO_CREATE : DV_NO_UPDATE;
    const cJSON *item;

    cJSON_ArrayForEach(item, body)
    {
        const struct dv_column *column;
        struct db_value value;

        if (strchr(item->string, '@') != NULL) {
            if (!read_annotation(call, reply, item, create, ret, ret_later)) {
                return false;
            }
            continue;
        }
        column = dv_column(ret->entity, item->string);
        if (column == NULL || dv_is_lookup(column)) {
            if (!read_nested(call, reply, item, create, ret, ret_later)) {
                return false;
            }
        } else if ((column->flags & refused) == 0) {
            if (!dv_convert(call, reply, ret->entity, column, item, &value)) {
                return false;
            }
            dv_put(ret, column, value, NULL);
        }
    }
    return true;
}
