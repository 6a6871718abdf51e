#include "runner/story.h"

#include <stdatomic.h>
#include <stdio.h>
#include <string.h>

#include "base/auto.h"
#include "base/iso8601.h"
#include "base/uri.h"

enum { LOG_LIMIT = 256 * 1024, STATE_PAGE = 1000, SHOWN = 2000 };

/* Keys of the world's line that nobody may see. */
static const char *const secret_keys[] = {"client_secret", "admin_client_secret", "password",
                                          "marketo_client_secret", "marketo_other_client_secret"};

static const char *kept(struct run_story *story, const char *text)
{
    return text == NULL ? NULL : arena_strdup(&story->arena, run_mask(story, text));
}

const char *run_cut(struct arena *arena, const char *text, size_t most)
{
    size_t len = most;

    if (strlen(text) <= most) {
        return text;
    }
    while (len > 0 && ((unsigned char)text[len] & 0xc0) == 0x80) {
        len--;
    }
    return arena_printf(arena, "%.*s...", (int)len, text);
}

const char *run_show(struct run_story *story, const cJSON *item)
{
    char *text = item != NULL ? json_text(&story->arena, item) : NULL;

    if (text == NULL) {
        return "nothing";
    }
    /* Masked before it is cut, so that no half of a secret stands at the end. */
    return run_cut(&story->arena, run_mask(story, text), SHOWN);
}

bool run_fail(struct run_story *story, const char *where, const char *expected, const char *found)
{
    struct run_failure *failure = &story->failure;

    if (failure->failed) {
        return false;
    }
    failure->failed = true;
    failure->step = story->step;
    failure->name = story->step < story->scenario->step_count
                        ? story->scenario->steps[story->step].name
                        : "the end";
    failure->where = kept(story, where);
    failure->expected = kept(story, expected);
    failure->found = kept(story, found);
    if (story->mock != NULL) {
        run_journal_last(story, failure);
    }
    return false;
}

bool run_failf(struct run_story *story, const char *format, ...)
{
    va_list args;
    char *text;

    va_start(args, format);
    text = arena_vprintf(&story->arena, format, args);
    va_end(args);
    return run_fail(story, NULL, NULL, text);
}

int run_control(struct run_story *story, const char *method, const char *path, const char *json,
                const cJSON **ret)
{
    char *body = NULL;
    int status = mocktenant_control(story->mock, method, path, json, ret != NULL ? &body : NULL);

    if (ret != NULL) {
        struct err err;
        cJSON *root = NULL;

        *ret = NULL;
        if (body != NULL && *body != '\0' &&
            json_parse(&story->arena, body, strlen(body), JSON_PLAIN, &root, &err)) {
            *ret = root;
        }
        mocktenant_free(body);
    }
    return status;
}

/* The page's rows: the body itself, or its member `rows`. */
static const cJSON *page_rows(const cJSON *page)
{
    return cJSON_IsArray(page) ? page : json_get(page, "rows");
}

bool run_rows(struct run_story *story, const char *table, const cJSON **ret)
{
    cJSON *all = json_new_array(&story->arena);
    const char *after = NULL;

    do {
        const char *path =
            after == NULL
                ? arena_printf(&story->arena, "/_mock/state/%s?limit=%d", table, STATE_PAGE)
                : arena_printf(&story->arena, "/_mock/state/%s?limit=%d&after=%s", table,
                               STATE_PAGE, after);
        const cJSON *page, *row, *next;
        int status = run_control(story, "GET", path, NULL, &page);

        if (status != 200 || !cJSON_IsArray(page_rows(page))) {
            return run_fail(story, table, "a table of the state", run_show(story, page));
        }
        cJSON_ArrayForEach(row, page_rows(page))
        {
            cJSON_AddItemToArray(all, cJSON_Duplicate(row, true));
        }
        next = json_get(page, "next");
        after = NULL;
        if (cJSON_IsString(next)) {
            AUTO(strbuf) encoded = STRBUF(0);

            strbuf_uri(&encoded, next->valuestring);
            after = arena_strdup(&story->arena, strbuf_text(&encoded));
        }
    } while (after != NULL);
    *ret = all;
    return true;
}

bool run_member(struct run_story *story, const struct run_step *step, const char *name,
                const cJSON **ret)
{
    const cJSON *item = json_get(step->json, name);
    struct err err;

    *ret = NULL;
    return item == NULL || run_vars_expand(&story->vars, item, ret, &err) ||
           run_failf(story, "%s: %s", name, err.text);
}

void run_log_line(void *arg, const char *line)
{
    struct run_log *log = arg;

    (void)pthread_mutex_lock(&log->lock);
    strbuf_add(&log->text, line);
    strbuf_add_char(&log->text, '\n');
    (void)pthread_mutex_unlock(&log->lock);
}

/* Port of an origin such as "https://127.0.0.1:41234". */
static int port_of(struct run_story *story)
{
    const char *base = json_get_text(story->info, "base");
    struct uri uri;

    return base != NULL && uri_parse(&story->arena, base, &uri) ? uri.port : 0;
}

static bool start_world(struct run_story *story)
{
    const struct mocktenant_options options = {
        .world = story->scenario->world,
        .world_dir = story->scenario->world_dir,
        .listen = story->wire ? "127.0.0.1:0" : NULL,
        .clock = "virtual",
        .seed = story->rig->seed,
        .held_by_clock = true,
        .log = run_log_line,
        .log_arg = &story->log,
    };
    char error[512] = "";
    const char *text;
    struct err err;
    cJSON *info;

    story->mock = mocktenant_start(&options, error, sizeof error);
    if (story->mock == NULL) {
        return run_failf(story, "the world cannot start: %s", error);
    }
    text = mocktenant_info(story->mock);
    if (!json_parse(&story->arena, text, strlen(text), JSON_PLAIN, &info, &err)) {
        return run_failf(story, "the world's own line is not JSON: %s", err.text);
    }
    story->info = info;
    story->vars.world = info;
    story->port = story->wire ? port_of(story) : 0;
    for (size_t i = 0; i < ARRAY_LEN(secret_keys); i++) {
        run_secret(story, json_get_text(info, secret_keys[i]));
    }
    story->carrier = run_carrier_create(story->mock, story->port, json_get_text(info, "ca_file"));
    return true;
}

static void begin(struct run_story *story)
{
    static atomic_ulong number;
    const size_t steps = story->scenario->step_count;

    story->vars = (struct run_vars){.arena = &story->arena};
    story->vars.saved = json_new_object(&story->arena);
    story->secrets = json_new_array(&story->arena);
    story->outcomes = arena_array(&story->arena, steps, sizeof *story->outcomes);
    story->marks = arena_array(&story->arena, steps, sizeof *story->marks);
    story->log.text.limit = LOG_LIMIT;
    (void)pthread_mutex_init(&story->log.lock, NULL);
    random_seed(&story->random, story->rig->seed);
    (void)snprintf(story->database, sizeof story->database, "file:/scenario-%lu?vfs=memdb",
                   atomic_fetch_add(&number, 1) + 1);
}

/* Where the answer's saved parts are: the result of an operation, else the body. */
static const cJSON *answer_root(const struct run_answer *answer)
{
    return answer->outcome != NULL ? answer->result : answer->body;
}

static bool save(struct run_story *story, const struct run_step *step,
                 const struct run_answer *answer)
{
    const cJSON *wanted, *child;

    if (!run_member(story, step, "save", &wanted)) {
        return false;
    }
    cJSON_ArrayForEach(child, wanted)
    {
        const cJSON *found = json_pointer_get(answer_root(answer), child->valuestring);

        cJSON_DeleteItemFromObjectCaseSensitive(story->vars.saved, child->string);
        cJSON_AddItemToObject(story->vars.saved, child->string,
                              found != NULL ? cJSON_Duplicate(found, true) : cJSON_CreateNull());
    }
    return true;
}

/* A secret that an answer shows once: kept for `integration-app`, and never shown again by us. */
static void take_secret(struct run_story *story, const struct run_answer *answer)
{
    const char *text = json_get_text(answer_root(answer), "secretText");

    if (text != NULL) {
        story->last_secret = arena_strdup(&story->arena, text);
    }
}

static bool play_step(struct run_story *story, const struct run_step *step)
{
    struct run_answer answer = {0};

    if (!run_step_do(story, step, &answer)) {
        return false;
    }
    story->outcomes[story->step] = answer.outcome;
    take_secret(story, &answer);
    if (!save(story, step, &answer) || !run_expect(story, step, &answer)) {
        return false;
    }
    run_journal_mark(story, story->step);
    return true;
}

static bool play(struct run_story *story)
{
    const struct run_scenario *scenario = story->scenario;

    if (!start_world(story) || !run_engine_configure(story)) {
        return false;
    }
    if (story->trouble == RUN_FAULT_ON_REQUEST && story->choose != NULL) {
        run_carrier_choose(story->carrier, story->choose, story->choose_arg);
    } else if (story->trouble == RUN_FAULT_ON_REQUEST) {
        run_carrier_meddle(story->carrier, story->at, story->fault);
    }
    for (story->step = 0; story->step < scenario->step_count; story->step++) {
        if (!play_step(story, &scenario->steps[story->step])) {
            return false;
        }
    }
    return run_end(story);
}

bool run_story_play(struct run_story *story)
{
    begin(story);
    return play(story) && !story->failure.failed;
}

void run_story_finish(struct run_story *story)
{
    run_engine_end(story);
    run_carrier_destroy(story->carrier);
    run_http_destroy(story->http);
    if (story->mock != NULL) {
        mocktenant_stop(story->mock);
    }
    db_close(story->keeper);
    strbuf_finish(&story->log.text);
    (void)pthread_mutex_destroy(&story->log.lock);
    arena_finish(&story->arena);
}
