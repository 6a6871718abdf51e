/* `setup`: the steps that exist, one after the other, with defaults from the configuration. */
#include <stdlib.h>
#include <string.h>

#include "base/str.h"
#include "setup/plan.h"
#include "setup/setup.h"
#include "setup/whole.h"

/* How long a new secret is tried before it is handed out untried. */
enum { TRY_MS = 60000 };

static bool do_register(struct sync_call *call, struct sync_whole *whole, bool *ret_changed)
{
    cJSON *application;

    if (!sync_setup_register(call, whole->name, &whole->registered, ret_changed)) {
        return false;
    }
    if (whole->registered.application.id != NULL) {
        application = cJSON_AddObjectToObject(call->result, "application");
        sync_registered_write(call, &whole->registered, application);
    }
    return true;
}

static bool do_consent(struct sync_call *call, struct sync_whole *whole, bool *ret_changed)
{
    cJSON *grants;

    if (whole->registered.application.id == NULL) {
        *ret_changed = true; /* a dry call before the application exists */
        return true;
    }
    return sync_setup_consent(call, whole->registered.application.id, &grants, ret_changed);
}

enum standing { NO_SECRET, GOOD_SECRET, FOREIGN_SECRET };

/*
 * A kill behind setup.add-secret may lose the note that its caller has got the value. The secret
 * counts all the same, unless it is of our own description: then it is ours to clear up.
 */
static bool was_for_another(struct sync_call *call, const char *application,
                            const struct sync_password *password, const char *description,
                            bool *ret)
{
    const char *of = password->display_name != NULL ? password->display_name : "";
    struct sync_intent open;

    if (!sync_intent_open(&call->engine->store, call->arena, "secret.add",
                          arena_printf(call->arena, "%s/%s", application, of), &open,
                          call->problem)) {
        return false;
    }
    *ret = open.id != 0 && strstr(open.known, password->key_id) == NULL && !str_eq(of, description);
    return true;
}

/*
 * Whether a secret of the application is the configuration's: the one whose value is at hand, or,
 * without a value, one that was made here.
 */
static bool is_ours(struct sync_call *call, const char *application,
                    const struct sync_password *password, const char *value,
                    const char *description, bool *ret)
{
    struct sync_intent made;

    if (value != NULL) {
        /* Without a hint nothing speaks against it. */
        *ret =
            password->hint == NULL || *password->hint == '\0' || str_starts(value, password->hint);
        return true;
    }
    if (!sync_intent_of_object(&call->engine->store, call->arena, password->key_id, &made,
                               call->problem)) {
        return false;
    }
    *ret = made.id != 0;
    return made.id != 0 || was_for_another(call, application, password, description, ret);
}

/* Whether the configuration has a secret that the application knows and that is not over. */
static bool stand(struct sync_call *call, const struct sync_application *application,
                  const char *value, const char *description, enum standing *ret)
{
    int64_t now_ms = sync_env_now(&call->engine->env);
    const cJSON *item;

    *ret = value != NULL ? FOREIGN_SECRET : NO_SECRET;
    cJSON_ArrayForEach(item, application->passwords)
    {
        struct sync_password password;
        bool ours = false;

        if (!sync_password_read(item, &password, call->problem) ||
            !is_ours(call, application->id, &password, value, description, &ours)) {
            return false;
        }
        if (ours && password.end_ms > now_ms) {
            *ret = GOOD_SECRET;
            return true;
        }
        if (ours) {
            *ret = NO_SECRET; /* it is known, and over: it may be replaced */
        }
    }
    return true;
}

static bool fail_foreign(struct sync_call *call)
{
    (void)sync_fail(call->problem, CRMSYNC_REFUSED, "bad_credentials",
                    "the value that is given as dynamics.clientSecret belongs to none of the "
                    "application's secrets");
    sync_problem_fix(call->problem, "Correct it, or take it away to have a new one made.");
    sync_problem_from(call->problem, "graph", 200);
    return false;
}

/* Asks for a token with the new secret. That the endpoint does not know it yet is no failure. */
static bool try_secret(struct sync_call *call, const struct sync_whole *whole, cJSON *secret)
{
    struct crmsync *engine = call->engine;
    const struct sync_client client = {.tenant = engine->config.admin.tenant,
                                       .client_id = whole->registered.application.app_id,
                                       .secret = json_get_text(secret, "secretText"),
                                       .fresh_until_ms = sync_env_now(&engine->env) + TRY_MS};
    struct sync_problem problem = {0};
    const char *token;
    bool good = sync_token_get(&engine->tokens, &engine->env, &client,
                               "https://graph.microsoft.com/.default", &token, &problem);

    cJSON_AddBoolToObject(secret, "verified", good);
    if (problem.outcome == CRMSYNC_DIED) {
        *call->problem = problem;
        return false;
    }
    return true;
}

static bool do_secret(struct sync_call *call, struct sync_whole *whole, bool *ret_changed)
{
    const struct sync_application *application = &whole->registered.application;
    struct sync_application fresh;
    enum standing standing;
    cJSON *secret;
    char *value = NULL;
    bool ok;

    if (application->id == NULL) {
        *ret_changed = true;
        return true;
    }
    if (!sync_find_application(call, application->id, &fresh) ||
        !sync_engine_secret(call->engine, SYNC_SECRET_DYNAMICS_CLIENT, &value, call->problem)) {
        return false;
    }
    ok = stand(call, &fresh, value, whole->description, &standing);
    sync_secret_free(value);
    if (!ok || standing == GOOD_SECRET) {
        return ok;
    }
    if (standing == FOREIGN_SECRET) {
        return fail_foreign(call);
    }
    *ret_changed = true;
    if (call->dry) {
        return true;
    }
    secret = cJSON_AddObjectToObject(call->result, "secret");
    whole->secret = secret;
    return sync_setup_add_secret(call, application->id, whole->description, whole->lifetime,
                                 secret) &&
           try_secret(call, whole, secret);
}

static const struct sync_whole_step directory[] = {
    {"setup.register-application", NULL, do_register},
    {"setup.grant-consent", NULL, do_consent},
    {"setup.add-secret", NULL, do_secret},
};

static bool read_parameters(struct sync_call *call, struct sync_whole *ret)
{
    struct parameters {
        const char *name, *description, *lifetime, *confirm;
        bool dry;
    } with = {.name = "Marketo Integration", .description = "crmsync"};
    static const struct json_field fields[] = {
        JSON_FIELD("name", struct parameters, name, OPTIONAL),
        JSON_FIELD("description", struct parameters, description, OPTIONAL),
        JSON_FIELD("lifetime", struct parameters, lifetime, OPTIONAL),
        JSON_FIELD("confirm", struct parameters, confirm, OPTIONAL),
        JSON_FIELD("dryRun", struct parameters, dry, OPTIONAL),
    };

    if (!sync_call_read(call, fields, ARRAY_LEN(fields), &with)) {
        return false;
    }
    call->dry = with.dry;
    *ret = (struct sync_whole){.name = with.name,
                               .description = with.description,
                               .lifetime = with.lifetime,
                               .confirm = with.confirm};
    if (*ret->name == '\0' || strlen(ret->name) > 120) {
        return sync_call_refuse(call, "name", "a name of 1 to 120 characters");
    }
    if (*ret->description == '\0' || strlen(ret->description) > 120) {
        return sync_call_refuse(call, "description", "a text of 1 to 120 characters");
    }
    return ret->lifetime == NULL || sync_lifetime_valid(ret->lifetime) ||
           sync_call_refuse(call, "lifetime", "an ISO 8601 duration above zero, such as P2Y");
}

static const char *word_of(enum crmsync_outcome outcome)
{
    static const char *const words[] = {"done",    "failed",      "usage",
                                        "refused", "unreachable", "died"};

    return words[outcome];
}

/* What is left for a person, since the configuration does not say enough. */
static void add_remaining(cJSON *remaining, const struct sync_whole_step *step, const char *why)
{
    cJSON *item = cJSON_CreateObject();

    cJSON_AddStringToObject(item, "name", step->name);
    cJSON_AddStringToObject(item, "why", why);
    cJSON_AddItemToArray(remaining, item);
}

static bool run_steps(struct sync_call *call, struct sync_whole *whole,
                      const struct sync_whole_step *steps, size_t count)
{
    cJSON *list = json_get(call->result, "steps"), *remaining = json_get(call->result, "remaining");
    bool ok = true;

    for (size_t i = 0; ok && i < count; i++) {
        const char *why = steps[i].left_out != NULL ? steps[i].left_out(call) : NULL;
        bool changed = false;
        cJSON *step;

        if (why != NULL) {
            add_remaining(remaining, &steps[i], why);
            continue;
        }
        ok = steps[i].run(call, whole, &changed);
        step = cJSON_CreateObject();
        cJSON_AddStringToObject(step, "name", steps[i].name);
        cJSON_AddStringToObject(step, "outcome",
                                word_of(ok ? CRMSYNC_DONE : call->problem->outcome));
        cJSON_AddBoolToObject(step, "changed", changed);
        cJSON_AddItemToArray(list, step);
    }
    return ok;
}

bool sync_op_setup(struct sync_call *call)
{
    struct sync_whole whole;

    if (!read_parameters(call, &whole)) {
        return false;
    }
    (void)cJSON_AddArrayToObject(call->result, "steps");
    (void)cJSON_AddArrayToObject(call->result, "remaining");
    return run_steps(call, &whole, directory, ARRAY_LEN(directory)) &&
           run_steps(call, &whole, sync_whole_rest, sync_whole_rest_count);
}
