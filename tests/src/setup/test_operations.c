/* What the operations of setup do in the cases of the field, one story each. */
#include "cases.h"

#include <stdio.h>
#include <string.h>

#include "base/iso8601.h"
#include "graph/directory.h"
#include "support/directory.h"
#include "support/files.h"

enum { DAY_MS = 24 * 60 * 60 * 1000 };

/* A directory, an engine on it, and what the last call came to. */
struct stage {
    struct directory directory;
    struct arena arena;
    struct crmsync *engine;
    enum crmsync_outcome outcome;
    struct crmsync_error error;
    cJSON *result;
};

static int raise_stage(void **state)
{
    static struct stage stage;

    memset(&stage, 0, sizeof stage);
    directory_start(&stage.directory);
    stage.engine = directory_open(&stage.directory, &stage.error);
    assert_non_null(stage.engine);
    *state = &stage;
    return 0;
}

static int strike_stage(void **state)
{
    struct stage *stage = *state;

    crmsync_close(stage->engine);
    directory_stop(&stage->directory);
    arena_finish(&stage->arena);
    return 0;
}

static void call(struct stage *stage, const char *operation, const char *with)
{
    char *out = NULL;
    struct err err;

    stage->error = (struct crmsync_error){0};
    stage->outcome = crmsync_call(stage->engine, operation, with, &out, &stage->error);
    assert_true(json_parse(&stage->arena, out, strlen(out), JSON_PLAIN, &stage->result, &err));
    crmsync_free(out);
}

static void must(struct stage *stage, const char *operation, const char *with)
{
    call(stage, operation, with);
    if (stage->outcome != CRMSYNC_DONE) {
        fail_msg("%s: %s: %s", operation, stage->error.code, stage->error.message);
    }
}

/* The same with the first application's object id. */
static void must_with(struct stage *stage, const char *operation, const char *more)
{
    must(stage, operation,
         arena_printf(&stage->arena, "{\"application\": \"%s\"%s}",
                      json_get_text(directory_application(&stage->directory), "id"), more));
}

static void call_with(struct stage *stage, const char *operation, const char *more)
{
    call(stage, operation,
         arena_printf(&stage->arena, "{\"application\": \"%s\"%s}",
                      json_get_text(directory_application(&stage->directory), "id"), more));
}

static const char *text_at(const struct stage *stage, const char *pointer)
{
    return cJSON_GetStringValue(json_pointer_get(stage->result, pointer));
}

static bool changed(const struct stage *stage)
{
    const cJSON *item = json_get(stage->result, "changed");

    assert_true(cJSON_IsBool(item));
    return cJSON_IsTrue(item);
}

static void assert_code(const struct stage *stage, enum crmsync_outcome outcome, const char *code)
{
    assert_int_equal(stage->outcome, outcome);
    assert_string_equal(stage->error.code, code);
    assert_string_equal(text_at(stage, "/error/code"), code);
}

static int passwords(struct stage *stage)
{
    return cJSON_GetArraySize(
        json_get(directory_application(&stage->directory), "passwordCredentials"));
}

static void reopen(struct stage *stage)
{
    crmsync_close(stage->engine);
    stage->engine = directory_open(&stage->directory, NULL);
    assert_non_null(stage->engine);
}

#define NAME     "{\"name\": \"Marketo Integration\"}"
#define REGISTER "setup.register-application"
#define ADD      "setup.add-secret"
#define SYNC     ", \"description\": \"sync\""

static const cJSON *request_fixture(struct stage *stage, const char *name)
{
    size_t len;
    const char *text = test_fixture(&stage->arena, name, &len);
    cJSON *root = NULL;
    struct err err;

    assert_true(json_parse(&stage->arena, text, len, JSON_PLAIN, &root, &err));
    return root;
}

/* The same members as in the fixture; the ids are those of this directory. */
static void assert_sent(struct stage *stage, const char *method, const char *part,
                        const char *fixture, const char *const *ids)
{
    const cJSON *sent = directory_sent(&stage->directory, method, part);
    cJSON *expected = json_clone(&stage->arena, request_fixture(stage, fixture));

    for (; *ids != NULL; ids++) {
        assert_true(cJSON_IsString(json_get(sent, *ids)));
        cJSON_ReplaceItemInObjectCaseSensitive(expected, *ids,
                                               cJSON_Duplicate(json_get(sent, *ids), true));
    }
    assert_string_equal(json_text(&stage->arena, sent), json_text(&stage->arena, expected));
}

static void sends_what_the_pages_show(void **state)
{
    static const char *const none[] = {NULL};
    static const char *const app_id[] = {"appId", NULL}, *const key_id[] = {"keyId", NULL};
    static const char *const grant_ids[] = {"clientId", "resourceId", "scope", NULL};
    struct stage *stage = *state;
    const cJSON *created, *fixture;

    must(stage, REGISTER, NAME);
    created = directory_sent(&stage->directory, "POST", "/applications");
    fixture = request_fixture(stage, "graph/register-application.request.json");
    assert_int_equal(cJSON_GetArraySize(created), 3); /* no redirect address: nobody signs in */
    assert_true(json_equal(json_get(created, "displayName"), json_get(fixture, "displayName")));
    assert_true(
        json_equal(json_get(created, "signInAudience"), json_get(fixture, "signInAudience")));
    assert_true(json_equal(json_get(created, "requiredResourceAccess"),
                           json_get(fixture, "requiredResourceAccess")));
    assert_sent(stage, "POST", "/servicePrincipals", "graph/service-principal.request.json",
                app_id);
    must_with(stage, "setup.grant-consent", "");
    assert_sent(stage, "POST", "/oauth2PermissionGrants", "graph/grant.request.json", grant_ids);
    stage->directory.now_ms = 1768467600000;
    must_with(stage, ADD, ", \"description\": \"Marketo\", \"lifetime\": \"P180D\"");
    assert_sent(stage, "POST", "/addPassword", "graph/add-password.request.json", none);
    must_with(stage, "setup.remove-secret",
              arena_printf(&stage->arena, ", \"keyId\": \"%s\"", text_at(stage, "/keyId")));
    assert_sent(stage, "POST", "/removePassword", "graph/remove-password.request.json", key_id);
}

static void registers(void **state)
{
    struct stage *stage = *state;
    const cJSON *application;

    must(stage, REGISTER, NAME);
    application = directory_application(&stage->directory);
    assert_true(changed(stage));
    assert_string_equal(text_at(stage, "/id"), json_get_text(application, "id"));
    assert_string_equal(text_at(stage, "/appId"), json_get_text(application, "appId"));
    assert_string_equal(text_at(stage, "/tenantId"), DIRECTORY_TENANT);
    must(stage, REGISTER, NAME);
    assert_false(changed(stage));
    assert_string_equal(text_at(stage, "/id"), json_get_text(application, "id"));
    assert_int_equal(directory_count(&stage->directory, "POST", "/applications"), 1);
    assert_int_equal(directory_count(&stage->directory, "POST", "/token"), 1); /* kept */
}

/* The application was made by the API, or a run ended there: the service principal lacks. */
static void goes_on_from_the_application_alone(void **state)
{
    struct stage *stage = *state;

    directory_add_application(&stage->directory, "Marketo Integration", false);
    must(stage, REGISTER, NAME);
    assert_true(changed(stage));
    assert_int_equal(directory_count(&stage->directory, "POST", "/applications"), 0);
    assert_int_equal(directory_count(&stage->directory, "POST", "/servicePrincipals"), 1);
    assert_int_equal(directory_count(&stage->directory, "PATCH", "/applications/"), 1);
}

/* Permissions that somebody added stay; only those that lack are added. */
static void adds_the_permissions_that_lack(void **state)
{
    struct stage *stage = *state;
    cJSON *application = directory_add_application(&stage->directory, "Marketo Integration", true);
    struct sync_application found;
    struct sync_problem problem;
    cJSON *list = cJSON_Parse("[{\"resourceAppId\": \"" SYNC_APP_GRAPH "\", \"resourceAccess\": "
                              "[{\"id\": \"df021288-bdef-4463-88db-98f22de89214\", \"type\": "
                              "\"Role\"}]}]");

    cJSON_ReplaceItemInObjectCaseSensitive(application, "requiredResourceAccess", list);
    must(stage, REGISTER, NAME);
    assert_true(changed(stage));
    assert_true(sync_application_read(application, &found, &problem));
    assert_true(sync_application_requires(&found, SYNC_APP_DATAVERSE, SYNC_SCOPE_IMPERSONATE));
    assert_true(sync_application_requires(&found, SYNC_APP_GRAPH, SYNC_SCOPE_USER_READ));
    assert_string_equal(cJSON_GetStringValue(json_pointer_get(
                            application, "/requiredResourceAccess/0/resourceAccess/0/id")),
                        "df021288-bdef-4463-88db-98f22de89214");
    assert_int_equal(cJSON_GetArraySize(json_get(application, "requiredResourceAccess")), 2);
    must(stage, REGISTER, NAME);
    assert_false(changed(stage));
}

static void refuses_two_of_one_name(void **state)
{
    struct stage *stage = *state;

    directory_add_application(&stage->directory, "Marketo Integration", true);
    directory_add_application(&stage->directory, "Marketo Integration", true);
    call(stage, REGISTER, NAME);
    assert_code(stage, CRMSYNC_FAILED, "ambiguous");
    assert_non_null(strstr(stage->error.message, "2 applications"));
    assert_int_equal(directory_count(&stage->directory, "POST", "/v1.0/"), 0);
    assert_int_equal(directory_count(&stage->directory, "DELETE", ""), 0);
}

/* A person's application is never taken for a twin of ours, unless nothing speaks against it. */
static void leaves_a_persons_application_alone(void **state)
{
    struct stage *stage = *state;
    cJSON *other;

    must(stage, REGISTER, NAME);
    stage->directory.now_ms += 3 * (int64_t)DAY_MS;
    other = directory_add_application(&stage->directory, "Marketo Integration", true);
    assert_non_null(other);
    call(stage, REGISTER, NAME);
    assert_code(stage, CRMSYNC_FAILED, "ambiguous");
    assert_int_equal(cJSON_GetArraySize(stage->directory.applications), 2);
    assert_int_equal(directory_count(&stage->directory, "DELETE", ""), 0);
}

static void warns_of_other_tenants(void **state)
{
    struct stage *stage = *state;
    cJSON *application = directory_add_application(&stage->directory, "Marketo Integration", true);

    cJSON_SetValuestring(json_get(application, "signInAudience"), "AzureADMultipleOrgs");
    must(stage, REGISTER, NAME);
    assert_non_null(strstr(text_at(stage, "/warnings/0"), "other tenants"));
}

/* Other servers of the directory do not know the new application at once. */
static void waits_for_its_own_application(void **state)
{
    struct stage *stage = *state;
    int64_t began_ms = stage->directory.now_ms;

    must(stage, REGISTER, NAME);
    stage->directory.hidden_reads = 3;
    must_with(stage, ADD, SYNC);
    assert_int_equal(stage->directory.hidden_reads, 0);
    assert_true(stage->directory.now_ms > began_ms);
    assert_true(stage->directory.now_ms < began_ms + 60000);
}

/* But an id that a person gives is believed to be wrong at once. */
static void believes_a_refusal_of_others(void **state)
{
    struct stage *stage = *state;
    int64_t began_ms = stage->directory.now_ms;

    call(stage, ADD,
         "{\"application\": \"29f8eb1a-d0c0-4df3-84be-b91a08fbd909\", \"description\": \"x\"}");
    assert_code(stage, CRMSYNC_REFUSED, "not_found");
    assert_int_equal(stage->error.status, 404);
    assert_string_equal(stage->error.service, "graph");
    assert_int_equal(stage->directory.now_ms, began_ms);
}

static void consents(void **state)
{
    struct stage *stage = *state;

    must(stage, REGISTER, NAME);
    must_with(stage, "setup.grant-consent", "");
    assert_true(changed(stage));
    assert_int_equal(cJSON_GetArraySize(json_get(stage->result, "grants")), 2);
    assert_string_equal(text_at(stage, "/grants/0/scope"), "user_impersonation");
    assert_string_equal(text_at(stage, "/grants/0/consentType"), "AllPrincipals");
    assert_string_equal(text_at(stage, "/grants/1/scope"), "User.Read");
    must_with(stage, "setup.grant-consent", "");
    assert_false(changed(stage));
    assert_int_equal(directory_count(&stage->directory, "POST", "/oauth2PermissionGrants"), 2);
}

static void joins_a_scope_to_a_grant(void **state)
{
    struct stage *stage = *state;
    cJSON *grant;

    must(stage, REGISTER, NAME);
    must_with(stage, "setup.grant-consent", "");
    grant = cJSON_GetArrayItem(stage->directory.grants, 0);
    cJSON_SetValuestring(json_get(grant, "scope"), "openid");
    must_with(stage, "setup.grant-consent", "");
    assert_true(changed(stage));
    grant = cJSON_GetArrayItem(stage->directory.grants, 0);
    assert_string_equal(json_get_text(grant, "scope"), "openid user_impersonation");
    assert_int_equal(cJSON_GetArraySize(stage->directory.grants), 2);
    must_with(stage, "setup.grant-consent", "");
    assert_false(changed(stage));
}

static void cannot_consent_without_principals(void **state)
{
    struct stage *stage = *state;

    directory_add_application(&stage->directory, "Marketo Integration", false);
    call_with(stage, "setup.grant-consent", "");
    assert_code(stage, CRMSYNC_REFUSED, "not_found");
    assert_non_null(strstr(stage->error.fix, "setup.register-application"));
    must(stage, REGISTER, NAME);
    cJSON_DeleteItemFromArray(stage->directory.principals, 1); /* Dataverse's own */
    call_with(stage, "setup.grant-consent", "");
    assert_code(stage, CRMSYNC_REFUSED, "not_found");
    assert_non_null(strstr(stage->error.fix, "Dynamics 365"));
    assert_int_equal(cJSON_GetArraySize(stage->directory.grants), 0);
}

static void hands_a_secret_out_once(void **state)
{
    struct stage *stage = *state;
    const char *value;

    must(stage, REGISTER, NAME);
    must_with(stage, ADD, SYNC);
    value = text_at(stage, "/secretText");
    assert_int_equal(strlen(text_at(stage, "/hint")), 3);
    assert_int_equal(strncmp(value, text_at(stage, "/hint"), 3), 0);
    assert_non_null(text_at(stage, "/keyId"));
    assert_non_null(text_at(stage, "/endDateTime"));
    assert_int_equal(directory_intents(&stage->directory, "SENT"), 1);
    /* The caller is back for something else: now he has it. */
    must_with(stage, "setup.grant-consent", "");
    assert_int_equal(directory_intents(&stage->directory, "SENT"), 0);
}

/* A second secret of the same description is a second secret, as long as nothing was killed. */
static void adds_a_second_secret(void **state)
{
    struct stage *stage = *state;

    must(stage, REGISTER, NAME);
    must_with(stage, ADD, SYNC);
    must_with(stage, ADD, SYNC);
    assert_int_equal(passwords(stage), 2);
    reopen(stage);
    must_with(stage, ADD, SYNC);
    assert_int_equal(passwords(stage), 3);
    assert_int_equal(directory_count(&stage->directory, "POST", "/removePassword"), 0);
}

static const char *key_of(struct stage *stage, int index)
{
    return json_get_text(
        cJSON_GetArrayItem(
            json_get(directory_application(&stage->directory), "passwordCredentials"), index),
        "keyId");
}

/* Its value went with the answer that nobody got: the next run removes it and makes another. */
static void removes_a_secret_that_nobody_saw(void **state)
{
    struct stage *stage = *state;
    const char *lost;

    must(stage, REGISTER, NAME);
    stage->directory.trouble = DROPPED_AFTER;
    stage->directory.trouble_at = stage->directory.requests + 2; /* a look, then addPassword */
    call_with(stage, ADD, SYNC);
    assert_code(stage, CRMSYNC_UNREACHABLE, "network");
    assert_non_null(strstr(stage->error.message, "not known whether"));
    assert_null(json_get(stage->result, "secretText"));
    assert_int_equal(passwords(stage), 1);
    lost = arena_strdup(&stage->arena, key_of(stage, 0));
    reopen(stage);
    must_with(stage, ADD, SYNC);
    assert_int_equal(passwords(stage), 1);
    assert_string_not_equal(key_of(stage, 0), lost);
    assert_string_equal(key_of(stage, 0), text_at(stage, "/keyId"));
}

/* What never arrived may still arrive: the next run looks until that is over, then makes one. */
static void waits_before_it_makes_another(void **state)
{
    struct stage *stage = *state;
    int64_t sent_ms;

    must(stage, REGISTER, NAME);
    stage->directory.trouble = DROPPED_BEFORE;
    stage->directory.trouble_at = stage->directory.requests + 2;
    sent_ms = stage->directory.now_ms;
    call_with(stage, ADD, SYNC);
    assert_code(stage, CRMSYNC_UNREACHABLE, "network");
    must_with(stage, ADD, SYNC);
    assert_true(stage->directory.now_ms >= sent_ms + 60000);
    assert_int_equal(passwords(stage), 1);
    assert_int_equal(directory_count(&stage->directory, "POST", "/removePassword"), 0);
}

/* Secrets that are somebody else's, though they came after ours was sent. */
static void removes_no_secret_of_others(void **state)
{
    static const struct {
        const char *description;
        int64_t later_ms;
    } others[] = {{"of a colleague", 0}, {"sync", (int64_t)DAY_MS}};

    for (size_t i = 0; i < ARRAY_LEN(others); i++) {
        struct stage *stage = *state;
        char start[ISO8601_SIZE];
        cJSON *other = cJSON_CreateObject();

        strike_stage(state);
        raise_stage(state);
        stage = *state;
        must(stage, REGISTER, NAME);
        stage->directory.trouble = DROPPED_BEFORE;
        stage->directory.trouble_at = stage->directory.requests + 2;
        call_with(stage, ADD, SYNC);
        assert_code(stage, CRMSYNC_UNREACHABLE, "network");
        stage->directory.now_ms += others[i].later_ms;
        iso8601_format_s(stage->directory.now_ms, start);
        cJSON_AddStringToObject(other, "keyId", "f0b0b335-1d71-4883-8f98-567911bfdca6");
        cJSON_AddStringToObject(other, "displayName", others[i].description);
        cJSON_AddStringToObject(other, "startDateTime", start);
        cJSON_AddStringToObject(other, "endDateTime", "2028-01-01T00:00:00Z");
        cJSON_AddStringToObject(other, "test.value", "xyz8Q~value");
        cJSON_AddItemToArray(
            json_get(directory_application(&stage->directory), "passwordCredentials"), other);
        must_with(stage, ADD, SYNC);
        assert_int_equal(passwords(stage), 2);
        assert_int_equal(directory_count(&stage->directory, "POST", "/removePassword"), 0);
    }
}

/* The program wrote the value into its file and was killed then: it is in use and stays. */
static void removes_no_secret_that_is_in_use(void **state)
{
    struct stage *stage = *state;

    must(stage, REGISTER, NAME);
    must_with(stage, ADD, SYNC);
    stage->directory.dynamics_secret = arena_strdup(&stage->arena, text_at(stage, "/secretText"));
    crmsync_abandon(stage->engine);
    stage->engine = directory_open(&stage->directory, NULL);
    must_with(stage, ADD, SYNC);
    assert_int_equal(passwords(stage), 2);
    assert_int_equal(directory_count(&stage->directory, "POST", "/removePassword"), 0);
}

static void removes_a_secret(void **state)
{
    struct stage *stage = *state;

    must(stage, REGISTER, NAME);
    must_with(stage, ADD, SYNC);
    must_with(stage, "setup.remove-secret",
              arena_printf(&stage->arena, ", \"keyId\": \"%s\"", text_at(stage, "/keyId")));
    assert_true(changed(stage));
    assert_int_equal(passwords(stage), 0);
    must_with(stage, "setup.remove-secret",
              ", \"keyId\": \"f0b0b335-1d71-4883-8f98-567911bfdca6\"");
    assert_false(changed(stage));
    assert_int_equal(directory_count(&stage->directory, "POST", "/removePassword"), 1);
}

static void tells_when_the_secret_ends(void **state)
{
    struct stage *stage = *state;

    must(stage, "status", NULL);
    assert_true(cJSON_IsNull(json_get(stage->result, "secret")));
    must(stage, REGISTER, NAME);
    must_with(stage, ADD, ", \"description\": \"sync\", \"lifetime\": \"P10D\"");
    must(stage, "status", "{}");
    assert_int_equal(json_get_int(json_get(stage->result, "secret"), "daysLeft", -99), 10);
    reopen(stage);
    stage->directory.now_ms += (int64_t)DAY_MS / 2;
    must(stage, "status", "{}");
    assert_int_equal(json_get_int(json_get(stage->result, "secret"), "daysLeft", -99), 9);
    stage->directory.now_ms += 10 * (int64_t)DAY_MS;
    must(stage, "status", "{}");
    assert_int_equal(json_get_int(json_get(stage->result, "secret"), "daysLeft", -99), -1);
    must_with(stage, "setup.remove-secret",
              arena_printf(&stage->arena, ", \"keyId\": \"%s\"", key_of(stage, 0)));
    must(stage, "status", "{}");
    assert_true(cJSON_IsNull(json_get(stage->result, "secret")));
}

static void dry_setup_changes_nothing(void **state)
{
    struct stage *stage = *state;
    unsigned commits = stage->directory.commits[CRMSYNC_COMMIT_BEFORE];

    must(stage, "setup", "{\"dryRun\": true}");
    for (int i = 0; i < 3; i++) {
        const cJSON *step = cJSON_GetArrayItem(json_get(stage->result, "steps"), i);

        assert_string_equal(json_get_text(step, "outcome"), "done");
        assert_true(json_get_bool(step, "changed", false));
    }
    assert_null(json_get(stage->result, "application"));
    assert_int_equal(directory_count(&stage->directory, "POST", "/v1.0/"), 0);
    assert_int_equal(stage->directory.commits[CRMSYNC_COMMIT_BEFORE], commits);
    must(stage, "setup", "{}");
    must(stage, "setup", "{\"dryRun\": true}");
    for (int i = 0; i < 3; i++) {
        assert_false(json_get_bool(cJSON_GetArrayItem(json_get(stage->result, "steps"), i),
                                   "changed", true));
    }
}

static void setup_does_it_all(void **state)
{
    struct stage *stage = *state;

    must(stage, "setup",
         "{\"name\": \"Other Name\", \"description\": \"d\", \"lifetime\": \"P1Y\"}");
    assert_int_equal(cJSON_GetArraySize(json_get(stage->result, "steps")), 3);
    assert_string_equal(text_at(stage, "/steps/0/name"), "setup.register-application");
    assert_string_equal(text_at(stage, "/steps/1/name"), "setup.grant-consent");
    assert_string_equal(text_at(stage, "/steps/2/name"), "setup.add-secret");
    assert_string_equal(text_at(stage, "/application/tenantId"), DIRECTORY_TENANT);
    assert_string_equal(text_at(stage, "/secret/endDateTime"), "2027-01-15T09:00:00Z");
    assert_non_null(text_at(stage, "/secret/secretText"));
    assert_true(cJSON_IsTrue(json_pointer_get(stage->result, "/secret/verified")));
    assert_string_equal(json_get_text(directory_application(&stage->directory), "displayName"),
                        "Other Name");
}

/* What is given as the client secret, against what the application has. */
static void setup_judges_the_secret_at_hand(void **state)
{
    struct stage *stage = *state;

    must(stage, "setup", "{\"lifetime\": \"P10D\"}");
    stage->directory.dynamics_secret =
        arena_strdup(&stage->arena, text_at(stage, "/secret/secretText"));
    must(stage, "setup", "{}");
    assert_null(json_get(stage->result, "secret"));
    stage->directory.dynamics_secret = "zzz8Q~somebody else's";
    call(stage, "setup", "{}");
    assert_code(stage, CRMSYNC_REFUSED, "bad_credentials");
    assert_string_equal(text_at(stage, "/steps/2/outcome"), "refused");
    assert_int_equal(passwords(stage), 1);
    /* Its own, but over: another one is made. */
    stage->directory.dynamics_secret = arena_strdup(
        &stage->arena,
        json_get_text(
            cJSON_GetArrayItem(
                json_get(directory_application(&stage->directory), "passwordCredentials"), 0),
            "test.value"));
    stage->directory.now_ms += 11 * (int64_t)DAY_MS;
    must(stage, "setup", "{}");
    assert_non_null(json_get(stage->result, "secret"));
    assert_int_equal(passwords(stage), 2);
}

static void takes_one_new_token(void **state)
{
    struct stage *stage = *state;

    must(stage, REGISTER, NAME);
    stage->directory.trouble = TOKEN_REFUSED;
    stage->directory.trouble_at = stage->directory.requests + 1;
    must(stage, REGISTER, NAME);
    assert_int_equal(directory_count(&stage->directory, "POST", "/token"), 2);
}

static void says_until_when_to_wait(void **state)
{
    struct stage *stage = *state;

    stage->directory.trouble = THROTTLED_LONG;
    stage->directory.trouble_at = 2;
    call(stage, REGISTER, NAME);
    assert_code(stage, CRMSYNC_FAILED, "waiting");
    assert_string_equal(text_at(stage, "/resumeAt"), "2026-01-15T10:00:00.000Z");
}

static void stops_when_asked(void **state)
{
    struct stage *stage = *state;
    unsigned before = stage->directory.requests;

    crmsync_stop(stage->engine);
    call(stage, REGISTER, NAME);
    assert_code(stage, CRMSYNC_FAILED, "stopped");
    assert_int_equal(stage->directory.requests, before);
    must(stage, REGISTER, NAME); /* it was one operation that was asked to stop */
}

static void names_the_administrator_that_lacks(void **state)
{
    struct stage *stage = *state;

    stage->directory.admin_client = NULL;
    reopen(stage);
    call(stage, REGISTER, NAME);
    assert_code(stage, CRMSYNC_USAGE, "usage");
    assert_string_equal(text_at(stage, "/error/pointer"), "/admin/clientId");
    assert_int_equal(stage->directory.requests, 0);
}

/* Parameters that are refused before anything is sent. */
struct usage_case {
    const char *name, *operation, *with, *pointer;
};

#define ID "\"29f8eb1a-d0c0-4df3-84be-b91a08fbd909\""

/* clang-format off */
static const struct usage_case usage_cases[] = {
    {"no name", REGISTER, "{}", "/name"},
    {"null name", REGISTER, "{\"name\": null}", "/name"},
    {"empty name", REGISTER, "{\"name\": \"\"}", "/name"},
    {"name is a number", REGISTER, "{\"name\": 7}", "/name"},
    {"misspelt name", REGISTER, "{\"nam\": \"x\"}", "/nam"},
    {"more than asked", REGISTER, "{\"name\": \"x\", \"application\": " ID "}", "/application"},
    {"no application", "setup.grant-consent", "{}", "/application"},
    {"application is a name", "setup.grant-consent", "{\"application\": \"Marketo\"}", "/application"},
    {"application is a path", "setup.grant-consent", "{\"application\": \"../users\"}", "/application"},
    {"no description", ADD, "{\"application\": " ID "}", "/description"},
    {"empty description", ADD, "{\"application\": " ID ", \"description\": \"\"}", "/description"},
    {"lifetime in words", ADD, "{\"application\": " ID ", \"description\": \"d\", \"lifetime\": \"2 years\"}", "/lifetime"},
    {"no lifetime at all", ADD, "{\"application\": " ID ", \"description\": \"d\", \"lifetime\": \"P0D\"}", "/lifetime"},
    {"lifetime is a number", ADD, "{\"application\": " ID ", \"description\": \"d\", \"lifetime\": 5}", "/lifetime"},
    {"no key", "setup.remove-secret", "{\"application\": " ID "}", "/keyId"},
    {"key is no id", "setup.remove-secret", "{\"application\": " ID ", \"keyId\": \"abc\"}", "/keyId"},
    {"dry run in words", "setup", "{\"dryRun\": \"yes\"}", "/dryRun"},
    {"setup with a wrong lifetime", "setup", "{\"lifetime\": \"P\"}", "/lifetime"},
    {"setup with an unknown member", "setup", "{\"dryrun\": true}", "/dryrun"},
    {"status with a member", "status", "{\"verbose\": true}", "/verbose"},
    {"a member twice", REGISTER, "{\"name\": \"a\", \"name\": \"b\"}", "/name"},
};
/* clang-format on */

static void refuses_parameters(void **state)
{
    const struct usage_case *c = *state;
    void *raised = NULL;
    struct stage *stage;

    raise_stage(&raised);
    stage = raised;
    call(stage, c->operation, c->with);
    assert_code(stage, CRMSYNC_USAGE, "usage");
    assert_string_equal(text_at(stage, "/error/pointer"), c->pointer);
    assert_non_null(strstr(stage->error.message, c->pointer + 1));
    assert_int_equal(stage->directory.requests, 0);
    strike_stage(&raised);
}

#define STORY(test) cmocka_unit_test_setup_teardown(test, raise_stage, strike_stage)

int main(void)
{
    struct CMUnitTest tests[80] = {
        STORY(sends_what_the_pages_show),
        STORY(registers),
        STORY(goes_on_from_the_application_alone),
        STORY(adds_the_permissions_that_lack),
        STORY(refuses_two_of_one_name),
        STORY(leaves_a_persons_application_alone),
        STORY(warns_of_other_tenants),
        STORY(waits_for_its_own_application),
        STORY(believes_a_refusal_of_others),
        STORY(consents),
        STORY(joins_a_scope_to_a_grant),
        STORY(cannot_consent_without_principals),
        STORY(hands_a_secret_out_once),
        STORY(adds_a_second_secret),
        STORY(removes_a_secret_that_nobody_saw),
        STORY(waits_before_it_makes_another),
        STORY(removes_no_secret_of_others),
        STORY(removes_no_secret_that_is_in_use),
        STORY(removes_a_secret),
        STORY(tells_when_the_secret_ends),
        STORY(dry_setup_changes_nothing),
        STORY(setup_does_it_all),
        STORY(setup_judges_the_secret_at_hand),
        STORY(takes_one_new_token),
        STORY(says_until_when_to_wait),
        STORY(stops_when_asked),
        STORY(names_the_administrator_that_lacks),
    };
    size_t count = 27;

    CASES(tests, count, usage_cases, refuses_parameters);
    return cases_run("operations", tests, count);
}
