/* What the operations of setup do in the cases of the field, one story each. */
#include "cases.h"

#include <stdio.h>
#include <string.h>

#include "base/iso8601.h"
#include "graph/directory.h"
#include "support/directory.h"
#include "support/files.h"
#include "support/stage.h"

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

    stage_must(stage, REGISTER, NAME);
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
    stage_must_with(stage, "setup.grant-consent", "");
    assert_sent(stage, "POST", "/oauth2PermissionGrants", "graph/grant.request.json", grant_ids);
    stage->directory.now_ms = 1768467600000;
    stage_must_with(stage, ADD, ", \"description\": \"Marketo\", \"lifetime\": \"P180D\"");
    assert_sent(stage, "POST", "/addPassword", "graph/add-password.request.json", none);
    stage_must_with(
        stage, "setup.remove-secret",
        arena_printf(&stage->arena, ", \"keyId\": \"%s\"", stage_text(stage, "/keyId")));
    assert_sent(stage, "POST", "/removePassword", "graph/remove-password.request.json", key_id);
}

static void registers(void **state)
{
    struct stage *stage = *state;
    const cJSON *application;

    stage_must(stage, REGISTER, NAME);
    application = directory_application(&stage->directory);
    assert_true(stage_changed(stage));
    assert_string_equal(stage_text(stage, "/id"), json_get_text(application, "id"));
    assert_string_equal(stage_text(stage, "/appId"), json_get_text(application, "appId"));
    assert_string_equal(stage_text(stage, "/tenantId"), DIRECTORY_TENANT);
    stage_must(stage, REGISTER, NAME);
    assert_false(stage_changed(stage));
    assert_string_equal(stage_text(stage, "/id"), json_get_text(application, "id"));
    assert_int_equal(directory_count(&stage->directory, "POST", "/applications"), 1);
    assert_int_equal(directory_count(&stage->directory, "POST", "/token"), 1); /* kept */
}

/* The application was made by the API, or a run ended there: the service principal lacks. */
static void goes_on_from_the_application_alone(void **state)
{
    struct stage *stage = *state;

    directory_add_application(&stage->directory, "Marketo Integration", false);
    stage_must(stage, REGISTER, NAME);
    assert_true(stage_changed(stage));
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
    stage_must(stage, REGISTER, NAME);
    assert_true(stage_changed(stage));
    assert_true(sync_application_read(application, &found, &problem));
    assert_true(sync_application_requires(&found, SYNC_APP_DATAVERSE, SYNC_SCOPE_IMPERSONATE));
    assert_true(sync_application_requires(&found, SYNC_APP_GRAPH, SYNC_SCOPE_USER_READ));
    assert_string_equal(cJSON_GetStringValue(json_pointer_get(
                            application, "/requiredResourceAccess/0/resourceAccess/0/id")),
                        "df021288-bdef-4463-88db-98f22de89214");
    assert_int_equal(cJSON_GetArraySize(json_get(application, "requiredResourceAccess")), 2);
    stage_must(stage, REGISTER, NAME);
    assert_false(stage_changed(stage));
}

static void refuses_two_of_one_name(void **state)
{
    struct stage *stage = *state;

    directory_add_application(&stage->directory, "Marketo Integration", true);
    directory_add_application(&stage->directory, "Marketo Integration", true);
    stage_call(stage, REGISTER, NAME);
    stage_assert_code(stage, CRMSYNC_FAILED, "ambiguous");
    assert_non_null(strstr(stage->error.message, "2 applications"));
    assert_int_equal(directory_count(&stage->directory, "POST", "/v1.0/"), 0);
    assert_int_equal(directory_count(&stage->directory, "DELETE", ""), 0);
}

/* A person's application is never taken for a twin of ours, unless nothing speaks against it. */
static void leaves_a_persons_application_alone(void **state)
{
    struct stage *stage = *state;
    cJSON *other;

    stage_must(stage, REGISTER, NAME);
    stage->directory.now_ms += 3 * (int64_t)DAY_MS;
    other = directory_add_application(&stage->directory, "Marketo Integration", true);
    assert_non_null(other);
    stage_call(stage, REGISTER, NAME);
    stage_assert_code(stage, CRMSYNC_FAILED, "ambiguous");
    assert_int_equal(cJSON_GetArraySize(stage->directory.applications), 2);
    assert_int_equal(directory_count(&stage->directory, "DELETE", ""), 0);
}

static void warns_of_other_tenants(void **state)
{
    struct stage *stage = *state;
    cJSON *application = directory_add_application(&stage->directory, "Marketo Integration", true);

    cJSON_SetValuestring(json_get(application, "signInAudience"), "AzureADMultipleOrgs");
    stage_must(stage, REGISTER, NAME);
    assert_non_null(strstr(stage_text(stage, "/warnings/0"), "other tenants"));
}

/* Other servers of the directory do not know the new application at once. */
static void waits_for_its_own_application(void **state)
{
    struct stage *stage = *state;
    int64_t began_ms = stage->directory.now_ms;

    stage_must(stage, REGISTER, NAME);
    stage->directory.hidden_reads = 3;
    stage_must_with(stage, ADD, SYNC);
    assert_int_equal(stage->directory.hidden_reads, 0);
    assert_true(stage->directory.now_ms > began_ms);
    assert_true(stage->directory.now_ms < began_ms + 60000);
}

/* But an id that a person gives is believed to be wrong at once. */
static void believes_a_refusal_of_others(void **state)
{
    struct stage *stage = *state;
    int64_t began_ms = stage->directory.now_ms;

    stage_call(
        stage, ADD,
        "{\"application\": \"29f8eb1a-d0c0-4df3-84be-b91a08fbd909\", \"description\": \"x\"}");
    stage_assert_code(stage, CRMSYNC_REFUSED, "not_found");
    assert_int_equal(stage->error.status, 404);
    assert_string_equal(stage->error.service, "graph");
    assert_int_equal(stage->directory.now_ms, began_ms);
}

static void consents(void **state)
{
    struct stage *stage = *state;

    stage_must(stage, REGISTER, NAME);
    stage_must_with(stage, "setup.grant-consent", "");
    assert_true(stage_changed(stage));
    assert_int_equal(cJSON_GetArraySize(json_get(stage->result, "grants")), 2);
    assert_string_equal(stage_text(stage, "/grants/0/scope"), "user_impersonation");
    assert_string_equal(stage_text(stage, "/grants/0/consentType"), "AllPrincipals");
    assert_string_equal(stage_text(stage, "/grants/1/scope"), "User.Read");
    stage_must_with(stage, "setup.grant-consent", "");
    assert_false(stage_changed(stage));
    assert_int_equal(directory_count(&stage->directory, "POST", "/oauth2PermissionGrants"), 2);
}

static void joins_a_scope_to_a_grant(void **state)
{
    struct stage *stage = *state;
    cJSON *grant;

    stage_must(stage, REGISTER, NAME);
    stage_must_with(stage, "setup.grant-consent", "");
    grant = cJSON_GetArrayItem(stage->directory.grants, 0);
    cJSON_SetValuestring(json_get(grant, "scope"), "openid");
    stage_must_with(stage, "setup.grant-consent", "");
    assert_true(stage_changed(stage));
    grant = cJSON_GetArrayItem(stage->directory.grants, 0);
    assert_string_equal(json_get_text(grant, "scope"), "openid user_impersonation");
    assert_int_equal(cJSON_GetArraySize(stage->directory.grants), 2);
    stage_must_with(stage, "setup.grant-consent", "");
    assert_false(stage_changed(stage));
}

static void cannot_consent_without_principals(void **state)
{
    struct stage *stage = *state;

    directory_add_application(&stage->directory, "Marketo Integration", false);
    stage_call_with(stage, "setup.grant-consent", "");
    stage_assert_code(stage, CRMSYNC_REFUSED, "not_found");
    assert_non_null(strstr(stage->error.fix, "setup.register-application"));
    stage_must(stage, REGISTER, NAME);
    cJSON_DeleteItemFromArray(stage->directory.principals, 1); /* Dataverse's own */
    stage_call_with(stage, "setup.grant-consent", "");
    stage_assert_code(stage, CRMSYNC_REFUSED, "not_found");
    assert_non_null(strstr(stage->error.fix, "Dynamics 365"));
    assert_int_equal(cJSON_GetArraySize(stage->directory.grants), 0);
}

static void dry_setup_changes_nothing(void **state)
{
    struct stage *stage = *state;
    unsigned commits = stage->directory.commits[CRMSYNC_COMMIT_BEFORE];

    stage_must(stage, "setup", "{\"dryRun\": true}");
    for (int i = 0; i < 3; i++) {
        const cJSON *step = cJSON_GetArrayItem(json_get(stage->result, "steps"), i);

        assert_string_equal(json_get_text(step, "outcome"), "done");
        assert_true(json_get_bool(step, "changed", false));
    }
    assert_null(json_get(stage->result, "application"));
    assert_int_equal(directory_count(&stage->directory, "POST", "/v1.0/"), 0);
    assert_int_equal(stage->directory.commits[CRMSYNC_COMMIT_BEFORE], commits);
    stage_must(stage, "setup", "{}");
    stage_must(stage, "setup", "{\"dryRun\": true}");
    for (int i = 0; i < 3; i++) {
        assert_false(json_get_bool(cJSON_GetArrayItem(json_get(stage->result, "steps"), i),
                                   "changed", true));
    }
}

static void setup_does_it_all(void **state)
{
    struct stage *stage = *state;

    stage_must(stage, "setup",
               "{\"name\": \"Other Name\", \"description\": \"d\", \"lifetime\": \"P1Y\"}");
    assert_int_equal(cJSON_GetArraySize(json_get(stage->result, "steps")), 3);
    assert_string_equal(stage_text(stage, "/steps/0/name"), "setup.register-application");
    assert_string_equal(stage_text(stage, "/steps/1/name"), "setup.grant-consent");
    assert_string_equal(stage_text(stage, "/steps/2/name"), "setup.add-secret");
    assert_string_equal(stage_text(stage, "/application/tenantId"), DIRECTORY_TENANT);
    assert_string_equal(stage_text(stage, "/secret/endDateTime"), "2027-01-15T09:00:00Z");
    assert_non_null(stage_text(stage, "/secret/secretText"));
    assert_true(cJSON_IsTrue(json_pointer_get(stage->result, "/secret/verified")));
    assert_string_equal(json_get_text(directory_application(&stage->directory), "displayName"),
                        "Other Name");
}

/* What is given as the client secret, against what the application has. */
static void setup_judges_the_secret_at_hand(void **state)
{
    struct stage *stage = *state;

    stage_must(stage, "setup", "{\"lifetime\": \"P10D\"}");
    stage->directory.dynamics_secret =
        arena_strdup(&stage->arena, stage_text(stage, "/secret/secretText"));
    stage_must(stage, "setup", "{}");
    assert_null(json_get(stage->result, "secret"));
    stage->directory.dynamics_secret = "zzz8Q~somebody else's";
    stage_call(stage, "setup", "{}");
    stage_assert_code(stage, CRMSYNC_REFUSED, "bad_credentials");
    assert_string_equal(stage_text(stage, "/steps/2/outcome"), "refused");
    assert_int_equal(stage_passwords(stage), 1);
    /* Its own, but over: another one is made. */
    stage->directory.dynamics_secret = arena_strdup(
        &stage->arena,
        json_get_text(
            cJSON_GetArrayItem(
                json_get(directory_application(&stage->directory), "passwordCredentials"), 0),
            "test.value"));
    stage->directory.now_ms += 11 * (int64_t)DAY_MS;
    stage_must(stage, "setup", "{}");
    assert_non_null(json_get(stage->result, "secret"));
    assert_int_equal(stage_passwords(stage), 2);
}

static void takes_one_new_token(void **state)
{
    struct stage *stage = *state;

    stage_must(stage, REGISTER, NAME);
    stage->directory.trouble = TOKEN_REFUSED;
    stage->directory.trouble_at = stage->directory.requests + 1;
    stage_must(stage, REGISTER, NAME);
    assert_int_equal(directory_count(&stage->directory, "POST", "/token"), 2);
}

static void says_until_when_to_wait(void **state)
{
    struct stage *stage = *state;

    stage->directory.trouble = THROTTLED_LONG;
    stage->directory.trouble_at = 2;
    stage_call(stage, REGISTER, NAME);
    stage_assert_code(stage, CRMSYNC_FAILED, "waiting");
    assert_string_equal(stage_text(stage, "/resumeAt"), "2026-01-15T10:00:00.000Z");
}

static void stops_when_asked(void **state)
{
    struct stage *stage = *state;
    unsigned before = stage->directory.requests;

    crmsync_stop(stage->engine);
    stage_call(stage, REGISTER, NAME);
    stage_assert_code(stage, CRMSYNC_FAILED, "stopped");
    assert_int_equal(stage->directory.requests, before);
    stage_must(stage, REGISTER, NAME); /* it was one operation that was asked to stop */
}

static void names_the_administrator_that_lacks(void **state)
{
    struct stage *stage = *state;

    stage->directory.admin_client = NULL;
    stage->directory.nobody_listens = true; /* so no person could sign in */
    stage_reopen(stage);
    stage_call(stage, REGISTER, NAME);
    stage_assert_code(stage, CRMSYNC_USAGE, "usage");
    assert_string_equal(stage_text(stage, "/error/pointer"), "/admin/clientId");
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

    stage_raise(&raised);
    stage = raised;
    stage_call(stage, c->operation, c->with);
    stage_assert_code(stage, CRMSYNC_USAGE, "usage");
    assert_string_equal(stage_text(stage, "/error/pointer"), c->pointer);
    assert_non_null(strstr(stage->error.message, c->pointer + 1));
    assert_int_equal(stage->directory.requests, 0);
    stage_strike(&raised);
}

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
        STORY(dry_setup_changes_nothing),
        STORY(setup_does_it_all),
        STORY(setup_judges_the_secret_at_hand),
        STORY(takes_one_new_token),
        STORY(says_until_when_to_wait),
        STORY(stops_when_asked),
        STORY(names_the_administrator_that_lacks),
    };
    size_t count = CASES_LISTED(tests);

    CASES(tests, count, usage_cases, refuses_parameters);
    return cases_run("operations", tests, count);
}
