#include "marketo.h"

#include <string.h>

#include "base/auto.h"
#include "base/str.h"
#include "base/uri.h"
#include "cases.h"

static const char host[] = "123-abc-456.mktorest.com";

struct mocktenant *mkto_start(const char *world)
{
    const struct mocktenant_options options = {.world = world, .clock = "virtual"};

    return tenant_start(&options);
}

const char *mkto_token(struct arena *arena, struct mocktenant *mock, const char *who)
{
    bool other = str_eq(who, "other");
    struct ask ask = {.transport = DIRECT, .method = "GET", .host = host};
    struct answer answer;

    ask.target = arena_printf(
        arena, "/identity/oauth/token?grant_type=client_credentials&client_id=%s&client_secret=%s",
        tenant_key(arena, mock, other ? "marketo_other_client_id" : "marketo_client_id"),
        tenant_key(arena, mock, other ? "marketo_other_client_secret" : "marketo_client_secret"));
    answer = tenant_ask(arena, mock, &ask);
    if (answer.status != 200) {
        fail_msg("no token: %s", answer.body);
    }
    return json_get_text(answer.json, "access_token");
}

struct answer mkto_ask(struct arena *arena, struct mocktenant *mock, const char *who,
                       const char *method, const char *target, const char *body)
{
    struct ask ask = {
        .transport = DIRECT, .method = method, .host = host, .target = target, .body = body};
    size_t count = 0;

    if (body != NULL) {
        ask.headers[count++] = *body == '{' || *body == '[' || *body == '\0'
                                   ? "Content-Type: application/json"
                                   : "Content-Type: application/x-www-form-urlencoded";
    }
    if (!str_eq(who, "nobody")) {
        ask.headers[count++] =
            arena_printf(arena, "Authorization: Bearer %s", mkto_token(arena, mock, who));
    }
    return tenant_ask(arena, mock, &ask);
}

void mkto_take_body(void *arg, const struct mocktenant_response *response)
{
    strbuf_add_n(arg, response->body, response->body_len);
}

const char *mkto_fill(struct arena *arena, struct mocktenant *mock, const char *text,
                      const char *saved, bool encode)
{
    AUTO(strbuf) out = STRBUF(0);

    for (; text != NULL && *text != '\0'; text++) {
        const char *close = *text == '<' ? strchr(text, '>') : NULL;

        if (close != NULL) {
            const char *key = arena_dup(arena, text + 1, (size_t)(close - text - 1));
            const char *value = str_eq(key, "saved") ? saved : tenant_key(arena, mock, key);

            if (value == NULL) {
                fail_msg("the line has no key %s", key);
            }
            if (encode) {
                strbuf_form(&out, value);
            } else {
                strbuf_add(&out, value);
            }
            text = close;
        } else {
            /* "\\'" in a C text is a real quote. */
            if (*text == '\\' && text[1] == '\'') {
                text++;
                strbuf_add_char(&out, '\'');
            } else {
                strbuf_add_char(&out, *text == '\'' ? '"' : *text);
            }
        }
    }
    return text != NULL ? arena_dup(arena, strbuf_text(&out), out.len) : NULL;
}

static void check(struct arena *arena, const struct mkto_step *step, size_t number,
                  const struct answer *answer, const char *want)
{
    cJSON *wanted = NULL, *found = json_pointer_get(answer->json, step->at);
    struct err err;

    if (want == NULL) {
        if (found != NULL) {
            fail_msg("step %zu: nothing expected at %s, found %s", number, step->at, answer->body);
        }
        return;
    }
    if (!json_parse(arena, want, strlen(want), JSON_PLAIN, &wanted, &err)) {
        fail_msg("step %zu: %s: %s", number, want, err.text);
    }
    if (found == NULL || !json_equal(wanted, found)) {
        fail_msg("step %zu: expected %s at %s, found %.3000s", number, want, step->at,
                 answer->body);
    }
}

void mkto_play(struct mocktenant *mock, const struct mkto_step *steps)
{
    AUTO(arena) arena = {0};
    const char *saved = NULL;

    for (size_t i = 0; i < MKTO_MOST_STEPS && steps[i].who != NULL; i++) {
        const struct mkto_step *step = &steps[i];
        const char *target = mkto_fill(&arena, mock, step->target, saved, true);
        const char *body = mkto_fill(&arena, mock, step->body, saved, false);
        struct answer answer = {0};

        if (str_eq(step->who, "clock")) {
            (void)tenant_control(&arena, mock, "PUT", "/_mock/clock",
                                 arena_printf(&arena, "{\"advance\":\"%s\"}", target), 200);
            continue;
        }
        if (str_eq(step->who, "control")) {
            char *text = NULL;
            int status = mocktenant_control(mock, step->method, target, body, &text);

            answer.body = arena_strdup(&arena, text);
            mocktenant_free(text);
            answer.body_len = strlen(answer.body);
            {
                struct err err;

                (void)json_parse(&arena, answer.body, answer.body_len, JSON_PLAIN, &answer.json,
                                 &err);
            }
            answer.status = status;
        } else {
            answer = mkto_ask(&arena, mock, step->who, step->method, target, body);
        }
        if (step->at != NULL) {
            check(&arena, step, i + 1, &answer, mkto_fill(&arena, mock, step->want, saved, false));
        }
        if (step->save != NULL) {
            const cJSON *item = json_pointer_get(answer.json, step->save);

            saved = cJSON_IsString(item) ? item->valuestring : json_text(&arena, item);
        }
    }
}

void mkto_tell(void **state)
{
    const struct mkto_story *story = *state;
    struct mocktenant *mock = mkto_start(story->world != NULL ? story->world : "ready");

    mkto_play(mock, story->steps);
    mocktenant_stop(mock);
}
