/* The engine as a story sees it: its configuration, its life and deaths, and the verb `engine`. */
#include <stdlib.h>
#include <string.h>

#include "base/auto.h"
#include "runner/story.h"

/* Which of the world's keys fill which members of the configuration. */
static const struct {
    const char *section, *member, *key, *before;
} filled[] = {
    {"dynamics", "tenant", "tenant_id", ""},   {"dynamics", "organization", "org_host", "https://"},
    {"dynamics", "clientId", "client_id", ""}, {"dynamics", "username", "app_user", ""},
    {"marketo", "munchkin", "munchkin", ""},   {"marketo", "clientId", "marketo_client_id", ""},
    {"admin", "tenant", "tenant_id", ""},      {"admin", "clientId", "admin_client_id", ""},
};

/* Puts a text in; NULL takes the member out. */
static void set_text(cJSON *object, const char *member, const char *text)
{
    cJSON_DeleteItemFromObjectCaseSensitive(object, member);
    if (text != NULL) {
        cJSON_AddStringToObject(object, member, text);
    }
}

static cJSON *section(cJSON *config, const char *name)
{
    cJSON *found = json_get(config, name);

    return cJSON_IsObject(found) ? found : cJSON_AddObjectToObject(config, name);
}

/* Merges member by member; what is no object replaces. */
static void merge(cJSON *into, const cJSON *from)
{
    const cJSON *child;

    cJSON_ArrayForEach(child, from)
    {
        cJSON *there = json_get(into, child->string);

        if (cJSON_IsObject(there) && cJSON_IsObject(child)) {
            merge(there, child);
            continue;
        }
        cJSON_DeleteItemFromObjectCaseSensitive(into, child->string);
        cJSON_AddItemToObject(into, child->string, cJSON_Duplicate(child, true));
    }
}

/* The connection that the world has already, when it has one, decides how the engine signs in. */
static void fill_connection(struct run_story *story, cJSON *dynamics)
{
    const cJSON *tables, *page, *row = NULL;
    const char *method, *user;

    if (run_control(story, "GET", "/_mock/state", NULL, &tables) == 200 &&
        strstr(json_text(&story->arena, tables), "\"connection\"") != NULL &&
        run_control(story, "GET", "/_mock/state/marketo/connection", NULL, &page) == 200) {
        row = cJSON_GetArrayItem(cJSON_IsArray(page) ? page : json_get(page, "rows"), 0);
    }
    method = json_get_text(row, "authMethod");
    user = json_get_text(row, "username");
    set_text(dynamics, "authMethod", method != NULL ? method : "s2s");
    if (method != NULL && user != NULL) {
        set_text(dynamics, "username", user);
    }
}

static bool uses_engine(const struct run_scenario *scenario)
{
    for (size_t i = 0; i < scenario->step_count; i++) {
        const struct run_step *step = &scenario->steps[i];

        if (step->verb == RUN_ENGINE || step->verb == RUN_RESTART ||
            json_get(step->expect, "engine") != NULL) {
            return true;
        }
    }
    return false;
}

bool run_engine_configure(struct run_story *story)
{
    const cJSON *changes = NULL;
    struct err err;

    if (!uses_engine(story->scenario)) {
        return true;
    }
    story->config = json_clone(&story->arena, story->rig->config);
    for (size_t i = 0; i < ARRAY_LEN(filled); i++) {
        const char *text = json_get_text(story->info, filled[i].key);

        set_text(section(story->config, filled[i].section), filled[i].member,
                 text != NULL ? arena_printf(&story->arena, "%s%s", filled[i].before, text) : NULL);
    }
    fill_connection(story, section(story->config, "dynamics"));
    set_text(story->config, "state", story->database);
    set_text(story->config, "solution", story->rig->solution);
    if (story->scenario->config != NULL &&
        !run_vars_expand(&story->vars, story->scenario->config, &changes, &err)) {
        return run_failf(story, "config: %s", err.text);
    }
    merge(story->config, changes);
    /* Held open, so that the database outlives an engine that was killed. */
    return db_open(story->database, &story->keeper, &err) ||
           run_failf(story, "the engine's database: %s", err.text);
}

static int64_t now(void *ctx)
{
    return mocktenant_now(((struct run_story *)ctx)->mock);
}

static void chance(void *ctx, void *bytes, size_t len)
{
    random_bytes(&((struct run_story *)ctx)->random, bytes, len);
}

/* What was accepted last, else the world's own. */
static char *secret(void *ctx, const char *name)
{
    const struct run_story *story = ctx;
    const struct {
        const char *name, *accepted, *key;
    } table[] = {
        {"dynamics.clientSecret", story->client_secret, "client_secret"},
        {"dynamics.password", story->password, "password"},
        {"marketo.clientSecret", NULL, "marketo_client_secret"},
        {"admin.clientSecret", NULL, "admin_client_secret"},
    };

    for (size_t i = 0; i < ARRAY_LEN(table); i++) {
        if (strcmp(table[i].name, name) == 0) {
            const char *text = table[i].accepted != NULL ? table[i].accepted
                                                         : json_get_text(story->info, table[i].key);

            return text != NULL ? strdup(text) : NULL;
        }
    }
    return NULL;
}

/* Whether it is killed at this call of on_commit. */
static bool dies_now(struct run_story *story)
{
    if (story->trouble != RUN_DEATH || story->died) {
        return false;
    }
    return story->choose != NULL ? story->choose(story->choose_arg, story->commits, NULL)
                                 : story->commits == story->at;
}

static enum crmsync_verdict on_commit(void *ctx, enum crmsync_commit_phase phase)
{
    struct run_story *story = ctx;
    bool die = dies_now(story);

    story->commits++;
    if (die) {
        story->died = true;
        story->phase = phase;
    }
    return die ? CRMSYNC_DIE : CRMSYNC_GO_ON;
}

static void take_line(void *ctx, const char *line)
{
    run_log_line(&((struct run_story *)ctx)->log, line);
}

static bool open_once(struct run_story *story, struct crmsync_error *error)
{
    struct crmsync_transport transport;
    const struct crmsync_env env = {
        .ctx = story,
        .transport = &transport,
        .now = now,
        .random = chance,
        .secret = secret,
        .on_commit = on_commit,
        .log = take_line,
        .config_dir = story->rig->config_dir,
    };
    struct err err;

    if (!run_carrier_transport(story->carrier, &transport, &err)) {
        return run_failf(story, "%s", err.text);
    }
    story->engine = crmsync_open(json_text(&story->arena, story->config), &env, error);
    return story->engine != NULL;
}

bool run_engine_open(struct run_story *story)
{
    struct crmsync_error error = {0};
    bool died = story->died;

    if (story->engine != NULL || open_once(story, &error)) {
        return true;
    }
    /* It may have been killed while it opened: then it is simply opened again. */
    return (story->died && !died && open_once(story, &error)) ||
           run_failf(story, "the engine does not open: %s", error.message);
}

bool run_engine_restart(struct run_story *story, const cJSON *config)
{
    crmsync_close(story->engine);
    story->engine = NULL;
    merge(story->config, config);
    return run_engine_open(story);
}

void run_engine_end(struct run_story *story)
{
    crmsync_close(story->engine);
    story->engine = NULL;
}

/* The words of enum crmsync_outcome. */
static const char *const outcomes[] = {"done", "failed", "usage", "refused", "unreachable"};

bool run_engine_call(struct run_story *story, const char *operation, const char *with,
                     struct run_answer *answer)
{
    enum crmsync_outcome outcome;
    char *out = NULL;
    struct err err;
    cJSON *result;

    *answer = (struct run_answer){0};
    if (!run_engine_open(story)) {
        return false;
    }
    run_carrier_begin(story->carrier, story->engine);
    outcome = crmsync_call(story->engine, operation, with, &out, NULL);
    if (outcome == CRMSYNC_DIED) {
        crmsync_free(out);
        crmsync_abandon(story->engine);
        story->engine = NULL;
        return story->died || run_failf(story, "the engine says it died, but nobody killed it");
    }
    if (run_carrier_endless(story->carrier)) {
        crmsync_free(out);
        return run_failf(story, "%s does not end: the runner stopped it", operation);
    }
    if (out == NULL || !json_parse(&story->arena, out, strlen(out), JSON_PLAIN, &result, &err)) {
        bool none = out == NULL;

        crmsync_free(out);
        return run_failf(story, "%s: the result is no JSON: %s", operation,
                         none ? "nothing" : err.text);
    }
    crmsync_free(out);
    run_secrets_in(story, result);
    answer->result = result;
    answer->outcome = json_get_text(result, "outcome");
    return ((size_t)outcome < ARRAY_LEN(outcomes) && str_eq(answer->outcome, outcomes[outcome])) ||
           run_fail(story, "result /outcome", "the outcome that crmsync_call() returned",
                    run_show(story, result));
}

bool run_engine_status(struct run_story *story, struct run_answer *answer)
{
    if (!run_engine_call(story, "status", NULL, answer)) {
        return false;
    }
    if (answer->outcome != NULL && !run_carrier_unmeddle(story->carrier)) {
        return true;
    }
    return run_engine_call(story, "status", NULL, answer);
}

static bool is_done(const struct run_answer *answer)
{
    return str_eq(answer->outcome, "done");
}

/* What does not end with `done` must say why. */
static bool stops_clearly(struct run_story *story, const struct run_answer *answer)
{
    const cJSON *error = json_get(answer->result, "error");
    const char *code = json_get_text(error, "code"), *message = json_get_text(error, "message");

    if (is_done(answer) || (code != NULL && *code != '\0' && message != NULL && *message != '\0')) {
        return true;
    }
    return run_fail(story, "result /error", "a code and a message, as the operation stopped",
                    run_show(story, answer->result));
}

/* A dry run says each time what would be changed. */
static bool is_dry(const char *with)
{
    AUTO(arena) arena = {0};
    cJSON *tree = NULL;
    struct err ignored;

    return with != NULL && json_parse(&arena, with, strlen(with), JSON_PLAIN, &tree, &ignored) &&
           json_get_bool(tree, "dryRun", false);
}

/* Once more right after it succeeded: nothing may change. */
static bool call_again(struct run_story *story, const char *operation, const char *with)
{
    const char *before = run_state_text(story, false), *after;
    struct run_answer again;
    const cJSON *changed;

    if (!run_engine_call(story, operation, with, &again)) {
        return false;
    }
    after = run_state_text(story, false);
    changed = json_get(again.result, "changed");
    if (!is_done(&again)) {
        return run_fail(story, "the second run: outcome", "\"done\"",
                        run_show(story, again.result));
    }
    if (!is_dry(with) &&
        (cJSON_IsTrue(changed) || (cJSON_IsArray(changed) && changed->child != NULL))) {
        return run_fail(story, "the second run: result /changed", "false",
                        run_show(story, changed));
    }
    return strcmp(before, after) == 0 ||
           run_fail(story, "the second run: state of the services", before, after);
}

/*
 * Whether the run after the trouble ended as the story's own. A pass that `failed` is one that met
 * a record that is refused, or a halt: it says so once and keeps it. The run after it finds that
 * kept and may go on or stop before it, so its state is judged and not its outcome.
 */
static bool reaches_the_same(struct run_story *story, const char *operation, const char *known,
                             const struct run_answer *answer)
{
    if (known == NULL || str_eq(known, answer->outcome)) {
        return true;
    }
    if (str_eq(operation, "sync.once") && str_eq(known, "failed")) {
        return stops_clearly(story, answer);
    }
    return run_fail(story, "the run after the trouble: outcome", known,
                    run_show(story, answer->result));
}

/* After a death or a fault: the operation is run again, and reaches what it reached at first. */
static bool recover(struct run_story *story, const char *operation, const char *with,
                    struct run_answer *answer)
{
    const char *known = story->known_outcomes != NULL ? story->known_outcomes[story->step] : NULL;

    if (answer->outcome != NULL) { /* it lived, and a fault met it */
        if (!stops_clearly(story, answer)) {
            return false;
        }
        if (is_done(answer) && !crmsync_is_idempotent(operation)) {
            answer->repeated = true;
            return true;
        }
    }
    if (!run_engine_call(story, operation, with, answer)) {
        return false;
    }
    answer->repeated = true;
    return reaches_the_same(story, operation, known, answer);
}

/* Accepted credentials are the engine's from then on; they never stand in its database. */
static void take_credentials(struct run_story *story, const char *operation, const cJSON *with,
                             const struct run_answer *answer)
{
    const char *client_secret = json_get_text(with, "clientSecret");
    const char *password = json_get_text(with, "password");

    run_secret(story, client_secret);
    run_secret(story, password);
    if (!is_done(answer) || cJSON_IsTrue(json_get(with, "dryRun")) ||
        (strcmp(operation, "setup.connect") != 0 && strcmp(operation, "reauth") != 0)) {
        return;
    }
    story->client_secret = client_secret != NULL ? client_secret : story->client_secret;
    story->password = password != NULL ? password : story->password;
}

bool run_engine_step(struct run_story *story, const struct run_step *step,
                     struct run_answer *answer)
{
    const char *operation = step->value->valuestring, *text = NULL;
    bool died = story->died;
    const cJSON *with;

    if (!run_member(story, step, "with", &with)) {
        return false;
    }
    if (with != NULL) {
        text = json_text(&story->arena, with);
    }
    if (!run_engine_call(story, operation, text, answer)) {
        return false;
    }
    if ((run_carrier_unmeddle(story->carrier) || story->died != died) &&
        !recover(story, operation, text, answer)) {
        return false;
    }
    take_credentials(story, operation, with, answer);
    return story->trouble != RUN_TWICE || !is_done(answer) || !crmsync_is_idempotent(operation) ||
           call_again(story, operation, text);
}
