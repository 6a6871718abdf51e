/* What a world says of organizations, what the control API shows and does, discovery, and how the
 * CRM page looks into an organization. */
#include "cases.h"
#include "dynamics.h"

#include <stdio.h>
#include <string.h>

#include "base/str.h"
#include "dataverse/model.h"
#include "server/services.h"
#include "store/load.h"
#include "store/pool.h"

#define CONTOSO "contoso.crm.dynamics.com"
#define ORGANIZATION(more)                                                                         \
    "{\"extends\":\"ready\",\"name\":\"w\",\"organizations\":[{\"host\":\"" CONTOSO "\"," more "}" \
    "]"                                                                                            \
    "}"

static int64_t rows_of(struct arena *arena, struct mocktenant *mock, const char *table)
{
    return cJSON_GetArraySize(
        json_get(tenant_control(arena, mock, "GET", arena_printf(arena, "/_mock/state/%s", table),
                                NULL, 200),
                 "rows"));
}

static const struct count_case {
    const char *name, *world, *set;
    int64_t count;
} count_cases[] = {
    {"accounts of ready", "ready", "accounts", 25},
    {"contacts of ready", "ready", "contacts", 100},
    {"leads of ready", "ready", "leads", 100},
    {"opportunities of ready", "ready", "opportunities", 20},
    {"solutions of ready", "ready", "solutions", 2},
    {"Marketo Config of ready", "ready", "mkt_marketoconfigs", 1},
    {"accounts of fresh", "fresh", "accounts", 0},
    {"leads of fresh", "fresh", "leads", 0},
    {"solutions of fresh", "fresh", "solutions", 1},
};

/* Through the Web API and through the control API. */
static void counts(void **state)
{
    const struct count_case *c = *state;
    AUTO(arena) arena = {0};
    struct mocktenant *mock = azure_start(c->world);
    struct answer answer = dynamics_ask(&arena, mock, dynamics_token(&arena, mock, "admin"), "GET",
                                        arena_printf(&arena, "%s/$count", c->set), NULL, NULL);

    assert_string_equal(answer.body, arena_printf(&arena, "\xef\xbb\xbf%lld", (long long)c->count));
    assert_int_equal(rows_of(&arena, mock, arena_printf(&arena, "dataverse/%s", c->set)), c->count);
    mocktenant_stop(mock);
}

/* Ids, names and addresses come from the seed; addresses are unique. */
static void is_reproducible(void **state)
{
    static const char *const sets[] = {"accounts", "contacts", "leads", "opportunities"};
    AUTO(arena) arena = {0};
    struct mocktenant *a = azure_start("ready"), *b = azure_start("ready"), *c;
    struct mocktenant_options other = {.world = "ready", .clock = "virtual", .seed = 2};
    const cJSON *rows, *row;
    AUTO(strbuf) seen = STRBUF(0);

    (void)state;
    c = tenant_start(&other);
    for (size_t i = 0; i < ARRAY_LEN(sets); i++) {
        const char *path = arena_printf(&arena, "/_mock/state/dataverse/%s", sets[i]);
        const char *one = json_text(&arena, tenant_control(&arena, a, "GET", path, NULL, 200));

        assert_string_equal(one,
                            json_text(&arena, tenant_control(&arena, b, "GET", path, NULL, 200)));
        assert_string_not_equal(
            one, json_text(&arena, tenant_control(&arena, c, "GET", path, NULL, 200)));
    }
    rows = json_get(tenant_control(&arena, a, "GET", "/_mock/state/dataverse/leads", NULL, 200),
                    "rows");
    cJSON_ArrayForEach(row, rows)
    {
        const char *address = arena_printf(&arena, "<%s>", json_get_text(row, "emailaddress1"));

        assert_null(strstr(strbuf_text(&seen), address));
        strbuf_add(&seen, address);
    }
    rows = json_get(tenant_control(&arena, a, "GET", "/_mock/state/dataverse/contacts", NULL, 200),
                    "rows");
    cJSON_ArrayForEach(row, rows)
    {
        assert_true(cJSON_IsString(json_get(row, "_parentcustomerid_value")));
    }
    mocktenant_stop(a);
    mocktenant_stop(b);
    mocktenant_stop(c);
}

static const struct bad_world {
    const char *name, *world;
    const char *text, *pointer;
} bad_worlds[] = {
    {"an unknown set", ORGANIZATION("\"records\":{\"nopes\":[]}"), "no table has this set",
     "/organizations/0/records/nopes"},
    {"rows that are none", ORGANIZATION("\"records\":{\"leads\":{}}"), "expected an array",
     "/organizations/0/records/leads"},
    {"a row that is none", ORGANIZATION("\"records\":{\"leads\":[1]}"), "expected an object",
     "/organizations/0/records/leads/0"},
    {"an unknown column", ORGANIZATION("\"records\":{\"leads\":[{},{\"nope\":1}]}"),
     "The property 'nope' does not exist", "/organizations/0/records/leads/1"},
    {"too many", ORGANIZATION("\"generate\":{\"leads\":2000000}"), "from 0 to 1000000",
     "/organizations/0/generate/leads"},
    {"an unknown solution", ORGANIZATION("\"solutions\":[{\"name\":\"Other\"}]"),
     "expected \"MarketoLeadManagement\"", "/organizations/0/solutions/1/name"},
    {"a version that is none",
     ORGANIZATION("\"solutions\":[{\"name\":\"MarketoLeadManagement\",\"version\":\"x\"}]"),
     "expected a version", "/organizations/0/solutions/0/version"},
    {"a user of nobody", ORGANIZATION("\"users\":[{\"roles\":[]}]"),
     "expected one of \"applicationId\" and \"userPrincipalName\"", "/organizations/0/users/3"},
    {"a user that the tenant lacks",
     ORGANIZATION("\"users\":[{\"userPrincipalName\":\"x@contoso.com\"}]"),
     "no user of the tenant is named x@contoso.com", "/organizations/0/users/3"},
    {"a role that is not there",
     ORGANIZATION(
         "\"users\":[{\"id\":\"7e4dd06f-c5b5-4ce8-a90d-0e6f5de0be0e\",\"roles\":[\"Nope\"]}]"),
     "the organization has no role \"Nope\"", "/organizations/0/users/1/roles/1"},
    {"a role twice", ORGANIZATION("\"roles\":[{\"name\":\"Basic User\"}]"), "stands twice",
     "/organizations/0/roles/0/name"},
    {"a privilege that is none",
     ORGANIZATION("\"roles\":[{\"name\":\"R\",\"privileges\":[\"x\"]}]"),
     "expected a privilege such as", "/organizations/0/roles/0/privileges/0"},
    {"a field without a prefix",
     ORGANIZATION("\"fields\":[{\"table\":\"leads\",\"field\":\"region\",\"type\":\"string\"}]"),
     "expected a name such as \"new_region\"", "/organizations/0/fields/0"},
    {"a field of no table",
     ORGANIZATION("\"fields\":[{\"table\":\"nope\",\"field\":\"new_a\",\"type\":\"string\"}]"),
     "the organization has no table \"nope\"", "/organizations/0/fields/0"},
    {"a field that is there",
     ORGANIZATION(
         "\"fields\":[{\"table\":\"leads\",\"field\":\"mkt_leadscore\",\"type\":\"string\"}]"),
     "has a field mkt_leadscore already", "/organizations/0/fields/0"},
    {"a type that is none",
     ORGANIZATION("\"fields\":[{\"table\":\"leads\",\"field\":\"new_a\",\"type\":\"tensor\"}]"),
     "expected \"string\" or", "/organizations/0/fields/0/type"},
    {"Marketo Config of nobody",
     ORGANIZATION(
         "\"solutions\":[{\"name\":\"MarketoLeadManagement\",\"config\":{\"user\":\"x\"}}]"),
     "no user of the organization has the id, address or name \"x\"",
     "/organizations/0/solutions/0/config/user"},
    {"a setting that is none", ORGANIZATION("\"settings\":{\"marketoSolution\":\"a b\"}"),
     "expected a name of letters", "/organizations/0/settings/marketoSolution"},
};

static void refuses_worlds(void **state)
{
    const struct bad_world *c = *state;
    const struct mocktenant_options options = {.world = c->world, .clock = "virtual"};
    char error[512] = "";
    struct mocktenant *mock = mocktenant_start(&options, error, sizeof error);

    assert_null(mock);
    if (strstr(error, c->text) == NULL || strstr(error, c->pointer) == NULL) {
        fail_msg("%s", error);
    }
}

/* The names that the contract fixes are settings. */
static void renames(void **state)
{
    AUTO(arena) arena = {0};
    struct mocktenant *mock = azure_start(
        "{\"extends\":\"fresh\",\"organizations\":[{\"host\":\"" CONTOSO "\",\"settings\":{"
        "\"marketoSolution\":\"Other\",\"marketoConfigTable\":\"mkt_settings\",\"marketoLogTable\":"
        "\"mkt_journal\",\"marketoUserLookup\":\"mkt_syncuser\"},\"solutions\":[{\"name\":"
        "\"Other\","
        "\"config\":{\"user\":\"admin@contoso.onmicrosoft.com\"}}]}]}");
    const char *token = dynamics_token(&arena, mock, "admin");
    struct answer answer = dynamics_ask(
        &arena, mock, token, "GET",
        "mkt_settingss?$select=mkt_name&$expand=mkt_syncuser($select=fullname)", NULL, NULL);

    (void)state;
    assert_string_equal(text_at(answer.json, "/value/0/mkt_syncuser/fullname"), "Ada Admin");
    (void)dynamics_ask(&arena, mock, token, "POST", "leads", NULL, "{}");
    answer = dynamics_ask(&arena, mock, token, "GET", "mkt_journals/$count", NULL, NULL);
    assert_string_equal(answer.body, "\xef\xbb\xbf"
                                     "1");
    mocktenant_stop(mock);
}

static void shows_other_organizations(void **state)
{
    AUTO(arena) arena = {0};
    struct mocktenant *mock = azure_start("two-organizations");
    const struct ask ask = {
        DIRECT, "GET", "fabrikam.crm.dynamics.com", "/api/data/v9.2/WhoAmI", {NULL}, NULL, 0};
    struct ask with = ask;
    struct answer token, one, two;

    (void)state;
    (void)tenant_control(&arena, mock, "POST", "/_mock/actions/salesperson/create-record",
                         "{\"table\":\"accounts\",\"set\":{\"name\":\"F\"},\"organization\":"
                         "\"fabrikam.crm.dynamics.com\"}",
                         200);
    assert_int_equal(rows_of(&arena, mock, "dataverse/accounts"), 0);
    assert_int_equal(rows_of(&arena, mock, "dataverse@fabrikam.crm.dynamics.com/accounts"), 1);
    (void)tenant_control(&arena, mock, "GET", "/_mock/state/dataverse@nope/accounts", NULL, 404);
    (void)tenant_control(&arena, mock, "GET", "/_mock/state/dataverse/nopes", NULL, 404);
    token = azure_token(&arena, mock, "/{tenant_id}/oauth2/v2.0/token",
                        "grant_type=client_credentials&client_id={admin_client_id}&client_secret="
                        "{admin_client_secret}&scope=https://fabrikam.crm.dynamics.com/.default",
                        NULL);
    with.headers[0] =
        arena_printf(&arena, "Authorization: Bearer %s", json_get_text(token.json, "access_token"));
    two = tenant_ask(&arena, mock, &with);
    assert_int_equal(two.status, 200);
    one = dynamics_ask(&arena, mock, dynamics_token(&arena, mock, "admin"), "GET", "WhoAmI", NULL,
                       NULL);
    assert_string_not_equal(text_at(one.json, "/OrganizationId"),
                            text_at(two.json, "/OrganizationId"));
    with.host = CONTOSO; /* a token of the other organization */
    assert_int_equal(tenant_ask(&arena, mock, &with).status, 401);
    mocktenant_stop(mock);
}

static void discovers(void **state)
{
    AUTO(arena) arena = {0};
    struct mocktenant *mock = azure_start("ready");
    const char *user =
        azure_user_token(&arena, mock, "https://globaldisco.crm.dynamics.com/user_impersonation");
    struct ask ask = {
        DIRECT, "GET", "globaldisco.crm.dynamics.com", "/api/discovery/v2.0/Instances", {NULL},
        NULL,   0};
    struct answer answer = tenant_ask(&arena, mock, &ask);

    (void)state;
    assert_int_equal(answer.status, 401);
    ask.headers[0] = arena_printf(&arena, "Authorization: Bearer %s", user);
    answer = tenant_ask(&arena, mock, &ask);
    assert_int_equal(answer.status, 200);
    assert_string_equal(
        text_at(answer.json, "/@odata.context"),
        "https://globaldisco.crm.dynamics.com/api/discovery/v2.0/$metadata#Instances");
    assert_string_equal(text_at(answer.json, "/value/0/Url"), "https://" CONTOSO);
    assert_string_equal(text_at(answer.json, "/value/0/ApiUrl"),
                        "https://contoso.api.crm.dynamics.com");
    assert_string_equal(text_at(answer.json, "/value/0/FriendlyName"), "Contoso");
    ask.target = arena_printf(&arena, "/api/discovery/v2.0/Instances(UniqueName='%s')?$select=Url",
                              text_at(answer.json, "/value/0/UniqueName"));
    answer = tenant_ask(&arena, mock, &ask);
    assert_string_equal(text_at(answer.json, "/Url"), "https://" CONTOSO);
    assert_null(json_get(answer.json, "Id"));
    ask.target = "/api/discovery/v2.0/Instances?$filter=UrlName%20eq%20'nope'";
    answer = tenant_ask(&arena, mock, &ask);
    assert_int_equal(cJSON_GetArraySize(json_get(answer.json, "value")), 0);
    ask.target = "/api/discovery/v2.0/Instances?$select=Nope";
    assert_int_equal(tenant_ask(&arena, mock, &ask).status, 400);
    mocktenant_stop(mock);
}

static const struct action_case {
    const char *name, *action, *body;
    int status;
    const char *code;
} action_cases[] = {
    {"a record", "salesperson/create-record",
     "{\"table\":\"leads\",\"set\":{\"lastname\":\"x\",\"mkt_leadscore\":1}}", 200, NULL},
    {"a record that is refused", "salesperson/create-record",
     "{\"table\":\"leads\",\"set\":{\"nope\":1}}", 409, "0x80048d19"},
    {"a table that is not there", "salesperson/create-record", "{\"table\":\"x\",\"set\":{}}", 409,
     "table_unknown"},
    {"a record that is not there", "salesperson/edit-record",
     "{\"table\":\"leads\",\"id\":\"x\",\"set\":{}}", 409, "record_unknown"},
    {"somebody who is not there", "salesperson/create-record",
     "{\"table\":\"leads\",\"set\":{},\"as\":\"x\"}", 409, "user_unknown"},
    {"an organization that is not there", "salesperson/create-record",
     "{\"table\":\"leads\",\"set\":{},\"organization\":\"x\"}", 409, "organization_unknown"},
    {"a role for nobody", "dynamics-admin/set-role", "{\"user\":\"x\",\"role\":\"Basic User\"}",
     409, "user_unknown"},
    {"a role that is not there", "dynamics-admin/set-role",
     "{\"user\":\"Ada Admin\",\"role\":\"x\"}", 409, "role_unknown"},
    {"a step that is not there", "dynamics-admin/set-step", "{\"step\":\"x\",\"on\":true}", 409,
     "step_unknown"},
    {"a field of an odd type", "dynamics-admin/add-field",
     "{\"table\":\"leads\",\"field\":\"new_a\",\"type\":\"x\"}", 409, "field_refused"},
    {"a missing parameter", "dynamics-admin/add-field", "{\"table\":\"leads\"}", 400,
     "bad_request"},
    {"Marketo User", "dynamics-admin/set-marketo-user", "{\"user\":\"Ada Admin\"}", 200, NULL},
    {"Marketo User is nobody", "dynamics-admin/set-marketo-user", "{}", 200, NULL},
    {"Marketo User does not exist", "dynamics-admin/set-marketo-user", "{\"user\":\"x\"}", 409,
     "user_unknown"},
    {"publish", "dynamics-admin/publish", "{}", 200, NULL},
};

static void acts(void **state)
{
    const struct action_case *c = *state;
    AUTO(arena) arena = {0};
    struct mocktenant *mock = azure_start("ready");
    int64_t before = rows_of(&arena, mock, "dataverse/leads"), after;
    cJSON *result =
        tenant_control(&arena, mock, "POST", arena_printf(&arena, "/_mock/actions/%s", c->action),
                       c->body, c->status);

    after = rows_of(&arena, mock, "dataverse/leads");
    if (c->code != NULL) {
        assert_string_equal(text_at(result, "/error/code"), c->code);
        assert_int_equal(after, before);
    } else if (str_ends(c->action, "create-record")) {
        struct answer answer = dynamics_ask(
            &arena, mock, dynamics_token(&arena, mock, "admin"), "GET",
            arena_printf(&arena, "leads(%s)?$expand=createdby", text_at(result, "/id")), NULL,
            NULL);

        assert_string_equal(text_at(answer.json, "/createdby/fullname"), "Sales Person");
        assert_int_equal(after, before + 1);
    }
    mocktenant_stop(mock);
}

/* How the CRM page looks in: a database with the world's rows. */
struct looked {
    struct arena arena;
    struct db *db;
};

static void look(struct looked *looked, const char *world)
{
    struct random random;
    struct world_load load = {.random = &random, .start_ms = 1768467600000};
    cJSON *tree = NULL;
    struct err err = {0};

    *looked = (struct looked){0};
    random_seed(&random, 1);
    load.arena = &looked->arena;
    load.secrets = json_new_object(&looked->arena);
    looked->db = store_pool_take();
    load.db = looked->db;
    if (!world_read(&looked->arena, world, NULL, &tree, &err)) {
        fail_msg("%s", err.text);
    }
    load.world = tree;
    if (!world_load(&load, &err) || !mock_dataverse.load(&load, &err)) {
        fail_msg("%s", err.text);
    }
}

static void looked_finish(struct looked *looked)
{
    store_pool_give(looked->db);
    arena_finish(&looked->arena);
}

static const struct url_case {
    const char *name, *url;
    enum dataverse_url found;
    const char *org;
} url_cases[] = {
    {"the organization", "https://contoso.crm.dynamics.com", DATAVERSE_URL_OK, CONTOSO},
    {"in capitals with a slash", "https://CONTOSO.crm.dynamics.com/", DATAVERSE_URL_OK, CONTOSO},
    {"its API address", "https://contoso.api.crm.dynamics.com", DATAVERSE_URL_OK, CONTOSO},
    {"the SOAP address", "https://contoso.api.crm.dynamics.com/XRMServices/2011/Organization.svc",
     DATAVERSE_URL_OK, CONTOSO},
    {"the other one", "https://fabrikam.crm.dynamics.com", DATAVERSE_URL_OK,
     "fabrikam.crm.dynamics.com"},
    {"the mock's own", "https://127.0.0.1:5000", DATAVERSE_URL_OK, CONTOSO},
    {"the mock's own with the service", "https://127.0.0.1:5000/XRMServices/2011/Organization.svc",
     DATAVERSE_URL_OK, CONTOSO},
    {"another port", "https://127.0.0.1:50001", DATAVERSE_URL_UNKNOWN, NULL},
    {"discovery", "https://globaldisco.crm.dynamics.com", DATAVERSE_URL_KIND, NULL},
    {"old discovery", "https://disco.crm.dynamics.com/XRMServices/2011/Discovery.svc",
     DATAVERSE_URL_KIND, NULL},
    {"the web client", "https://contoso.crm.dynamics.com/main.aspx?appid=1", DATAVERSE_URL_KIND,
     NULL},
    {"the Web API", "https://contoso.crm.dynamics.com/api/data/v9.2/", DATAVERSE_URL_KIND, NULL},
    {"nobody's", "https://nobody.crm.dynamics.com", DATAVERSE_URL_UNKNOWN, NULL},
    {"no address", "contoso", DATAVERSE_URL_UNKNOWN, NULL},
    {"nothing", "", DATAVERSE_URL_UNKNOWN, NULL},
};

static void finds_addresses(void **state)
{
    const struct url_case *c = *state;
    struct looked looked;
    const char *org = NULL;

    look(&looked, "two-organizations");
    assert_int_equal(
        dataverse_find_url(&looked.arena, looked.db, c->url, "https://127.0.0.1:5000", &org),
        c->found);
    if (c->org != NULL) {
        assert_string_equal(org, c->org);
    }
    looked_finish(&looked);
}

static void looks_into_an_organization(void **state)
{
    struct looked looked;
    struct dataverse_user user;
    struct dataverse_attribute *attributes = NULL;
    const char *name, *id;
    size_t count, found = 0;

    (void)state;
    look(&looked, "ready");
    assert_true(dataverse_org(&looked.arena, looked.db, CONTOSO, &name, &id));
    assert_string_equal(name, "Contoso");
    assert_false(dataverse_org(&looked.arena, looked.db, "x", &name, &id));
    assert_true(dataverse_user_by_application(&looked.arena, looked.db, CONTOSO,
                                              "3A09FC2B-E1D1-4EA4-95CF-CA2B19ACEA0A", &user));
    assert_string_equal(user.email, "marketo.integration@contoso.com");
    assert_string_equal(user.fullname, "# Marketo Integration");
    assert_true(user.sync_role);
    assert_false(user.administrator);
    assert_true(dataverse_user_by_name(&looked.arena, looked.db, CONTOSO,
                                       "Marketo.Sync@contoso.onmicrosoft.com", &user));
    assert_null(user.application_id);
    assert_true(
        dataverse_user_by_name(&looked.arena, looked.db, CONTOSO, "crm-admin@contoso.com", &user));
    assert_true(user.administrator);
    assert_false(dataverse_user_by_name(&looked.arena, looked.db, CONTOSO, "nobody", &user));
    assert_string_equal(
        dataverse_solution(&looked.arena, looked.db, CONTOSO, "MarketoLeadManagement"), "5.0.2.1");
    assert_null(dataverse_disabled_step(&looked.arena, looked.db, CONTOSO));
    assert_string_equal(dataverse_config_user(&looked.arena, looked.db, CONTOSO, false),
                        "8f5ee170-d6c6-4df9-ba1e-1f706ef1cf0f");
    assert_string_equal(dataverse_config_user(&looked.arena, looked.db, CONTOSO, true),
                        "8f5ee170-d6c6-4df9-ba1e-1f706ef1cf0f");
    count = dataverse_attributes(&looked.arena, looked.db, CONTOSO, "lead", &attributes);
    for (size_t i = 0; i < count; i++) {
        assert_true(i == 0 || strcmp(attributes[i - 1].name, attributes[i].name) < 0);
        if (strcmp(attributes[i].name, "mkt_leadscore") == 0) {
            assert_string_equal(attributes[i].type, "Integer");
            assert_string_equal(attributes[i].label, "Lead Score");
            assert_true(attributes[i].custom);
            found++;
        } else if (strcmp(attributes[i].name, "emailaddress1") == 0) {
            assert_string_equal(attributes[i].type, "String");
            assert_int_equal(attributes[i].max_length, 100);
            found++;
        } else if (strcmp(attributes[i].name, "fullname") == 0) {
            assert_false(attributes[i].creatable || attributes[i].updatable);
            found++;
        }
    }
    assert_int_equal(found, 3);
    assert_int_equal(dataverse_attributes(&looked.arena, looked.db, CONTOSO, "x", &attributes), 0);
    looked_finish(&looked);
    look(&looked, "fresh");
    assert_null(dataverse_solution(&looked.arena, looked.db, CONTOSO, "MarketoLeadManagement"));
    assert_null(dataverse_config_user(&looked.arena, looked.db, CONTOSO, false));
    looked_finish(&looked);
}

int main(void)
{
    struct CMUnitTest tests[96] = {cmocka_unit_test(is_reproducible), cmocka_unit_test(renames),
                                   cmocka_unit_test(shows_other_organizations),
                                   cmocka_unit_test(discovers),
                                   cmocka_unit_test(looks_into_an_organization)};
    size_t count = CASES_LISTED(tests);

    CASES(tests, count, count_cases, counts);
    CASES(tests, count, bad_worlds, refuses_worlds);
    CASES(tests, count, action_cases, acts);
    CASES(tests, count, url_cases, finds_addresses);
    return cases_run("world", tests, count);
}
