/* The writers, on results made by hand: whatever stands in a text must not break the format. */
#include "cases.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/arena.h"
#include "runner/suite.h"

static const char *exchanges[] = {"#7 POST graph /v1.0/x {\"a\":\"<&>\"} -> 500 \x01"};

static struct run_step steps[] = {{.name = "first"}, {.name = "a <b> & \"c\""}};

static const char *rules[] = {"GEN-01", "GEN-06"};

static struct run_scenario scenario = {.path = "scenarios/setup/010-x.json",
                                       .below = "setup/010-x.json",
                                       .folder = "setup",
                                       .name = "A <name> # with & \"marks\"",
                                       .why = "Because <i>.",
                                       .rules = rules,
                                       .rule_count = ARRAY_LEN(rules),
                                       .steps = steps,
                                       .step_count = ARRAY_LEN(steps)};

static struct run_result items[] = {
    {.scenario = &scenario, .variant = RUN_BASE, .passed = true},
    {.scenario = &scenario,
     .variant = RUN_INTERRUPT,
     .passed = false,
     .points = 12,
     .failed_points = 2,
     .reason_count = 1,
     .reasons = {{.trouble = "killed at commit call 3 of 12, at it",
                  .failure = {.failed = true,
                              .step = 1,
                              .name = "a <b> & \"c\"",
                              .where = "body /x",
                              .expected = "\"<1>\"",
                              .found = "one\ntwo & three",
                              .exchanges = exchanges,
                              .exchange_count = ARRAY_LEN(exchanges)}}}},
};

static const struct run_results results = {.items = items, .count = ARRAY_LEN(items)};

/* What a format writes of the results above. */
static char *written(struct arena *arena, const struct run_format *format)
{
    char *text = NULL, *copy;
    size_t len = 0;
    FILE *out = open_memstream(&text, &len);

    assert_non_null(out);
    if (format->begin != NULL) {
        format->begin(out, &results);
    }
    for (size_t i = 0; format->one != NULL && i < results.count; i++) {
        format->one(out, &results.items[i], i + 1);
    }
    if (format->end != NULL) {
        format->end(out, &results);
    }
    assert_int_equal(fclose(out), 0);
    copy = arena_dup(arena, text, len);
    free(text);
    return copy;
}

static void writes_pretty(void **state)
{
    AUTO(arena) arena = {0};

    (void)state;
    assert_string_equal(
        written(&arena, &run_pretty),
        "ok      A <name> # with & \"marks\" (setup/010-x.json, direct)\n"
        "          first\n"
        "          a <b> & \"c\"\n"
        "FAILED      also: interrupt, 12 interruptions\n"
        "          step 2 of 2: a <b> & \"c\" [killed at commit call 3 of 12, at it]\n"
        "            at        body /x\n"
        "            expected  \"<1>\"\n"
        "            found     one\n"
        "                      two & three\n"
        "            seen      #7 POST graph /v1.0/x {\"a\":\"<&>\"} -> 500 \x01\n"
        "          and 1 further points failed\n"
        "\n"
        "FAILED  1 scenario and 1 variant, 1 failed; tried 12 interruptions and 0 faults; 0.0 s\n");
}

static void writes_tap(void **state)
{
    AUTO(arena) arena = {0};

    (void)state;
    assert_string_equal(written(&arena, &run_tap),
                        "TAP version 13\n"
                        "1..2\n"
                        "ok 1 - setup/010-x.json: A <name> \\# with & \"marks\"\n"
                        "not ok 2 - setup/010-x.json (interrupt)\n"
                        "# 12 points tried\n"
                        "# step 2 of 2: a <b> & \"c\" [killed at commit call 3 of 12, at it]\n"
                        "#   at        body /x\n"
                        "#   expected  \"<1>\"\n"
                        "#   found     one\n"
                        "#             two & three\n"
                        "#   seen      #7 POST graph /v1.0/x {\"a\":\"<&>\"} -> 500 \x01\n"
                        "# and 1 further points failed\n"
                        "# tried 12 interruptions and 0 faults in all\n");
}

static void writes_junit(void **state)
{
    AUTO(arena) arena = {0};

    (void)state;
    assert_string_equal(
        written(&arena, &run_junit),
        "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n"
        "<testsuites tests=\"2\" failures=\"1\" time=\"0.000\">\n"
        "  <testsuite name=\"mocktenant run\" tests=\"2\" failures=\"1\" errors=\"0\" "
        "skipped=\"0\" time=\"0.000\">\n"
        "    <testcase classname=\"setup\" name=\"setup/010-x.json: A &lt;name&gt; # with &amp; "
        "&quot;marks&quot;\" file=\"scenarios/setup/010-x.json\" time=\"0.000\">\n"
        "    </testcase>\n"
        "    <testcase classname=\"setup\" name=\"setup/010-x.json (interrupt)\" "
        "file=\"scenarios/setup/010-x.json\" time=\"0.000\">\n"
        "      <properties><property name=\"points\" value=\"12\"/></properties>\n"
        "      <failure message=\"a &lt;b&gt; &amp; &quot;c&quot;: expected &quot;&lt;1&gt;&quot;, "
        "found one\ntwo &amp; three\">"
        "step 2 of 2: a &lt;b&gt; &amp; &quot;c&quot; [killed at commit call 3 of 12, at it]\n"
        "  at        body /x\n"
        "  expected  &quot;&lt;1&gt;&quot;\n"
        "  found     one\n"
        "            two &amp; three\n"
        "  seen      #7 POST graph /v1.0/x {&quot;a&quot;:&quot;&lt;&amp;&gt;&quot;} -&gt; 500 "
        "\xef\xbf\xbd\n"
        "and 1 further points failed\n"
        "</failure>\n"
        "    </testcase>\n"
        "  </testsuite>\n"
        "</testsuites>\n");
}

static void writes_a_report(void **state)
{
    static const char *const parts[] = {
        "<h1 class=\"failed\">1 of 2 cases passed</h1>",
        "<h2>A &lt;name&gt; # with &amp; &quot;marks&quot;</h2>",
        "<p class=\"path\">setup/010-x.json &middot; GEN-01, GEN-06</p>",
        "<p>Because &lt;i&gt;.</p>",
        "<li>a &lt;b&gt; &amp; &quot;c&quot;</li>",
        "<p class=\"ok\">the story: passed",
        "<p class=\"failed\">interrupt: failed, 12 points",
        "two &amp; three",
        "default-src 'none'",
    };
    char *text = NULL;
    size_t len = 0;
    FILE *out = open_memstream(&text, &len);

    (void)state;
    assert_non_null(out);
    run_report(out, &results);
    assert_int_equal(fclose(out), 0);
    for (size_t i = 0; i < ARRAY_LEN(parts); i++) {
        if (strstr(text, parts[i]) == NULL) {
            fail_msg("the report lacks: %s", parts[i]);
        }
    }
    assert_null(strstr(text, "<i>"));
    assert_null(strstr(text, "<script"));
    assert_null(strstr(text, "http://"));
    free(text);
}

static void lists_rules(void **state)
{
    char *text = NULL;
    size_t len = 0;
    FILE *out = open_memstream(&text, &len);
    AUTO(arena) arena = {0};

    (void)state;
    assert_non_null(out);
    run_rule_table(out, &results, "# ");
    assert_int_equal(fclose(out), 0);
    assert_string_equal(text, arena_printf(&arena,
                                           "# \n# rule                  scenarios\n"
                                           "# GEN-01        FAILED  setup/010-x.json\n"
                                           "# GEN-06        FAILED  setup/010-x.json\n"
                                           "# 2 of %zu rules are cited\n",
                                           run_rules.count));
    free(text);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(writes_pretty), cmocka_unit_test(writes_tap),
        cmocka_unit_test(writes_junit),  cmocka_unit_test(writes_a_report),
        cmocka_unit_test(lists_rules),
    };

    return cases_run("formats", tests, ARRAY_LEN(tests));
}
