/* Who is let in, and what they may. */
#include "cases.h"
#include "dynamics.h"

#include <string.h>

#include "base/auto.h"
#include "base/crypto.h"
#include "base/str.h"

#define ORGANIZATION(more)                                                                         \
    "{\"extends\":\"ready\",\"organizations\":[{\"host\":\"contoso.crm.dynamics.com\"," more "}]}"

static void challenges(void **state)
{
    AUTO(arena) arena = {0};
    struct mocktenant *mock = azure_start("ready");
    struct answer answer = dynamics_ask(&arena, mock, NULL, "GET", "WhoAmI", NULL, NULL);
    const char *tenant = tenant_key(&arena, mock, "tenant_id");
    const struct ask root = {
        DIRECT, "GET", "contoso.api.crm.dynamics.com", "/api/data/v9.2/", {NULL}, NULL, 0};

    (void)state;
    assert_int_equal(answer.status, 401);
    assert_int_equal(answer.body_len, 0);
    assert_string_equal(
        answer_header(&arena, &answer, "www-authenticate"),
        arena_printf(&arena,
                     "Bearer authorization_uri=https://login.microsoftonline.com/%s/"
                     "oauth2/authorize, "
                     "resource_id=https://contoso.api.crm.dynamics.com/",
                     tenant));
    answer = dynamics_ask(&arena, mock, "x.y.z", "GET", "WhoAmI", NULL, NULL);
    assert_int_equal(answer.status, 401);
    assert_non_null(strstr(answer_header(&arena, &answer, "www-authenticate"),
                           "Bearer error=invalid_token, error_description=Error during token "
                           "validation!, authorization_uri="));
    answer =
        dynamics_ask(&arena, mock, azure_admin_token(&arena, mock), "GET", "WhoAmI", NULL, NULL);
    assert_int_equal(answer.status, 401);
    assert_int_equal(tenant_ask(&arena, mock, &root).status, 401);
    answer = dynamics_ask(&arena, mock, NULL, "GET", "/XRMServices/2011/Organization.svc/web", NULL,
                          NULL);
    assert_int_equal(answer.status, 401);
    mocktenant_stop(mock);
}

/* What the challenge names is good, and so is each of the organization's names. */
static const struct audience {
    const char *name, *resource;
    int status;
} audiences[] = {
    {"the organization", "https://contoso.crm.dynamics.com", 200},
    {"its API address", "https://contoso.api.crm.dynamics.com", 200},
    {"the service", "00000007-0000-0000-c000-000000000000", 200},
    {"a loopback address", "https://127.0.0.1:5000", 200},
    {"Graph", "https://graph.microsoft.com", 401},
};

static void takes_its_own_names(void **state)
{
    const struct audience *c = *state;
    AUTO(arena) arena = {0};
    struct mocktenant *mock = azure_start("ready");
    struct answer token =
        azure_token(&arena, mock, "/{tenant_id}/oauth2/v2.0/token",
                    arena_printf(&arena,
                                 "grant_type=client_credentials&client_id={client_id}"
                                 "&client_secret={client_secret}&scope=%s/.default",
                                 c->resource),
                    NULL);
    struct answer answer;

    assert_int_equal(token.status, 200);
    answer = dynamics_ask(&arena, mock, json_get_text(token.json, "access_token"), "GET",
                          "WhoAmI()", NULL, NULL);
    assert_int_equal(answer.status, c->status);
    mocktenant_stop(mock);
}

static void knows_who_calls(void **state)
{
    AUTO(arena) arena = {0};
    struct mocktenant *mock = azure_start("ready");
    struct answer app = dynamics_ask(&arena, mock, dynamics_token(&arena, mock, "app"), "GET",
                                     "WhoAmI", NULL, NULL);
    struct answer user = dynamics_ask(&arena, mock, dynamics_token(&arena, mock, "user"), "GET",
                                      "WhoAmI", NULL, NULL);

    (void)state;
    assert_string_equal(text_at(app.json, "/UserId"), "8f5ee170-d6c6-4df9-ba1e-1f706ef1cf0f");
    assert_string_equal(text_at(user.json, "/UserId"), "7e4dd06f-c5b5-4ce8-a90d-0e6f5de0be0e");
    assert_string_equal(text_at(user.json, "/OrganizationId"),
                        text_at(app.json, "/OrganizationId"));
    mocktenant_stop(mock);
}

#define OFF                                                                                        \
    "set-role {\"user\":\"marketo.integration@contoso.com\",\"role\":\"Marketo Sync User\","       \
    "\"on\":false}"
#define ON(role) "\nset-role {\"user\":\"marketo.integration@contoso.com\",\"role\":\"" role "\"}"

static const struct denial {
    const char *name, *action; /* done before */
    const char *who, *method, *target, *body;
    int status;
    const char *code, *message;
    const char *world;
} denials[] = {
    {"nobody's application", NULL, "app", "GET", "WhoAmI", NULL, 403, "0x80072560",
     "The user is not a member of the organization.",
     "{\"extends\":\"fresh\",\"tenant\":{\"applications\":[{\"displayName\":\"Marketo "
     "Integration\",\"secrets\":[{\"displayName\":\"s\"}]}]}}"},
    {"a user who is disabled", "disable-user {\"user\":\"marketo.integration@contoso.com\"}", "app",
     "GET", "WhoAmI", NULL, 403, "0x80040225", "IsDisabled=True", NULL},
    {"a user without a role", OFF, "app", "GET", "WhoAmI", NULL, 403, "0x80042f09",
     "has not been assigned any roles. They need a role with the prv", NULL},
    {"deleting", NULL, "app", "DELETE", "leads({lead})", NULL, 403, "0x80040220",
     "is missing prvDeleteLead privilege (Id=b42d2f65-8929-455d-abe7-b4ec8367a8e1) on OTC=4 for "
     "entity 'lead' (LocalizedName='Lead').",
     NULL},
    {"creating an opportunity", NULL, "app", "POST", "opportunities", "{\"name\":\"x\"}", 403,
     "0x80040220", "prvCreateOpportunity", NULL},
    {"changing Marketo Config", NULL, "app", "PATCH",
     "mkt_marketoconfigs(c16bd3fb-5580-4777-860a-b98d20ea5df2)", "{}", 403, "0x80040220",
     "prvWritemkt_MarketoConfig", NULL},
    {"importing", NULL, "app", "POST", "ImportSolution", "{}", 403, "0x80040220",
     "prvImportCustomization", NULL},
    {"publishing", NULL, "app", "POST", "PublishAllXml", NULL, 403, "0x80040220",
     "prvPublishCustomization", NULL},
    {"giving a role to oneself", NULL, "app", "POST",
     "systemusers(8f5ee170-d6c6-4df9-ba1e-1f706ef1cf0f)/systemuserroles_association/$ref",
     "{\"@odata.id\":\"roles(4b168d88-dc87-4a77-93c2-bc35b36a2d42)\"}", 403, "0x80040220", "prv",
     NULL},
    {"somebody else's lead", OFF ON("Basic User"), "app", "PATCH", "leads({lead})",
     "{\"subject\":\"x\"}", 403, "0x80040220", "AccessRights: WriteAccess", NULL},
    {"reading somebody else's lead", OFF ON("Basic User"), "app", "GET", "leads({lead})", NULL, 403,
     "0x80040220", "AccessRights: ReadAccess", NULL},
    {"one column of it", OFF ON("Basic User"), "app", "GET", "leads({lead})/subject", NULL, 403,
     "0x80040220", "AccessRights: ReadAccess", NULL},
    {"its raw value", OFF ON("Basic User"), "app", "GET", "leads({lead})/subject/$value", NULL, 403,
     "0x80040220", "AccessRights: ReadAccess", NULL},
    {"whom it belongs to", OFF ON("Basic User"), "app", "GET", "leads({lead})/ownerid/$ref", NULL,
     403, "0x80040220", "AccessRights: ReadAccess", NULL},
    {"change tracking without all rows", OFF ON("Basic User"), "app", "GET", "leads?$deltatoken=1",
     NULL, 403, "0x80040220", "organization depth", NULL},
    {"a table behind a lookup", OFF ON("R"), "app", "GET",
     "contacts?$filter=parentcustomerid_account/name%20eq%20'x'", NULL, 403, "0x80040220",
     "prvReadAccount",
     ORGANIZATION("\"roles\":[{\"name\":\"R\",\"privileges\":[\"prvReadContact\"]}]")},
};

static const char *a_lead(struct arena *arena, struct mocktenant *mock)
{
    struct answer answer = dynamics_ask(arena, mock, dynamics_token(arena, mock, "admin"), "GET",
                                        "leads?$select=leadid&$top=1", NULL, NULL);

    return text_at(answer.json, "/value/0/leadid");
}

static const char *fill_lead(struct arena *arena, struct mocktenant *mock, const char *target)
{
    const char *open = strstr(target, "{lead}");

    return open == NULL ? target
                        : arena_printf(arena, "%.*s%s%s", (int)(open - target), target,
                                       a_lead(arena, mock), open + 6);
}

static void denies(void **state)
{
    const struct denial *c = *state;
    AUTO(arena) arena = {0};
    struct mocktenant *mock = azure_start(c->world != NULL ? c->world : "ready");
    struct answer answer;

    for (const char *at = c->action; at != NULL && *at != '\0';) {
        size_t len = strcspn(at, "\n"), name = strcspn(at, " ");

        (void)tenant_control(
            &arena, mock, "POST",
            arena_printf(&arena, "/_mock/actions/dynamics-admin/%.*s", (int)name, at),
            arena_dup(&arena, at + name + 1, len - name - 1), 200);
        at += len;
        at += *at == '\n';
    }
    answer = dynamics_ask(&arena, mock, dynamics_token(&arena, mock, c->who), c->method,
                          fill_lead(&arena, mock, c->target), NULL, c->body);
    if (answer.status != c->status || strcmp(dynamics_code(&answer), c->code) != 0 ||
        strstr(dynamics_message(&answer), c->message) == NULL) {
        fail_msg("%d %s", answer.status, answer.body);
    }
    mocktenant_stop(mock);
}

/* One's own account with somebody else's contact: neither goes, and the list tells one's own. */
static void deletes_all_or_nothing(void **state)
{
    static const char user[] = "\"user\":\"marketo.integration@contoso.com\"";
    AUTO(arena) arena = {0};
    struct mocktenant *mock = azure_start("ready");
    const char *admin = dynamics_token(&arena, mock, "admin"), *app, *account, *body, *refs;
    struct answer answer;

    (void)state;
    for (int on = 0; on < 2; on++) {
        (void)tenant_control(&arena, mock, "POST", "/_mock/actions/dynamics-admin/set-role",
                             arena_printf(&arena, "{%s,\"role\":\"%s\",\"on\":%s}", user,
                                          on ? "Basic User" : "Marketo Sync User",
                                          on ? "true" : "false"),
                             200);
    }
    app = dynamics_token(&arena, mock, "app");
    answer = dynamics_ask(&arena, mock, app, "POST", "accounts", NULL, "{\"name\":\"A\"}");
    account = dynamics_made(&arena, &answer);
    body = arena_printf(&arena,
                        "{\"lastname\":\"C\",\"parentcustomerid_account@odata.bind\":"
                        "\"/accounts(%s)\"}",
                        account);
    for (int i = 0; i < 4; i++) {
        answer = dynamics_ask(&arena, mock, i == 2 ? admin : app, "POST", "contacts", NULL, body);
        assert_int_equal(answer.status, 204);
    }
    refs = arena_printf(&arena, "accounts(%s)/contact_customer_accounts/$ref", account);
    answer = dynamics_ask(&arena, mock, app, "GET", refs, NULL, NULL);
    assert_int_equal(cJSON_GetArraySize(json_get(answer.json, "value")), 3);
    answer = dynamics_ask(&arena, mock, app, "DELETE",
                          arena_printf(&arena, "accounts(%s)", account), NULL, NULL);
    assert_int_equal(answer.status, 403);
    answer = dynamics_ask(&arena, mock, admin, "GET", refs, NULL, NULL);
    assert_int_equal(cJSON_GetArraySize(json_get(answer.json, "value")), 4);
    mocktenant_stop(mock);
}

/* The role of the package is enough for all that a sync does. */
static const struct permit {
    const char *name, *method, *target, *body;
    int status;
} permits[] = {
    {"reading users", "GET", "systemusers?$select=fullname", NULL, 200},
    {"reading solutions", "GET", "solutions?$select=version", NULL, 200},
    {"reading steps", "GET", "sdkmessageprocessingsteps?$select=name,statecode", NULL, 200},
    {"reading Marketo Config", "GET", "mkt_marketoconfigs", NULL, 200},
    {"reading campaigns", "GET", "campaigns", NULL, 200},
    {"creating a lead", "POST", "leads", "{\"lastname\":\"x\"}", 204},
    {"a score", "PATCH", "leads({lead})", "{\"mkt_leadscore\":5}", 204},
    {"its own privileges", "GET",
     "systemusers(8f5ee170-d6c6-4df9-ba1e-1f706ef1cf0f)/"
     "Microsoft.Dynamics.CRM.RetrieveUserPrivileges()",
     NULL, 200},
    {"deleting from the log", "GET", "mkt_marketologs/$count", NULL, 200},
};

static void permits_what_a_sync_does(void **state)
{
    const struct permit *c = *state;
    AUTO(arena) arena = {0};
    struct mocktenant *mock = azure_start("ready");
    struct answer answer =
        dynamics_ask(&arena, mock, dynamics_token(&arena, mock, "app"), c->method,
                     fill_lead(&arena, mock, c->target), NULL, c->body);

    if (answer.status != c->status) {
        fail_msg("%d %s", answer.status, answer.body);
    }
    mocktenant_stop(mock);
}

static void acts_for_others(void **state)
{
    static const char by_id[] = "MSCRMCallerID: 6d3ccf5e-b4a4-4bd7-98fc-fd5e4cdfad0d";
    static const char by_object[] = "CallerObjectId: a1d0c3f2-5e48-4b7b-8c96-31f2e0d9b101";
    AUTO(arena) arena = {0};
    struct mocktenant *mock = azure_start("ready");
    const char *admin = dynamics_token(&arena, mock, "admin"), *id;
    struct answer answer = dynamics_ask(&arena, mock, admin, "POST", "leads", by_id, "{}");

    (void)state;
    id = dynamics_made(&arena, &answer);
    answer =
        dynamics_ask(&arena, mock, admin, "GET", arena_printf(&arena, "leads(%s)", id), NULL, NULL);
    assert_string_equal(text_at(answer.json, "/_createdby_value"),
                        "6d3ccf5e-b4a4-4bd7-98fc-fd5e4cdfad0d");
    assert_string_not_equal(text_at(answer.json, "/_createdonbehalfby_value"), "");
    answer = dynamics_ask(&arena, mock, admin, "GET", "WhoAmI", by_object, NULL);
    assert_string_equal(text_at(answer.json, "/UserId"), "6d3ccf5e-b4a4-4bd7-98fc-fd5e4cdfad0d");
    answer = dynamics_ask(&arena, mock, dynamics_token(&arena, mock, "app"), "GET", "WhoAmI", by_id,
                          NULL);
    assert_string_equal(dynamics_code(&answer), "0x8004a110");
    answer = dynamics_ask(&arena, mock, admin, "GET", "WhoAmI",
                          "MSCRMCallerID: 00000000-1111-4222-8333-444444444444", NULL);
    assert_string_equal(dynamics_code(&answer), "0x80072560");
    mocktenant_stop(mock);
}

static void takes_passwords_where_switched_on(void **state)
{
    AUTO(arena) arena = {0};
    struct mocktenant *mock =
        azure_start(ORGANIZATION("\"settings\":{\"basicAuthentication\":true}"));
    AUTO(strbuf) right = STRBUF(0);
    AUTO(strbuf) wrong = STRBUF(0);
    const char *pair = arena_printf(&arena, "%s:%s", tenant_key(&arena, mock, "username"),
                                    tenant_key(&arena, mock, "password"));
    struct answer answer;

    (void)state;
    strbuf_add(&right, "Authorization: Basic ");
    strbuf_base64(&right, pair, strlen(pair));
    strbuf_add(&wrong, "Authorization: Basic ");
    strbuf_base64(&wrong, pair, strlen(pair) - 1);
    answer = dynamics_ask(&arena, mock, NULL, "GET", "WhoAmI", strbuf_text(&right), NULL);
    assert_int_equal(answer.status, 200);
    assert_string_equal(text_at(answer.json, "/UserId"), "7e4dd06f-c5b5-4ce8-a90d-0e6f5de0be0e");
    answer = dynamics_ask(&arena, mock, NULL, "GET", "WhoAmI", strbuf_text(&wrong), NULL);
    assert_int_equal(answer.status, 401);
    mocktenant_stop(mock);
    mock = azure_start("ready");
    answer = dynamics_ask(&arena, mock, NULL, "GET", "WhoAmI", strbuf_text(&right), NULL);
    assert_int_equal(answer.status, 401);
    assert_true(str_starts(answer_header(&arena, &answer, "www-authenticate"), "Bearer "));
    mocktenant_stop(mock);
}

/* 6000 requests in 300 seconds, by a window that slides. */
static void protects_itself(void **state)
{
    AUTO(arena) arena = {0};
    struct mocktenant *mock = azure_start("ready");
    const char *token = dynamics_token(&arena, mock, "app");
    struct answer answer;

    (void)state;
    for (int i = 0; i < 6000; i++) {
        AUTO(arena) scratch = {0};

        if (i == 3000) {
            azure_advance(mock, "PT100S");
        }
        answer = dynamics_ask(&scratch, mock, token, "GET", "WhoAmI", NULL, NULL);
        assert_int_equal(answer.status, 200);
    }
    answer = dynamics_ask(&arena, mock, token, "GET", "WhoAmI", NULL, NULL);
    assert_int_equal(answer.status, 429);
    assert_string_equal(dynamics_code(&answer), "0x80072322");
    assert_string_equal(answer_header(&arena, &answer, "retry-after"), "200");
    /* Another user has its own count. */
    answer = dynamics_ask(&arena, mock, dynamics_token(&arena, mock, "admin"), "GET", "WhoAmI",
                          NULL, NULL);
    assert_int_equal(answer.status, 200);
    assert_string_equal(
        answer_header(&arena, &answer, "x-ms-ratelimit-burst-remaining-xrm-requests"), "5999");
    azure_advance(mock, "PT199S");
    assert_int_equal(dynamics_ask(&arena, mock, token, "GET", "WhoAmI", NULL, NULL).status, 429);
    azure_advance(mock, "PT1S");
    answer = dynamics_ask(&arena, mock, token, "GET", "WhoAmI", NULL, NULL);
    assert_int_equal(answer.status, 200);
    assert_string_equal(
        answer_header(&arena, &answer, "x-ms-ratelimit-burst-remaining-xrm-requests"), "2999");
    mocktenant_stop(mock);
}

static void ignore(void *arg, const struct mocktenant_response *response)
{
    (void)arg;
    (void)response;
}

/* Fifty-two at once, where calls take time. */
static void bounds_what_runs_at_once(void **state)
{
    AUTO(arena) arena = {0};
    const struct mocktenant_options options = {
        .world =
            "{\"extends\":\"ready\",\"tenant\":{\"settings\":{\"latency\":{\"dataverse\":1500}}}}",
        .clock = "virtual",
        .held_by_clock = true};
    struct mocktenant *mock = tenant_start(&options);
    cJSON *page, *entry;
    const char *token = dynamics_token(&arena, mock, "app");
    int good = 0, refused = 0;
    const struct mocktenant_header headers[] = {
        {"Authorization", arena_printf(&arena, "Bearer %s", token)}};
    const struct mocktenant_request request = {.method = "GET",
                                               .host = "contoso.crm.dynamics.com",
                                               .target = "/api/data/v9.2/WhoAmI",
                                               .headers = headers,
                                               .header_count = 1};

    (void)state;
    for (int i = 0; i < 60; i++) {
        (void)mocktenant_submit(mock, &request, ignore, NULL);
    }
    azure_advance(mock, "PT2S");
    page = tenant_control(&arena, mock, "GET", "/_mock/journal?service=dataverse", NULL, 200);
    cJSON_ArrayForEach(entry, json_get(page, "entries"))
    {
        good += json_get_int(entry, "status", 0) == 200;
        refused += json_get_int(entry, "status", 0) == 429;
    }
    assert_int_equal(good, 52);
    assert_int_equal(refused, 8);
    mocktenant_stop(mock);
}

int main(void)
{
    struct CMUnitTest tests[64] = {cmocka_unit_test(challenges),
                                   cmocka_unit_test(knows_who_calls),
                                   cmocka_unit_test(acts_for_others),
                                   cmocka_unit_test(deletes_all_or_nothing),
                                   cmocka_unit_test(takes_passwords_where_switched_on),
                                   cmocka_unit_test(protects_itself),
                                   cmocka_unit_test(bounds_what_runs_at_once)};
    size_t count = CASES_LISTED(tests);

    CASES(tests, count, audiences, takes_its_own_names);
    CASES(tests, count, denials, denies);
    CASES(tests, count, permits, permits_what_a_sync_does);
    return cases_run("access", tests, count);
}
