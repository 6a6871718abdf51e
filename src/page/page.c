#include "page/page.h"

#include <stdio.h>
#include <string.h>

#include "base/mem.h"
#include "base/str.h"
#include "marketo/marketo.h"

#define ROOT "/rest/crm/v1/microsoft/"

/* The page's own words are the contract's; these are what the API around it says. */
static void name_refusal(struct sync_problem *problem)
{
    static const struct {
        const char *code;
        enum crmsync_outcome outcome;
        const char *contract, *fix;
    } rules[] = {
        {"603", CRMSYNC_REFUSED, "not_connector",
         "Name the API user that is the CRM connector in marketo.clientId."},
        {"610", CRMSYNC_FAILED, "no_page",
         "This Marketo has no page for the connection that a program could use."},
    };
    const char *code = problem->remote_code;

    for (size_t i = 0; i < ARRAY_LEN(rules); i++) {
        if (str_eq(rules[i].code, code)) {
            problem->outcome = rules[i].outcome;
            snprintf(problem->error.code, sizeof problem->error.code, "%s", rules[i].contract);
            sync_problem_fix(problem, "%s", rules[i].fix);
            return;
        }
    }
    /* "org_locked", "too_early": a word instead of a number. */
    if (*code >= 'a' && *code <= 'z') {
        problem->outcome = CRMSYNC_REFUSED;
        snprintf(problem->error.code, sizeof problem->error.code, "%.31s", code);
    }
}

static const char *path_of(struct arena *arena, const char *name)
{
    return arena_join(arena, ROOT, name, NULL);
}

static bool result_of(const cJSON *root, const char *what, const cJSON **ret,
                      struct sync_problem *problem)
{
    *ret = json_get(root, "result");
    if (cJSON_IsArray(*ret)) {
        return true;
    }
    (void)sync_fail(problem, CRMSYNC_FAILED, "protocol", "%s: the answer has no list of results",
                    what);
    sync_problem_from(problem, "marketo", 200);
    return false;
}

bool sync_page_get(struct crmsync *engine, struct arena *arena, const char *what, const char *name,
                   const cJSON **ret, struct sync_problem *problem)
{
    struct sync_remote remote;
    const cJSON *root;

    if (!sync_marketo_open(engine, arena, &remote, problem)) {
        return false;
    }
    if (!sync_remote_get(engine, arena, &remote, what, path_of(arena, name), NULL, &root,
                         problem)) {
        name_refusal(problem);
        return false;
    }
    return result_of(root, what, ret, problem);
}

bool sync_page_of(const cJSON *result, const char *what, struct sync_page *ret,
                  struct sync_problem *problem)
{
    static const struct json_field fields[] = {
        JSON_FIELD("state", struct sync_page, state, REQUIRED),
        JSON_FIELD("organizationUrl", struct sync_page, organization_url, OPTIONAL),
        JSON_FIELD("organizationLocked", struct sync_page, organization_locked, REQUIRED),
        JSON_FIELD("authMethod", struct sync_page, auth_method, OPTIONAL),
        JSON_FIELD("username", struct sync_page, username, OPTIONAL),
        JSON_FIELD("clientId", struct sync_page, client_id, OPTIONAL),
        JSON_FIELD("tenantId", struct sync_page, tenant_id, OPTIONAL),
        JSON_FIELD("syncEnabled", struct sync_page, sync_enabled, REQUIRED),
        JSON_FIELD("notificationEmail", struct sync_page, notification_email, OPTIONAL),
        JSON_FIELD("settlesAt", struct sync_page, settles_at, OPTIONAL),
        JSON_FIELD("solutionVersion", struct sync_page, solution_version, OPTIONAL),
        JSON_FIELD("subscriptionId", struct sync_page, subscription_id, REQUIRED),
    };
    struct err err;

    *ret = (struct sync_page){0};
    if (!json_read(result, "", fields, ARRAY_LEN(fields), ret, &err)) {
        (void)sync_fail_err(problem, &err);
        sync_problem_prefix(problem, "%s", what);
        sync_problem_from(problem, "marketo", 200);
        return false;
    }
    return true;
}

bool sync_page_read(struct crmsync *engine, struct arena *arena, struct sync_page *ret,
                    struct sync_problem *problem)
{
    static const char what[] = "reading the connection in Marketo";
    const cJSON *result;

    return sync_page_get(engine, arena, what, "connection.json", &result, problem) &&
           sync_page_of(cJSON_GetArrayItem(result, 0), what, ret, problem);
}

static void wipe_text(void *text)
{
    mem_wipe(text, strlen(text));
}

bool sync_page_ask(struct crmsync *engine, struct arena *arena, const char *what, const char *name,
                   const cJSON *body, const cJSON **ret, struct sync_problem *problem)
{
    char *text = json_text(arena, body);
    struct sync_request request = {.what = what,
                                   .method = "POST",
                                   .content_type = "application/json",
                                   .body = text,
                                   .body_len = strlen(text),
                                   .repeatable = true};
    enum sync_meaning meaning;
    struct sync_remote remote;
    struct sync_reply reply;
    const cJSON *root;

    if (!sync_marketo_open(engine, arena, &remote, problem)) {
        return false;
    }
    arena_defer(arena, wipe_text, text); /* it may hold a secret */
    request.url = arena_join(arena, remote.base, path_of(arena, name), NULL);
    if (!sync_remote_send(engine, arena, &remote, &request, &reply, &meaning, problem)) {
        return false;
    }
    if (meaning != SYNC_MEANS_OK) {
        (void)remote.fail(&remote, &reply, what, problem);
        name_refusal(problem);
        return false;
    }
    return sync_remote_parse(arena, &remote, what, &reply, &root, problem) &&
           result_of(root, what, ret, problem);
}

/* How often one POST is sent when its outcome stays unknown. */
enum { POSTS = 3 };

bool sync_page_post(struct crmsync *engine, struct arena *arena, const char *what, const char *name,
                    const cJSON *body, const cJSON **ret, struct sync_problem *problem)
{
    struct sync_change change = {.operation = arena_join(arena, "page.", name, NULL),
                                 .key = name,
                                 .known = "[]",
                                 .what = what,
                                 .method = "POST",
                                 .path = path_of(arena, name),
                                 .body = body,
                                 .made = name};
    struct sync_remote remote;
    struct sync_intent intent;
    const cJSON *root;

    *ret = NULL;
    if (!sync_marketo_open(engine, arena, &remote, problem)) {
        return false;
    }
    /* What is posted is what shall hold: again is the same as once. */
    for (int i = 0; i < POSTS; i++) {
        switch (sync_remote_change(engine, arena, &remote, &change, &root, &intent, problem)) {
        case SYNC_CHANGED:
            *ret = cJSON_GetArrayItem(json_get(root, "result"), 0);
            return true;
        case SYNC_NOT_CHANGED:
            name_refusal(problem);
            return false;
        case SYNC_UNKNOWN:
            break;
        }
    }
    return false;
}
