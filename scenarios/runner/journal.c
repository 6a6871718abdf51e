/* The journal of the world, as a story asks it. */
#include <stdlib.h>
#include <string.h>

#include "base/auto.h"
#include "base/uri.h"
#include "runner/story.h"

enum { PAGE = 500, SHOWN_EXCHANGES = 6, SHOWN_BODY = 160 };

/* Whether a later step asks what came after this one. */
static bool is_asked_for(const struct run_scenario *scenario, size_t step)
{
    for (size_t i = step + 1; i < scenario->step_count; i++) {
        const cJSON *journal = json_get(scenario->steps[i].expect, "journal"), *one;

        if (str_eq(json_get_text(journal, "since"), scenario->steps[step].name)) {
            return true;
        }
        cJSON_ArrayForEach(one, journal)
        {
            if (str_eq(json_get_text(one, "since"), scenario->steps[step].name)) {
                return true;
            }
        }
    }
    return false;
}

/* One page of entries after `*since`, which moves on. NULL at the end, or when it cannot be read.
 */
static const cJSON *page(struct run_story *story, int64_t *since)
{
    const cJSON *answer, *entries;
    int status = run_control(
        story, "GET",
        arena_printf(&story->arena, "/_mock/journal?since=%lld&limit=%d", (long long)*since, PAGE),
        NULL, &answer);

    entries = json_get(answer, "entries");
    if (status != 200 || entries == NULL || entries->child == NULL) {
        return NULL;
    }
    *since = json_get_int(answer, "next", *since);
    return entries;
}

/*
 * Moves on to the end of a page without a look at its entries, which are long. Its last member is
 * `next`: no quote within an entry stands there without a backslash.
 */
static bool skip(struct run_story *story, int64_t *since)
{
    static const char name[] = "\"next\":";
    AUTO(arena) arena = {0};
    int64_t before = *since;
    const char *last = NULL;
    char *body = NULL;
    int status = mocktenant_control(
        story->mock, "GET",
        arena_printf(&arena, "/_mock/journal?since=%lld&limit=%d", (long long)*since, PAGE), NULL,
        &body);

    if (status == 200 && body != NULL) {
        last = memrchr(body, ',', strlen(body));
    }
    if (last != NULL && str_starts(last + 1, name)) {
        *since = strtoll(last + 1 + strlen(name), NULL, 10);
    }
    mocktenant_free(body);
    return *since > before;
}

void run_journal_mark(struct run_story *story, size_t step)
{
    int64_t since = step > 0 ? story->marks[step - 1] : 0;

    if (is_asked_for(story->scenario, step)) {
        while (skip(story, &since)) {
        }
    }
    story->marks[step] = since;
}

static bool text_has(const cJSON *item, const char *text)
{
    return cJSON_IsString(item) && strstr(item->valuestring, text) != NULL;
}

/* Headers and body of one side of an exchange. */
static bool side_has(const cJSON *side, const char *text)
{
    const cJSON *header, *value;

    cJSON_ArrayForEach(header, json_get(side, "headers"))
    {
        cJSON_ArrayForEach(value, header)
        {
            if (text_has(value, text)) {
                return true;
            }
        }
    }
    return text_has(json_get(side, "body"), text);
}

static bool contains(const cJSON *entry, const char *text)
{
    return text_has(json_get(entry, "path"), text) || text_has(json_get(entry, "query"), text) ||
           side_has(json_get(entry, "request"), text) ||
           side_has(json_get(entry, "response"), text);
}

/* `aad` is another name of entra. */
static const char *service_name(const char *name)
{
    return str_eq(name, "aad") ? "entra" : str_eq(name, "discovery") ? "dataverse" : name;
}

static bool member_fits(const cJSON *member, const cJSON *entry)
{
    const char *name = member->string, *text = cJSON_GetStringValue(member);
    const char *there = json_get_text(entry, name);

    if (strcmp(name, "status") == 0) {
        return json_equal(member, json_get(entry, name));
    }
    if (strcmp(name, "contains") == 0) {
        return contains(entry, text);
    }
    if (strcmp(name, "body_contains") == 0) {
        return text_has(json_get(json_get(entry, "request"), "body"), text);
    }
    if (strcmp(name, "path") == 0) {
        return there != NULL && str_match(text, there, '/');
    }
    return strcmp(name, "service") == 0 ? str_eq(service_name(text), there) : str_eq(text, there);
}

static bool entry_fits(const cJSON *match, const cJSON *entry)
{
    const cJSON *member;

    cJSON_ArrayForEach(member, match)
    {
        if (!member_fits(member, entry)) {
            return false;
        }
    }
    return true;
}

/* The world counts over its whole journal. */
static bool verify(struct run_story *story, const cJSON *match, size_t *ret)
{
    cJSON *body = json_new_object(&story->arena);
    const cJSON *answer;
    int status;

    cJSON_AddItemToObject(body, "match", cJSON_Duplicate(match, true));
    status = run_control(story, "POST", "/_mock/journal/verify", json_text(&story->arena, body),
                         &answer);
    *ret = (size_t)json_get_int(answer, "count", 0);
    return status == 200 ||
           run_fail(story, "journal", "an answer of the journal", run_show(story, answer));
}

bool run_journal_count(struct run_story *story, const cJSON *match, int64_t since, size_t *ret)
{
    const cJSON *entries, *entry;

    if (since < 0) {
        return verify(story, match, ret);
    }
    *ret = 0;
    while ((entries = page(story, &since)) != NULL) {
        cJSON_ArrayForEach(entry, entries)
        {
            *ret += entry_fits(match, entry);
        }
    }
    return true;
}

static const char *short_body(struct run_story *story, const cJSON *side)
{
    const char *body = json_get_text(side, "body");

    if (body == NULL || *body == '\0') {
        return "";
    }
    return arena_printf(&story->arena, " %s", run_cut(&story->arena, body, SHOWN_BODY));
}

/* "#12 POST graph /v1.0/applications {...} -> 201 {...}" */
static const char *line_of(struct run_story *story, const cJSON *entry)
{
    const char *query = json_get_text(entry, "query"), *method = json_get_text(entry, "method");
    const char *service = json_get_text(entry, "service"), *path = json_get_text(entry, "path");
    const cJSON *status = json_get(entry, "status"), *fault = json_get(entry, "fault");
    bool asked = query != NULL && *query != '\0', faulty = fault != NULL && !cJSON_IsNull(fault);

    return run_mask(
        story,
        arena_printf(&story->arena, "#%lld %s %s %s%s%s%s -> %s%s%s",
                     (long long)json_get_int(entry, "seq", 0), method != NULL ? method : "?",
                     service != NULL ? service : "?", path != NULL ? path : "?", asked ? "?" : "",
                     asked ? query : "", short_body(story, json_get(entry, "request")),
                     cJSON_IsNumber(status) ? json_text(&story->arena, status) : "no answer",
                     short_body(story, json_get(entry, "response")),
                     faulty ? " (a fault rule was applied)" : ""));
}

void run_journal_last(struct run_story *story, struct run_failure *failure)
{
    const cJSON *all[SHOWN_EXCHANGES] = {NULL}, *entries, *entry;
    size_t count = 0, first;
    int64_t since = 0;

    while ((entries = page(story, &since)) != NULL) {
        cJSON_ArrayForEach(entry, entries)
        {
            all[count++ % SHOWN_EXCHANGES] = entry;
        }
    }
    first = count > SHOWN_EXCHANGES ? count - SHOWN_EXCHANGES : 0;
    failure->exchanges = arena_array(&story->arena, SHOWN_EXCHANGES, sizeof *failure->exchanges);
    for (size_t i = first; i < count; i++) {
        failure->exchanges[failure->exchange_count++] = line_of(story, all[i % SHOWN_EXCHANGES]);
    }
}
