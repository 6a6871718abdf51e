/* What must hold at the end of every telling, whatever the scenario expects itself. */
#include <stdlib.h>
#include <string.h>

#include "base/auto.h"
#include "base/guid.h"
#include "base/iso8601.h"
#include "base/mem.h"
#include "runner/story.h"

/* What setup makes in the directory: every variant must leave the same, ids and dates aside. */
static const char *const compared[] = {"graph/applications", "graph/servicePrincipals",
                                       "graph/oauth2PermissionGrants"};

/* Members whose text is chance in every run. */
static bool is_random(const char *name)
{
    return name != NULL && (strcmp(name, "id") == 0 || strcmp(name, "hint") == 0);
}

/* The text with every GUID in it replaced. */
static void add_without_ids(struct strbuf *out, const char *text)
{
    while (*text != '\0') {
        char piece[GUID_SIZE] = "";

        memcpy(piece, text, strnlen(text, GUID_SIZE - 1));
        if (guid_valid(piece)) {
            strbuf_add(out, "(id)");
            text += GUID_SIZE - 1;
        } else {
            strbuf_add_char(out, *text++);
        }
    }
}

static int by_text(const void *a, const void *b)
{
    return strcmp(*(const char *const *)a, *(const char *const *)b);
}

static const char *comparable(struct arena *arena, const cJSON *item);

/* Elements in an order that does not depend on their ids. */
static const char *comparable_array(struct arena *arena, const cJSON *item)
{
    size_t count = (size_t)cJSON_GetArraySize(item), n = 0;
    const char **texts = arena_array(arena, count + 1, sizeof *texts);
    AUTO(strbuf) out = STRBUF(0);
    const cJSON *child;

    cJSON_ArrayForEach(child, item)
    {
        texts[n++] = comparable(arena, child);
    }
    qsort(texts, n, sizeof *texts, by_text);
    for (size_t i = 0; i < n; i++) {
        strbuf_addf(&out, "%s%s", i == 0 ? "[" : ",\n ", texts[i]);
    }
    strbuf_add(&out, n == 0 ? "[]" : "]");
    return arena_strdup(arena, strbuf_text(&out));
}

static const char *comparable(struct arena *arena, const cJSON *item)
{
    AUTO(strbuf) out = STRBUF(0);
    const cJSON *child;
    int64_t at_ms;

    if (cJSON_IsArray(item)) {
        return comparable_array(arena, item);
    }
    if (cJSON_IsString(item)) {
        if (is_random(item->string)) {
            return "(chance)";
        }
        if (iso8601_parse(item->valuestring, &at_ms)) {
            return "(date)";
        }
        add_without_ids(&out, item->valuestring);
        return arena_strdup(arena, strbuf_text(&out));
    }
    if (!cJSON_IsObject(item)) {
        return json_text(arena, item);
    }
    cJSON_ArrayForEach(child, item)
    {
        strbuf_addf(&out, "%s%s: %s", child == item->child ? "{" : ", ", child->string,
                    comparable(arena, child));
    }
    strbuf_add(&out, item->child == NULL ? "{}" : "}");
    return arena_strdup(arena, strbuf_text(&out));
}

/* The names of all tables of the state: strings, or members `name`, anywhere in the list. */
static void add_tables(const cJSON *item, cJSON *list)
{
    const cJSON *child;

    if (cJSON_IsString(item) && strchr(item->valuestring, '/') != NULL &&
        item->valuestring[0] != '/') {
        cJSON_AddItemToArray(list, cJSON_CreateString(item->valuestring));
        return;
    }
    cJSON_ArrayForEach(child, item)
    {
        add_tables(child, list);
    }
}

static const cJSON *tables(struct run_story *story)
{
    cJSON *list = json_new_array(&story->arena);
    const cJSON *answer;

    (void)run_control(story, "GET", "/_mock/state", NULL, &answer);
    add_tables(answer, list);
    return list;
}

static bool is_compared(const char *table)
{
    for (size_t i = 0; i < ARRAY_LEN(compared); i++) {
        if (strcmp(compared[i], table) == 0) {
            return true;
        }
    }
    return false;
}

const char *run_state_text(struct run_story *story, bool for_comparison)
{
    AUTO(strbuf) out = STRBUF(0);
    const cJSON *table, *rows;

    cJSON_ArrayForEach(table, tables(story))
    {
        if ((for_comparison && !is_compared(table->valuestring)) ||
            !run_rows(story, table->valuestring, &rows)) {
            continue;
        }
        strbuf_addf(&out, "%s %s\n", table->valuestring,
                    for_comparison ? comparable(&story->arena, rows)
                                   : json_text(&story->arena, rows));
    }
    return arena_strdup(&story->arena, strbuf_text(&out));
}

static bool bytes_have(const void *bytes, size_t len, const char *text)
{
    return memmem(bytes, len, text, strlen(text)) != NULL;
}

/* No secret in the engine's database, nor in a log. */
static bool secrets_are_kept(struct run_story *story)
{
    uint8_t *image = NULL;
    size_t len = 0;
    const cJSON *secret;
    bool good = true;
    struct err err;

    if (story->keeper != NULL && !db_serialize(story->keeper, &image, &len, &err)) {
        return run_failf(story, "the engine's database: %s", err.text);
    }
    cJSON_ArrayForEach(secret, story->secrets)
    {
        if (good && image != NULL && bytes_have(image, len, secret->valuestring)) {
            good = run_failf(story, "a secret stands in the engine's database");
        }
        if (good &&
            bytes_have(strbuf_text(&story->log.text), story->log.text.len, secret->valuestring)) {
            good = run_failf(story, "a secret stands in a log");
        }
    }
    mem_free(image);
    return good;
}

/* The engine can say how it stands. */
static bool engine_is_well(struct run_story *story)
{
    struct run_answer status;

    if (story->config == NULL) {
        return true;
    }
    return run_engine_status(story, &status) &&
           (str_eq(status.outcome, "done") || run_fail(story, "the engine's status: outcome",
                                                       "\"done\"", run_show(story, status.result)));
}

bool run_end(struct run_story *story)
{
    if (story->variant != RUN_BASE && !engine_is_well(story)) {
        return false;
    }
    if (story->want_end) {
        story->end = run_state_text(story, true);
    }
    return secrets_are_kept(story);
}
