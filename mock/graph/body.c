#include "graph/body.h"

#include "base/auto.h"

static bool is_text(const cJSON *item)
{
    return cJSON_IsString(item) && *item->valuestring != '\0';
}

static bool all(const cJSON *array, cJSON_bool (*test)(const cJSON *item))
{
    const cJSON *item;

    if (!cJSON_IsArray(array)) {
        return false;
    }
    cJSON_ArrayForEach(item, array)
    {
        if (!test(item)) {
            return false;
        }
    }
    return true;
}

static bool fits(enum graph_value value, const cJSON *item)
{
    int64_t number;

    switch (value) {
    case GRAPH_TEXT:
        return is_text(item);
    case GRAPH_TEXT_NULL:
        return cJSON_IsString(item) || cJSON_IsNull(item);
    case GRAPH_BOOL:
        return cJSON_IsBool(item);
    case GRAPH_BOOL_NULL:
        return cJSON_IsBool(item) || cJSON_IsNull(item);
    case GRAPH_TEXTS:
        return all(item, cJSON_IsString);
    case GRAPH_OBJECT:
        return cJSON_IsObject(item);
    case GRAPH_OBJECT_NULL:
        return cJSON_IsObject(item) || cJSON_IsNull(item);
    case GRAPH_OBJECTS:
        return all(item, cJSON_IsObject);
    case GRAPH_VERSION_NULL:
        return cJSON_IsNull(item) || (json_int(item, &number) && (number == 1 || number == 2));
    case GRAPH_EMPTY:
        return cJSON_IsArray(item) && cJSON_GetArraySize(item) == 0;
    }
    return false;
}

/* The members of complex properties that are neither texts nor objects. */
static const struct {
    const char *name;
    enum graph_value value;
} inner[] = {
    {"acceptMappedClaims", GRAPH_BOOL_NULL},
    {"countriesBlockedForMinors", GRAPH_TEXTS},
    {"enableAccessTokenIssuance", GRAPH_BOOL},
    {"enableIdTokenIssuance", GRAPH_BOOL},
    {"knownClientApplications", GRAPH_TEXTS},
    {"oauth2PermissionScopes", GRAPH_OBJECTS},
    {"preAuthorizedApplications", GRAPH_OBJECTS},
    {"redirectUriSettings", GRAPH_OBJECTS},
    {"redirectUris", GRAPH_TEXTS},
    {"requestedAccessTokenVersion", GRAPH_VERSION_NULL},
};

static enum graph_value inner_value(const cJSON *old, const char *name)
{
    for (size_t i = 0; i < ARRAY_LEN(inner); i++) {
        if (str_eq(inner[i].name, name)) {
            return inner[i].value;
        }
    }
    return cJSON_IsObject(old) ? GRAPH_OBJECT : GRAPH_TEXT_NULL;
}

/* Merges the members of a complex property, to any depth. */
static bool merge(struct mock_call *call, struct mock_reply *reply, const char *class_,
                  const cJSON *body, cJSON *document)
{
    const cJSON *item;

    cJSON_ArrayForEach(item, body)
    {
        cJSON *old = json_get(document, item->string);

        if (old == NULL) {
            graph_refuse(call, reply, GRAPH_UNKNOWN_PROPERTY, item->string, class_);
            return false;
        }
        if (!fits(inner_value(old, item->string), item)) {
            graph_refuse(call, reply, GRAPH_INVALID_VALUE, item->string, class_);
            return false;
        }
        if (cJSON_IsObject(old) && cJSON_IsObject(item)) {
            if (!merge(call, reply, class_, item, old)) {
                return false;
            }
        } else {
            cJSON_ReplaceItemInObjectCaseSensitive(document, item->string,
                                                   cJSON_Duplicate(item, true));
        }
    }
    return true;
}

static const struct graph_member *find(const struct graph_writable *writable, const char *name)
{
    for (size_t i = 0; i < writable->count; i++) {
        if (str_eq(writable->members[i].name, name)) {
            return &writable->members[i];
        }
    }
    return NULL;
}

/* Older documents lack members that newer ones have. */
static void put(cJSON *document, const cJSON *item)
{
    if (json_get(document, item->string) == NULL) {
        cJSON_AddItemToObject(document, item->string, cJSON_Duplicate(item, true));
    } else {
        cJSON_ReplaceItemInObjectCaseSensitive(document, item->string, cJSON_Duplicate(item, true));
    }
}

bool graph_body_apply(struct mock_call *call, struct mock_reply *reply,
                      const struct graph_writable *writable, const cJSON *body, cJSON *document)
{
    const cJSON *item;

    cJSON_ArrayForEach(item, body)
    {
        const struct graph_member *member = find(writable, item->string);

        if (str_starts(item->string, "@odata.")) {
            continue;
        }
        if (member == NULL) {
            graph_refuse(call, reply,
                         json_get(document, item->string) != NULL ? GRAPH_READ_ONLY
                                                                  : GRAPH_UNKNOWN_PROPERTY,
                         item->string, writable->class_);
            return false;
        }
        if (!fits(member->value, item)) {
            graph_refuse(call, reply, GRAPH_INVALID_VALUE, item->string, writable->class_);
            return false;
        }
        if (member->value == GRAPH_OBJECT) {
            if (!merge(call, reply, writable->class_, item, json_get(document, item->string))) {
                return false;
            }
        } else {
            put(document, item);
        }
    }
    return true;
}
