/* The token endpoint: what it answers and how it refuses. */
#include "azure.h"
#include "cases.h"
#include "shape.h"

#include <stdio.h>
#include <string.h>

#include "base/auto.h"
#include "base/crypto.h"
#include "base/str.h"

#define V2  "/{tenant_id}/oauth2/v2.0/token"
#define V1  "/{tenant_id}/oauth2/token"
#define APP "grant_type=client_credentials&client_id={client_id}&client_secret={client_secret}"
#define ROPC                                                                                       \
    "grant_type=password&client_id={client_id}&client_secret={client_secret}&username={username}"  \
    "&password={password}"
#define ORG "https://contoso.crm.dynamics.com"

/* Opaque or of the moment: only their types count. */
static const char vary[] = "access_token refresh_token id_token client_info expires_in "
                           "ext_expires_in expires_on not_before";
static const char claims_vary[] = "iat nbf exp aio rh uti sub puid";

static const struct answer_case {
    const char *name, *path, *form, *fixture;
} answer_cases[] = {
    {"client credentials", V2, APP "&scope=" ORG "/.default", "entra/token-app.json"},
    {"client_info is not answered to an application", V2,
     APP "&client_info=1&scope=" ORG "/.default", "entra/token-app.json"},
    {"unknown parameters are ignored", V2,
     APP "&x-client-SKU=msal.js.node&claims=%7B%7D&scope=" ORG "/.default", "entra/token-app.json"},
    {"by domain", "/contoso.com/oauth2/v2.0/token", APP "&scope=" ORG "/.default",
     "entra/token-app.json"},
    {"in any letter case", "/CONTOSO.com/OAuth2/v2.0/Token", APP "&scope=" ORG "/.default",
     "entra/token-app.json"},
    {"with a query", V2 "?client-request-id=1", APP "&scope=" ORG "/.default",
     "entra/token-app.json"},
    {"a password", V2, ROPC "&client_info=1&scope=" ORG "/.default+openid+profile+offline_access",
     "entra/token-user.json"},
    {"client credentials, v1", V1, APP "&resource=" ORG, "entra/token-app-v1.json"},
    {"v1 ignores scope", V1, APP "&scope=nonsense&resource=" ORG, "entra/token-app-v1.json"},
    {"a password, v1", V1, ROPC "&resource=" ORG, "entra/token-user-v1.json"},
};

static void answers(void **state)
{
    const struct answer_case *c = *state;
    AUTO(arena) arena = {0};
    struct mocktenant *mock = azure_start(NULL);
    struct answer answer = azure_token(&arena, mock, c->path, c->form, NULL);

    assert_int_equal(answer.status, 200);
    shape_assert(fixture_read(&arena, c->fixture), answer.json, SHAPE_SAME_ORDER, vary);
    mocktenant_stop(mock);
}

static const struct claims_case {
    const char *name, *form, *token, *fixture;
} claims_cases[] = {
    {"claims of an application", APP "&scope=" ORG "/.default", "access_token",
     "entra/claims-app.json"},
    {"claims of a user", ROPC "&scope=" ORG "/user_impersonation", "access_token",
     "entra/claims-user.json"},
    {"claims of an id token", ROPC "&scope=" ORG "/.default+openid", "id_token",
     "entra/claims-id.json"},
};

static void claims(void **state)
{
    const struct claims_case *c = *state;
    AUTO(arena) arena = {0};
    struct mocktenant *mock = azure_start(NULL);
    struct answer answer = azure_token(&arena, mock, V2, c->form, NULL);
    cJSON *found = azure_claims(&arena, json_get_text(answer.json, c->token));
    int64_t now_s = mocktenant_now(mock) / 1000;

    shape_assert(fixture_read(&arena, c->fixture), found, SHAPE_SAME_ORDER, claims_vary);
    assert_int_equal(int_at(found, "/iat"), now_s - 300);
    assert_int_equal(int_at(found, "/nbf"), now_s - 300);
    assert_int_equal(strlen(text_at(found, "/uti")), 22);
    if (strcmp(c->token, "access_token") == 0) {
        assert_int_equal(int_at(found, "/exp"), now_s + int_at(answer.json, "/expires_in") + 1);
    }
    mocktenant_stop(mock);
}

/* Delegated tokens live 60 to 90 minutes, those of applications one hour. */
static void lifetimes_vary_for_users_only(void **state)
{
    AUTO(arena) arena = {0};
    struct mocktenant *mock = azure_start(NULL);
    int64_t least = INT64_MAX, most = 0;

    (void)state;
    for (int i = 0; i < 40; i++) {
        struct answer user = azure_token(&arena, mock, V2, ROPC "&scope=" ORG "/.default", NULL);
        struct answer app = azure_token(&arena, mock, V2, APP "&scope=" ORG "/.default", NULL);
        int64_t life = int_at(user.json, "/expires_in");

        least = life < least ? life : least;
        most = life > most ? life : most;
        assert_int_equal(int_at(app.json, "/expires_in"), 3599);
    }
    assert_true(least >= 3599 && most <= 5399 && most - least > 600);
    mocktenant_stop(mock);
}

static const struct grant_case {
    const char *name, *form, *pointer, *value;
} grant_cases[] = {
    {"aud is what was asked for", APP "&scope=" ORG "//.default", "/aud", ORG "/"},
    {"by the API's address", APP "&scope=https://contoso.api.crm.dynamics.com/.default", "/aud",
     "https://contoso.api.crm.dynamics.com"},
    {"by the resource's id", APP "&scope=00000007-0000-0000-c000-000000000000/.default", "/aud",
     "00000007-0000-0000-c000-000000000000"},
    {"a loopback origin stands for the organization", APP "&scope=https://127.0.0.1:4711/.default",
     "/aud", "https://127.0.0.1:4711"},
    {"bare names are Graph's", ROPC "&scope=User.Read", "/aud",
     "00000003-0000-0000-c000-000000000000"},
    {"a bare .default is Graph's", APP "&scope=.default", "/aud",
     "00000003-0000-0000-c000-000000000000"},
    {"openid alone is for Graph", ROPC "&scope=openid", "/scp", "User.Read openid"},
    {"Graph's scopes with openid", ROPC "&scope=User.Read+openid+profile+email", "/scp",
     "User.Read email openid profile"},
    {"the issuer is v1's", APP "&scope=" ORG "/.default", "/iss",
     "https://sts.windows.net/6b1c5f0e-7a3d-4c55-9e2f-0d4b8a17c001/"},
    {"the user's own id", ROPC "&scope=" ORG "/user_impersonation", "/oid",
     "b2e1d4a3-6f59-4c8c-9da7-42a3f1eac202"},
    {"the principal's id, not the application's", APP "&scope=" ORG "/.default", "/oid",
     "4b1aad3c-f2e2-4fb5-a6da-db3c2abdfb0b"},
    {"roles of Graph",
     "grant_type=client_credentials&client_id={admin_client_id}&client_secret={admin_client_secret}"
     "&scope=https://graph.microsoft.com/.default",
     "/roles/0", "Application.ReadWrite.All"},
};

static void grants(void **state)
{
    const struct grant_case *c = *state;
    AUTO(arena) arena = {0};
    struct mocktenant *mock = azure_start(NULL);
    struct answer answer = azure_token(&arena, mock, V2, c->form, NULL);

    assert_string_equal(
        text_at(azure_claims(&arena, json_get_text(answer.json, "access_token")), c->pointer),
        c->value);
    mocktenant_stop(mock);
}

static const struct refusal_case {
    const char *name, *path, *form;
    int status, code;
    const char *error, *rule, *world;
} refusal_cases[] = {
    {"no grant_type", V2, "client_id={client_id}", 400, 900144, "invalid_request", "", NULL},
    {"an unknown grant", V2, "grant_type=magic", 400, 70003, "unsupported_grant_type", "", NULL},
    {"grant_type is case-sensitive", V2, "grant_type=Client_Credentials", 400, 70003,
     "unsupported_grant_type", "", NULL},
    {"a parameter twice", V2, APP "&scope=a&scope=b", 400, 9000411, "invalid_request", "", NULL},
    {"a broken escape", V2, "grant_type=%G1", 400, 9002313, "invalid_request", "", NULL},
    {"another tenant", "/fabrikam.com/oauth2/v2.0/token", APP "&scope=" ORG "/.default", 400, 90002,
     "invalid_request", "SETUP2-02", NULL},
    {"an empty GUID", "/00000000-0000-0000-0000-000000000000/oauth2/v2.0/token",
     APP "&scope=" ORG "/.default", 400, 90002, "invalid_request", "SETUP2-02", NULL},
    {"no tenant at all", "/my%20tenant/oauth2/v2.0/token", APP "&scope=" ORG "/.default", 400,
     900023, "invalid_request", "SETUP2-02", NULL},
    {"an application at common", "/common/oauth2/v2.0/token", APP "&scope=" ORG "/.default", 400,
     50059, "invalid_request", "", NULL},
    {"an application at common, as a setting says", "/common/oauth2/v2.0/token",
     APP "&scope=" ORG "/.default", 400, 700016, "unauthorized_client", "SETUP2-02",
     "{\"extends\":\"ready\",\"tenant\":{\"settings\":{\"noTenantError\":\"700016\"}}}"},
    {"a password at common", "/common/oauth2/v2.0/token", ROPC "&scope=" ORG "/.default", 400,
     9001023, "invalid_request", "", NULL},
    {"a single-tenant application at organizations", "/organizations/oauth2/v2.0/token",
     ROPC "&scope=" ORG "/.default", 400, 50194, "invalid_request", "CONF-11", NULL},
    {"a user of an unknown domain at organizations", "/organizations/oauth2/v2.0/token",
     "grant_type=password&client_id={client_id}&client_secret={client_secret}"
     "&username=a%40nowhere.example&password=x&scope=" ORG "/.default",
     400, 50128, "invalid_request", "",
     "{\"extends\":\"ready\",\"tenant\":{\"applications\":[{\"id\":"
     "\"29f8eb1a-d0c0-4df3-84be-b91a08fbd909\",\"signInAudience\":\"AzureADMultipleOrgs\"}]}}"},
    {"no scope", V2, APP, 400, 900144, "invalid_request", "", NULL},
    {"no user name", V2,
     "grant_type=password&client_id={client_id}&client_secret={client_secret}&password=x&scope=a",
     400, 900144, "invalid_request", "", NULL},
    {"no client", V2, "grant_type=client_credentials&scope=" ORG "/.default", 400, 900144,
     "invalid_request", "", NULL},
    {"an unknown client", V2,
     "grant_type=client_credentials&client_id=11111111-2222-3333-4444-555555555555&client_secret=x"
     "&scope=" ORG "/.default",
     400, 700016, "unauthorized_client", "SETUP2-02", NULL},
    {"the object id in place of the client id", V2,
     "grant_type=client_credentials&client_id=29f8eb1a-d0c0-4df3-84be-b91a08fbd909"
     "&client_secret={client_secret}&scope=" ORG "/.default",
     400, 700016, "unauthorized_client", "SETUP2-02", NULL},
    {"no credential", V2,
     "grant_type=client_credentials&client_id={client_id}&scope=" ORG "/.default", 401, 7000216,
     "invalid_client", "", NULL},
    {"no credential for a user", V2,
     "grant_type=password&client_id={client_id}&username={username}&password={password}"
     "&scope=" ORG "/.default",
     401, 7000218, "invalid_client", "", NULL},
    {"a wrong secret", V2,
     "grant_type=client_credentials&client_id={client_id}&client_secret=wrong&scope=" ORG
     "/.default",
     401, 7000215, "invalid_client", "SETUP2-06", NULL},
    {"the Secret ID in place of the secret", V2,
     "grant_type=client_credentials&client_id={client_id}"
     "&client_secret=5C2BBE4D-A3F3-4AC6-87EB-EC4D3BCEFC0C&scope=" ORG "/.default",
     401, 7000215, "invalid_client", "SETUP2-07", NULL},
    {"a wrong secret before a wrong password", V2,
     "grant_type=password&client_id={client_id}&client_secret=wrong&username={username}"
     "&password=wrong&scope=" ORG "/.default",
     401, 7000215, "invalid_client", "SETUP2-06", NULL},
    {"a secret for a public client", V2, ROPC "&scope=" ORG "/.default", 401, 700025,
     "invalid_client", "",
     "{\"extends\":\"ready\",\"tenant\":{\"applications\":[{\"id\":"
     "\"29f8eb1a-d0c0-4df3-84be-b91a08fbd909\",\"allowPublicClient\":true}]}}"},
    {"the status of an inferred error, as a setting says", V2, ROPC "&scope=" ORG "/.default", 400,
     700025, "invalid_client", "",
     "{\"extends\":\"ready\",\"tenant\":{\"settings\":{\"inferredClientErrorStatus\":\"400\"},"
     "\"applications\":[{\"id\":\"29f8eb1a-d0c0-4df3-84be-b91a08fbd909\","
     "\"allowPublicClient\":true}]}}"},
    {"no service principal", V2, APP "&scope=" ORG "/.default", 401, 7000229, "invalid_client", "",
     "{\"extends\":\"ready\",\"tenant\":{\"applications\":[{\"id\":"
     "\"29f8eb1a-d0c0-4df3-84be-b91a08fbd909\",\"servicePrincipal\":{\"present\":false}}]}}"},
    {"a disabled service principal", V2, APP "&scope=" ORG "/.default", 400, 7000112,
     "unauthorized_client", "",
     "{\"extends\":\"ready\",\"tenant\":{\"applications\":[{\"id\":"
     "\"29f8eb1a-d0c0-4df3-84be-b91a08fbd909\",\"servicePrincipal\":{\"accountEnabled\":false}}]}"
     "}"},
    {"a delegated scope for an application", V2, APP "&scope=" ORG "/user_impersonation", 400,
     1002012, "invalid_scope", "", NULL},
    {"two scopes for an application", V2, APP "&scope=" ORG "/.default+openid", 400, 1002012,
     "invalid_scope", "", NULL},
    {"no scheme", V2, ROPC "&scope=contoso.crm.dynamics.com/.default", 400, 70011, "invalid_scope",
     "", NULL},
    {".default and another scope", V2, ROPC "&scope=" ORG "/.default+" ORG "/user_impersonation",
     400, 70011, "invalid_scope", "", NULL},
    {"scopes of two resources", V2, ROPC "&scope=" ORG "/user_impersonation+User.Read", 400, 70011,
     "invalid_scope", "", NULL},
    {"an organization that is not there", V2,
     APP "&scope=https://contosso.crm.dynamics.com/.default", 400, 500011, "invalid_resource", "",
     NULL},
    {"an http address", V2, APP "&scope=http://contoso.crm.dynamics.com/.default", 400, 500011,
     "invalid_resource", "", NULL},
    {"an address encoded twice", V2,
     APP "&scope=https%253A%252F%252Fcontoso.crm.dynamics.com/.default", 400, 70011,
     "invalid_scope", "", NULL},
    {"a disabled resource", V2, APP "&scope=" ORG "/.default", 400, 500014, "invalid_resource", "",
     "{\"extends\":\"ready\",\"tenant\":{\"servicePrincipals\":[{\"appId\":"
     "\"00000007-0000-0000-c000-000000000000\",\"id\":\"9c4e18d2-6b7f-4a3c-a5d1-7e20f9b3c007\","
     "\"accountEnabled\":false}]}}"},
    {"a scope that the resource lacks", V2, ROPC "&scope=" ORG "/all", 401, 650053,
     "invalid_client", "", NULL},
    {"resource on v2", V2, APP "&resource=" ORG, 400, 901002, "invalid_request", "", NULL},
    {"no resource for a user on v1", V1, ROPC, 400, 900144, "invalid_request", "", NULL},
    {"an unknown user", V2,
     "grant_type=password&client_id={client_id}&client_secret={client_secret}"
     "&username=nobody%40contoso.com&password=x&scope=" ORG "/.default",
     400, 50034, "invalid_grant", "", NULL},
    {"DOMAIN backslash user", V2,
     "grant_type=password&client_id={client_id}&client_secret={client_secret}"
     "&username=CONTOSO%5Csync&password=x&scope=" ORG "/.default",
     400, 50034, "invalid_grant", "", NULL},
    {"a user's object id", V2,
     "grant_type=password&client_id={client_id}&client_secret={client_secret}"
     "&username=b2e1d4a3-6f59-4c8c-9da7-42a3f1eac202&password={password}&scope=" ORG "/.default",
     400, 50034, "invalid_grant", "", NULL},
    {"a wrong password", V2,
     "grant_type=password&client_id={client_id}&client_secret={client_secret}&username={username}"
     "&password=wrong&scope=" ORG "/.default",
     400, 50126, "invalid_grant", "", NULL},
    {"garbage for a refresh token", V2,
     "grant_type=refresh_token&client_id={client_id}&client_secret={client_secret}"
     "&refresh_token=garbage",
     400, 9002313, "invalid_request", "", NULL},
    {"a body in JSON", V2, "{\"grant_type\":\"client_credentials\"}", 400, 900144,
     "invalid_request", "", NULL},
};

static void refuses(void **state)
{
    const struct refusal_case *c = *state;
    AUTO(arena) arena = {0};
    struct mocktenant *mock = azure_start(c->world);
    bool json = *c->form == '{';
    const struct ask as_json = {DIRECT,
                                "POST",
                                "login.microsoftonline.com",
                                azure_fill(&arena, mock, c->path),
                                {"Content-Type: application/json"},
                                c->form,
                                0};
    struct answer answer = json ? tenant_ask(&arena, mock, &as_json)
                                : azure_token(&arena, mock, c->path, c->form, NULL);
    const char *prefix = arena_printf(&arena, "AADSTS%d: ", c->code);

    assert_int_equal(int_at(answer.json, "/error_codes/0"), c->code);
    assert_int_equal(answer.status, c->status);
    assert_string_equal(text_at(answer.json, "/error"), c->error);
    assert_true(str_starts(text_at(answer.json, "/error_description"), prefix));
    assert_null(strchr(text_at(answer.json, "/error_description"), '{') != NULL &&
                        strstr(answer.body, "{EmailHidden}") == NULL
                    ? "a brace was left"
                    : NULL);
    assert_string_equal(azure_rules(&arena, mock), c->rule);
    assert_null(answer_header(&arena, &answer, "www-authenticate"));
    mocktenant_stop(mock);
}

static const struct error_case {
    const char *name, *world, *form, *fixture;
} error_cases[] = {
    {"the body of a refusal", NULL,
     "grant_type=client_credentials&client_id={client_id}&client_secret=x&scope=" ORG "/.default",
     "entra/error.json"},
    {"a missing consent",
     "{\"extends\":\"fresh\",\"tenant\":{\"applications\":[{\"id\":"
     "\"29f8eb1a-d0c0-4df3-84be-b91a08fbd909\",\"displayName\":\"Marketo Integration\","
     "\"secrets\":[{}]}]}}",
     ROPC "&scope=" ORG "/.default", "entra/error-consent.json"},
    {"a second factor",
     "{\"extends\":\"ready\",\"tenant\":{\"users\":[{\"id\":"
     "\"b2e1d4a3-6f59-4c8c-9da7-42a3f1eac202\",\"mfa\":\"required\"}]}}",
     ROPC "&scope=" ORG "/.default", "entra/error-mfa.json"},
};

static void error_shapes(void **state)
{
    const struct error_case *c = *state;
    AUTO(arena) arena = {0};
    struct mocktenant *mock = azure_start(c->world);
    struct answer answer = azure_token(&arena, mock, V2, c->form, NULL);

    shape_assert(fixture_read(&arena, c->fixture), answer.json, SHAPE_SAME_ORDER, "claims");
    assert_string_equal(text_at(answer.json, "/trace_id"),
                        answer_header(&arena, &answer, "x-ms-request-id"));
    assert_string_equal(text_at(answer.json, "/trace_id") + 34, "00");
    mocktenant_stop(mock);
}

static void error_tail_may_be_lines(void **state)
{
    AUTO(arena) arena = {0};
    struct mocktenant *mock =
        azure_start("{\"extends\":\"ready\",\"tenant\":{\"settings\":{\"errorTail\":\"crlf\"}}}");
    struct answer answer = azure_token(&arena, mock, V2, "grant_type=x", NULL);

    (void)state;
    assert_non_null(strstr(text_at(answer.json, "/error_description"), "'x'.\r\nTrace ID: "));
    mocktenant_stop(mock);
}

/* The caller's own id comes back in the body; a header only on request. */
static void correlation_is_the_callers(void **state)
{
    static const char id[] = "11112222-3333-4444-5555-666677778888";
    AUTO(arena) arena = {0};
    struct mocktenant *mock = azure_start(NULL);
    struct ask ask = {DIRECT,
                      "POST",
                      "login.microsoftonline.com",
                      "/contoso.com/oauth2/v2.0/token",
                      {"Content-Type: application/x-www-form-urlencoded",
                       "client-request-id: 11112222-3333-4444-5555-666677778888"},
                      "grant_type=x",
                      0};
    struct answer answer = tenant_ask(&arena, mock, &ask);

    (void)state;
    assert_string_equal(text_at(answer.json, "/correlation_id"), id);
    assert_null(answer_header(&arena, &answer, "client-request-id"));
    ask.headers[2] = "return-client-request-id: true";
    answer = tenant_ask(&arena, mock, &ask);
    assert_string_equal(answer_header(&arena, &answer, "client-request-id"), id);
    mocktenant_stop(mock);
}

static void headers(void **state)
{
    AUTO(arena) arena = {0};
    struct mocktenant *mock = azure_start(NULL);
    cJSON *fixture = json_get(fixture_read(&arena, "entra/headers.json"), "token"), *wanted;
    struct answer answers_[] = {azure_token(&arena, mock, V2, APP "&scope=" ORG "/.default", NULL),
                                azure_token(&arena, mock, V2, "grant_type=x", NULL)};

    (void)state;
    for (size_t i = 0; i < ARRAY_LEN(answers_); i++) {
        cJSON_ArrayForEach(wanted, fixture)
        {
            const char *name = str_lower(arena_strdup(&arena, wanted->string));
            const char *found = answer_header(&arena, &answers_[i], name);

            assert_non_null(found);
            if (strcmp(name, "x-ms-request-id") != 0) {
                assert_string_equal(found, wanted->valuestring);
            }
        }
    }
    mocktenant_stop(mock);
}

/* As openid-client builds it: both halves are form-encoded before base64. */
static void basic_authentication(void **state)
{
    static const struct {
        const char *scheme, *more;
        int status;
    } ways[] = {{"Basic", "", 200},
                {"basic", "", 200},
                {"Basic", "&client_id={client_id}", 200},
                {"Basic", "&client_id={admin_client_id}", 401}};
    AUTO(arena) arena = {0};
    AUTO(strbuf) pair = STRBUF(0);
    AUTO(strbuf) header = STRBUF(0);
    struct mocktenant *mock = azure_start(NULL);
    const char *plain;
    struct answer answer;

    (void)state;
    plain = azure_fill(&arena, mock, "{client_id}:{client_secret}");
    for (; *plain != '\0'; plain++) { /* even what needs no escape */
        if (*plain == '-' || *plain == '~') {
            strbuf_addf(&pair, "%%%02X", (unsigned)*plain);
        } else {
            strbuf_add_char(&pair, *plain);
        }
    }
    for (size_t i = 0; i < ARRAY_LEN(ways); i++) {
        strbuf_clear(&header);
        strbuf_addf(&header, "Authorization: %s ", ways[i].scheme);
        strbuf_base64(&header, strbuf_text(&pair), pair.len);
        answer = azure_token(&arena, mock, V2,
                             arena_printf(&arena,
                                          "grant_type=client_credentials&scope=" ORG "/.default%s",
                                          ways[i].more),
                             strbuf_text(&header));
        assert_int_equal(answer.status, ways[i].status);
    }
    mocktenant_stop(mock);
}

static void only_forms_are_read(void **state)
{
    static const struct {
        const char *type;
        int status;
    } types[] = {{"Content-Type: application/x-www-form-urlencoded", 200},
                 {"Content-Type: Application/X-WWW-Form-urlencoded; charset=utf-8", 200},
                 {"Content-Type: application/x-www-form-urlencoded2", 400},
                 {"Content-Type: text/plain", 400}};
    AUTO(arena) arena = {0};
    struct mocktenant *mock = azure_start(NULL);

    (void)state;
    for (size_t i = 0; i < ARRAY_LEN(types); i++) {
        const struct ask ask = {
            DIRECT,
            "POST",
            "login.microsoftonline.com",
            azure_fill(&arena, mock, V2),
            {types[i].type},
            azure_fill(&arena, mock, APP "&scope=https://graph.microsoft.com/.default"),
            0};

        assert_int_equal(tenant_ask(&arena, mock, &ask).status, types[i].status);
    }
    mocktenant_stop(mock);
}

/* However many words: they are not compared with each other without end. */
static void a_scope_has_an_end(void **state)
{
    AUTO(arena) arena = {0};
    AUTO(strbuf) form = STRBUF(0);
    struct mocktenant *mock = azure_start(NULL);
    struct answer answer;

    (void)state;
    strbuf_add(&form, ROPC "&scope=openid");
    for (int i = 0; i < 3000; i++) {
        strbuf_addf(&form, "+word%d", i);
    }
    answer = azure_token(&arena, mock, V2, strbuf_text(&form), NULL);
    assert_int_equal(answer.status, 400);
    assert_int_equal(int_at(answer.json, "/error_codes/0"), 70011);
    mocktenant_stop(mock);
}

static void only_post(void **state)
{
    AUTO(arena) arena = {0};
    struct mocktenant *mock = azure_start(NULL);
    const struct ask ask = {DIRECT,
                            "GET",
                            "login.microsoftonline.com",
                            "/contoso.com/oauth2/v2.0/token?grant_type=client_credentials",
                            {NULL},
                            NULL,
                            0};
    struct answer answer = tenant_ask(&arena, mock, &ask);

    (void)state;
    assert_int_equal(answer.status, 400);
    assert_int_equal(int_at(answer.json, "/error_codes/0"), 900561);
    mocktenant_stop(mock);
}

/* On v1 the same code has another `error` and no suberror. */
static void v1_has_other_words(void **state)
{
    AUTO(arena) arena = {0};
    struct mocktenant *mock =
        azure_start("{\"extends\":\"ready\",\"tenant\":{\"users\":[{\"id\":"
                    "\"b2e1d4a3-6f59-4c8c-9da7-42a3f1eac202\",\"mfa\":\"unregistered\"}]}}");
    struct answer answer = azure_token(&arena, mock, V1, ROPC "&resource=" ORG, NULL);

    (void)state;
    assert_int_equal(int_at(answer.json, "/error_codes/0"), 50079);
    assert_string_equal(text_at(answer.json, "/error"), "interaction_required");
    assert_null(json_get(answer.json, "suberror"));
    mocktenant_stop(mock);
}

/* An application needs no consent for Dataverse: what it lacks shows there. */
static void applications_need_no_consent(void **state)
{
    AUTO(arena) arena = {0};
    struct mocktenant *mock = azure_start(
        "{\"extends\":\"fresh\",\"tenant\":{\"applications\":[{\"id\":"
        "\"29f8eb1a-d0c0-4df3-84be-b91a08fbd909\",\"displayName\":\"Marketo Integration\","
        "\"secrets\":[{}]}]}}");
    struct answer answer = azure_token(&arena, mock, V2, APP "&scope=" ORG "/.default", NULL);

    (void)state;
    assert_int_equal(answer.status, 200);
    assert_null(
        json_get(azure_claims(&arena, json_get_text(answer.json, "access_token")), "roles"));
    mocktenant_stop(mock);
}

/* Off unless a world switches it on. */
static void equal_requests_are_a_loop(void **state)
{
    static const char form[] = APP "&scope=" ORG "/.default";
    AUTO(arena) arena = {0};
    struct mocktenant *mock = azure_start(
        "{\"extends\":\"ready\",\"tenant\":{\"settings\":{\"requestLoopDetection\":true}}}");
    struct answer answer;

    (void)state;
    for (int i = 0; i < 14; i++) {
        answer = azure_token(&arena, mock, V2, form, NULL);
        assert_int_equal(answer.status, 200);
    }
    answer = azure_token(&arena, mock, V2, form, NULL);
    assert_int_equal(int_at(answer.json, "/error_codes/0"), 50196);
    answer = azure_token(&arena, mock, V2, APP "&scope=https://graph.microsoft.com/.default", NULL);
    assert_int_equal(answer.status, 200);
    azure_advance(mock, "PT5M");
    answer = azure_token(&arena, mock, V2, form, NULL);
    assert_int_equal(answer.status, 200);
    mocktenant_stop(mock);
}

/* The same world and seed give the same bytes, signatures included. */
static void tokens_are_reproducible(void **state)
{
    AUTO(arena) arena = {0};
    const char *bodies[2];

    (void)state;
    for (size_t i = 0; i < 2; i++) {
        struct mocktenant *mock = azure_start(NULL);

        bodies[i] = azure_token(&arena, mock, V2,
                                ROPC "&scope=" ORG "/.default+openid+offline_access", NULL)
                        .body;
        mocktenant_stop(mock);
    }
    assert_string_equal(bodies[0], bodies[1]);
}

int main(void)
{
    struct CMUnitTest tests[128] = {
        cmocka_unit_test(lifetimes_vary_for_users_only),
        cmocka_unit_test(error_tail_may_be_lines),
        cmocka_unit_test(correlation_is_the_callers),
        cmocka_unit_test(headers),
        cmocka_unit_test(basic_authentication),
        cmocka_unit_test(only_forms_are_read),
        cmocka_unit_test(a_scope_has_an_end),
        cmocka_unit_test(only_post),
        cmocka_unit_test(v1_has_other_words),
        cmocka_unit_test(applications_need_no_consent),
        cmocka_unit_test(equal_requests_are_a_loop),
        cmocka_unit_test(tokens_are_reproducible),
    };
    size_t count = CASES_LISTED(tests);

    CASES(tests, count, answer_cases, answers);
    CASES(tests, count, claims_cases, claims);
    CASES(tests, count, grant_cases, grants);
    CASES(tests, count, refusal_cases, refuses);
    CASES(tests, count, error_cases, error_shapes);
    return cases_run("token", tests, count);
}
