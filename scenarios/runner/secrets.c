/* What a story knows to be secret: nothing that it tells shows any of it. */
#include <string.h>

#include "base/auto.h"
#include "base/json_writer.h"
#include "base/uri.h"
#include "runner/story.h"

enum { MASK_LEAST = 8 };

/* Members of answers and results whose values are secrets. */
static const char *const names[] = {"secretText",    "access_token", "refresh_token", "id_token",
                                    "client_secret", "clientSecret", "password"};

void run_secret(struct run_story *story, const char *text)
{
    const cJSON *known;

    if (text == NULL || strlen(text) < MASK_LEAST) {
        return; /* what is that short would blank half of a message */
    }
    cJSON_ArrayForEach(known, story->secrets)
    {
        if (strcmp(known->valuestring, text) == 0) {
            return;
        }
    }
    cJSON_AddItemToArray(story->secrets, cJSON_CreateString(text));
}

/* In an answer that was spoilt on its way: `"name":"value`, perhaps cut short. */
static void find_in_text(struct run_story *story, const char *text, const char *name)
{
    size_t len = strlen(name);

    for (const char *at = strstr(text, name); at != NULL; at = strstr(at, name)) {
        const char *value = at + len;

        at = value;
        if (*value != '"') {
            continue;
        }
        value += 1 + strspn(value + 1, " :\t\r\n");
        if (*value == '"') {
            run_secret(story, arena_dup(&story->arena, value + 1, strcspn(value + 1, "\"")));
        }
    }
}

static bool is_secret(const char *name)
{
    for (size_t i = 0; i < ARRAY_LEN(names); i++) {
        if (str_eq(names[i], name)) {
            return true;
        }
    }
    return false;
}

static void find_in_tree(struct run_story *story, const cJSON *item)
{
    const cJSON *child;

    if (cJSON_IsString(item) && is_secret(item->string)) {
        run_secret(story, item->valuestring);
    }
    cJSON_ArrayForEach(child, item)
    {
        find_in_tree(story, child);
    }
}

void run_secrets_in(struct run_story *story, const cJSON *answer)
{
    if (!cJSON_IsString(answer)) {
        find_in_tree(story, answer);
        return;
    }
    for (size_t i = 0; i < ARRAY_LEN(names); i++) {
        find_in_text(story, answer->valuestring, names[i]);
    }
}

static const char *mask_one(struct run_story *story, const char *text, const char *secret)
{
    AUTO(strbuf) out = STRBUF(0);
    const char *found = strstr(text, secret);

    if (found == NULL) {
        return text;
    }
    for (; found != NULL; found = strstr(text, secret)) {
        strbuf_add_n(&out, text, (size_t)(found - text));
        strbuf_add(&out, "***");
        text = found + strlen(secret);
    }
    strbuf_add(&out, text);
    return arena_strdup(&story->arena, strbuf_text(&out));
}

/* As it stands in JSON, without the quotes. */
static const char *mask_json(struct run_story *story, const char *text, const char *secret)
{
    AUTO(strbuf) out = STRBUF(0);
    struct json_writer writer = JSON_WRITER(&out);
    const char *escaped;

    jw_text(&writer, secret);
    escaped = arena_dup(&story->arena, out.data + 1, out.len - 2);
    return strcmp(escaped, secret) == 0 ? text : mask_one(story, text, escaped);
}

/* As it stands in a path or a query. */
static const char *mask_uri(struct run_story *story, const char *text, const char *secret)
{
    AUTO(strbuf) out = STRBUF(0);

    strbuf_uri(&out, secret);
    return strcmp(out.data, secret) == 0 ? text : mask_one(story, text, out.data);
}

const char *run_mask(struct run_story *story, const char *text)
{
    const cJSON *secret;

    cJSON_ArrayForEach(secret, story->secrets)
    {
        text = mask_one(story, text, secret->valuestring);
        text = mask_json(story, text, secret->valuestring);
        text = mask_uri(story, text, secret->valuestring);
    }
    return text;
}
