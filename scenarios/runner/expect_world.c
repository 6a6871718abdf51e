/* Expectations about what the services hold: the journal, the state, the mails. */
#include <string.h>

#include "base/auto.h"
#include "runner/match.h"
#include "runner/story.h"

/* Calls `judge` for an object, or for each of an array of them. */
static bool each(struct run_story *story, const cJSON *expected,
                 bool (*judge)(struct run_story *story, const cJSON *one))
{
    const cJSON *one;

    if (!cJSON_IsArray(expected)) {
        return judge(story, expected);
    }
    cJSON_ArrayForEach(one, expected)
    {
        if (!judge(story, one)) {
            return false;
        }
    }
    return true;
}

/* How many were found against `count`, which without a value means at least one. */
static bool judge_count(struct run_story *story, const char *where, const cJSON *count,
                        size_t found, const char *detail)
{
    cJSON number = {.type = cJSON_Number, .valuedouble = (double)found, .valueint = (int)found};
    bool good = count != NULL ? run_match(count, &number) : found > 0;

    return good ||
           run_fail(story, where, count != NULL ? json_text(&story->arena, count) : "at least one",
                    arena_printf(&story->arena, "%zu%s", found, detail));
}

static int64_t mark_of(const struct run_story *story, const char *name)
{
    for (size_t i = 0; i < story->scenario->step_count; i++) {
        if (strcmp(story->scenario->steps[i].name, name) == 0) {
            return story->marks[i];
        }
    }
    return 0;
}

/* The members that say which requests: all but count and since. */
static cJSON *journal_match(struct run_story *story, const cJSON *expected)
{
    cJSON *match = json_clone(&story->arena, expected);

    cJSON_DeleteItemFromObjectCaseSensitive(match, "count");
    cJSON_DeleteItemFromObjectCaseSensitive(match, "since");
    return match;
}

/* What the requests that came closest differ in, from a verify call's answer. */
static const char *nearest(struct run_story *story, const cJSON *match)
{
    cJSON *body = json_new_object(&story->arena);
    const cJSON *answer, *list;

    cJSON_AddItemToObject(body, "match", cJSON_Duplicate(match, true));
    (void)run_control(story, "POST", "/_mock/journal/verify", json_text(&story->arena, body),
                      &answer);
    list = json_get(answer, "nearest");
    return list == NULL || list->child == NULL
               ? ""
               : arena_printf(&story->arena, "; nearest: %s", json_text(&story->arena, list));
}

static bool judge_journal(struct run_story *story, const cJSON *expected)
{
    const cJSON *match = journal_match(story, expected);
    const char *since = json_get_text(expected, "since");
    size_t found;

    if (!run_journal_count(story, match, since != NULL ? mark_of(story, since) : -1, &found)) {
        return false;
    }
    return judge_count(story,
                       arena_printf(&story->arena, "journal %s%s%s",
                                    json_text(&story->arena, match), since != NULL ? " since " : "",
                                    since != NULL ? since : ""),
                       json_get(expected, "count"), found, found == 0 ? nearest(story, match) : "");
}

bool run_expect_journal(struct run_story *story, const cJSON *expected)
{
    return each(story, expected, judge_journal);
}

/* A column is a member's name, or a JSON Pointer when it begins with a slash. */
static bool row_fits(const cJSON *where, const cJSON *row)
{
    const cJSON *child;

    cJSON_ArrayForEach(child, where)
    {
        const cJSON *there = child->string[0] == '/' ? json_pointer_get(row, child->string)
                                                     : json_get(row, child->string);

        if (!run_match(child, there)) {
            return false;
        }
    }
    return true;
}

static bool judge_row(struct run_story *story, const char *table, const cJSON *expected,
                      const cJSON *row)
{
    const cJSON *child;

    cJSON_ArrayForEach(child, expected)
    {
        const char *where = arena_printf(&story->arena, "state %s %s", table, child->string);

        if (!run_expect_value(story, where, child, json_pointer_get(row, child->string))) {
            return false;
        }
    }
    return true;
}

static bool judge_rows(struct run_story *story, const char *table, const cJSON *expected)
{
    const cJSON *where = json_get(expected, "where"), *count = json_get(expected, "count");
    const cJSON *fields = json_get(expected, "row"), *rows, *row;
    const char *at =
        arena_printf(&story->arena, "state %s: rows%s%s", table, where != NULL ? " where " : "",
                     where != NULL ? json_text(&story->arena, where) : "");
    cJSON one = {.type = cJSON_Number, .valuedouble = 1, .valueint = 1};
    size_t found = 0;

    if (!run_rows(story, table, &rows)) {
        return false;
    }
    cJSON_ArrayForEach(row, rows)
    {
        found += row_fits(where, row);
    }
    if (!judge_count(story, at, count == NULL && fields != NULL ? &one : count, found,
                     arena_printf(&story->arena, " of %d", cJSON_GetArraySize(rows)))) {
        return false;
    }
    cJSON_ArrayForEach(row, rows)
    {
        if (row_fits(where, row) && !judge_row(story, table, fields, row)) {
            return false;
        }
    }
    return true;
}

bool run_expect_state(struct run_story *story, const cJSON *expected)
{
    const cJSON *child;

    cJSON_ArrayForEach(child, expected)
    {
        if (!judge_rows(story, child->string, child)) {
            return false;
        }
    }
    return true;
}

static bool judge_mail(struct run_story *story, const cJSON *expected)
{
    static const char *const columns[] = {"to", "kind"};
    const cJSON *rows, *row;
    size_t found = 0;

    if (!run_rows(story, "marketo/mail", &rows)) {
        return false;
    }
    cJSON_ArrayForEach(row, rows)
    {
        bool fits = true;

        for (size_t i = 0; i < ARRAY_LEN(columns); i++) {
            const cJSON *value = json_get(expected, columns[i]);

            fits = fits && (value == NULL || run_match(value, json_get(row, columns[i])));
        }
        found += fits;
    }
    return judge_count(story,
                       arena_printf(&story->arena, "mail %s", json_text(&story->arena, expected)),
                       json_get(expected, "count"), found, "");
}

bool run_expect_mail(struct run_story *story, const cJSON *expected)
{
    return each(story, expected, judge_mail);
}
