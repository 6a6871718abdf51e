/* The seven checks, one cause at a time. */
#include <string.h>

#include "azure.h"
#include "base/str.h"
#include "cases.h"
#include "marketo.h"
#include "shape.h"

#define PAGE "/rest/crm/v1/microsoft/"

struct check {
    const char *name;
    const char *changes;  /* members that replace those of good credentials: 'name':value, … */
    const char *outcomes; /* p passed, f failed, n not reached */
    const char *cause;    /* of the first that failed */
};

static const struct check checks[] = {
    {"everything right", "", "ppppppp", NULL},
    {"the API host", "'organizationUrl':'https://contoso.api.crm.dynamics.com'", "ppppppp", NULL},
    {"the Organization Service",
     "'organizationUrl':'https://contoso.crm.dynamics.com/XRMServices/2011/Organization.svc'",
     "ppppppp", NULL},
    {"an unknown organization", "'organizationUrl':'https://nosuch.crm.dynamics.com'", "fnnnnnn",
     "url_unknown"},
    {"no address", "'organizationUrl':'contoso'", "fnnnnnn", "url_unknown"},
    {"a discovery host", "'organizationUrl':'https://globaldisco.crm.dynamics.com'", "fnnnnnn",
     "url_kind"},
    {"the web client's address", "'organizationUrl':'https://contoso.crm.dynamics.com/main.aspx'",
     "fnnnnnn", "url_kind"},
    {"a wrong secret", "'clientSecret':'nonsense'", "pfnnnnn", "bad_secret"},
    {"the Secret ID", "'clientSecret':'5c2bbe4d-a3f3-4ac6-87eb-ec4d3bcefc0c'", "pfnnnnn",
     "secret_id"},
    {"another tenant", "'tenantId':'<client_id>'", "pfnnnnn", "tenant_unknown"},
    {"a tenant that is none", "'tenantId':'?'", "pfnnnnn", "tenant_unknown"},
    {"no single tenant", "'tenantId':'common'", "pfnnnnn", "tenant_unknown"},
    {"an unknown client", "'clientId':'<tenant_id>'", "pfnnnnn", "client_unknown"},
    {"an application without a user",
     "'clientId':'<admin_client_id>',"
     "'clientSecret':'<admin_client_secret>'",
     "pfnnnnn", "user_mismatch"},
    {"another user name", "'username':'someone@contoso.com'", "pfnnnnn", "user_mismatch"},
    {"DOMAIN and user", "'username':'CONTOSO\\\\integration'", "pfnnnnn", "user_mismatch"},
    {"a user name in capitals", "'username':'MARKETO.INTEGRATION@CONTOSO.COM'", "ppppppp", NULL},
    {"a password, of the user", "'authMethod':'ropc','username':'<username>'", "ppppppf",
     "config_other_user"},
    {"a password, without a tenant", "'authMethod':'ropc','username':'<username>','tenantId':null",
     "ppppppf", "config_other_user"},
    {"a wrong password", "'authMethod':'ropc','username':'<username>','password':'x'", "pfnnnnn",
     "bad_password"},
    {"an unknown user", "'authMethod':'ropc','username':'nobody@contoso.onmicrosoft.com'",
     "pfnnnnn", "bad_password"},
    {"Basic, where it is off", "'authMethod':'basic','username':'<username>'", "pfnnnnn",
     "basic_off"},
};

static cJSON *credentials(struct arena *arena, struct mocktenant *mock, const char *changes)
{
    static const char good[] =
        "{'organizationUrl':'https://<org_host>','authMethod':'s2s','username':'<app_user>',"
        "'password':'<password>','clientId':'<client_id>','tenantId':'<tenant_id>',"
        "'clientSecret':'<client_secret>'}";
    const char *text = mkto_fill(arena, mock, good, NULL, false);
    const char *more = arena_printf(arena, "{%s}", mkto_fill(arena, mock, changes, NULL, false));
    cJSON *body = NULL, *change = NULL, *item;
    struct err err;

    assert_true(json_parse(arena, text, strlen(text), JSON_PLAIN, &body, &err));
    assert_true(json_parse(arena, more, strlen(more), JSON_PLAIN, &change, &err));
    cJSON_ArrayForEach(item, change)
    {
        cJSON_ReplaceItemInObjectCaseSensitive(body, item->string, cJSON_Duplicate(item, true));
    }
    return body;
}

static void assert_marks(const cJSON *result, const char *outcomes, const char *cause)
{
    static const char *const words[] = {"p passed", "f failed", "n not_reached"};
    bool seen = false;

    assert_int_equal(cJSON_GetArraySize(result), 7);
    for (int i = 0; i < 7; i++) {
        const cJSON *mark = cJSON_GetArrayItem(result, i);

        assert_int_equal(int_at(mark, "/check"), i + 1);
        for (size_t w = 0; w < ARRAY_LEN(words); w++) {
            if (words[w][0] == outcomes[i]) {
                assert_string_equal(text_at(mark, "/outcome"), words[w] + 2);
            }
        }
        assert_int_equal(cJSON_IsString(json_get(mark, "fix")), outcomes[i] == 'f');
        if (outcomes[i] == 'f' && !seen) {
            assert_string_equal(text_at(mark, "/cause"), cause);
            seen = true;
        }
    }
}

/* What validating leaves behind: nothing, wherever one looks. */
static const char *everything(struct arena *arena, struct mocktenant *mock)
{
    static const char *const tables[] = {"marketo/connection", "marketo/leads", "marketo/mail",
                                         "graph/applications", "graph/users"};
    AUTO(strbuf) all = STRBUF(0);

    for (size_t i = 0; i < ARRAY_LEN(tables); i++) {
        cJSON *rows = tenant_control(arena, mock, "GET",
                                     arena_printf(arena, "/_mock/state/%s", tables[i]), NULL, 200);

        strbuf_add(&all, json_text(arena, rows));
    }
    return arena_strdup(arena, strbuf_text(&all));
}

static void judges(void **state)
{
    const struct check *c = *state;
    struct mocktenant *mock = mkto_start("ready");
    AUTO(arena) arena = {0};
    const char *body = json_text(&arena, credentials(&arena, mock, c->changes));
    const char *before = everything(&arena, mock);
    struct answer answer = mkto_ask(&arena, mock, "connector", "POST", PAGE "validate.json", body);

    assert_marks(json_get(answer.json, "result"), c->outcomes, c->cause);
    answer = mkto_ask(&arena, mock, "connector", "POST", PAGE "auth/validate.json", body);
    assert_marks(json_get(answer.json, "result"), c->outcomes, c->cause);
    assert_string_equal(everything(&arena, mock), before);
    mocktenant_stop(mock);
}

/* Ten wrong passwords at the page lock nobody: it only looks. */
static void locks_nobody(void **state)
{
    struct mocktenant *mock = mkto_start("ready");
    AUTO(arena) arena = {0};

    (void)state;
    for (int i = 0; i < 12; i++) {
        const char *changes = arena_printf(
            &arena, "'authMethod':'ropc','username':'<username>','password':'wrong %d'", i);
        const char *body = json_text(&arena, credentials(&arena, mock, changes));

        assert_marks(
            json_get(mkto_ask(&arena, mock, "connector", "POST", PAGE "validate.json", body).json,
                     "result"),
            "pfnnnnn", "bad_password");
    }
    assert_marks(json_get(mkto_ask(&arena, mock, "connector", "POST", PAGE "validate.json",
                                   json_text(&arena, credentials(&arena, mock,
                                                                 "'authMethod':'ropc','username':"
                                                                 "'<username>'")))
                              .json,
                          "result"),
                 "ppppppf", "config_other_user");
    mocktenant_stop(mock);
}

struct prepared {
    const char *name, *advance; /* NULL: time stands still */
    const char *action, *with;  /* NULL: none */
    const char *changes, *outcomes, *cause;
};

static const struct prepared prepared[] = {
    {"an expired secret", "P2Y1D", NULL, NULL, "", "pfnnnnn", "secret_expired"},
    {"a second factor", NULL, "azure-admin/require-mfa",
     "{\"user\":\"marketo.sync@contoso.onmicrosoft.com\"}",
     "'authMethod':'ropc','username':'<username>'", "pfnnnnn", "mfa_required"},
    {"a disabled application", NULL, "azure-admin/disable-application",
     "{\"application\":\"Marketo Integration\"}", "", "pfnnnnn", "client_disabled"},
    {"the role is missing", NULL, "dynamics-admin/set-role",
     "{\"user\":\"marketo.integration@contoso.com\",\"role\":\"Marketo Sync User\",\"on\":false}",
     "", "ppfpppp", "role_missing"},
};

static void judges_what_was_prepared(void **state)
{
    const struct prepared *c = *state;
    struct mocktenant *mock = mkto_start("ready");
    AUTO(arena) arena = {0};
    struct answer answer;

    if (c->advance != NULL) {
        azure_advance(mock, c->advance);
    }
    if (c->action != NULL) {
        (void)tenant_control(&arena, mock, "POST",
                             arena_printf(&arena, "/_mock/actions/%s", c->action), c->with, 200);
    }
    answer = mkto_ask(&arena, mock, "connector", "POST", PAGE "validate.json",
                      json_text(&arena, credentials(&arena, mock, c->changes)));
    assert_marks(json_get(answer.json, "result"), c->outcomes, c->cause);
    mocktenant_stop(mock);
}

/* VALID-08: an administrator's consent, or for a password the sync user's own. */
static void consent_shows_at_the_third(void **state)
{
    static const char *const changes[] = {"", "'authMethod':'ropc','username':'<username>'"};
    static const char *const outcomes[] = {"ppfpppp", "ppfpppf"};
    struct mocktenant *mock = mkto_start("ready");
    AUTO(arena) arena = {0};
    const char *token = azure_admin_token(&arena, mock);
    const cJSON *grants =
        json_get(azure_graph(&arena, mock, token, "GET",
                             "/v1.0/servicePrincipals/4b1aad3c-f2e2-4fb5-a6da-db3c2abdfb0b/"
                             "oauth2PermissionGrants",
                             NULL)
                     .json,
                 "value");
    const cJSON *grant;

    (void)state;
    assert_int_equal(cJSON_GetArraySize(grants), 2);
    cJSON_ArrayForEach(grant, grants)
    {
        const char *target =
            arena_printf(&arena, "/v1.0/oauth2PermissionGrants/%s", json_get_text(grant, "id"));

        assert_int_equal(azure_graph(&arena, mock, token, "DELETE", target, NULL).status, 204);
    }
    for (size_t i = 0; i < ARRAY_LEN(changes); i++) {
        const char *body = json_text(&arena, credentials(&arena, mock, changes[i]));

        assert_marks(
            json_get(mkto_ask(&arena, mock, "connector", "POST", PAGE "validate.json", body).json,
                     "result"),
            outcomes[i], "consent_missing");
    }
    mocktenant_stop(mock);
}

static void shape_fits(void **state)
{
    struct mocktenant *mock = mkto_start("ready");
    AUTO(arena) arena = {0};

    (void)state;
    shape_assert(fixture_read(&arena, "marketo/page-validate.json"),
                 mkto_ask(&arena, mock, "connector", "POST", PAGE "validate.json",
                          json_text(&arena, credentials(&arena, mock, "'clientSecret':'x'")))
                     .json,
                 SHAPE_SAME_ORDER, "requestId");
    mocktenant_stop(mock);
}

int main(void)
{
    struct CMUnitTest tests[50];
    size_t count = 0;

    CASES(tests, count, checks, judges);
    CASES(tests, count, prepared, judges_what_was_prepared);
    tests[count++] = (struct CMUnitTest)cmocka_unit_test(consent_shows_at_the_third);
    tests[count++] = (struct CMUnitTest)cmocka_unit_test(locks_nobody);
    tests[count++] = (struct CMUnitTest)cmocka_unit_test(shape_fits);
    return cases_run("checks", tests, count);
}
