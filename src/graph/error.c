#include "graph/error.h"

#include <stdio.h>

#include "base/auto.h"
#include "base/json.h"

/* The HTTP status decides; Graph's own codes are many and not all published. */
static const struct {
    int status;
    enum crmsync_outcome outcome;
    const char *contract, *fix;
} rules[] = {
    {400, CRMSYNC_FAILED, "rejected", ""},
    {401, CRMSYNC_REFUSED, "bad_credentials",
     "Check admin.tenant, admin.clientId and the secret admin.clientSecret."},
    {403, CRMSYNC_REFUSED, "no_permission",
     "Give the application of admin.clientId the Microsoft Graph application permissions "
     "Application.ReadWrite.All and DelegatedPermissionGrant.ReadWrite.All, with admin consent."},
    {404, CRMSYNC_REFUSED, "not_found",
     "Check the id: Graph wants the object ID, not the client ID."},
    {409, CRMSYNC_FAILED, "conflict", "Run it again: somebody else changed the same object."},
};

bool sync_graph_fail(int status, const char *body, size_t len, const char *what,
                     struct sync_problem *problem)
{
    AUTO(arena) arena = {0};
    cJSON *root = NULL;
    struct err ignored;
    const cJSON *error =
        json_parse(&arena, body, len, JSON_PLAIN, &root, &ignored) ? json_get(root, "error") : NULL;
    const char *code = json_get_text(error, "code"), *message = json_get_text(error, "message");

    (void)sync_fail(problem, status >= 500 ? CRMSYNC_UNREACHABLE : CRMSYNC_REFUSED,
                    status >= 500 ? "network" : "rejected", "%s: HTTP %d %s: %.300s", what, status,
                    code != NULL ? code : "without a code",
                    message != NULL ? message : "no reason given");
    for (size_t i = 0; i < ARRAY_LEN(rules); i++) {
        if (rules[i].status == status) {
            problem->outcome = rules[i].outcome;
            snprintf(problem->error.code, sizeof problem->error.code, "%s", rules[i].contract);
            sync_problem_fix(problem, "%s", rules[i].fix);
        }
    }
    snprintf(problem->remote_code, sizeof problem->remote_code, "%s", code != NULL ? code : "");
    sync_problem_from(problem, "graph", status);
    return false;
}
