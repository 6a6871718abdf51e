/* The field of a person that holds its Dynamics id: people are linked by it alone (SETUP3-15). */
#include "base/str.h"
#include "marketo/marketo.h"
#include "setup/connect.h"
#include "setup/plan.h"

struct key_work {
    struct sync_work common;
    struct sync_remote remote;
    const char *name;
};

static const char *key_of(void *work)
{
    return ((struct key_work *)work)->name;
}

/* marketo-describe. */
static enum sync_look check_key(struct sync_call *call, void *arg)
{
    struct key_work *work = arg;
    struct sync_marketo_answer answer;
    const cJSON *field;

    if (!sync_marketo_get(call->engine, call->arena, &work->remote, "reading Marketo's fields",
                          "/rest/v1/leads/describe.json", NULL, &answer, call->problem)) {
        return SYNC_LOOK_FAILED;
    }
    work->common.found = NULL;
    cJSON_ArrayForEach(field, answer.result)
    {
        if (str_ieq(json_get_text(json_get(field, "rest"), "name"), work->name)) {
            work->common.found = work->name;
        }
    }
    return work->common.found != NULL ? SYNC_THERE : SYNC_MISSING;
}

/* marketo-schema-fields. A field can never be deleted again, only hidden. */
static enum sync_changed create_key(struct sync_call *call, void *arg)
{
    struct key_work *work = arg;
    cJSON *body = json_new_object(call->arena), *field = cJSON_CreateObject();
    const struct sync_change change = {.operation = "person-key.create",
                                       .key = work->name,
                                       .known = "[]",
                                       .what = "making the field for the Dynamics id",
                                       .method = "POST",
                                       .path = "/rest/v1/leads/schema/fields.json",
                                       .body = body,
                                       .made = work->name};
    struct sync_intent intent;
    const cJSON *answer;

    cJSON_AddItemToArray(cJSON_AddArrayToObject(body, "input"), field);
    cJSON_AddStringToObject(field, "displayName", "Dynamics Id");
    cJSON_AddStringToObject(field, "name", work->name);
    cJSON_AddStringToObject(field, "dataType", "string");
    cJSON_AddStringToObject(field, "description", "Id of the lead or contact in Dynamics");
    return sync_remote_change(call->engine, call->arena, &work->remote, &change, &answer, &intent,
                              call->problem);
}

static const struct sync_step step = {"person-key.create", check_key, create_key, key_of,
                                      "marketo-schema-fields"};

bool sync_setup_person_key(struct sync_call *call, bool *ret_changed)
{
    struct key_work work = {.name = call->engine->config.marketo.person_key};

    return sync_marketo_open(call->engine, call->arena, &work.remote, call->problem) &&
           sync_plan_run(call, &step, 1, &work, ret_changed);
}
