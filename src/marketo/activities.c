#include "marketo/activities.h"

#include <stdio.h>

#include "base/auto.h"
#include "base/iso8601.h"
#include "base/str.h"
#include "base/uri.h"

/* A GET takes 8 KB of address (marketo-limits). */
enum { QUERY_MAX = 6000 };

static bool fail_protocol(struct sync_problem *problem, const char *what)
{
    (void)sync_fail(problem, CRMSYNC_FAILED, "protocol", "reading what was edited in Marketo: %s",
                    what);
    sync_problem_from(problem, "marketo", 200);
    return false;
}

bool sync_activities_since(struct crmsync *engine, struct arena *arena,
                           const struct sync_remote *remote, int64_t at_ms, const char **ret,
                           struct sync_problem *problem)
{
    AUTO(strbuf) path = STRBUF(0);
    struct sync_marketo_answer answer;
    char at[ISO8601_SIZE];

    iso8601_format_s(at_ms, at);
    strbuf_add(&path, "/rest/v1/activities/pagingtoken.json?sinceDatetime=");
    strbuf_uri(&path, at);
    if (!sync_marketo_get(engine, arena, remote, "asking for a place in Marketo's activities",
                          strbuf_text(&path), NULL, &answer, problem)) {
        return false;
    }
    if (answer.next == NULL) {
        return fail_protocol(problem, "a paging token has no nextPageToken");
    }
    *ret = answer.next;
    return true;
}

/* Values are text or null; numbers and truth values are taken as their texts. */
static const char *text_of(struct arena *arena, const cJSON *item)
{
    if (cJSON_IsString(item)) {
        return item->valuestring;
    }
    return item == NULL || cJSON_IsNull(item) ? NULL : json_text(arena, item);
}

static bool read_edits(struct arena *arena, const cJSON *fields, struct sync_activity *ret,
                       struct sync_problem *problem)
{
    struct sync_edit *edits;
    const cJSON *item;

    edits = arena_array(arena, (size_t)cJSON_GetArraySize(fields) + 1, sizeof *edits);
    cJSON_ArrayForEach(item, fields)
    {
        const char *name = json_get_text(item, "name");

        if (name == NULL) {
            return fail_protocol(problem, "an edited field has no name");
        }
        edits[ret->count++] = (struct sync_edit){name, text_of(arena, json_get(item, "newValue"))};
    }
    ret->edits = edits;
    return true;
}

bool sync_activities_read(struct arena *arena, const struct sync_marketo_answer *answer,
                          struct sync_activities *ret, struct sync_problem *problem)
{
    const cJSON *item;

    *ret = (struct sync_activities){.next = answer->next, .more = answer->more};
    if (answer->next == NULL) {
        return fail_protocol(problem, "a page has no nextPageToken");
    }
    /* An empty page has no result at all. */
    ret->items =
        arena_array(arena, (size_t)cJSON_GetArraySize(answer->result) + 1, sizeof *ret->items);
    cJSON_ArrayForEach(item, answer->result)
    {
        struct sync_activity *activity = &ret->items[ret->count++];
        const char *date = json_get_text(item, "activityDate");

        *activity = (struct sync_activity){.guid = json_get_text(item, "marketoGUID"),
                                           .person = json_get_int(item, "leadId", 0)};
        if (activity->guid == NULL || date == NULL || !iso8601_parse(date, &activity->at_ms)) {
            return fail_protocol(problem, "an activity has no marketoGUID or no activityDate");
        }
        if (!read_edits(arena, json_get(item, "fields"), activity, problem)) {
            return false;
        }
    }
    return true;
}

bool sync_activities_changes(struct crmsync *engine, struct arena *arena,
                             const struct sync_remote *remote, const char *token,
                             const char *fields, struct sync_activities *ret,
                             struct sync_problem *problem)
{
    static const char path[] = "/rest/v1/activities/leadchanges.json";
    static const char what[] = "reading what was edited in Marketo";
    AUTO(strbuf) query = STRBUF(0);
    struct sync_marketo_answer answer;
    bool ok;

    strbuf_form_param(&query, "nextPageToken", token);
    strbuf_form_param(&query, "fields", fields);
    strbuf_form_param(&query, "batchSize", "300");
    ok = query.len <= QUERY_MAX
             ? sync_marketo_get(engine, arena, remote, what,
                                arena_join(arena, path, "?", strbuf_text(&query), NULL), NULL,
                                &answer, problem)
             : sync_marketo_get(engine, arena, remote, what,
                                arena_join(arena, path, "?_method=GET", NULL),
                                arena_strdup(arena, strbuf_text(&query)), &answer, problem);
    return ok && sync_activities_read(arena, &answer, ret, problem);
}
