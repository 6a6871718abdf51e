/* What answers of Dataverse and Marketo mean to a read and to a write. */
#include "cases.h"

#include <string.h>

#include "base/str.h"
#include "dataverse/dataverse.h"
#include "marketo/marketo.h"
#include "page/page.h"
#include "support/files.h"
#include "support/script.h"

#define OK(result) "{\"requestId\":\"a#1\",\"result\":[" result "],\"success\":true}"
#define ERROR(code)                                                                                \
    "{\"requestId\":\"a#1\",\"success\":false,\"errors\":[{\"code\":\"" code                       \
    "\",\"message\":\"m\"}]}"
#define ODATA(code, words) "{\"error\":{\"code\":\"" code "\",\"message\":\"" words "\"}}"

/* One call of Marketo and what it comes to. */
struct marketo_case {
    const char *name;
    struct script_row rows[3];
    size_t count;
    enum sync_changed read, write;
    const char *code; /* of the problem; NULL: there is none */
    size_t asked;     /* by the read */
    unsigned tokens;
    int64_t waited_ms; /* at least */
};

/* clang-format off */
static const struct marketo_case marketo_cases[] = {
    {"done", {{200, OK("")}}, 1, SYNC_CHANGED, SYNC_CHANGED, NULL, 1, 1, 0},
    {"the token is unknown once", {{200, ERROR("601")}, {200, OK("")}}, 2, SYNC_CHANGED, SYNC_CHANGED, NULL, 2, 2, 0},
    {"the token has expired once", {{200, ERROR("602")}, {200, OK("")}}, 2, SYNC_CHANGED, SYNC_CHANGED, NULL, 2, 2, 0},
    {"the token is never good", {{200, ERROR("601")}}, 1, SYNC_NOT_CHANGED, SYNC_NOT_CHANGED, "bad_credentials", 2, 2, 0},
    {"no permission", {{200, ERROR("603")}}, 1, SYNC_NOT_CHANGED, SYNC_NOT_CHANGED, "no_permission", 1, 1, 0},
    {"too fast", {{200, ERROR("606")}, {200, OK("")}}, 2, SYNC_CHANGED, SYNC_CHANGED, NULL, 2, 1, 20000},
    {"too many at once", {{200, ERROR("615")}, {200, OK("")}}, 2, SYNC_CHANGED, SYNC_CHANGED, NULL, 2, 1, 0},
    {"the day is used up", {{200, ERROR("607")}}, 1, SYNC_NOT_CHANGED, SYNC_NOT_CHANGED, "quota", 1, 1, 0},
    {"for ever too fast", {{200, ERROR("606")}}, 1, SYNC_NOT_CHANGED, SYNC_NOT_CHANGED, "waiting", 5, 1, 80000},
    {"a time-out may be done", {{200, ERROR("604")}, {200, OK("")}}, 2, SYNC_CHANGED, SYNC_UNKNOWN, NULL, 2, 1, 0},
    {"not the connector", {{200, ERROR("1018")}}, 1, SYNC_NOT_CHANGED, SYNC_NOT_CHANGED, "not_connector", 1, 1, 0},
    {"an unknown code", {{200, ERROR("1003")}}, 1, SYNC_NOT_CHANGED, SYNC_NOT_CHANGED, "rejected", 1, 1, 0},
    {"HTML in a 200", {{200, "<html>"}, {200, OK("")}}, 2, SYNC_CHANGED, SYNC_UNKNOWN, NULL, 2, 1, 0},
    {"an empty 200", {{200, ""}, {200, OK("")}}, 2, SYNC_CHANGED, SYNC_UNKNOWN, NULL, 2, 1, 0},
    {"never JSON", {{200, "<html>"}}, 1, SYNC_NOT_CHANGED, SYNC_UNKNOWN, "protocol", 5, 1, 0},
    {"a gateway's 502", {{502, "<html>"}, {200, OK("")}}, 2, SYNC_CHANGED, SYNC_UNKNOWN, NULL, 2, 1, 0},
    {"too large", {{413, "<html>"}}, 1, SYNC_NOT_CHANGED, SYNC_NOT_CHANGED, "protocol", 1, 1, 0},
    {"silence", {{0, ""}, {200, OK("")}}, 2, SYNC_CHANGED, SYNC_UNKNOWN, NULL, 2, 1, 30000},
    {"a result that is no list", {{200, "{\"success\":true,\"result\":{}}"}}, 1, SYNC_NOT_CHANGED, SYNC_UNKNOWN, "protocol", 1, 1, 0},
};
/* clang-format on */

static void reads_marketo(void **state)
{
    const struct marketo_case *c = *state;
    AUTO(arena) arena = {0};
    struct sync_marketo_answer answer;
    struct sync_problem problem = {0};
    struct sync_remote remote;
    struct script script;
    bool ok;

    script_begin(&script, c->rows, c->count);
    assert_true(sync_marketo_open(script.engine, &arena, &remote, &problem));
    ok = sync_marketo_get(script.engine, &arena, &remote, "reading", "/rest/v1/x.json", NULL,
                          &answer, &problem);
    assert_int_equal(ok, c->read == SYNC_CHANGED);
    assert_string_equal(ok ? "" : problem.error.code, c->code != NULL ? c->code : "");
    assert_int_equal(script.asked, c->asked);
    assert_int_equal(script.tokens, c->tokens);
    assert_true(script.now_ms - script.began_ms >= c->waited_ms);
    script_end(&script);
}

static void writes_marketo(void **state)
{
    const struct marketo_case *c = *state;
    AUTO(arena) arena = {0};
    struct sync_marketo_answer answer;
    struct sync_problem problem = {0};
    struct sync_remote remote;
    struct script script;

    script_begin(&script, c->rows, c->count);
    assert_true(sync_marketo_open(script.engine, &arena, &remote, &problem));
    assert_int_equal(sync_marketo_send(script.engine, &arena, &remote, "writing",
                                       "/rest/v1/leads.json", "{\"input\":[]}", &answer, &problem),
                     c->write);
    if (c->write == SYNC_UNKNOWN) {
        /* What may be done is never sent twice. */
        assert_int_equal(script.asked, 1);
    }
    script_end(&script);
}

struct dataverse_case {
    const char *name;
    struct script_row rows[3];
    size_t count;
    enum sync_changed read, write;
    const char *code, *remote_code;
};

/* clang-format off */
static const struct dataverse_case dataverse_cases[] = {
    {"done", {{200, "{\"value\":[]}"}}, 1, SYNC_CHANGED, SYNC_CHANGED, NULL, NULL},
    {"the token is refused once", {{401, ""}, {200, "{}"}}, 2, SYNC_CHANGED, SYNC_CHANGED, NULL, NULL},
    {"the token is never good", {{401, ""}}, 1, SYNC_NOT_CHANGED, SYNC_NOT_CHANGED, "bad_credentials", ""},
    {"no such user", {{403, ODATA("0x80072560", "The user is not a member of the organization.")}}, 1, SYNC_NOT_CHANGED, SYNC_NOT_CHANGED, "no_user", "0x80072560"},
    {"no role", {{403, ODATA("0x80042f09", "no roles")}}, 1, SYNC_NOT_CHANGED, SYNC_NOT_CHANGED, "no_role", "0x80042f09"},
    {"no privilege", {{403, ODATA("0x80040220", "is missing prvReadLead")}}, 1, SYNC_NOT_CHANGED, SYNC_NOT_CHANGED, "no_role", "0x80040220"},
    {"another version", {{412, ODATA("0x80060882", "version")}}, 1, SYNC_NOT_CHANGED, SYNC_NOT_CHANGED, "conflict", "0x80060882"},
    {"gone", {{404, ODATA("0x80040217", "Does Not Exist")}}, 1, SYNC_NOT_CHANGED, SYNC_NOT_CHANGED, "not_found", "0x80040217"},
    {"an expired token of changes", {{400, ODATA("0x80044352", "expired")}}, 1, SYNC_NOT_CHANGED, SYNC_NOT_CHANGED, "token_expired", "0x80044352"},
    {"a refusal that cannot be read", {{400, "{\"error\":{\"code"}, {200, "{}"}}, 2, SYNC_CHANGED, SYNC_CHANGED, NULL, NULL},
    {"refused by a proxy for ever", {{400, "<html>"}}, 1, SYNC_NOT_CHANGED, SYNC_NOT_CHANGED, "rejected", ""},
    {"throttled once", {{429, ODATA("0x80072322", "limit"), "Retry-After", "7"}, {200, "{}"}}, 2, SYNC_CHANGED, SYNC_CHANGED, NULL, NULL},
    {"throttled for long", {{429, ODATA("0x80072322", "limit"), "Retry-After", "3600"}}, 1, SYNC_NOT_CHANGED, SYNC_NOT_CHANGED, "waiting", NULL},
    {"HTML in a 503", {{503, "<html>"}, {200, "{}"}}, 2, SYNC_CHANGED, SYNC_UNKNOWN, NULL, NULL},
    {"never JSON", {{200, "<html>"}}, 1, SYNC_NOT_CHANGED, SYNC_CHANGED, "protocol", NULL},
    {"silence", {{0, ""}, {200, "{}"}}, 2, SYNC_CHANGED, SYNC_UNKNOWN, NULL, NULL},
};
/* clang-format on */

static void reads_dataverse(void **state)
{
    const struct dataverse_case *c = *state;
    AUTO(arena) arena = {0};
    struct sync_problem problem = {0};
    struct sync_remote remote;
    struct script script;
    const cJSON *root;
    bool ok;

    script_begin(&script, c->rows, c->count);
    assert_true(sync_dataverse_open(script.engine, &arena, NULL, false, &remote, &problem));
    assert_string_equal(remote.base, "https://contoso.crm.dynamics.com/api/data/v9.2");
    ok = sync_remote_get(script.engine, &arena, &remote, "reading", "/leads", "odata.maxpagesize=9",
                         &root, &problem);
    assert_int_equal(ok, c->read == SYNC_CHANGED);
    assert_string_equal(ok ? "" : problem.error.code, c->code != NULL ? c->code : "");
    if (c->remote_code != NULL) {
        assert_string_equal(problem.remote_code, c->remote_code);
    }
    assert_non_null(strstr(strbuf_text(&script.seen), "Prefer: odata.maxpagesize=9"));
    script_end(&script);
}

static void writes_dataverse(void **state)
{
    const struct dataverse_case *c = *state;
    const struct sync_dataverse_write write = {.what = "writing",
                                               .method = "PATCH",
                                               .path = "/leads(1)",
                                               .body = "{}",
                                               .if_match = "W/\"12\""};
    AUTO(arena) arena = {0};
    struct sync_problem problem = {0};
    struct sync_remote remote;
    struct sync_reply reply;
    struct script script;

    script_begin(&script, c->rows, c->count);
    assert_true(sync_dataverse_open(script.engine, &arena, NULL, false, &remote, &problem));
    assert_int_equal(sync_dataverse_send(script.engine, &arena, &remote, &write, &reply, &problem),
                     c->write);
    assert_non_null(strstr(strbuf_text(&script.seen), "If-Match: W/\"12\""));
    script_end(&script);
}

/* A link to another server is not followed: the token would go there. */
static void stays_on_its_server(void **state)
{
    static const struct script_row rows[] = {
        {200,
         "{\"value\":[],\"@odata.nextLink\":\"https://contoso.crm.dynamics.com.example.com/x\"}",
         NULL, NULL}};
    AUTO(arena) arena = {0};
    struct sync_problem problem = {0};
    struct sync_remote remote;
    struct script script;
    const cJSON *list;

    (void)state;
    script_begin(&script, rows, 1);
    assert_true(sync_dataverse_open(script.engine, &arena, NULL, false, &remote, &problem));
    assert_false(
        sync_remote_list(script.engine, &arena, &remote, "reading", "/leads", &list, &problem));
    assert_string_equal(problem.error.code, "protocol");
    assert_int_equal(script.asked, 1);
    script_end(&script);
}

static void reads_the_page(void **state)
{
    AUTO(arena) arena = {0};
    struct sync_problem problem = {0};
    struct script_row row = {200, "", NULL, NULL};
    struct script script;
    struct sync_page page;
    size_t len;

    (void)state;
    row.body = test_fixture(&arena, "marketo/page-connection.json", &len);
    script_begin(&script, &row, 1);
    assert_true(sync_page_read(script.engine, &arena, &page, &problem));
    assert_string_equal(page.state, "initial_sync");
    assert_string_equal(page.organization_url, "https://contoso.crm.dynamics.com");
    assert_true(page.organization_locked && page.sync_enabled);
    assert_null(page.settles_at);
    assert_string_equal(page.subscription_id, "5f1d2c7e-8a3b-4c6d-9e0f-1a2b3c4d5e6f");
    script_end(&script);
}

/* The page's words are the contract's; 603 is another API user, 610 a Marketo without the page. */
static void names_the_page_s_refusals(void **state)
{
    static const struct {
        const char *body, *code;
        enum crmsync_outcome outcome;
    } rows[] = {{NULL, "org_locked", CRMSYNC_REFUSED},
                {ERROR("too_early"), "too_early", CRMSYNC_REFUSED},
                {ERROR("603"), "not_connector", CRMSYNC_REFUSED},
                {ERROR("610"), "no_page", CRMSYNC_FAILED}};

    (void)state;
    for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
        AUTO(arena) arena = {0};
        struct sync_problem problem = {0};
        struct script_row row = {200, rows[i].body, NULL, NULL};
        struct script script;
        const cJSON *ignored;
        size_t len;

        if (row.body == NULL) {
            row.body = test_fixture(&arena, "marketo/page-refused.json", &len);
        }
        script_begin(&script, &row, 1);
        assert_false(sync_page_post(script.engine, &arena, "entering", "credentials.json",
                                    json_new_object(&arena), &ignored, &problem));
        assert_string_equal(problem.error.code, rows[i].code);
        assert_int_equal(problem.outcome, rows[i].outcome);
        script_end(&script);
    }
}

int main(void)
{
    struct CMUnitTest tests[80] = {
        cmocka_unit_test(stays_on_its_server),
        cmocka_unit_test(reads_the_page),
        cmocka_unit_test(names_the_page_s_refusals),
    };
    size_t count = CASES_LISTED(tests);

    CASES(tests, count, marketo_cases, reads_marketo);
    CASES(tests, count, marketo_cases, writes_marketo);
    CASES(tests, count, dataverse_cases, reads_dataverse);
    CASES(tests, count, dataverse_cases, writes_dataverse);
    return cases_run("answers", tests, count);
}
