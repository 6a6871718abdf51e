/*
 * Step 2, the client secret: shown once, in the answer that makes it. Whoever misses that answer
 * has a secret that nobody knows, so the ids of those before it are journalled first, and the next
 * run removes the one that nobody saw.
 */
#include <string.h>

#include "base/iso8601.h"
#include "base/mem.h"
#include "base/str.h"
#include "setup/plan.h"
#include "setup/setup.h"

enum {
    SETTLE_MS = 60000,
    LOOK_MS = 4000,
    FRESH_WAIT_MS = 2000,
    DESCRIPTION_MAX = 120,
    /* How far the start of a secret may lie from the request that made it, by two clocks. */
    SKEW_MS = 5 * 60 * 1000,
};

struct remove_work {
    struct sync_work common;
    const char *application, *key_id, *key;
};

static const char *work_key(void *work)
{
    return ((struct remove_work *)work)->key;
}

static enum sync_look check_removed(struct sync_call *call, void *arg)
{
    struct remove_work *work = arg;
    struct sync_application application;
    const cJSON *item;

    if (!sync_find_application(call, work->application, &application)) {
        return SYNC_LOOK_FAILED;
    }
    work->common.found = work->key_id;
    cJSON_ArrayForEach(item, application.passwords)
    {
        if (str_ieq(json_get_text(item, "keyId"), work->key_id)) {
            return SYNC_MISSING;
        }
    }
    return SYNC_THERE;
}

static enum sync_changed remove_password(struct sync_call *call, void *arg)
{
    struct remove_work *work = arg;
    cJSON *body = json_new_object(call->arena);
    struct sync_change change = {
        .operation = "secret.remove",
        .key = work->key,
        .known = "[]",
        .what = "removing the secret",
        .method = "POST",
        .path = arena_printf(call->arena, "/applications/%s/removePassword", work->application),
        .body = body,
        .made = work->key_id};
    struct sync_intent intent;
    enum sync_changed changed;
    const cJSON *answer;

    cJSON_AddStringToObject(body, "keyId", work->key_id);
    changed =
        sync_graph_change(call->engine, call->arena, &change, &answer, &intent, call->problem);
    /* "No such credential": somebody else was faster, which a look will show. */
    return changed == SYNC_NOT_CHANGED && call->problem->error.status == 400 ? SYNC_UNKNOWN
                                                                             : changed;
}

static const struct sync_step remove_step = {"secret.remove", check_removed, remove_password,
                                             work_key, "graph-remove-password"};

bool sync_setup_remove_secret(struct sync_call *call, const char *application, const char *key_id,
                              bool *ret_changed)
{
    struct remove_work work = {.application = application, .key_id = key_id};

    work.key = arena_printf(call->arena, "%s/%s", application, key_id);
    return sync_plan_run(call, &remove_step, 1, &work, ret_changed);
}

/* The key ids of an application as a JSON array. */
static char *key_ids(struct sync_call *call, const struct sync_application *application)
{
    cJSON *ids = json_new_array(call->arena);
    const cJSON *item;

    cJSON_ArrayForEach(item, application->passwords)
    {
        const char *id = json_get_text(item, "keyId");

        cJSON_AddItemToArray(ids, cJSON_CreateString(id != NULL ? id : ""));
    }
    return json_text(call->arena, ids);
}

static bool is_known(const cJSON *known, const char *id)
{
    const cJSON *item;

    cJSON_ArrayForEach(item, known)
    {
        if (str_ieq(cJSON_GetStringValue(item), id)) {
            return true;
        }
    }
    return false;
}

/* Whether the value that the engine is given as dynamics.clientSecret is this one: then somebody
 * has seen and kept it. The hint is what a value begins with. */
static bool is_in_use(struct sync_call *call, const struct sync_password *password, bool *ret)
{
    char *value = NULL;

    *ret = false;
    if (!sync_engine_secret(call->engine, SYNC_SECRET_DYNAMICS_CLIENT, &value, call->problem)) {
        return false;
    }
    *ret = value != NULL && password->hint != NULL && *password->hint != '\0' &&
           str_starts(value, password->hint);
    sync_secret_free(value);
    return true;
}

/* Whether a secret came from that request, as far as one can tell: a secret of another description
 * or another time is somebody else's. */
static bool is_from(const struct sync_password *password, const struct sync_intent *intent,
                    const cJSON *known, const char *description)
{
    return !is_known(known, password->key_id) && str_eq(password->display_name, description) &&
           (password->start_ms == INT64_MIN ||
            (password->start_ms >= intent->sent_ms - SKEW_MS &&
             password->start_ms <= intent->sent_ms + SETTLE_MS + SKEW_MS));
}

/*
 * Removes what a request made and nobody saw: everything but `seen`, the key id that its answer
 * named (NULL: there was no answer). *ret_found tells whether there was any.
 */
static bool remove_unseen(struct sync_call *call, const struct sync_application *application,
                          const struct sync_intent *intent, const char *description,
                          const char *seen, bool *ret_found)
{
    cJSON *known = NULL;
    const cJSON *item;
    struct err err;

    *ret_found = false;
    if (!json_parse(call->arena, intent->known, strlen(intent->known), JSON_PLAIN, &known, &err)) {
        return sync_fail_err(call->problem, &err);
    }
    cJSON_ArrayForEach(item, application->passwords)
    {
        struct sync_password password;
        bool in_use = false, removed = false;

        if (!sync_password_read(item, &password, call->problem)) {
            return false;
        }
        if (str_ieq(password.key_id, seen) || !is_from(&password, intent, known, description)) {
            continue;
        }
        *ret_found = true;
        if (!is_in_use(call, &password, &in_use) ||
            (!in_use &&
             !sync_setup_remove_secret(call, application->id, password.key_id, &removed))) {
            return false;
        }
        log_event(&call->engine->env.log, "secret.unseen", "key=%s removed=%d", password.key_id,
                  removed);
    }
    return true;
}

/* Clears up behind an earlier call whose outcome nobody knows. */
static bool clear_up(struct sync_call *call, const char *application, const char *description,
                     const char *key)
{
    struct sync_env *env = &call->engine->env;
    struct sync_application found;
    struct sync_intent open;
    bool seen = false;

    if (!sync_intent_open(&call->engine->store, call->arena, "secret.add", key, &open,
                          call->problem)) {
        return false;
    }
    while (open.id != 0 && !seen) {
        if (!sync_find_application(call, application, &found) ||
            !remove_unseen(call, &found, &open, description, NULL, &seen)) {
            return false;
        }
        if (!seen && sync_env_now(env) >= open.sent_ms + SETTLE_MS) {
            return true;
        }
        /* A request without an answer may still be done: look until that is over. */
        if (!seen && !sync_env_wait_until(env, sync_env_now(env) + LOOK_MS, call->problem)) {
            return false;
        }
    }
    return true;
}

static enum sync_changed send_add(struct sync_call *call, const char *application,
                                  const char *description, const char *end, const char *key,
                                  const cJSON **ret, struct sync_intent *ret_intent)
{
    cJSON *body = json_new_object(call->arena);
    cJSON *credential = cJSON_AddObjectToObject(body, "passwordCredential");
    struct sync_change change = {
        .operation = "secret.add",
        .key = key,
        .what = "adding the secret",
        .method = "POST",
        .path = arena_printf(call->arena, "/applications/%s/addPassword", application),
        .body = body,
        .id = "keyId",
        .leave_open = true};
    struct sync_application found;

    cJSON_AddStringToObject(credential, "displayName", description);
    if (end != NULL) {
        cJSON_AddStringToObject(credential, "endDateTime", end);
    }
    if (!sync_find_application(call, application, &found)) {
        return SYNC_NOT_CHANGED;
    }
    change.known = key_ids(call, &found);
    return sync_graph_change(call->engine, call->arena, &change, ret, ret_intent, call->problem);
}

static void wipe(void *text)
{
    mem_wipe(text, strlen(text));
}

/* Reads the answer; without its value the secret is as good as not made. */
static bool read_answer(struct sync_call *call, const cJSON *answer, struct sync_password *ret)
{
    if (!sync_password_read(answer, ret, call->problem)) {
        return false;
    }
    if (ret->secret_text == NULL || ret->end == NULL) {
        (void)sync_fail(call->problem, CRMSYNC_FAILED, "protocol",
                        "adding the secret: the answer does not hold its value and its end");
        sync_problem_from(call->problem, "graph", 200);
        return false;
    }
    arena_defer(call->arena, wipe, (char *)(uintptr_t)ret->secret_text);
    return true;
}

/* A request that was delivered twice has made a second secret, which nobody saw. */
static bool remove_twin(struct sync_call *call, const char *application, const char *description,
                        const struct sync_intent *intent, const char *key_id)
{
    struct sync_application found;
    bool twin;

    return sync_find_application(call, application, &found) &&
           remove_unseen(call, &found, intent, description, key_id, &twin);
}

/* Writes the answer into the result, and what may be kept of it into the journal. */
static void hand_out(struct sync_call *call, const char *application,
                     const struct sync_password *password, const struct sync_intent *intent,
                     cJSON *result)
{
    cJSON *detail = json_new_object(call->arena);

    cJSON_AddStringToObject(result, "keyId", password->key_id);
    cJSON_AddItemToObject(result, "hint",
                          password->hint != NULL ? cJSON_CreateString(password->hint)
                                                 : cJSON_CreateNull());
    cJSON_AddStringToObject(result, "endDateTime", password->end);
    cJSON_AddStringToObject(result, "secretText", password->secret_text);
    cJSON_AddStringToObject(detail, "application", application);
    cJSON_AddStringToObject(detail, "endDateTime", password->end);
    sync_engine_hand_out(call->engine, intent->id, password->key_id,
                         json_text(call->arena, detail));
}

/*
 * What comes behind the answer. A failure here leaves the intent open, so that the next run removes
 * the secret: its value goes with this call.
 */
static bool finish_add(struct sync_call *call, const char *application, const char *description,
                       const cJSON *answer, const struct sync_intent *intent, cJSON *result)
{
    struct sync_password password;

    if (!read_answer(call, answer, &password) ||
        !remove_twin(call, application, description, intent, password.key_id)) {
        return false;
    }
    hand_out(call, application, &password, intent, result);
    return true;
}

static const char *end_of(struct sync_call *call, const char *lifetime)
{
    int64_t now_ms = sync_env_now(&call->engine->env);
    struct duration duration;
    char text[ISO8601_SIZE];

    if (lifetime == NULL || !duration_parse(lifetime, &duration)) {
        return NULL;
    }
    iso8601_format_s(duration_add(now_ms, duration, 1), text);
    return arena_strdup(call->arena, text);
}

bool sync_setup_add_secret(struct sync_call *call, const char *application, const char *description,
                           const char *lifetime, cJSON *result)
{
    const char *key = arena_printf(call->arena, "%s/%s", application, description);
    struct sync_env *env = &call->engine->env;
    struct sync_intent intent;
    int64_t fresh_until_ms;
    const cJSON *answer;

    if (!clear_up(call, application, description, key) ||
        !sync_plan_fresh_until(call, application, &fresh_until_ms)) {
        return false;
    }
    for (;;) {
        switch (send_add(call, application, description, end_of(call, lifetime), key, &answer,
                         &intent)) {
        case SYNC_CHANGED:
            return finish_add(call, application, description, answer, &intent, result);
        case SYNC_UNKNOWN:
            sync_problem_prefix(call->problem, "it is not known whether the secret was added");
            sync_problem_fix(call->problem, "Run it again: it removes a secret whose value nobody "
                                            "has seen, and makes another.");
            return false;
        case SYNC_NOT_CHANGED:
            break;
        }
        /* An application that we made just now may not be known to every server yet. */
        if (call->problem->error.status != 404 ||
            sync_env_now(env) + FRESH_WAIT_MS > fresh_until_ms ||
            !sync_env_wait_until(env, sync_env_now(env) + FRESH_WAIT_MS, call->problem)) {
            return false;
        }
    }
}

struct add_parameters {
    const char *application, *description, *lifetime;
};

bool sync_op_add_secret(struct sync_call *call)
{
    static const struct json_field fields[] = {
        JSON_FIELD("application", struct add_parameters, application, REQUIRED),
        JSON_FIELD("description", struct add_parameters, description, REQUIRED),
        JSON_FIELD("lifetime", struct add_parameters, lifetime, OPTIONAL),
    };
    struct add_parameters with = {0};

    if (!sync_call_read(call, fields, ARRAY_LEN(fields), &with) ||
        !sync_call_needs_guid(call, "application", with.application)) {
        return false;
    }
    if (*with.description == '\0' || strlen(with.description) > DESCRIPTION_MAX) {
        return sync_call_refuse(call, "description", "a text of 1 to 120 characters");
    }
    if (with.lifetime != NULL && !sync_lifetime_valid(with.lifetime)) {
        return sync_call_refuse(call, "lifetime",
                                "an ISO 8601 duration above zero, such as P180D or P2Y");
    }
    return sync_setup_add_secret(call, with.application, with.description, with.lifetime,
                                 call->result);
}

bool sync_lifetime_valid(const char *text)
{
    struct duration duration;

    return duration_parse(text, &duration) && (duration.months > 0 || duration.ms > 0) &&
           duration.months <= INT64_C(12000);
}

bool sync_op_remove_secret(struct sync_call *call)
{
    struct parameters {
        const char *application, *key_id;
    } with = {0};
    static const struct json_field fields[] = {
        JSON_FIELD("application", struct parameters, application, REQUIRED),
        JSON_FIELD("keyId", struct parameters, key_id, REQUIRED),
    };
    bool changed = false;

    if (!sync_call_read(call, fields, ARRAY_LEN(fields), &with) ||
        !sync_call_needs_guid(call, "application", with.application) ||
        !sync_call_needs_guid(call, "keyId", with.key_id) ||
        !sync_setup_remove_secret(call, with.application, with.key_id, &changed)) {
        return false;
    }
    cJSON_AddBoolToObject(call->result, "changed", changed);
    return true;
}
