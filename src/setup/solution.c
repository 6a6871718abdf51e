/* Step 1: the solution is in the organization, and what it brought is published. */
#include <string.h>

#include "base/auto.h"
#include "base/crypto.h"
#include "base/str.h"
#include "remote/odata.h"
#include "setup/dynamics.h"
#include "setup/package.h"
#include "setup/plan.h"

/* An import runs for minutes; the service itself ends a request after about ten. */
enum { IMPORT_TIMEOUT_MS = 10 * 60 * 1000 };

struct solution_work {
    struct sync_work common;
    const struct sync_remote *remote;
    const struct sync_package *package;
    const char *installed; /* version; NULL: not there */
};

static const char *solution_key(void *work)
{
    const struct solution_work *solution = work;

    return solution->package->name;
}

static enum sync_look check_solution(struct sync_call *call, void *arg)
{
    struct solution_work *work = arg;
    const char *path =
        sync_odata_filter(call->arena, "/solutions?$select=solutionid,uniquename,version",
                          arena_join(call->arena, "uniquename eq ",
                                     sync_odata_text(call->arena, work->package->name), NULL));
    const cJSON *list, *item;

    if (!sync_remote_list(call->engine, call->arena, work->remote, "looking for the solution", path,
                          &list, call->problem)) {
        return SYNC_LOOK_FAILED;
    }
    work->installed = NULL;
    cJSON_ArrayForEach(item, list)
    {
        if (str_ieq(json_get_text(item, "uniquename"), work->package->name)) {
            work->installed = json_get_text(item, "version");
            work->common.found = json_get_text(item, "solutionid");
        }
    }
    return work->installed != NULL &&
                   sync_version_compare(work->installed, work->package->version) >= 0
               ? SYNC_THERE
               : SYNC_MISSING;
}

/* dataverse-import-solution: Update with the plug-in steps enabled, never Upgrade (SETUP1-03, 11).
 */
static enum sync_changed import_solution(struct sync_call *call, void *arg)
{
    const struct solution_work *work = arg;
    cJSON *body = json_new_object(call->arena);
    AUTO(strbuf) file = STRBUF(0);
    struct sync_change change = {.operation = "solution.import",
                                 .key = work->package->name,
                                 .known = "[]",
                                 .what = "importing the solution",
                                 .method = "POST",
                                 .path = "/ImportSolution",
                                 .body = body,
                                 .timeout_ms = IMPORT_TIMEOUT_MS,
                                 .made = work->package->name};
    struct sync_intent intent;
    const cJSON *answer;

    strbuf_base64(&file, work->package->bytes, work->package->len);
    cJSON_AddBoolToObject(body, "OverwriteUnmanagedCustomizations", false);
    cJSON_AddBoolToObject(body, "PublishWorkflows", true);
    cJSON_AddStringToObject(body, "CustomizationFile", strbuf_text(&file));
    cJSON_AddStringToObject(body, "ImportJobId", sync_new_guid(call));
    return sync_remote_change(call->engine, call->arena, work->remote, &change, &answer, &intent,
                              call->problem);
}

static const struct sync_step import_step = {"solution.import", check_solution, import_solution,
                                             solution_key, "dataverse-import-solution"};

bool sync_setup_install(struct sync_call *call, const struct sync_remote *remote,
                        const struct sync_package *package, const char **ret_version,
                        bool *ret_changed)
{
    struct solution_work work = {.remote = remote, .package = package};
    bool changed = false;

    if (!sync_plan_run(call, &import_step, 1, &work, &changed)) {
        return false;
    }
    *ret_version = work.installed != NULL && !changed ? work.installed : package->version;
    *ret_changed = *ret_changed || changed;
    return true;
}

bool sync_package_find(struct sync_call *call, const char *given, struct sync_package *ret)
{
    const char *path = given != NULL ? given : call->engine->config.solution;

    if (path == NULL) {
        (void)sync_fail(call->problem, CRMSYNC_FAILED, "no_package",
                        "there is no solution package to install");
        sync_problem_fix(call->problem,
                         "Download it in Marketo (Admin > CRM > Microsoft > Download Marketo "
                         "Solution) and name the zip as `solution` in the configuration.");
        sync_problem_at(call->problem, "/solution");
        return false;
    }
    return sync_package_read(call->arena, path, ret, call->problem);
}

bool sync_op_install_solution(struct sync_call *call)
{
    struct parameters {
        const char *package, *organization;
    } with = {0};
    static const struct json_field fields[] = {
        JSON_FIELD("package", struct parameters, package, OPTIONAL),
        JSON_FIELD("organization", struct parameters, organization, OPTIONAL),
    };
    struct sync_package package;
    struct sync_remote remote;
    const char *version;
    bool changed = false;

    if (!sync_call_read(call, fields, ARRAY_LEN(fields), &with) ||
        !sync_package_find(call, with.package, &package) ||
        !sync_dynamics_open(call, with.organization, &remote) ||
        !sync_setup_install(call, &remote, &package, &version, &changed)) {
        return false;
    }
    cJSON_AddStringToObject(call->result, "solution", package.name);
    cJSON_AddStringToObject(call->result, "version", version);
    cJSON_AddBoolToObject(call->result, "changed", changed);
    return true;
}

/* Publishing again is the same as publishing once. */
enum { PUBLISHES = 3 };

bool sync_setup_publish(struct sync_call *call, const struct sync_remote *remote)
{
    struct sync_change change = {.operation = "customizations.publish",
                                 .key = remote->org,
                                 .known = "[]",
                                 .what = "publishing all customizations",
                                 .method = "POST",
                                 .path = "/PublishAllXml",
                                 .timeout_ms = IMPORT_TIMEOUT_MS,
                                 .made = remote->org};
    struct sync_intent intent;
    const cJSON *answer;

    for (int i = 0; i < PUBLISHES && !call->dry; i++) {
        switch (sync_remote_change(call->engine, call->arena, remote, &change, &answer, &intent,
                                   call->problem)) {
        case SYNC_CHANGED:
            return true;
        case SYNC_NOT_CHANGED:
            return false;
        case SYNC_UNKNOWN:
            break;
        }
    }
    return call->dry;
}

bool sync_op_publish(struct sync_call *call)
{
    struct parameters {
        const char *organization;
    } with = {0};
    static const struct json_field fields[] = {
        JSON_FIELD("organization", struct parameters, organization, OPTIONAL),
    };
    struct sync_remote remote;

    return sync_call_read(call, fields, ARRAY_LEN(fields), &with) &&
           sync_dynamics_open(call, with.organization, &remote) &&
           sync_setup_publish(call, &remote);
}
