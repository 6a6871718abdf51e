/*
 * A user of a federated domain: the password at Azure AD, by policy and synchronized hash; and the
 * assertion of AD FS, with everything about it that must be right.
 */
#include "cases.h"
#include "federation.h"
#include "shape.h"
#include "xml_shape.h"

#include <string.h>

#include "adfs/assertion.h"
#include "base/str.h"

#define ALLOW "{\"HomeRealmDiscoveryPolicy\":{\"AllowCloudPasswordValidation\":true}}"
#define DENY  "{\"HomeRealmDiscoveryPolicy\":{\"AllowCloudPasswordValidation\":false}}"
#define BARE  "{\"AllowCloudPasswordValidation\":true}"
#define STEER "{\"HomeRealmDiscoveryPolicy\":{\"AccelerateToFederatedDomain\":true}}"
#define USER  "b2e1d4a3-6f59-4c8c-9da7-42a3f1eac202"
#define OF(federation, user)                                                                       \
    "{\"extends\":\"federated\",\"tenant\":{\"federation\":{" federation                           \
    "},\"users\":[{\"id\":\"" USER "\"" user "}]}}"

/* The AADSTS code of an answer; 0: tokens. */
static int64_t code_of(const struct answer *answer)
{
    return answer->status == 200 ? 0 : int_at(answer->json, "/error_codes/0");
}

enum attach { NOT, TO_PRINCIPAL, AS_DEFAULT, TO_NOTHING };

static const struct password_case {
    const char *name, *world, *definition;
    enum attach attach;
    const char *password; /* NULL: the one that AD FS takes */
    int64_t code;
} password_cases[] = {
    {"no policy, no hash", "federated", NULL, NOT, NULL, 50126},
    {"no policy, a hash", "federated-hash-sync", NULL, NOT, NULL, 50126},
    {"a policy, no hash", "federated", ALLOW, TO_PRINCIPAL, NULL, 50126},
    {"a policy, no hash, as a setting says",
     "{\"extends\":\"federated\",\"tenant\":{\"settings\":{\"federatedWithoutHash\":\"50056\"}}}",
     ALLOW, TO_PRINCIPAL, NULL, 50056},
    {"a policy and a hash", "federated-hash-sync", ALLOW, TO_PRINCIPAL, NULL, 0},
    {"a policy and a hash, a wrong password", "federated-hash-sync", ALLOW, TO_PRINCIPAL, "wrong",
     50126},
    {"the policy of the organization", "federated-hash-sync", ALLOW, AS_DEFAULT, NULL, 0},
    {"a policy that is attached to nothing", "federated-hash-sync", ALLOW, TO_NOTHING, NULL, 50126},
    {"a policy that says no", "federated-hash-sync", DENY, TO_PRINCIPAL, NULL, 50126},
    {"a definition without its outer object", "federated-hash-sync", BARE, TO_PRINCIPAL, NULL,
     50126},
    {"a policy that only steers the page", "federated-hash-sync", STEER, TO_PRINCIPAL, NULL, 50126},
    {"an old hash, the new password",
     OF("\"passwordHashSync\":true", ",\"cloudPassword\":\"Old-one-7\""), ALLOW, TO_PRINCIPAL, NULL,
     50126},
    {"an old hash, the old password",
     OF("\"passwordHashSync\":true", ",\"cloudPassword\":\"Old-one-7\""), ALLOW, TO_PRINCIPAL,
     "Old-one-7", 0},
    {"an old hash that stayed after the synchronization was switched off",
     OF("", ",\"cloudPassword\":\"Old-one-7\""), ALLOW, TO_PRINCIPAL, "Old-one-7", 0},
    {"a synchronized password does not expire",
     OF("\"passwordHashSync\":true", ",\"passwordLifetime\":\"PT0S\""), ALLOW, TO_PRINCIPAL, NULL,
     0},
    {"a disabled account", OF("\"passwordHashSync\":true", ",\"accountEnabled\":false"), ALLOW,
     TO_PRINCIPAL, NULL, 50057},
    {"a second factor", OF("\"passwordHashSync\":true", ",\"mfa\":\"required\""), ALLOW,
     TO_PRINCIPAL, NULL, 50076},
    {"a second factor does not show without a policy",
     OF("\"passwordHashSync\":true", ",\"mfa\":\"required\""), NULL, NOT, NULL, 50126},
};

static void passwords(void **state)
{
    const struct password_case *c = *state;
    AUTO(arena) arena = {0};
    struct mocktenant *mock = azure_start(c->world);
    struct answer answer;

    if (c->attach == TO_PRINCIPAL) {
        federation_policy(&arena, mock, c->definition);
    } else if (c->attach != NOT) {
        (void)federation_policy_new(&arena, mock, c->definition, c->attach == AS_DEFAULT);
    }
    answer = federation_password(&arena, mock, c->password);
    assert_int_equal(code_of(&answer), c->code);
    mocktenant_stop(mock);
}

/* The managed domain of the same tenant is not affected. */
static void a_cloud_only_user_needs_no_policy(void **state)
{
    AUTO(arena) arena = {0};
    struct mocktenant *mock =
        azure_start("{\"extends\":\"federated\",\"tenant\":{\"users\":[{\"id\":"
                    "\"a1d0c3f2-5e48-4b7b-8c96-31f2e0d9b101\",\"password\":\"Cloud-7x\"}]}}");
    struct answer answer =
        azure_token(&arena, mock, "/contoso.com/oauth2/v2.0/token",
                    "grant_type=password&client_id={client_id}&client_secret={client_secret}"
                    "&username=admin@contoso.onmicrosoft.com&password=Cloud-7x"
                    "&scope=https://contoso.crm.dynamics.com/.default",
                    NULL);

    (void)state;
    assert_int_equal(code_of(&answer), 0);
    mocktenant_stop(mock);
}

static void a_refusal_for_want_of_a_policy_cites_the_rule(void **state)
{
    AUTO(arena) arena = {0};
    struct mocktenant *mock = azure_start("federated");

    (void)state;
    (void)federation_password(&arena, mock, NULL);
    assert_string_equal(azure_rules(&arena, mock), "SETUP2-18");
    mocktenant_stop(mock);
}

/* Without a policy the cloud checks nothing, so nobody can be locked out through it. */
static void without_a_policy_nobody_is_locked(void **state)
{
    AUTO(arena) arena = {0};
    struct mocktenant *mock = azure_start("federated-hash-sync");
    struct answer answer;

    (void)state;
    for (int i = 0; i < 12; i++) {
        answer = federation_password(&arena, mock, arena_printf(&arena, "wrong%d", i));
        assert_int_equal(code_of(&answer), 50126);
    }
    federation_policy(&arena, mock, ALLOW);
    answer = federation_password(&arena, mock, NULL);
    assert_int_equal(code_of(&answer), 0);
    mocktenant_stop(mock);
}

static void change_password(struct arena *arena, struct mocktenant *mock, const char *password)
{
    (void)tenant_control(arena, mock, "POST", "/_mock/actions/adfs-admin/change-password",
                         arena_printf(arena,
                                      "{\"user\":\"marketo.sync@contoso.com\",\"password\":\"%s\"}",
                                      password),
                         200);
}

static void a_policy_may_be_seen_late(void **state)
{
    AUTO(arena) arena = {0};
    struct mocktenant *mock =
        azure_start("{\"extends\":\"federated-hash-sync\",\"tenant\":{\"settings\":"
                    "{\"policyDelay\":\"PT10M\"}}}");
    struct answer answer;

    (void)state;
    federation_policy(&arena, mock, ALLOW);
    azure_advance(mock, "PT599S");
    answer = federation_password(&arena, mock, NULL);
    assert_int_equal(code_of(&answer), 50126);
    azure_advance(mock, "PT1S");
    answer = federation_password(&arena, mock, NULL);
    assert_int_equal(code_of(&answer), 0);
    mocktenant_stop(mock);
}

/* On premises at once, in the cloud later; then the old password and its refresh tokens are dead.
 */
static void a_changed_password_reaches_the_cloud_late(void **state)
{
    AUTO(arena) arena = {0};
    struct mocktenant *mock = azure_start(
        "{\"extends\":\"federated-hash-sync\",\"tenant\":{\"settings\":{\"passwordSyncDelay\":"
        "\"PT2M\"}}}");
    struct answer answer;
    const char *refresh;

    (void)state;
    federation_policy(&arena, mock, ALLOW);
    answer = federation_password(&arena, mock, NULL);
    refresh = json_get_text(answer.json, "refresh_token");
    azure_advance(mock, "PT1S");
    change_password(&arena, mock, "New-one-7");
    answer = trust_ask(&arena, mock, TRUST_13, trust_request(&arena, mock, TRUST_13));
    assert_int_equal(answer.status, 500);
    azure_advance(mock, "PT119S");
    answer = federation_password(&arena, mock, "New-one-7");
    assert_int_equal(code_of(&answer), 50126);
    answer = federation_password(&arena, mock, NULL);
    assert_int_equal(code_of(&answer), 0);
    azure_advance(mock, "PT1S");
    answer = azure_token(&arena, mock, "/contoso.com/oauth2/v2.0/token",
                         arena_printf(&arena,
                                      "grant_type=refresh_token&client_id={client_id}"
                                      "&client_secret={client_secret}&refresh_token=%s",
                                      refresh),
                         NULL);
    assert_int_equal(code_of(&answer), 50173);
    answer = federation_password(&arena, mock, "New-one-7");
    assert_int_equal(code_of(&answer), 0);
    answer = federation_password(&arena, mock, NULL);
    assert_int_equal(code_of(&answer), 50126);
    mocktenant_stop(mock);
}

static const char vary[] =
    "access_token refresh_token id_token client_info expires_in ext_expires_in scope";

static const struct grant_case {
    const char *name, *world, *grant;
    int64_t code;
} grant_cases[] = {
    {"SAML 1.1", "federated", "saml1_1-bearer", 0},
    {"SAML 2.0", OF("\"token\":\"saml2.0\"", ""), "saml2-bearer", 0},
    {"SAML 1.1 by the other grant", "federated", "saml2-bearer", 50008},
    {"SAML 2.0 by the other grant", OF("\"token\":\"saml2.0\"", ""), "saml1_1-bearer", 50008},
    {"without a policy and without a hash", "federated", "saml1_1-bearer", 0},
    {"a certificate of which Azure AD was not told", OF("\"certificate\":\"rolled\"", ""),
     "saml1_1-bearer", 50013},
    {"a user that is not synchronized",
     OF("", "},{\"userPrincipalName\":\"late@contoso.com\",\"password\":\"Late-7x\","
            "\"synchronized\":false"),
     "late", 51004},
    {"an account that asks for a second factor", OF("", ",\"mfa\":\"required\""), "saml1_1-bearer",
     50076},
    {"an account that is blocked", OF("", ",\"conditionalAccess\":\"blocked\""), "saml1_1-bearer",
     53003},
};

static void grants(void **state)
{
    const struct grant_case *c = *state;
    AUTO(arena) arena = {0};
    struct mocktenant *mock = azure_start(c->world);
    bool late = strcmp(c->grant, "late") == 0;
    char *body = trust_request(&arena, mock, TRUST_2005);
    struct answer answer;

    if (late) {
        body = text_replace(&arena, body, tenant_key(&arena, mock, "password"), "Late-7x");
        body = text_replace(&arena, body, "marketo.sync@", "late@");
    }
    answer = trust_ask(&arena, mock, TRUST_2005, body);
    answer = federation_redeem(&arena, mock, late ? "saml1_1-bearer" : c->grant,
                               trust_assertion(&arena, &answer));
    assert_int_equal(code_of(&answer), c->code);
    if (c->code == 0) {
        cJSON *claims = azure_claims(&arena, json_get_text(answer.json, "access_token"));

        shape_assert(fixture_read(&arena, "entra/token-user.json"), answer.json, SHAPE_SAME_ORDER,
                     vary);
        assert_string_equal(text_at(claims, "/upn"), "marketo.sync@contoso.com");
        assert_string_equal(text_at(claims, "/oid"), USER);
        assert_string_equal(text_at(claims, "/amr/0"), "pwd");
    }
    mocktenant_stop(mock);
}

#define UPN_END "</saml:AttributeValue></saml:Attribute><saml:Attribute AttributeName=\"Imm"

static const struct forged_case {
    const char *name, *from, *to; /* changed in a good assertion */
    int64_t code;
} forged_cases[] = {
    {"another name", "marketo.sync@contoso.com", "admin@contoso.onmicrosoft.com", 50013},
    {"a name with a comment in it", "marketo.sync@contoso.com", "marketo<!-- -->.sync@contoso.org",
     50013},
    {"a comment does not count", "<saml:AttributeStatement>", "<!-- x --><saml:AttributeStatement>",
     0},
    {"white space does", "<saml:AttributeStatement>", " <saml:AttributeStatement>", 50013},
    {"a later end", "T10:00:00.000Z", "T11:00:00.000Z", 50013},
    {"another audience", "urn:federation:MicrosoftOnline", "urn:somebody:else", 50013},
    {"another issuer", "http://sts.contoso.com/", "http://sts.fabrikam.com/", 50107},
    {"no signature", "ds:Signature", "ds:Nothing", 50013},
    {"another digest", "<ds:DigestValue>", "<ds:DigestValue>AAAA", 50013},
    {"a reference to another id", "URI=\"#_", "URI=\"#_x", 50013},
    {"a reference to nothing", "URI=\"#_", "URI=\"", 50013},
    {"an algorithm without a key", "2001/04/xmldsig-more#rsa-sha256", "2000/09/xmldsig#hmac-sha1",
     50013},
    {"a transform more", "<ds:Transforms>",
     "<ds:Transforms><ds:Transform"
     " Algorithm=\"http://www.w3.org/TR/1999/REC-xpath-19991116\"></ds:Transform>",
     50013},
    {"no UPN", "AttributeName=\"UPN\"", "AttributeName=\"Other\"", 50008},
    {"two UPNs", UPN_END,
     "</saml:AttributeValue></saml:Attribute><saml:Attribute AttributeName=\"UPN\">"
     "<saml:AttributeValue>admin@contoso.onmicrosoft.com" UPN_END,
     50008},
    {"no conditions", "saml:Conditions", "saml:Nothing", 50008},
    {"another namespace", "SAML:1.0:assertion", "SAML:9.0:assertion", 50008},
    {"a document type", "<saml:Assertion", "<!DOCTYPE a [<!ENTITY x \"y\">]><saml:Assertion",
     50008},
    {"no XML", "<saml:Assertion", "<saml:Asser tion", 50008},
    /* An assertion within another: what is read must be what was signed. */
    {"a signed one inside of another", "<saml:Assertion ",
     "<saml:Assertion xmlns:saml=\"urn:oasis:names:tc:SAML:1.0:assertion\" AssertionID=\"_x\""
     " Issuer=\"http://sts.contoso.com/adfs/services/trust\"><saml:Assertion ",
     50008},
};

static void forged(void **state)
{
    const struct forged_case *c = *state;
    AUTO(arena) arena = {0};
    struct mocktenant *mock = azure_start("federated");
    char *good = federation_assertion(&arena, mock);
    char *bad = text_replace(&arena, good, c->from, c->to);
    struct answer answer;

    assert_string_not_equal(good, bad);
    if (strstr(c->to, "AssertionID=\"_x\"") != NULL) {
        bad = arena_printf(&arena, "%s</saml:Assertion>", bad);
    }
    answer = federation_redeem(&arena, mock, "saml1_1-bearer", bad);
    assert_int_equal(code_of(&answer), c->code);
    mocktenant_stop(mock);
}

/* Signed by the right key, and still not good: what a look-alike of AD FS could issue. */
static const struct signed_case {
    const char *name, *issuer, *audience, *upn;
    int64_t from_s, until_s, key; /* seconds from now */
    int64_t code;
} signed_cases[] = {
    {"good", NULL, NULL, NULL, 0, 3600, 1, 0},
    {"the other key", NULL, NULL, NULL, 0, 3600, 2, 50013},
    {"for somebody else", NULL, "urn:somebody:else", NULL, 0, 3600, 1, 50008},
    {"over since five minutes", NULL, NULL, NULL, -3600, -300, 1, 50008},
    {"over, within the skew", NULL, NULL, NULL, -3600, -299, 1, 0},
    {"of the future", NULL, NULL, NULL, 301, 3600, 1, 50008},
    {"of the future, within the skew", NULL, NULL, NULL, 300, 3600, 1, 0},
    {"another realm", "http://sts.fabrikam.com/adfs/services/trust", NULL, NULL, 0, 3600, 1, 50107},
    {"somebody else's name", NULL, NULL, "admin@contoso.onmicrosoft.com", 0, 3600, 1, 51004},
    {"a name that needs escapes", NULL, NULL, "a&b<c>\"@contoso.com", 0, 3600, 1, 51004},
};

static void signed_ones(void **state)
{
    const struct signed_case *c = *state;
    AUTO(arena) arena = {0};
    AUTO(strbuf) text = STRBUF(0);
    struct mocktenant *mock = azure_start("federated");
    int64_t now_ms = mocktenant_now(mock);
    cJSON *rows = azure_graph(&arena, mock, azure_admin_token(&arena, mock), "GET",
                              "/v1.0/users/" USER "?$select=onPremisesImmutableId", NULL)
                      .json;
    const struct adfs_assertion assertion = {
        .id = "_11111111-2222-3333-4444-555555555555",
        .issuer = c->issuer != NULL ? c->issuer : "http://sts.contoso.com/adfs/services/trust",
        .audience = c->audience != NULL ? c->audience : "urn:federation:MicrosoftOnline",
        .upn = c->upn != NULL ? c->upn : "marketo.sync@contoso.com",
        .immutable_id = text_at(rows, "/onPremisesImmutableId"),
        .issued_ms = now_ms + c->from_s * 1000,
        .until_ms = now_ms + c->until_s * 1000,
    };
    struct answer answer;

    adfs_assertion_write(&assertion, adfs_key(c->key), &text);
    answer = federation_redeem(&arena, mock, "saml1_1-bearer", strbuf_text(&text));
    assert_int_equal(code_of(&answer), c->code);
    mocktenant_stop(mock);
}

/* The certificate is rolled over while the sync runs, and Azure AD is told of it. */
static void a_rolled_certificate_is_good_once_told(void **state)
{
    AUTO(arena) arena = {0};
    struct mocktenant *mock = azure_start("federated");
    struct answer answer;

    (void)state;
    (void)tenant_control(&arena, mock, "POST", "/_mock/actions/adfs-admin/roll-certificate", "{}",
                         200);
    answer = federation_redeem(&arena, mock, "saml1_1-bearer", federation_assertion(&arena, mock));
    assert_int_equal(code_of(&answer), 50013);
    (void)tenant_control(&arena, mock, "POST", "/_mock/actions/adfs-admin/roll-certificate",
                         "{\"told\":true}", 200);
    answer = federation_redeem(&arena, mock, "saml1_1-bearer", federation_assertion(&arena, mock));
    assert_int_equal(code_of(&answer), 0);
    mocktenant_stop(mock);
}

/* The realm is this tenant's, and another one has never heard of it. */
static void an_assertion_is_nothing_in_another_tenant(void **state)
{
    static const char world[] =
        "{\"extends\":\"federated\",\"tenant\":{\"applications\":[{\"id\":"
        "\"29f8eb1a-d0c0-4df3-84be-b91a08fbd909\",\"signInAudience\":\"AzureADMultipleOrgs\"}],"
        "\"otherTenants\":[{\"id\":\"7c2d6e1f-8b4e-4d66-8f30-1e5c9b28d002\",\"domains\":["
        "\"fabrikam.com\"],\"applications\":[{\"appId\":\"3a09fc2b-e1d1-4ea4-95cf-ca2b19acea0a\"}]}"
        "]}}";
    AUTO(arena) arena = {0};
    AUTO(strbuf) form = STRBUF(0);
    struct mocktenant *mock = azure_start(world);
    const char *assertion = federation_assertion(&arena, mock);
    struct answer answer = federation_redeem(&arena, mock, "saml1_1-bearer", assertion);

    (void)state;
    assert_int_equal(answer.status, 200);
    strbuf_add(&form, "grant_type=urn:ietf:params:oauth:grant-type:saml1_1-bearer"
                      "&client_id={client_id}&client_secret={client_secret}"
                      "&scope=https://graph.microsoft.com/.default&assertion=");
    strbuf_base64url(&form, assertion, strlen(assertion));
    answer = azure_token(&arena, mock, "/fabrikam.com/oauth2/v2.0/token", strbuf_text(&form), NULL);
    assert_int_equal(code_of(&answer), 50107);
    mocktenant_stop(mock);
}

static const struct world_case {
    const char *name, *world, *says;
} world_cases[] = {
    {"a domain that is none of the tenant's", OF("\"domains\":[\"fabrikam.com\"]", ""),
     "/tenant/federation/domains: the tenant has no domain fabrikam.com"},
    {"no domain that stays managed", OF("\"domains\":[\"contoso.onmicrosoft.com\"]", ""),
     "one domain stays managed"},
    {"a host that is none", OF("\"host\":\"sts contoso\"", ""), "/tenant/federation/host"},
    {"a word that is none", OF("\"token\":\"saml3\"", ""), "/tenant/federation/token"},
};

static void worlds(void **state)
{
    const struct world_case *c = *state;
    const struct mocktenant_options options = {.world = c->world, .clock = "virtual"};
    char error[512];

    assert_null(mocktenant_start(&options, error, sizeof error));
    if (strstr(error, c->says) == NULL) {
        fail_msg("%s", error);
    }
}

int main(void)
{
    struct CMUnitTest tests[96] = {
        cmocka_unit_test(a_cloud_only_user_needs_no_policy),
        cmocka_unit_test(a_refusal_for_want_of_a_policy_cites_the_rule),
        cmocka_unit_test(without_a_policy_nobody_is_locked),
        cmocka_unit_test(a_policy_may_be_seen_late),
        cmocka_unit_test(a_changed_password_reaches_the_cloud_late),
        cmocka_unit_test(a_rolled_certificate_is_good_once_told),
        cmocka_unit_test(an_assertion_is_nothing_in_another_tenant),
    };
    size_t count = CASES_LISTED(tests);

    CASES(tests, count, password_cases, passwords);
    CASES(tests, count, grant_cases, grants);
    CASES(tests, count, forged_cases, forged);
    CASES(tests, count, signed_cases, signed_ones);
    CASES(tests, count, world_cases, worlds);
    return cases_run("federation", tests, count);
}
