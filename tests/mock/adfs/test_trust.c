/* AD FS: metadata, WS-Trust with a password, and how it says no. */
#include "cases.h"
#include "federation.h"
#include "xml_shape.h"

#include <string.h>

#include "base/str.h"

static struct mocktenant *start(const char *world)
{
    return azure_start(world != NULL ? world : "federated");
}

static void the_metadata_names_both_endpoints(void **state)
{
    AUTO(arena) arena = {0};
    struct mocktenant *mock = start(NULL);
    const struct ask ask = {DIRECT, "GET", "sts.contoso.com", "/adfs/services/trust/mex", {NULL},
                            NULL,   0};
    struct answer answer = tenant_ask(&arena, mock, &ask);

    (void)state;
    assert_int_equal(answer.status, 200);
    assert_string_equal(answer_header(&arena, &answer, "content-type"), "text/xml; charset=utf-8");
    xml_shape_assert(fixture_text(&arena, "adfs/mex.xml"), answer.body);
    mocktenant_stop(mock);
}

static const struct issue_case {
    const char *name;
    enum trust version;
    const char *fixture;
} issue_cases[] = {
    {"version 1.3", TRUST_13, "adfs/rstr-13.xml"},
    {"version February 2005", TRUST_2005, "adfs/rstr-2005.xml"},
};

static void issues(void **state)
{
    const struct issue_case *c = *state;
    AUTO(arena) arena = {0};
    struct mocktenant *mock = start(NULL);
    struct answer answer =
        trust_ask(&arena, mock, c->version, trust_request(&arena, mock, c->version));

    assert_int_equal(answer.status, 200);
    assert_string_equal(answer_header(&arena, &answer, "content-type"),
                        "application/soap+xml; charset=utf-8");
    xml_shape_assert(fixture_text(&arena, c->fixture), answer.body);
    xml_shape_assert(fixture_text(&arena, "adfs/assertion-1.1.xml"),
                     trust_assertion(&arena, &answer));
    mocktenant_stop(mock);
}

#define SAML2      "{\"extends\":\"federated\",\"tenant\":{\"federation\":{\"token\":\"saml2.0\"}}}"
#define TYPE(text) "<wst:TokenType>" text "</wst:TokenType><wst:KeyType>"

static const struct type_case {
    const char *name, *world, *replaces;
    bool saml2;
} type_cases[] = {
    {"the realm's usual one", NULL, "<wst:KeyType>", false},
    {"SAML 2.0 as the realm's usual one", SAML2, "<wst:KeyType>", true},
    {"SAML 2.0 that is asked for", NULL, TYPE("urn:oasis:names:tc:SAML:2.0:assertion"), true},
    {"SAML 2.0 by its other name", NULL,
     TYPE("http://docs.oasis-open.org/wss/oasis-wss-saml-token-profile-1.1#SAMLV2.0"), true},
    {"SAML 1.1 that is asked for", SAML2, TYPE("urn:oasis:names:tc:SAML:1.0:assertion"), false},
};

static void types(void **state)
{
    const struct type_case *c = *state;
    AUTO(arena) arena = {0};
    struct mocktenant *mock = start(c->world);
    char *body =
        text_replace(&arena, trust_request(&arena, mock, TRUST_13), "<wst:KeyType>", c->replaces);
    struct answer answer = trust_ask(&arena, mock, TRUST_13, body);

    xml_shape_assert(
        fixture_text(&arena, c->saml2 ? "adfs/assertion-2.0.xml" : "adfs/assertion-1.1.xml"),
        trust_assertion(&arena, &answer));
    mocktenant_stop(mock);
}

static const struct fault_case {
    const char *name, *from, *to; /* changed in the request; NULL: a password that is wrong */
    const char *subcode;
} fault_cases[] = {
    {"a wrong password", "</wsse:Password>", "x</wsse:Password>", "FailedAuthentication"},
    {"an unknown user", "marketo.sync@contoso.com", "nobody@contoso.com", "FailedAuthentication"},
    {"a user of the managed domain", "marketo.sync@contoso.com", "admin@contoso.onmicrosoft.com",
     "FailedAuthentication"},
    {"no password", "wsse:Password>", "wsse:Nothing>", "InvalidSecurity"},
    {"two user names", "<wsse:Password>", "<wsse:Username>x</wsse:Username><wsse:Password>",
     "InvalidSecurity"},
    {"a password digest", "<wsse:Password>",
     "<wsse:Password Type='http://docs.oasis-open.org/wss/2004/01/"
     "oasis-200401-wss-username-token-profile-1.0#PasswordDigest'>",
     "InvalidSecurity"},
    {"a message that is over", "09:10:00Z", "08:54:59Z", "InvalidSecurity"},
    {"a message of the future", "<wsu:Created>2026-01-15T09:00:00Z",
     "<wsu:Created>2026-01-15T09:05:01Z", "InvalidSecurity"},
    {"no time", "wsu:Timestamp", "wsu:Nothing", "InvalidSecurity"},
    {"another action", "RST/Issue</wsa:Action>", "RST/Renew</wsa:Action>", "ActionNotSupported"},
    {"the action of the other version", "ws-trust/200512/RST/Issue</wsa:Action>",
     "ws-trust/2005/RST/Issue</wsa:Action>", "ActionNotSupported"},
    {"another request", "200512/Issue</wst:RequestType>", "200512/Renew</wst:RequestType>",
     "InvalidRequest"},
    {"a token with a key", "200512/Bearer</wst:KeyType>", "200512/SymmetricKey</wst:KeyType>",
     "InvalidRequest"},
    {"nothing asked for", "wst:RequestSecurityToken", "wst:Nothing", "InvalidRequest"},
    {"another relying party", "urn:federation:MicrosoftOnline", "urn:somebody:else",
     "RequestFailed"},
};

static void faults(void **state)
{
    const struct fault_case *c = *state;
    AUTO(arena) arena = {0};
    struct mocktenant *mock = start(NULL);
    char *body = text_replace(&arena, trust_request(&arena, mock, TRUST_13), c->from, c->to);
    struct answer answer = trust_ask(&arena, mock, TRUST_13, body);

    assert_int_equal(answer.status, 500);
    assert_string_equal(answer_header(&arena, &answer, "content-type"),
                        "application/soap+xml; charset=utf-8");
    assert_non_null(strstr(answer.body, arena_printf(&arena, ">a:%s<", c->subcode)));
    if (strcmp(c->subcode, "FailedAuthentication") == 0) {
        xml_shape_assert(fixture_text(&arena, "adfs/fault.xml"), answer.body);
    }
    assert_null(strstr(answer.body, tenant_key(&arena, mock, "password")));
    mocktenant_stop(mock);
}

/* A disabled account and a wrong password are one and the same, byte for byte but for nothing. */
static void a_disabled_account_looks_like_a_wrong_password(void **state)
{
    AUTO(arena) arena = {0};
    struct mocktenant *mock =
        start("{\"extends\":\"federated\",\"tenant\":{\"users\":[{\"id\":"
              "\"b2e1d4a3-6f59-4c8c-9da7-42a3f1eac202\",\"accountEnabled\":false}]}}");
    char *body = trust_request(&arena, mock, TRUST_13);
    struct answer disabled = trust_ask(&arena, mock, TRUST_13, body);
    struct answer wrong =
        trust_ask(&arena, mock, TRUST_13,
                  text_replace(&arena, body, "</wsse:Password>", "x</wsse:Password>"));

    (void)state;
    assert_int_equal(disabled.status, 500);
    assert_string_equal(disabled.body, wrong.body);
    assert_string_equal(disabled.headers, wrong.headers);
    mocktenant_stop(mock);
}

static const struct page_case {
    const char *name, *method, *host, *target, *type, *body;
    int status;
} page_cases[] = {
    {"a GET", "GET", "sts.contoso.com", "/adfs/services/trust/13/usernamemixed", NULL, NULL, 405},
    {"another path", "GET", "sts.contoso.com", "/adfs/ls/", NULL, NULL, 404},
    {"JSON", "POST", "sts.contoso.com", "/adfs/services/trust/13/usernamemixed",
     "Content-Type: application/json", "{}", 415},
    {"no XML", "POST", "sts.contoso.com", "/adfs/services/trust/13/usernamemixed",
     "Content-Type: application/soap+xml", "x", 400},
    {"nothing", "POST", "sts.contoso.com", "/adfs/services/trust/13/usernamemixed",
     "Content-Type: application/soap+xml", "", 400},
    {"another root", "POST", "sts.contoso.com", "/adfs/services/trust/13/usernamemixed",
     "Content-Type: application/soap+xml", "<a/>", 400},
    {"a document type", "POST", "sts.contoso.com", "/adfs/services/trust/13/usernamemixed",
     "Content-Type: application/soap+xml",
     "<!DOCTYPE s [<!ENTITY x SYSTEM \"file:///etc/passwd\">]>"
     "<s:Envelope xmlns:s=\"http://www.w3.org/2003/05/soap-envelope\">&x;</s:Envelope>",
     400},
    {"metadata below a loopback origin", "GET", NULL, "/adfs/services/trust/mex", NULL, NULL, 200},
};

static void pages(void **state)
{
    const struct page_case *c = *state;
    AUTO(arena) arena = {0};
    struct mocktenant *mock = start(NULL);
    const struct ask ask = {DIRECT, c->method, c->host, c->target, {c->type}, c->body, 0};

    assert_int_equal(tenant_ask(&arena, mock, &ask).status, c->status);
    mocktenant_stop(mock);
}

/* A tenant without a federation has no such server. */
static void without_a_federation_nothing_is_there(void **state)
{
    AUTO(arena) arena = {0};
    struct mocktenant *mock = start("ready");
    const struct ask ask = {DIRECT, "GET", NULL, "/adfs/services/trust/mex", {NULL}, NULL, 0};

    (void)state;
    assert_int_equal(tenant_ask(&arena, mock, &ask).status, 404);
    mocktenant_stop(mock);
}

static void nothing_secret_is_in_the_journal(void **state)
{
    AUTO(arena) arena = {0};
    struct mocktenant *mock = start(NULL);
    char *body = trust_request(&arena, mock, TRUST_13);
    struct answer answer = trust_ask(&arena, mock, TRUST_13, body);
    char *assertion = trust_assertion(&arena, &answer);
    const char *value = strstr(assertion, "<ds:SignatureValue>") + strlen("<ds:SignatureValue>");
    struct answer token = federation_redeem(&arena, mock, "saml1_1-bearer", assertion);
    char *journal =
        json_text(&arena, tenant_control(&arena, mock, "GET", "/_mock/journal", NULL, 200));

    (void)state;
    assert_int_equal(token.status, 200);
    assert_null(strstr(journal, tenant_key(&arena, mock, "password")));
    assert_null(strstr(journal, arena_dup(&arena, value, 40)));
    assert_non_null(strstr(journal, "/adfs/services/trust/13/usernamemixed"));
    mocktenant_stop(mock);
}

/* They would be compared in pairs. */
static void many_attributes_are_no_message(void **state)
{
    AUTO(arena) arena = {0};
    AUTO(strbuf) body = STRBUF(0);
    struct mocktenant *mock = start(NULL);

    (void)state;
    strbuf_add(&body, "<s:Envelope xmlns:s=\"http://www.w3.org/2003/05/soap-envelope\"");
    for (int i = 0; i < 5000; i++) {
        strbuf_addf(&body, " a%d=''", i);
    }
    strbuf_add(&body, "/>");
    assert_int_equal(trust_ask(&arena, mock, TRUST_13, strbuf_text(&body)).status, 400);
    mocktenant_stop(mock);
}

int main(void)
{
    struct CMUnitTest tests[64] = {
        cmocka_unit_test(the_metadata_names_both_endpoints),
        cmocka_unit_test(a_disabled_account_looks_like_a_wrong_password),
        cmocka_unit_test(without_a_federation_nothing_is_there),
        cmocka_unit_test(nothing_secret_is_in_the_journal),
        cmocka_unit_test(many_attributes_are_no_message),
    };
    size_t count = CASES_LISTED(tests);

    CASES(tests, count, issue_cases, issues);
    CASES(tests, count, type_cases, types);
    CASES(tests, count, fault_cases, faults);
    CASES(tests, count, page_cases, pages);
    return cases_run("trust", tests, count);
}
