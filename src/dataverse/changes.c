#include "dataverse/changes.h"

#include <stdio.h>
#include <string.h>

#include "base/auto.h"
#include "base/guid.h"
#include "base/iso8601.h"
#include "base/str.h"
#include "base/uri.h"
#include "dataverse/rows.h"
#include "dataverse/side.h"

/* A page that cannot be read may be one that was cut off: it is asked for again. */
enum { UNREADABLE_MAX = 3 };

#define FORMATTED "OData.Community.Display.V1.FormattedValue"
#define TARGET    "Microsoft.Dynamics.CRM.lookuplogicalname"

static const char *first_path(struct arena *arena, const struct sync_read *read)
{
    AUTO(strbuf) path = STRBUF(0);
    const struct sync_mapping *mapping = read->mapping;
    const struct sync_entity *entity = mapping->entity;

    strbuf_addf(&path, "/%s?$select=%s", entity->set, entity->key);
    for (size_t i = 0; !read->keys_only && i < mapping->count; i++) {
        const struct sync_field *field = &mapping->fields[i];

        strbuf_addf(&path, field->kind == SYNC_ACCOUNT ? ",_%s_value" : ",%s", field->name);
    }
    if (!read->keys_only) {
        strbuf_add(&path, ",modifiedon");
    }
    for (size_t i = 0; read->keys != NULL && i < read->key_count; i++) {
        strbuf_addf(&path, "%s%s%%20eq%%20%s", i == 0 ? "&$filter=" : "%20or%20", entity->key,
                    read->keys[i]);
    }
    return arena_strdup(arena, strbuf_text(&path));
}

/* A link in an answer is followed only where the token belongs. */
static bool same_origin(struct arena *arena, const struct sync_remote *remote, const char *url)
{
    struct uri own, other;

    return uri_parse(arena, remote->base, &own) && uri_parse(arena, url, &other) &&
           str_eq(other.scheme, own.scheme) && str_ieq(other.host, own.host) &&
           other.port == own.port;
}

/* A next link to the page itself would be followed for ever; a delta link may well stay. */
static bool good_link(struct arena *arena, const struct sync_remote *remote,
                      const struct sync_read *read, const char *url, bool next)
{
    return url == NULL || (same_origin(arena, remote, url) && !(next && str_eq(url, read->link)));
}

static bool send(struct crmsync *engine, struct arena *arena, const struct sync_remote *remote,
                 const struct sync_read *read, const char *what, struct sync_page_text *ret,
                 struct sync_problem *problem)
{
    static const char annotations[] =
        "odata.maxpagesize=5000,odata.include-annotations=\"" FORMATTED "," TARGET "\"";
    const char *prefer = read->keys != NULL
                             ? annotations
                             : arena_join(arena, "odata.track-changes,", annotations, NULL);
    const struct crmsync_header header = {
        "Prefer", read->keys_only ? "odata.track-changes,odata.maxpagesize=5000" : prefer};
    struct sync_request request = {
        .what = what,
        .method = "GET",
        .url = read->link != NULL ? read->link
                                  : arena_join(arena, remote->base, first_path(arena, read), NULL),
        .headers = &header,
        .header_count = 1,
        .repeatable = true};

    for (int attempt = 1;; attempt++) {
        enum sync_meaning meaning;
        struct sync_reply reply;
        struct err err;

        if (!sync_remote_send(engine, arena, remote, &request, &reply, &meaning, problem)) {
            return false;
        }
        if (meaning != SYNC_MEANS_OK) {
            return remote->fail(remote, &reply, what, problem);
        }
        if (sync_page_open(arena, reply.body, reply.len, ret, &err)) {
            return true;
        }
        if (attempt == UNREADABLE_MAX) {
            (void)sync_fail(problem, CRMSYNC_FAILED, "protocol", "%s: %s", what, err.text);
            sync_problem_from(problem, remote->service, reply.status);
            return false;
        }
    }
}

bool sync_changes_open(struct crmsync *engine, struct arena *arena,
                       const struct sync_remote *remote, const struct sync_read *read,
                       struct sync_rows *ret, struct sync_problem *problem)
{
    const char *what = arena_printf(arena, "reading %s", read->mapping->entity->set);
    struct sync_page_text *page = arena_alloc(arena, sizeof *page);

    if (read->link != NULL && !same_origin(arena, remote, read->link)) {
        /* The organization has another address than when the link was kept. */
        (void)sync_fail(problem, CRMSYNC_FAILED, "token_expired",
                        "%s: the link that was kept leads to another server", what);
        sync_problem_from(problem, remote->service, 0);
        return false;
    }
    if (!send(engine, arena, remote, read, what, page, problem)) {
        return false;
    }
    if (read->keys == NULL && page->next == NULL && page->delta == NULL) {
        (void)sync_fail(problem, CRMSYNC_FAILED, "protocol",
                        "%s: the last page has no @odata.deltaLink", what);
        sync_problem_fix(problem, "Switch change tracking on for the table \"%s\".",
                         read->mapping->entity->name);
        sync_problem_from(problem, remote->service, 200);
        return false;
    }
    if (!good_link(arena, remote, read, page->next, true) ||
        !good_link(arena, remote, read, page->delta, false)) {
        (void)sync_fail(problem, CRMSYNC_FAILED, "protocol", "%s: the page links to %s", what,
                        page->next != NULL && str_eq(page->next, read->link)
                            ? "itself as the next one"
                            : "another server");
        sync_problem_from(problem, remote->service, 200);
        return false;
    }
    *ret = (struct sync_rows){.next = page->next, .delta = page->delta, .state = page};
    return true;
}

/* A member of a row, and what its annotations said before it. */
struct noted {
    const char *formatted, *target;
};

static const struct sync_field *field_of(const struct sync_mapping *mapping, const char *name,
                                         size_t len)
{
    /* A lookup is read as _name_value. */
    if (*name == '_' && len > strlen("__value") &&
        memcmp(name + len - strlen("_value"), "_value", strlen("_value")) == 0) {
        return sync_mapping_find(mapping, name + 1, len - strlen("__value"));
    }
    return sync_mapping_find(mapping, name, len);
}

static void note_annotation(const struct sync_mapping *mapping, const cJSON *item, const char *at,
                            struct noted *noted)
{
    const struct sync_field *field = field_of(mapping, item->string, (size_t)(at - item->string));

    if (field != NULL && cJSON_IsString(item)) {
        if (str_eq(at + 1, FORMATTED)) {
            noted[field - mapping->fields].formatted = item->valuestring;
        } else if (str_eq(at + 1, TARGET)) {
            noted[field - mapping->fields].target = item->valuestring;
        }
    }
}

/* What a column holds: a choice's label, a contact's account but no other customer. */
static const char *value_of(struct arena *arena, const struct sync_field *field, const cJSON *item,
                            const struct noted *noted)
{
    if (item == NULL || cJSON_IsNull(item)) {
        return sync_value_read(arena, field->kind, NULL);
    }
    switch (field->kind) {
    case SYNC_CHOICE:
        return noted->formatted != NULL ? noted->formatted
                                        : sync_value_read(arena, field->kind, item);
    case SYNC_ACCOUNT:
        return noted->target == NULL || str_eq(noted->target, "account")
                   ? sync_value_read(arena, field->kind, item)
                   : NULL;
    case SYNC_TEXT:
    case SYNC_BOOLEAN:
    case SYNC_INTEGER:
    case SYNC_NUMBER:
    case SYNC_TIME:
        break;
    }
    return sync_value_read(arena, field->kind, item);
}

static void read_values(struct arena *arena, const struct sync_mapping *mapping, const cJSON *row,
                        struct sync_record *ret)
{
    const cJSON **items = arena_array(arena, mapping->count + 1, sizeof *items), *item;
    struct noted *noted = arena_array(arena, mapping->count + 1, sizeof *noted);

    cJSON_ArrayForEach(item, row)
    {
        const char *at = strchr(item->string, '@');

        if (at == NULL) {
            const struct sync_field *field = field_of(mapping, item->string, strlen(item->string));

            if (field != NULL && !cJSON_IsObject(item) && !cJSON_IsArray(item)) {
                items[field - mapping->fields] = item;
            }
        } else if (at != item->string) {
            note_annotation(mapping, item, at, noted);
        }
    }
    for (size_t i = 0; i < mapping->count; i++) {
        const struct sync_field *field = &mapping->fields[i];

        if (field->is_filter) {
            ret->left_out = cJSON_IsFalse(items[i]);
        } else if (items[i] != NULL) {
            /* An empty column is there as null; one that is not there was not seen. */
            sync_values_add(arena, &ret->values, field->id,
                            value_of(arena, field, items[i], &noted[i]));
        }
    }
}

static bool fail_row(const struct sync_read *read, const char *lacks, struct sync_problem *problem)
{
    (void)sync_fail(problem, CRMSYNC_FAILED, "protocol", "reading %s: a row has no %s",
                    read->mapping->entity->set, lacks);
    sync_problem_from(problem, "dataverse", 200);
    return false;
}

bool sync_dataverse_record(struct arena *arena, const struct sync_read *read, const cJSON *row,
                           struct sync_record *ret, struct sync_problem *problem)
{
    const struct sync_entity *entity = read->mapping->entity;
    const char *key = json_get_text(row, entity->key), *gone = json_get_text(row, "id");
    const char *modified = json_get_text(row, "modifiedon");

    *ret = (struct sync_record){.keys_only = read->keys_only,
                                .etag = json_get_text(row, "@odata.etag")};
    if (key == NULL && gone != NULL && json_get_text(row, "reason") != NULL) {
        /* Deletions come last and have no date. */
        ret->gone = true;
        ret->modified_ms = INT64_MAX;
        key = gone;
    }
    if (!guid_valid(key != NULL ? key : "")) {
        return fail_row(read, entity->key, problem);
    }
    ret->key = str_lower(arena_strdup(arena, key));
    if (ret->gone) {
        return true;
    }
    if (ret->etag == NULL) {
        return fail_row(read, "@odata.etag", problem);
    }
    if (!read->keys_only) {
        if (modified != NULL) {
            (void)iso8601_parse(modified, &ret->modified_ms);
        }
        read_values(arena, read->mapping, row, ret);
    }
    return true;
}

enum sync_row sync_changes_next(struct arena *arena, const struct sync_read *read,
                                struct sync_rows *rows, struct sync_record *ret,
                                struct sync_problem *problem)
{
    const cJSON *row;
    struct err err;

    if (!sync_page_next(arena, rows->state, &row, &err)) {
        (void)sync_fail(problem, CRMSYNC_FAILED, "protocol", "reading %s: %s",
                        read->mapping->entity->set, err.text);
        sync_problem_from(problem, "dataverse", 200);
        return SYNC_ROW_BROKEN;
    }
    if (row == NULL) {
        return SYNC_ROW_END;
    }
    return sync_dataverse_record(arena, read, row, ret, problem) ? SYNC_ROW : SYNC_ROW_BROKEN;
}
