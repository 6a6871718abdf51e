/* Signing in with a password: lockout, the account's state, refresh tokens, consent. */
#include "azure.h"
#include "cases.h"

#include <string.h>

#include "base/str.h"
#include "base/uri.h"

#define USER "b2e1d4a3-6f59-4c8c-9da7-42a3f1eac202"

static const char org_scope[] = "https://contoso.crm.dynamics.com/.default+offline_access";

/* The AADSTS code of a sign-in; 0: it was answered with tokens. NULL: the right password. */
static int64_t sign_in(struct mocktenant *mock, const char *password)
{
    AUTO(arena) arena = {0};
    const char *form =
        arena_printf(&arena,
                     "grant_type=password&client_id={client_id}&client_secret={client_secret}"
                     "&username={username}&password=%s&scope=%s",
                     password != NULL ? password : "{password}", org_scope);
    struct answer answer = azure_token(&arena, mock, "/contoso.com/oauth2/v2.0/token", form, NULL);

    return answer.status == 200 ? 0 : int_at(answer.json, "/error_codes/0");
}

static void fail_times(struct mocktenant *mock, int times, int from)
{
    for (int i = 0; i < times; i++) {
        AUTO(arena) arena = {0};

        assert_int_equal(sign_in(mock, arena_printf(&arena, "wrong%d", from + i)), 50126);
    }
}

static void ten_failures_lock_for_a_minute(void **state)
{
    struct mocktenant *mock = azure_start(NULL);

    (void)state;
    fail_times(mock, 9, 0);
    assert_int_equal(sign_in(mock, NULL), 0); /* a success counts from zero again */
    fail_times(mock, 10, 0);
    assert_int_equal(sign_in(mock, NULL), 50053);
    azure_advance(mock, "PT59S");
    assert_int_equal(sign_in(mock, NULL), 50053);
    azure_advance(mock, "PT1S");
    assert_int_equal(sign_in(mock, NULL), 0);
    mocktenant_stop(mock);
}

static void after_a_lock_the_next_failure_locks_again_and_longer(void **state)
{
    struct mocktenant *mock = azure_start(NULL);

    (void)state;
    fail_times(mock, 10, 0);
    azure_advance(mock, "PT60S");
    fail_times(mock, 1, 100);
    assert_int_equal(sign_in(mock, NULL), 50053);
    azure_advance(mock, "PT119S");
    assert_int_equal(sign_in(mock, NULL), 50053);
    azure_advance(mock, "PT1S");
    assert_int_equal(sign_in(mock, NULL), 0);
    mocktenant_stop(mock);
}

/* The last three wrong ones are remembered. */
static void the_same_wrong_password_does_not_count(void **state)
{
    struct mocktenant *mock = azure_start(NULL);

    (void)state;
    for (int i = 0; i < 30; i++) {
        fail_times(mock, 3, 0);
    }
    assert_int_equal(sign_in(mock, NULL), 0);
    mocktenant_stop(mock);
}

static const struct state_case {
    const char *name, *member;
    int64_t wrong, right;
} state_cases[] = {
    {"a disabled account", "\"accountEnabled\":false", 50126, 50057},
    {"an expired password", "\"passwordLifetime\":\"PT0S\"", 50126, 50055},
    {"a password that lives", "\"passwordLifetime\":\"PT1S\"", 50126, 0},
    {"a second factor", "\"mfa\":\"required\"", 50126, 50076},
    {"a second factor that is not set up", "\"mfa\":\"unregistered\"", 50126, 50079},
};

/* What is wrong with an account shows only to who knows its password. */
static void states(void **state)
{
    const struct state_case *c = *state;
    AUTO(arena) arena = {0};
    struct mocktenant *mock = azure_start(arena_printf(
        &arena, "{\"extends\":\"ready\",\"tenant\":{\"users\":[{\"id\":\"" USER "\",%s}]}}",
        c->member));

    assert_int_equal(sign_in(mock, "wrong"), c->wrong);
    assert_int_equal(sign_in(mock, NULL), c->right);
    mocktenant_stop(mock);
}

static struct answer refresh(struct arena *arena, struct mocktenant *mock, const char *token,
                             const char *more)
{
    AUTO(strbuf) form = STRBUF(0);

    strbuf_add(&form, "grant_type=refresh_token&client_id={client_id}"
                      "&client_secret={client_secret}&refresh_token=");
    strbuf_form(&form, token);
    strbuf_add(&form, more);
    return azure_token(arena, mock, "/contoso.com/oauth2/v2.0/token", strbuf_text(&form), NULL);
}

static const char *refresh_token(struct arena *arena, struct mocktenant *mock)
{
    struct answer answer =
        azure_token(arena, mock, "/contoso.com/oauth2/v2.0/token",
                    "grant_type=password&client_id={client_id}&client_secret={client_secret}"
                    "&username={username}&password={password}&scope="
                    "https://contoso.crm.dynamics.com/.default+offline_access",
                    NULL);

    return json_get_text(answer.json, "refresh_token");
}

static void a_refresh_token_brings_more_than_once(void **state)
{
    AUTO(arena) arena = {0};
    struct mocktenant *mock = azure_start(NULL);
    const char *token = refresh_token(&arena, mock);
    struct answer first = refresh(&arena, mock, token, ""), second;

    (void)state;
    assert_int_equal(first.status, 200);
    assert_string_not_equal(text_at(first.json, "/refresh_token"), token);
    assert_string_equal(text_at(azure_claims(&arena, text_at(first.json, "/access_token")), "/aud"),
                        "https://contoso.crm.dynamics.com");
    second = refresh(&arena, mock, token, "&scope=User.Read");
    assert_string_equal(
        text_at(azure_claims(&arena, text_at(second.json, "/access_token")), "/scp"), "User.Read");
    mocktenant_stop(mock);
}

static void a_refresh_token_dies_of_inactivity(void **state)
{
    AUTO(arena) arena = {0};
    struct mocktenant *mock = azure_start(NULL);
    const char *token = refresh_token(&arena, mock);
    struct answer answer;

    (void)state;
    azure_advance(mock, "P89DT23H59M59S");
    assert_int_equal(refresh(&arena, mock, token, "").status, 200);
    azure_advance(mock, "PT1S");
    answer = refresh(&arena, mock, token, "");
    assert_int_equal(int_at(answer.json, "/error_codes/0"), 700082);
    assert_string_equal(text_at(answer.json, "/suberror"), "bad_token");
    assert_non_null(strstr(answer.body, "issued on 2026-01-15T09:00:00"));
    mocktenant_stop(mock);
}

/* A changed token is garbage, and it belongs to one client. */
static void a_refresh_token_is_bound(void **state)
{
    AUTO(arena) arena = {0};
    struct mocktenant *mock = azure_start(NULL);
    char *token = arena_strdup(&arena, refresh_token(&arena, mock));
    struct answer answer = azure_token(
        &arena, mock, "/contoso.com/oauth2/v2.0/token",
        arena_printf(&arena,
                     "grant_type=refresh_token&client_id={admin_client_id}"
                     "&client_secret={admin_client_secret}&refresh_token=%s&scope=User.Read",
                     token),
        NULL);

    (void)state;
    assert_int_equal(int_at(answer.json, "/error_codes/0"), 70000);
    token[20] = token[20] == 'A' ? 'B' : 'A';
    answer = refresh(&arena, mock, token, "");
    assert_int_equal(int_at(answer.json, "/error_codes/0"), 9002313);
    mocktenant_stop(mock);
}

static void refreshing_sees_a_new_policy(void **state)
{
    AUTO(arena) arena = {0};
    struct mocktenant *mock = azure_start(NULL);
    const char *token = refresh_token(&arena, mock);
    struct answer answer;

    (void)state;
    (void)tenant_control(&arena, mock, "POST", "/_mock/actions/azure-admin/require-mfa",
                         "{\"user\":\"marketo.sync@contoso.onmicrosoft.com\"}", 200);
    answer = refresh(&arena, mock, token, "");
    assert_int_equal(int_at(answer.json, "/error_codes/0"), 50076);
    mocktenant_stop(mock);
}

static const char unconsented[] =
    "{\"extends\":\"fresh\",\"tenant\":{%s\"applications\":[{\"id\":"
    "\"29f8eb1a-d0c0-4df3-84be-b91a08fbd909\",\"displayName\":\"Marketo Integration\","
    "\"secrets\":[{}],\"requiredResourceAccess\":[{\"resourceAppId\":"
    "\"00000007-0000-0000-c000-000000000000\",\"resourceAccess\":[{\"id\":"
    "\"78ce3f0f-a1ce-49c2-8cde-64b5c0896db4\",\"type\":\"%s\"}]}]}]}}";

static cJSON *press_consent(struct arena *arena, struct mocktenant *mock, int status)
{
    return tenant_control(arena, mock, "POST", "/_mock/actions/azure-admin/grant-admin-consent",
                          "{\"application\":\"Marketo Integration\"}", status);
}

static void the_button_grants_consent(void **state)
{
    AUTO(arena) arena = {0};
    struct mocktenant *mock = azure_start(arena_printf(&arena, unconsented, "", "Scope"));
    cJSON *result;

    (void)state;
    assert_int_equal(sign_in(mock, NULL), 65001);
    assert_string_equal(azure_rules(&arena, mock), "SETUP2-03");
    result = press_consent(&arena, mock, 200);
    assert_int_equal(int_at(result, "/grants"), 1);
    assert_true(json_get_bool(result, "changed", false));
    assert_int_equal(sign_in(mock, NULL), 0);
    assert_false(json_get_bool(press_consent(&arena, mock, 200), "changed", true));
    mocktenant_stop(mock);
}

static void consent_may_be_seen_late(void **state)
{
    AUTO(arena) arena = {0};
    struct mocktenant *mock = azure_start(
        arena_printf(&arena, unconsented, "\"settings\":{\"consentDelay\":\"PT30S\"},", "Scope"));

    (void)state;
    (void)press_consent(&arena, mock, 200);
    azure_advance(mock, "PT29S");
    assert_int_equal(sign_in(mock, NULL), 65001);
    azure_advance(mock, "PT1S");
    assert_int_equal(sign_in(mock, NULL), 0);
    mocktenant_stop(mock);
}

/* user_impersonation listed as Role: the manifest takes it, consent does not. */
static void a_delegated_permission_listed_as_role_fails(void **state)
{
    AUTO(arena) arena = {0};
    struct mocktenant *mock = azure_start(arena_printf(&arena, unconsented, "", "Role"));
    cJSON *result = press_consent(&arena, mock, 409);

    (void)state;
    assert_string_equal(text_at(result, "/error/code"), "permission_unknown");
    assert_int_equal(sign_in(mock, NULL), 65001);
    mocktenant_stop(mock);
}

static const struct action_case {
    const char *name, *action, *body, *code;
} action_cases[] = {
    {"consent for nobody", "grant-admin-consent", "{\"application\":\"nobody\"}",
     "application_unknown"},
    {"disable nobody", "disable-application",
     "{\"application\":\"11111111-2222-3333-4444-555555555555\"}", "application_unknown"},
    {"a second factor for nobody", "require-mfa", "{\"user\":\"nobody@contoso.com\"}",
     "user_unknown"},
};

static void actions_refuse(void **state)
{
    const struct action_case *c = *state;
    AUTO(arena) arena = {0};
    struct mocktenant *mock = azure_start(NULL);
    cJSON *result = tenant_control(&arena, mock, "POST",
                                   arena_printf(&arena, "/_mock/actions/azure-admin/%s", c->action),
                                   c->body, 409);

    assert_string_equal(text_at(result, "/error/code"), c->code);
    mocktenant_stop(mock);
}

static void an_application_can_be_disabled(void **state)
{
    static const char body[] = "{\"application\":\"Marketo Integration\"}";
    AUTO(arena) arena = {0};
    struct mocktenant *mock = azure_start(NULL);

    (void)state;
    (void)tenant_control(&arena, mock, "POST", "/_mock/actions/azure-admin/disable-application",
                         body, 200);
    assert_int_equal(sign_in(mock, NULL), 7000112);
    (void)tenant_control(&arena, mock, "POST", "/_mock/actions/azure-admin/enable-application",
                         body, 200);
    assert_int_equal(sign_in(mock, NULL), 0);
    mocktenant_stop(mock);
}

int main(void)
{
    struct CMUnitTest tests[32] = {
        cmocka_unit_test(ten_failures_lock_for_a_minute),
        cmocka_unit_test(after_a_lock_the_next_failure_locks_again_and_longer),
        cmocka_unit_test(the_same_wrong_password_does_not_count),
        cmocka_unit_test(a_refresh_token_brings_more_than_once),
        cmocka_unit_test(a_refresh_token_dies_of_inactivity),
        cmocka_unit_test(a_refresh_token_is_bound),
        cmocka_unit_test(refreshing_sees_a_new_policy),
        cmocka_unit_test(the_button_grants_consent),
        cmocka_unit_test(consent_may_be_seen_late),
        cmocka_unit_test(a_delegated_permission_listed_as_role_fails),
        cmocka_unit_test(an_application_can_be_disabled),
    };
    size_t count = CASES_LISTED(tests);

    CASES(tests, count, state_cases, states);
    CASES(tests, count, action_cases, actions_refuse);
    return cases_run("users", tests, count);
}
