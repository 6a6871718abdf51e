/* What fields there are. Sources: marketo-leads, marketo-schema. */
#include <ctype.h>
#include <string.h>

#include "marketo/leads.h"
#include "marketo/marketo.h"
#include "marketo/paging.h"
#include "store/store.h"

enum { MOST_API_FIELDS = 100, MOST_NAME = 100 };

static bool shows_length(const struct marketo_field *field)
{
    return field->length > 0;
}

/* Whether this caller may not write it. */
static bool read_only(const struct mock_call *call, const struct marketo_field *field)
{
    return (field->flags & FIELD_READ_ONLY) != 0 ||
           ((field->flags & FIELD_CRM) != 0 && !call->caller->connector);
}

/* The SOAP API's names begin with a capital; the e-mail address and the like differ more. */
static const char *soap_name(struct arena *arena, const struct marketo_field *field)
{
    char *name;

    if ((field->flags & FIELD_CUSTOM) != 0) {
        return field->name;
    }
    name = arena_strdup(arena, field->name);
    name[0] = (char)toupper((unsigned char)name[0]);
    return name;
}

static void write_use(struct json_writer *writer, const char *which, const char *name, bool ro)
{
    jw_key(writer, which);
    jw_object(writer);
    jw_member_text(writer, "name", name);
    jw_member_bool(writer, "readOnly", ro);
    jw_object_end(writer);
}

void marketo_lead_describe(struct mock_call *call, struct mock_reply *reply)
{
    const struct marketo_set *set =
        marketo_set_load(call->arena, call->db, marketo_sub(call), MARKETO_LEAD);
    struct json_writer writer = marketo_open(call, reply);

    for (size_t i = 0; i < set->count; i++) {
        const struct marketo_field *field = set->fields[i];

        jw_object(&writer);
        jw_member_int(&writer, "id", field->id);
        jw_member_text(&writer, "displayName", field->label);
        jw_member_text(&writer, "dataType", marketo_type_name(field->type));
        if (shows_length(field)) {
            jw_member_int(&writer, "length", field->length);
        }
        write_use(&writer, "rest", field->name, read_only(call, field));
        if ((field->flags & FIELD_NO_SOAP) == 0) {
            write_use(&writer, "soap", soap_name(call->arena, field), read_only(call, field));
        }
        jw_object_end(&writer);
    }
    marketo_close(&writer, NULL, MARKETO_NO_MORE_KEY);
}

void marketo_lead_describe2(struct mock_call *call, struct mock_reply *reply)
{
    const struct marketo_set *set =
        marketo_set_load(call->arena, call->db, marketo_sub(call), MARKETO_LEAD);
    struct json_writer writer = marketo_open(call, reply);

    jw_object(&writer);
    jw_member_text(&writer, "name", "API Lead");
    jw_key(&writer, "searchableFields");
    jw_array(&writer);
    for (size_t i = 0; i < set->count; i++) {
        if ((set->fields[i]->flags & FIELD_SEARCH) != 0) {
            jw_array(&writer);
            jw_text(&writer, set->fields[i]->name);
            jw_array_end(&writer);
        }
    }
    jw_array_end(&writer);
    jw_key(&writer, "fields");
    jw_array(&writer);
    for (size_t i = 0; i < set->count; i++) {
        const struct marketo_field *field = set->fields[i];

        jw_object(&writer);
        jw_member_text(&writer, "name", field->name);
        jw_member_text(&writer, "displayName", field->label);
        jw_member_text(&writer, "dataType", marketo_type_name(field->type));
        if (shows_length(field)) {
            jw_member_int(&writer, "length", field->length);
        }
        jw_member_bool(&writer, "updateable", !read_only(call, field));
        jw_member_bool(&writer, "crmManaged", (field->flags & FIELD_CRM) != 0);
        jw_object_end(&writer);
    }
    jw_array_end(&writer);
    jw_object_end(&writer);
    marketo_close(&writer, NULL, MARKETO_NO_MORE_KEY);
}

static void write_schema(struct json_writer *writer, const struct marketo_field *field)
{
    unsigned flags = field->flags;

    jw_object(writer);
    jw_member_text(writer, "displayName", field->label);
    jw_member_text(writer, "name", field->name);
    jw_member_text(writer, "description", field->description);
    jw_member_text(writer, "dataType", marketo_type_name(field->type));
    if (field->type == MARKETO_STRING && field->length > 0) {
        jw_member_int(writer, "length", field->length);
    }
    jw_member_bool(writer, "isHidden", (flags & FIELD_HIDDEN) != 0);
    jw_member_bool(writer, "isHtmlEncodingInEmail", (flags & FIELD_RAW_HTML) == 0);
    jw_member_bool(writer, "isSensitive", (flags & FIELD_SENSITIVE) != 0);
    jw_member_bool(writer, "isCustom", (flags & FIELD_CUSTOM) != 0);
    jw_member_bool(writer, "isApiCreated", (flags & FIELD_API) != 0);
    jw_object_end(writer);
}

void marketo_field_list(struct mock_call *call, struct mock_reply *reply)
{
    const struct marketo_set *set =
        marketo_set_load(call->arena, call->db, marketo_sub(call), MARKETO_LEAD);
    const char *token = uri_param(&call->params, "nextPageToken"), *next = NULL;
    struct json_writer writer;
    int64_t batch, after = 0;
    size_t end;

    if (!marketo_batch_size(call, reply, &batch)) {
        return;
    }
    if (token != NULL && *token != '\0' && !marketo_position_read(call, "schema", token, &after)) {
        marketo_refuse(call, reply, MARKETO_BAD_TOKEN, NULL, NULL);
        return;
    }
    writer = marketo_open(call, reply);
    end = (size_t)(after + batch) < set->count ? (size_t)(after + batch) : set->count;
    for (size_t i = (size_t)after; i < end; i++) {
        write_schema(&writer, set->fields[i]);
    }
    if (end < set->count) {
        next = marketo_position_make(call, "schema", (int64_t)end);
    }
    marketo_close(&writer, next, next != NULL ? MARKETO_MORE : MARKETO_LAST);
}

/* The types that a field of the API's own may have. */
static const enum marketo_type api_types[] = {MARKETO_BOOLEAN,  MARKETO_CURRENCY, MARKETO_DATE_TYPE,
                                              MARKETO_DATETIME, MARKETO_EMAIL,    MARKETO_FLOAT,
                                              MARKETO_INTEGER,  MARKETO_PERCENT,  MARKETO_PHONE,
                                              MARKETO_SCORE,    MARKETO_STRING,   MARKETO_URL};

static bool good_type(const char *text, enum marketo_type *ret)
{
    if (!marketo_type_find(text, ret)) {
        return false;
    }
    for (size_t i = 0; i < ARRAY_LEN(api_types); i++) {
        if (api_types[i] == *ret) {
            return true;
        }
    }
    return false;
}

static bool good_name(const char *name)
{
    size_t len = name != NULL ? strlen(name) : 0;

    return len > 0 && len <= MOST_NAME && isalpha((unsigned char)name[0]) &&
           strspn(name, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_") == len;
}

static bool good_label(const char *label)
{
    return label != NULL && *label != '\0' && strpbrk(label, "<>&\"'`;{}[]") == NULL;
}

static bool label_taken(const struct marketo_set *set, const char *label, const char *except)
{
    for (size_t i = 0; i < set->count; i++) {
        if (str_ieq(set->fields[i]->label, label) && !str_eq(set->fields[i]->name, except)) {
            return true;
        }
    }
    return false;
}

static unsigned switch_flags(const cJSON *item, unsigned flags)
{
    static const struct {
        const char *name;
        unsigned flag;
        bool inverse;
    } switches[] = {{"isHidden", FIELD_HIDDEN, false},
                    {"isHtmlEncodingInEmail", FIELD_RAW_HTML, true},
                    {"isSensitive", FIELD_SENSITIVE, false}};

    for (size_t i = 0; i < ARRAY_LEN(switches); i++) {
        const cJSON *value = json_get(item, switches[i].name);

        if (cJSON_IsBool(value)) {
            bool on = (cJSON_IsTrue(value) != 0) != switches[i].inverse;

            flags = on ? flags | switches[i].flag : flags & ~switches[i].flag;
        }
    }
    return flags;
}

/* One field to be made; false and the reason when it cannot be. */
static bool take_field(const struct marketo_set *set, const cJSON *item, struct marketo_field *ret,
                       struct marketo_reason *reason)
{
    *ret = (struct marketo_field){.name = json_get_text(item, "name"),
                                  .label = json_get_text(item, "displayName"),
                                  .description = json_get_text(item, "description")};
    if (!good_name(ret->name)) {
        *reason = (struct marketo_reason){MARKETO_BAD_FIELD, "name", NULL};
        return false;
    }
    if (!good_label(ret->label)) {
        *reason = (struct marketo_reason){MARKETO_BAD_FIELD, "displayName", NULL};
        return false;
    }
    if (!good_type(json_get_text(item, "dataType"), &ret->type)) {
        *reason = (struct marketo_reason){MARKETO_BAD_FIELD, "dataType", NULL};
        return false;
    }
    if (marketo_slot(set, ret->name) != MARKETO_NO_SLOT || label_taken(set, ret->label, NULL)) {
        *reason = (struct marketo_reason){MARKETO_FIELD_TAKEN, ret->name, NULL};
        return false;
    }
    ret->length = marketo_type_length(ret->type);
    ret->flags = switch_flags(item, FIELD_CUSTOM | FIELD_API | marketo_type_flags(ret->type));
    return true;
}

static size_t count_api_fields(const struct marketo_set *set)
{
    size_t count = 0;

    for (size_t i = 0; i < set->count; i++) {
        count += (set->fields[i]->flags & FIELD_API) != 0;
    }
    return count;
}

static void write_field_result(struct json_writer *writer, const char *name, const char *status)
{
    jw_object(writer);
    jw_member_text(writer, "name", name);
    jw_member_text(writer, "status", status);
    jw_object_end(writer);
}

void marketo_field_create(struct mock_call *call, struct mock_reply *reply)
{
    int64_t sub = marketo_sub(call);
    const cJSON *body, *list, *item;
    struct json_writer writer;

    if (!marketo_body(call, reply, &body) ||
        (list = marketo_input_list(call, reply, body)) == NULL) {
        return;
    }
    writer = marketo_open(call, reply);
    cJSON_ArrayForEach(item, list)
    {
        const struct marketo_set *set = marketo_set_load(call->arena, call->db, sub, MARKETO_LEAD);
        struct marketo_reason reason = {MARKETO_TOO_MANY, "fields", "100"};
        struct marketo_field field;

        if (count_api_fields(set) < MOST_API_FIELDS && take_field(set, item, &field, &reason)) {
            (void)marketo_field_add(call->db, sub, MARKETO_LEAD, &field);
            write_field_result(&writer, field.name, "created");
        } else {
            jw_object(&writer);
            if (json_get_text(item, "name") != NULL) {
                jw_member_text(&writer, "name", json_get_text(item, "name"));
            }
            marketo_write_skipped(call, &writer, &reason);
        }
    }
    marketo_close(&writer, NULL, MARKETO_NO_MORE_KEY);
}

static const struct marketo_field *named(struct mock_call *call, struct mock_reply *reply,
                                         const struct marketo_set *set)
{
    int slot = marketo_slot(set, call->vars[0]);

    if (slot == MARKETO_NO_SLOT) {
        marketo_refuse(call, reply, MARKETO_FIELD_UNKNOWN, call->vars[0], NULL);
        return NULL;
    }
    return set->fields[slot];
}

void marketo_field_get(struct mock_call *call, struct mock_reply *reply)
{
    const struct marketo_set *set =
        marketo_set_load(call->arena, call->db, marketo_sub(call), MARKETO_LEAD);
    const struct marketo_field *field = named(call, reply, set);
    struct json_writer writer;

    if (field != NULL) {
        writer = marketo_open(call, reply);
        write_schema(&writer, field);
        marketo_close(&writer, NULL, MARKETO_NO_MORE_KEY);
    }
}

/*
 * Of a standard field only what e-mails need may change; a custom one may be renamed, and hidden
 * when the API made it. Never its name, type or length.
 */
static bool may_change(const struct marketo_field *field, const cJSON *item)
{
    const cJSON *label = json_get(item, "displayName"), *name = json_get(item, "name");

    return cJSON_IsObject(item) && json_get(item, "dataType") == NULL &&
           json_get(item, "length") == NULL &&
           (name == NULL || str_ieq(cJSON_GetStringValue(name), field->name)) &&
           (label == NULL ||
            ((field->flags & FIELD_CUSTOM) != 0 && good_label(cJSON_GetStringValue(label)))) &&
           (json_get(item, "isHidden") == NULL || (field->flags & FIELD_API) != 0);
}

void marketo_field_update(struct mock_call *call, struct mock_reply *reply)
{
    int64_t sub = marketo_sub(call);
    const struct marketo_set *set = marketo_set_load(call->arena, call->db, sub, MARKETO_LEAD);
    const struct marketo_field *field = named(call, reply, set);
    const cJSON *body, *list, *item;
    const char *label;
    struct marketo_field changed;
    struct json_writer writer;

    if (field == NULL || !marketo_body(call, reply, &body) ||
        (list = marketo_input_list(call, reply, body)) == NULL) {
        return;
    }
    item = cJSON_GetArrayItem(list, 0);
    label = json_get_text(item, "displayName");
    if (cJSON_GetArraySize(list) != 1 || !may_change(field, item)) {
        marketo_refuse(call, reply, MARKETO_BAD_FIELD, field->name, NULL);
        return;
    }
    if (label != NULL && label_taken(set, label, field->name)) {
        marketo_refuse(call, reply, MARKETO_FIELD_TAKEN, label, NULL);
        return;
    }
    changed = *field;
    changed.label = label != NULL ? label : field->label;
    changed.flags = switch_flags(item, field->flags);
    if (json_get_text(item, "description") != NULL) {
        changed.description = json_get_text(item, "description");
    }
    marketo_field_change(call->db, sub, MARKETO_LEAD, &changed);
    writer = marketo_open(call, reply);
    write_field_result(&writer, field->name, "updated");
    marketo_close(&writer, NULL, MARKETO_NO_MORE_KEY);
}
