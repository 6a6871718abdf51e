/* What goes wrong with the service itself, as fault rules say it: throttling and outages. */
#include "azure.h"
#include "cases.h"

#include <string.h>

#include "base/str.h"

#define JSON(word, text, code)                                                                     \
    "{\"error\":\"" word "\",\"error_description\":\"" text "\",\"error_codes\":[" code "]}"
#define RESPOND(status, body) "{\"type\":\"respond\",\"status\":" status ",\"body\":" body "}"

static const struct trouble_case {
    const char *name, *settings, *action;
    int status;
    const char *type, *retry_after, *text;
    int64_t code; /* 0: the body is no JSON */
} trouble_cases[] = {
    {"throttled, in plain text as recorded", "", "{\"type\":\"throttle\",\"retry_after\":60}", 429,
     "text/plain", "60", "Too Many Requests", 0},
    {"throttled, in JSON as a setting says", "\"throttledAnswer\":\"json\"",
     "{\"type\":\"throttle\",\"retry_after\":7}", 429, "application/json; charset=utf-8", "7",
     "AADSTS90055: TenantThrottlingError", 90055},
    {"throttled until a date", "",
     "{\"type\":\"respond\",\"status\":429,\"body\":\"Too Many Requests\",\"headers\":"
     "{\"Retry-After\":\"Thu, 15 Jan 2026 09:01:00 GMT\"}}",
     429, NULL, "Thu, 15 Jan 2026 09:01:00 GMT", "Too Many Requests", 0},
    {"a transient error", "",
     RESPOND("503",
             JSON("temporarily_unavailable",
                  "AADSTS90033: A transient error has occurred. Please try again.", "90033")),
     503, "application/json", NULL, "AADSTS90033", 90033},
    {"a retryable error", "",
     RESPOND("500", JSON("server_error",
                         "AADSTS90024: RequestBudgetExceededError - a transient "
                         "error has occurred. Try again.",
                         "90024")),
     500, "application/json", NULL, "AADSTS90024", 90024},
    {"an outage with a page", "",
     RESPOND("504", "\"<html><title>504 Gateway Time-out</title></html>\""), 504, NULL, NULL,
     "504 Gateway Time-out", 0},
    {"an outage with nothing", "", RESPOND("503", "\"\""), 503, NULL, NULL, "", 0},
    {"JSON that breaks off", "", "{\"type\":\"malformed_json\"}", 200, NULL, NULL, "", 0},
};

static struct answer ask(struct arena *arena, struct mocktenant *mock)
{
    return azure_token(arena, mock, "/contoso.com/oauth2/v2.0/token",
                       "grant_type=client_credentials&client_id={client_id}"
                       "&client_secret={client_secret}"
                       "&scope=https://contoso.crm.dynamics.com/.default",
                       NULL);
}

static void add_fault(struct arena *arena, struct mocktenant *mock, const char *service,
                      const char *action)
{
    (void)tenant_control(arena, mock, "POST", "/_mock/faults",
                         arena_printf(arena,
                                      "{\"match\":{\"service\":\"%s\"},\"action\":%s,\"times\":1}",
                                      service, action),
                         201);
}

static void troubles(void **state)
{
    const struct trouble_case *c = *state;
    AUTO(arena) arena = {0};
    struct mocktenant *mock = azure_start(arena_printf(
        &arena, "{\"extends\":\"ready\",\"tenant\":{\"settings\":{%s}}}", c->settings));
    struct answer answer;
    const char *type, *retry_after;

    add_fault(&arena, mock, "entra", c->action);
    answer = ask(&arena, mock);
    type = answer_header(&arena, &answer, "content-type");
    retry_after = answer_header(&arena, &answer, "retry-after");
    assert_int_equal(answer.status, c->status);
    if (c->type != NULL) {
        assert_non_null(type);
        assert_true(str_starts(type, c->type));
    }
    assert_true(str_eq(retry_after, c->retry_after));
    assert_non_null(strstr(answer.body, c->text));
    assert_int_equal(int_at(answer.json, "/error_codes/0"), c->code != 0 ? c->code : -1);
    /* An outage has the exchange's id as every answer has, and passes. */
    assert_non_null(answer_header(&arena, &answer, "x-ms-request-id"));
    assert_int_equal(ask(&arena, mock).status, 200);
    mocktenant_stop(mock);
}

static void ad_fs_is_throttled_by_its_web_server(void **state)
{
    AUTO(arena) arena = {0};
    struct mocktenant *mock = azure_start("federated");
    const struct ask metadata = {
        DIRECT, "GET", "sts.contoso.com", "/adfs/services/trust/mex", {NULL}, NULL, 0};
    struct answer answer;

    (void)state;
    add_fault(&arena, mock, "adfs", "{\"type\":\"throttle\",\"retry_after\":5}");
    answer = tenant_ask(&arena, mock, &metadata);
    assert_int_equal(answer.status, 503);
    assert_string_equal(answer_header(&arena, &answer, "retry-after"), "5");
    assert_string_equal(answer_header(&arena, &answer, "server"), "Microsoft-HTTPAPI/2.0");
    assert_int_equal(tenant_ask(&arena, mock, &metadata).status, 200);
    mocktenant_stop(mock);
}

int main(void)
{
    struct CMUnitTest tests[16] = {
        cmocka_unit_test(ad_fs_is_throttled_by_its_web_server),
    };
    size_t count = CASES_LISTED(tests);

    CASES(tests, count, trouble_cases, troubles);
    return cases_run("trouble", tests, count);
}
