/* The whole runner, the real engine and the real mock: what a run says, and how it ends. */
#include "cases.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/arena.h"
#include "base/str.h"
#include "runner/suite.h"

/* A scenario's file for one test. */
static char path[] = "/tmp/mocktenant-test-XXXXXX";

static int make_file(void **state)
{
    int file;

    (void)state;
    memcpy(path + strlen(path) - 6, "XXXXXX", 6);
    file = mkstemp(path);
    return file < 0 ? -1 : close(file);
}

static int remove_file(void **state)
{
    (void)state;
    return unlink(path);
}

static void put(const char *text)
{
    FILE *file = fopen(path, "w");

    assert_non_null(file);
    assert_true(fputs(text, file) >= 0);
    assert_int_equal(fclose(file), 0);
}

struct told {
    int status;
    char *out, *complaints;
};

static struct told run(struct arena *arena, struct run_options options)
{
    static const char *const paths[] = {path};
    char *out_text = NULL, *complaint_text = NULL;
    size_t out_len = 0, complaint_len = 0;
    FILE *out = open_memstream(&out_text, &out_len);
    FILE *complaints = open_memstream(&complaint_text, &complaint_len);
    struct told told;

    assert_true(out != NULL && complaints != NULL);
    options.format = options.format != NULL ? options.format : "pretty";
    options.jobs = options.jobs > 0 ? options.jobs : 1;
    options.seed = 1;
    if (options.paths == NULL) {
        options.paths = paths;
        options.path_count = 1;
    }
    told.status = run_suite(&options, out, complaints);
    assert_int_equal(fclose(out) + fclose(complaints), 0);
    told.out = arena_dup(arena, out_text, out_len);
    told.complaints = arena_dup(arena, complaint_text, complaint_len);
    free(out_text);
    free(complaint_text);
    return told;
}

static void has(const char *text, const char *part)
{
    if (strstr(text, part) == NULL) {
        fail_msg("lacks \"%s\":\n%s", part, text);
    }
}

static void lacks(const char *text, const char *part)
{
    if (strstr(text, part) != NULL) {
        fail_msg("has \"%s\":\n%s", part, text);
    }
}

#define TOKEN                                                                                      \
    "\"request\":\"POST entra /{tenant_id}/oauth2/v2.0/token\",\"form\":{\"grant_type\":"          \
    "\"client_credentials\",\"client_id\":\"{client_id}\",\"client_secret\":\"{client_secret}\","  \
    "\"scope\":\"https://{org_host}/.default\"}"

/* Both transports, by the row. */
static const struct transport_case {
    const char *name;
    bool wire;
} transports[] = {{"direct", false}, {"wire", true}};

static struct run_options over(const struct transport_case *c)
{
    return (struct run_options){.wire = c->wire, .wire_variants = c->wire};
}

static void shows_what_failed(void **state)
{
    AUTO(arena) arena = {0};
    struct told told;

    put("{\"scenario\":\"s\",\"steps\":[{\"name\":\"ask\"," TOKEN
        ",\"expect\":{\"body\":{\"/token_type\":\"bearer\"}}},{\"clock\":\"P1D\"}]}");
    told = run(&arena, over(*state));
    assert_int_equal(told.status, 1);
    has(told.out, "FAILED  s (");
    has(told.out, "step 1 of 2: ask");
    has(told.out, "at        body /token_type");
    has(told.out, "expected  \"bearer\"");
    has(told.out, "found     \"Bearer\"");
    has(told.out, "seen      #1 POST entra /");
    has(told.out, "-> 200 {");
    lacks(told.out, "clock P1D");
}

static void passes(void **state)
{
    AUTO(arena) arena = {0};
    struct told told;

    put("{\"scenario\":\"s\",\"steps\":[{" TOKEN "}]}");
    told = run(&arena, over(*state));
    assert_int_equal(told.status, 0);
    has(told.out, "ok      s (");
    assert_string_equal(told.complaints, "");
}

/* Time stands still but where it must move: a held answer arrives at once, on the clock's terms. */
static void moves_time_for_a_held_answer(void **state)
{
    AUTO(arena) arena = {0};
    struct told told;

    put("{\"scenario\":\"s\",\"steps\":["
        "{\"fault\":{\"action\":{\"type\":\"delay\",\"ms\":3600000},\"times\":1}},"
        "{" TOKEN ",\"expect\":{\"status\":200,\"clock\":\"2026-01-15T10:00:00Z\"}},"
        "{" TOKEN ",\"expect\":{\"status\":200,\"clock\":\"2026-01-15T10:00:00Z\"}}]}");
    told = run(&arena, over(*state));
    assert_string_equal(told.complaints, "");
    if (told.status != 0) {
        fail_msg("%s", told.out);
    }
}

static void tells_a_dropped_answer(void **state)
{
    AUTO(arena) arena = {0};
    struct told told;

    put("{\"scenario\":\"s\",\"steps\":["
        "{\"fault\":{\"action\":{\"type\":\"drop_before\"},\"times\":1}},"
        "{" TOKEN ",\"expect\":{\"status\":null}},"
        "{\"fault\":\"clear\"},{" TOKEN "}]}");
    told = run(&arena, over(*state));
    if (told.status != 0) {
        fail_msg("%s", told.out);
    }
}

static void counts_the_journal_since_a_step(void **state)
{
    AUTO(arena) arena = {0};
    struct told told;

    put("{\"scenario\":\"s\",\"steps\":[{\"name\":\"one\"," TOKEN "},{\"name\":\"two\"," TOKEN
        "},{\"expect\":{\"journal\":["
        "{\"service\":\"entra\",\"method\":\"POST\",\"path\":\"/*/oauth2/v2.0/token\",\"count\":2},"
        "{\"service\":\"aad\",\"path\":\"/*/oauth2/v2.0/token\",\"status\":200,\"since\":\"one\","
        "\"count\":1},{\"contains\":\"client_credentials\",\"since\":\"two\",\"count\":0}]}}]}");
    told = run(&arena, over(*state));
    if (told.status != 0) {
        fail_msg("%s", told.out);
    }
}

static void never_shows_a_secret(void **state)
{
    AUTO(arena) arena = {0};
    struct told told;

    put("{\"scenario\":\"s\",\"world\":{\"extends\":\"ready\"},\"steps\":[{\"name\":\"ask\"," TOKEN
        ",\"save\":{\"token\":\"/access_token\"},\"expect\":{\"body\":{\"/token_type\":"
        "\"{client_secret}\"}}}]}");
    told = run(&arena, over(*state));
    assert_int_equal(told.status, 1);
    has(told.out, "expected  \"***\"");
}

static const struct bad_case {
    const char *name, *text, *complaint;
} bad_rows[] = {
    {"a world that is not there",
     "{\"scenario\":\"s\",\"world\":\"raedy\",\"steps\":[{\"clock\":"
     "\"P1D\"}]}",
     ": /world: "},
    {"an action that nobody can do",
     "{\"scenario\":\"s\",\"steps\":[{\"person\":\"azure-admin/grant-admin-consnt\"}]}",
     ": /steps/0/person: expected an action of a person, found \"azure-admin/grant-admin-consnt\", "
     "did you mean \"azure-admin/grant-admin-consent\"?"},
    {"a table that no service has",
     "{\"scenario\":\"s\",\"steps\":[{\"expect\":{\"state\":{\"graph/aplications\":{\"count\":1}}}}"
     "]}",
     ": /steps/0/expect/state/graph~1aplications: expected a table of the state, found "
     "\"graph/aplications\", did you mean \"graph/applications\"?"},
    {"a typo in a verb", "{\"scenario\":\"s\",\"steps\":[{" TOKEN "},{\"engin\":\"status\"}]}",
     ": /steps/1/engin: expected a member of a step, found \"engin\", did you mean \"engine\"?"},
    {"text that is no JSON", "{\n\"scenario\": s }", ":2:13: "},
};

/* Status 2, before the first step runs. */
static void refuses_before_the_first_step(void **state)
{
    const struct bad_case *c = *state;
    AUTO(arena) arena = {0};
    struct told told;

    assert_int_equal(make_file(NULL), 0);
    put(c->text);
    told = run(&arena, (struct run_options){0});
    assert_int_equal(remove_file(NULL), 0);
    assert_int_equal(told.status, 2);
    assert_string_equal(told.out, "");
    assert_true(str_starts(told.complaints, path));
    has(told.complaints, c->complaint);
}

static const struct step_case {
    const char *name, *steps, *part; /* `part` NULL: passes */
} step_rows[] = {
    {"a null value", "{\"request\":\"GET graph /x/{t}\"}", "request: the value of {t} is null"},
    {"an absent saved value",
     "{\"request\":\"GET graph /x\",\"save\":{\"v\":\"/no\"},\"expect\":{"
     "\"status\":401}},{\"request\":\"GET graph /{v}\"}",
     "the value of {v} is null"},
    {"no such host", "{\"request\":\"GET adfs /adfs/ls\"}",
     "request: this world has no host for \"adfs\""},
    {"nobody of Marketo at Graph", "{\"request\":\"GET graph /v1.0/me\",\"as\":\"marketo-other\"}",
     "as \"marketo-other\": has no account at graph"},
    {"an application that is not there yet",
     "{\"request\":\"GET graph /v1.0/me\",\"as\":\"integration-app\"}",
     "there is no application \"Marketo Integration\" yet"},
    {"a clock that would run back", "{\"clock\":\"2026-01-14T00:00:00Z\"}",
     "expected  to move to 2026-01-14T00:00:00Z"},
    {"a failing operation without an expectation",
     "{\"engine\":\"setup.grant-consent\",\"with\":{\"application\":"
     "\"00000000-1111-4222-8333-444444444444\"}}",
     "expected  \"done\""},
    {"a failing request without an expectation", "{\"request\":\"GET graph /v1.0/applications\"}",
     "expected  2xx"},
    {"what an operation answered",
     "{\"engine\":\"setup.grant-consent\",\"with\":{\"application\":"
     "\"00000000-1111-4222-8333-444444444444\"},\"expect\":{"
     "\"outcome\":{\"$not\":\"done\"},\"error\":{\"$any\":1},"
     "\"engine\":{\"/outcome\":\"done\"}}}",
     NULL},
    {"a token of its own for each host",
     "{\"request\":\"GET graph /v1.0/applications?$top=1\",\"as\":\"directory-admin\"},"
     "{\"request\":\"GET graph /v1.0/organization\",\"as\":\"directory-admin\"},"
     "{\"expect\":{\"journal\":{\"service\":\"entra\",\"count\":1}}}",
     NULL},
    {"another configuration",
     "{\"restart\":{\"config\":{\"admin\":{\"clientId\":null}}}},"
     "{\"engine\":\"setup.register-application\",\"with\":{\"name\":\"x\"},"
     "\"expect\":{\"outcome\":\"refused\"}},{\"expect\":{\"journal\":{\"path\":"
     "\"/*/oauth2/v2.0/devicecode\"}}}",
     NULL},
    {"a person acts",
     "{\"engine\":\"setup.register-application\",\"with\":{\"name\":\"Marketo Integration\"},"
     "\"save\":{\"app\":\"/id\"}},{\"person\":\"azure-admin/grant-admin-consent\",\"with\":{"
     "\"application\":\"{app}\"},\"expect\":{\"status\":200,\"state\":{"
     "\"graph/oauth2PermissionGrants\":{\"count\":{\"$gt\":0}}}}}",
     NULL},
    {"a person is refused",
     "{\"person\":\"azure-admin/grant-admin-consent\",\"with\":{"
     "\"application\":\"nobody\"},\"expect\":{\"status\":409}}",
     NULL},
    {"rows that must be one",
     "{\"expect\":{\"state\":{\"graph/users\":{\"row\":{\"/id\":{\"$any\":1}"
     "}}}}}",
     "state graph/users: rows"},
    {"rows by a column",
     "{\"expect\":{\"state\":{\"graph/users\":{\"where\":{\"userPrincipalName\":"
     "\"{username}\"},\"row\":{\"/mail\":{\"$match\":\"@\"}}}}}}",
     NULL},
};

/* In the world `fresh`, where there is no application yet and {t} is one of its null keys. */
static void plays_steps(void **state)
{
    const struct step_case *c = *state;
    AUTO(arena) arena = {0};
    struct told told;
    char *text =
        arena_printf(&arena, "{\"scenario\":\"s\",\"world\":\"fresh\",\"steps\":[%s]}", c->steps);
    char *key = strstr(text, "{t}");

    if (key != NULL) {
        text = arena_printf(&arena, "%.*s{client_secret}%s", (int)(key - text), text, key + 3);
    }
    assert_int_equal(make_file(NULL), 0);
    put(text);
    told = run(&arena, (struct run_options){0});
    assert_int_equal(remove_file(NULL), 0);
    assert_string_equal(told.complaints, "");
    if (c->part == NULL) {
        if (told.status != 0) {
            fail_msg("%s", told.out);
        }
    } else {
        assert_int_equal(told.status, 1);
        key = strstr(c->part, "{t}");
        has(told.out, key != NULL ? "the value of {client_secret} is null" : c->part);
    }
}

/* The text without the durations, which are the only thing that may differ. */
static const char *without_times(struct arena *arena, const char *text)
{
    AUTO(strbuf) out = STRBUF(0);

    while (*text != '\0') {
        if (str_starts(text, "time=\"")) {
            text += strlen("time=\"");
            text += strspn(text, "0123456789.");
        } else {
            strbuf_add_char(&out, *text++);
        }
    }
    return arena_strdup(arena, strbuf_text(&out));
}

static void is_the_same_every_time(void **state)
{
    static const char *const paths[] = {SOURCE_FIXTURES "/../scenarios/setup"};
    AUTO(arena) arena = {0};
    struct run_options options = {
        .format = "junit", .paths = paths, .path_count = 1, .filter = "0[123]*"};
    struct told one, other;

    (void)state;
    options.filter = "03*";
    options.jobs = 1;
    one = run(&arena, options);
    options.jobs = 3;
    other = run(&arena, options);
    assert_string_equal(one.complaints, "");
    assert_int_equal(one.status, other.status);
    assert_string_equal(without_times(&arena, one.out), without_times(&arena, other.out));
}

/* Each play from its beginning, or all off one. */
static const struct way_case {
    const char *name;
    bool replay;
} way_rows[] = {{"branching", false}, {"from the beginning", true}};

static void tries_every_point(void **state)
{
    const struct way_case *c = *state;
    AUTO(arena) arena = {0};
    struct told told;

    assert_int_equal(make_file(NULL), 0);
    put("{\"scenario\":\"s\",\"world\":\"fresh\",\"steps\":[{\"engine\":"
        "\"setup.grant-consent\",\"with\":{\"application\":"
        "\"00000000-1111-4222-8333-444444444444\"},\"expect\":{\"error\":{\"$any\":1}}}],\"also\":["
        "\"repeat\",\"interrupt\",\"faults\"]}");
    told = run(&arena, (struct run_options){.format = "tap", .replay = c->replay});
    assert_int_equal(remove_file(NULL), 0);
    assert_int_equal(told.status, 0);
    has(told.out, "1..4\nok 1 - ");
    has(told.out, "(repeat)");
    has(told.out, "(interrupt)");
    has(told.out, "(faults)\n# 22 points tried\n"); /* the token and one look, each eleven ways */
}

/* A story whose end depends on which request is the third: trouble before that changes it. */
static void reports_a_variant_that_ends_otherwise(void **state)
{
    const struct way_case *c = *state;
    AUTO(arena) arena = {0};
    struct told told;

    assert_int_equal(make_file(NULL), 0);
    put("{\"scenario\":\"s\",\"world\":\"fresh\",\"steps\":[{\"fault\":{\"match\":{\"service\":"
        "\"graph\",\"nth\":2},\"action\":{\"type\":\"respond\",\"status\":403,\"body\":{\"error\":{"
        "\"code\":\"Authorization_RequestDenied\",\"message\":\"no\"}}}}},{\"engine\":"
        "\"setup.register-application\",\"with\":{\"name\":\"x\"},\"expect\":{\"outcome\":"
        "\"refused\",\"state\":{\"graph/applications\":{\"where\":{\"displayName\":\"x\"},"
        "\"count\":0}}}}],\"also\":[\"faults\"]}");
    told = run(&arena, (struct run_options){.replay = c->replay});
    assert_int_equal(remove_file(NULL), 0);
    assert_int_equal(told.status, 1);
    has(told.out, "ok      s (");
    has(told.out, "FAILED      also: faults");
    has(told.out, " with the fault \"");
    has(told.out, "1 scenario and 1 variant, 1 failed;");
}

/* Also where plays fail: what is told of them, and how many, is as if each had been played alone.
 */
static void branches_as_from_the_beginning(void **state)
{
    AUTO(arena) arena = {0};
    struct run_options options = {.format = "junit"};
    struct told branching, replayed;

    (void)state;
    put("{\"scenario\":\"s\",\"world\":\"fresh\",\"steps\":[{\"fault\":{\"match\":{\"service\":"
        "\"graph\",\"nth\":4},\"action\":{\"type\":\"respond\",\"status\":403,\"body\":{\"error\":{"
        "\"code\":\"Authorization_RequestDenied\",\"message\":\"no\"}}},\"times\":1}},{\"engine\":"
        "\"setup.register-application\",\"with\":{\"name\":\"x\"},\"save\":{\"app\":\"/id\"}},"
        "{\"engine\":\"setup.add-secret\",\"with\":{\"application\":\"{app}\",\"description\":"
        "\"y\"},"
        "\"expect\":{\"state\":{\"graph/applications\":{\"where\":{\"displayName\":\"x\"},"
        "\"count\":1}}}}],\"also\":[\"interrupt\",\"faults\"]}");
    branching = run(&arena, options);
    options.replay = true;
    replayed = run(&arena, options);
    assert_int_equal(branching.status, replayed.status);
    assert_string_equal(without_times(&arena, branching.out), without_times(&arena, replayed.out));
}

int main(void)
{
    static const struct {
        const char *name;
        CMUnitTestFunction test;
    } both[] = {
        {"shows what failed", shows_what_failed},
        {"passes", passes},
        {"moves time for a held answer", moves_time_for_a_held_answer},
        {"tells a dropped answer", tells_a_dropped_answer},
        {"counts the journal since a step", counts_the_journal_since_a_step},
        {"never shows a secret", never_shows_a_secret},
    };
    struct CMUnitTest tests[ARRAY_LEN(both) * ARRAY_LEN(transports) + ARRAY_LEN(bad_rows) +
                            ARRAY_LEN(step_rows) + 2 * ARRAY_LEN(way_rows) + 2];
    size_t count = 0;

    for (size_t i = 0; i < ARRAY_LEN(both); i++) {
        for (size_t k = 0; k < ARRAY_LEN(transports); k++) {
            tests[count++] =
                (struct CMUnitTest){.name = both[i].name,
                                    .test_func = both[i].test,
                                    .setup_func = make_file,
                                    .teardown_func = remove_file,
                                    .initial_state = (void *)(uintptr_t)&transports[k]};
        }
    }
    CASES(tests, count, bad_rows, refuses_before_the_first_step);
    CASES(tests, count, step_rows, plays_steps);
    tests[count++] = (struct CMUnitTest)cmocka_unit_test(is_the_same_every_time);
    CASES(tests, count, way_rows, tries_every_point);
    CASES(tests, count, way_rows, reports_a_variant_that_ends_otherwise);
    tests[count++] = (struct CMUnitTest)cmocka_unit_test_setup_teardown(
        branches_as_from_the_beginning, make_file, remove_file);
    return cases_run("suite", tests, count);
}
