#include "cases.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/arena.h"
#include "base/str.h"
#include "runner/scenario.h"

/* A step in a scenario that is right apart from it. */
#define STEP(text) "{\"scenario\":\"s\",\"steps\":[" text "]}"
#define ENGINE     STEP
#define LOOK(text) STEP("{\"expect\":{" text "}}")

static const struct bad_case {
    const char *name, *text, *pointer, *message;
} bad_rows[] = {
    {"no object", "[]", "", "expected a scenario (an object), found an array"},
    {"no name", "{\"steps\":[{\"clock\":\"P1D\"}]}", "",
     "expected the member \"scenario\" of a scenario, found none"},
    {"no steps", "{\"scenario\":\"s\"}", "",
     "expected the member \"steps\" of a scenario, found none"},
    {"empty steps", "{\"scenario\":\"s\",\"steps\":[]}", "/steps",
     "expected at least one step in an array, found none"},
    {"an empty name", "{\"scenario\":\"\",\"steps\":[{\"clock\":\"P1D\"}]}", "/scenario",
     "expected a text that is not empty, found \"\""},
    {"an unknown member", "{\"scenario\":\"s\",\"step\":[]}", "/step",
     "expected a member of a scenario, found \"step\", did you mean \"steps\"?"},
    {"an unknown rule", "{\"scenario\":\"s\",\"rules\":[\"GEN-01\",\"SETUP2-99\"],\"steps\":[]}",
     "/rules/1",
     "expected the id of a rule of scenarios/RULES.md, found \"SETUP2-99\", did you mean "
     "\"SETUP2-09\"?"},
    {"a rule twice", "{\"scenario\":\"s\",\"rules\":[\"GEN-01\",\"GEN-01\"],\"steps\":[]}",
     "/rules/1", "expected each word once, found \"GEN-01\" again"},
    {"an unknown variant", "{\"scenario\":\"s\",\"also\":[\"repeats\"],\"steps\":[]}", "/also/0",
     "expected a variant, found \"repeats\", did you mean \"repeat\"?"},
    {"a world that is a number", "{\"scenario\":\"s\",\"world\":1,\"steps\":[]}", "/world",
     "expected the name of a world or a world as an object, found a number"},
    {"a placeholder in config that no world has",
     "{\"scenario\":\"s\",\"config\":{\"notify\":\"{usernam}\"},\"steps\":[{\"clock\":\"P1D\"}]}",
     "/config/notify",
     "expected a placeholder for a key of the world or for a name that an earlier step saves, "
     "found {usernam}, did you mean \"username\"?"},

    {"an unknown verb", STEP("{\"engin\":\"status\"}"), "/steps/0/engin",
     "expected a member of a step, found \"engin\", did you mean \"engine\"?"},
    {"two verbs", STEP("{\"engine\":\"status\",\"clock\":\"P1D\"}"), "/steps/0",
     "expected exactly one of engine, person, request, clock, restart, fault (or expect alone), "
     "found more"},
    {"no verb", STEP("{\"name\":\"x\"}"), "/steps/0",
     "expected exactly one of engine, person, request, clock, restart, fault (or expect alone), "
     "found none"},
    {"a step that is a text", STEP("\"status\""), "/steps/0",
     "expected a step (an object), found a string"},
    {"an unknown operation", ENGINE("{\"engine\":\"setup.add-secrets\"}"), "/steps/0/engine",
     "expected an operation of the engine, found \"setup.add-secrets\", did you mean "
     "\"setup.add-secret\"?"},
    {"an unknown parameter",
     ENGINE("{\"engine\":\"setup.add-secret\",\"with\":{\"aplication\":\"x\"}}"),
     "/steps/0/with/aplication",
     "expected a parameter of setup.add-secret, found \"aplication\", did you mean "
     "\"application\"?"},
    {"a member of another verb", STEP("{\"clock\":\"P1D\",\"as\":\"nobody\"}"), "/steps/0/as",
     "expected a member that goes with clock, found \"as\""},
    {"an expectation of another verb", STEP("{\"clock\":\"P1D\",\"expect\":{\"status\":200}}"),
     "/steps/0/expect/status", "expected a member that goes with clock, found \"status\""},
    {"an expectation without a verb", LOOK("\"outcome\":\"done\""), "/steps/0/expect/outcome",
     "expected a member that goes with a step of only expect, found \"outcome\""},
    {"a look that expects nothing", STEP("{\"expect\":{}}"), "/steps/0/expect",
     "expected at least one expectation, found none"},
    {"a state of no table", LOOK("\"state\":{}"), "/steps/0/expect/state",
     "expected at least one expectation, found none"},
    {"no journal at all", LOOK("\"journal\":[]"), "/steps/0/expect/journal",
     "expected at least one expectation, found none"},
    {"a kind of mail that nobody sends", LOOK("\"mail\":{\"kind\":\"sync_dwn\",\"count\":0}"),
     "/steps/0/expect/mail/kind",
     "expected a kind of mail, found \"sync_dwn\", did you mean \"sync_down\"?"},
    {"an action without an actor", STEP("{\"person\":\"create-record\"}"), "/steps/0/person",
     "expected actor/action, found \"create-record\""},
    {"a request without a path", STEP("{\"request\":\"GET graph\"}"), "/steps/0/request",
     "expected METHOD service[@host] /path, found \"GET graph\""},
    {"a request with a blank in its path", STEP("{\"request\":\"GET graph /a b\"}"),
     "/steps/0/request", "expected METHOD service[@host] /path, found \"GET graph /a b\""},
    {"an unknown service", STEP("{\"request\":\"GET grap /x\"}"), "/steps/0/request",
     "expected a service, found \"grap\", did you mean \"graph\"?"},
    {"an unknown method", STEP("{\"request\":\"FETCH graph /x\"}"), "/steps/0/request",
     "expected a method, found \"FETCH\", did you mean \"PATCH\"?"},
    {"a host where there is none", STEP("{\"request\":\"GET graph@x /x\"}"), "/steps/0/request",
     "expected @host behind dataverse or marketo only, found it behind \"graph\""},
    {"an unknown person", STEP("{\"request\":\"GET graph /x\",\"as\":\"admin\"}"), "/steps/0/as",
     "expected a person, found \"admin\""},
    {"two bodies", STEP("{\"request\":\"POST graph /x\",\"json\":{},\"form\":{}}"), "/steps/0",
     "expected form or json as the body, found both"},
    {"a form with a list", STEP("{\"request\":\"POST graph /x\",\"form\":{\"a\":[]}}"),
     "/steps/0/form/a", "expected a text, found an array"},
    {"a malformed duration", STEP("{\"clock\":\"15M\"}"), "/steps/0/clock",
     "expected a duration such as PT15M or a date such as 2026-01-15T09:00:00Z, found \"15M\""},
    {"a malformed date", STEP("{\"clock\":\"2026-02-30T00:00:00Z\"}"), "/steps/0/clock",
     "expected a duration such as PT15M or a date such as 2026-01-15T09:00:00Z, found "
     "\"2026-02-30T00:00:00Z\""},
    {"a restart with something else", STEP("{\"restart\":{\"confg\":{}}}"),
     "/steps/0/restart/confg",
     "expected a member of a restart, found \"confg\", did you mean \"config\"?"},
    {"a fault that is a word", STEP("{\"fault\":\"clean\"}"), "/steps/0/fault",
     "expected a fault rule or \"clear\", found \"clean\""},
    {"a fault without an action", STEP("{\"fault\":{\"times\":1}}"), "/steps/0/fault",
     "expected the member \"action\" of a fault rule, found none"},
    {"an unknown type of fault", STEP("{\"fault\":{\"action\":{\"type\":\"drop-after\"}}}"),
     "/steps/0/fault/action/type",
     "expected a type of fault, found \"drop-after\", did you mean \"drop_after\"?"},
    {"a fault that lacks a member", STEP("{\"fault\":{\"action\":{\"type\":\"delay\"}}}"),
     "/steps/0/fault/action", "expected the member \"ms\" of the fault delay, found none"},
    {"a fault with a member too many",
     STEP("{\"fault\":{\"action\":{\"type\":\"duplicate\",\"ms\":1}}}"), "/steps/0/fault/action/ms",
     "expected a member of the fault duplicate, found \"ms\""},
    {"a fault that matches by an unknown member",
     STEP("{\"fault\":{\"match\":{\"paht\":\"/\"},\"action\":{\"type\":\"duplicate\"}}}"),
     "/steps/0/fault/match/paht",
     "expected a member of the match of a fault rule, found \"paht\", did you mean \"path\"?"},
    {"a fault for an unknown service",
     STEP("{\"fault\":{\"match\":{\"service\":\"entr\"},\"action\":{\"type\":\"duplicate\"}}}"),
     "/steps/0/fault/match/service", "expected a service, found \"entr\", did you mean \"entra\"?"},
    {"a name that is no name", STEP("{\"engine\":\"status\",\"save\":{\"a b\":\"/x\"}}"),
     "/steps/0/save/a b", "expected a name of letters, digits, `_`, `-` and `.`, found \"a b\""},
    {"a pointer that is none", STEP("{\"engine\":\"status\",\"save\":{\"a\":\"id\"}}"),
     "/steps/0/save/a", "expected a JSON Pointer such as /value/0/id, found \"id\""},

    {"an unknown expectation", STEP("{\"engine\":\"status\",\"expect\":{\"outcom\":\"done\"}}"),
     "/steps/0/expect/outcom",
     "expected a member of an expectation, found \"outcom\", did you mean \"outcome\"?"},
    {"an unknown outcome", STEP("{\"engine\":\"status\",\"expect\":{\"outcome\":\"fail\"}}"),
     "/steps/0/expect/outcome", "expected an outcome, found \"fail\", did you mean \"failed\"?"},
    {"an unknown matcher",
     STEP("{\"engine\":\"status\",\"expect\":{\"result\":{\"/x\":{\"$matches\":\"a\"}}}}"),
     "/steps/0/expect/result/~1x/$matches",
     "expected a matcher, found \"$matches\", did you mean \"$match\"?"},
    {"a matcher beside others",
     STEP("{\"engine\":\"status\",\"expect\":{\"result\":{\"/x\":{\"$lt\":1,\"$gt\":0}}}}"),
     "/steps/0/expect/result/~1x",
     "expected a matcher alone in its object, found \"$lt\" beside others"},
    {"a regular expression that is none",
     STEP("{\"engine\":\"status\",\"expect\":{\"error\":{\"$match\":\"(\"}}}"),
     "/steps/0/expect/error/$match", "expected a POSIX extended regular expression, found ("},
    {"a matcher in a matcher",
     STEP("{\"engine\":\"status\",\"expect\":{\"error\":{\"$not\":{\"$lt\":\"x\"}}}}"),
     "/steps/0/expect/error/$not/$lt",
     "expected a number or a date such as 2026-01-15T09:00:00Z, found x"},
    {"a count that is a text",
     STEP("{\"engine\":\"status\",\"expect\":{\"result\":{\"/x\":{\"$count\":\"two\"}}}}"),
     "/steps/0/expect/result/~1x/$count", "expected a number or a matcher, found two"},
    {"a result by something else than a pointer",
     STEP("{\"engine\":\"status\",\"expect\":{\"result\":{\"x\":1}}}"), "/steps/0/expect/result/x",
     "expected a JSON Pointer such as /value/0/id, found \"x\""},
    {"a clock that is no date", LOOK("\"clock\":\"noon\""), "/steps/0/expect/clock",
     "expected a date such as 2026-01-15T09:00:00Z, found \"noon\""},
    {"a journal's unknown member", LOOK("\"journal\":{\"bodycontains\":\"x\"}"),
     "/steps/0/expect/journal/bodycontains",
     "expected a member of an expectation about the journal, found \"bodycontains\", did you "
     "mean \"body_contains\"?"},
    {"since a step that is not there",
     STEP(
         "{\"name\":\"first\",\"clock\":\"P1D\"},{\"expect\":{\"journal\":{\"since\":\"frist\"}}}"),
     "/steps/1/expect/journal/since",
     "expected the name of an earlier step, found \"frist\", did you mean \"first\"?"},
    {"since a step that comes later",
     STEP(
         "{\"expect\":{\"journal\":{\"since\":\"later\"}}},{\"name\":\"later\",\"clock\":\"P1D\"}"),
     "/steps/0/expect/journal/since", "expected the name of an earlier step, found \"later\""},
    {"since one of two",
     STEP("{\"name\":\"a\",\"clock\":\"P1D\"},{\"name\":\"a\",\"clock\":\"P1D\"},"
          "{\"expect\":{\"journal\":[{\"since\":\"a\"}]}}"),
     "/steps/2/expect/journal/0/since",
     "expected the name of one earlier step, found 2 of the name \"a\""},
    {"a state without a table", LOOK("\"state\":{\"graph\":{}}"), "/steps/0/expect/state/graph",
     "expected service/table, found \"graph\""},
    {"a state of an unknown service", LOOK("\"state\":{\"grph/users\":{}}"),
     "/steps/0/expect/state/grph~1users",
     "expected a service, found \"grph\", did you mean \"graph\"?"},
    {"rows by an unknown member", LOOK("\"state\":{\"graph/users\":{\"were\":{}}}"),
     "/steps/0/expect/state/graph~1users/were",
     "expected a member of an expectation about rows, found \"were\", did you mean \"where\"?"},
    {"mail by an unknown member", LOOK("\"mail\":{\"form\":\"x\"}"), "/steps/0/expect/mail/form",
     "expected a member of an expectation about mail, found \"form\""},

    {"an unknown placeholder", STEP("{\"engine\":\"status\",\"with\":{\"a\":\"{b}\"}}"),
     "/steps/0/with/a", NULL},
    {"a placeholder before it is saved",
     STEP("{\"engine\":\"setup.remove-secret\",\"with\":{\"keyId\":\"{key}\"},"
          "\"save\":{\"key\":\"/keyId\"}}"),
     "/steps/0/with/keyId",
     "expected a placeholder for a key of the world or for a name that an earlier step saves, "
     "found {key}"},
    {"a placeholder in a name", STEP("{\"request\":\"POST graph /x\",\"json\":{\"{b}\":1}}"),
     "/steps/0/json/{b}",
     "expected a placeholder for a key of the world or for a name that an earlier step saves, "
     "found {b}"},
    {"a malformed placeholder", STEP("{\"request\":\"GET graph /x{\"}"), "/steps/0/request",
     "expected {name} or {name:from:to} (a brace itself is written {{), found \"{\""},
    {"a placeholder in a path", STEP("{\"request\":\"GET graph /x/{appp}\"}"), "/steps/0/request",
     "expected a placeholder for a key of the world or for a name that an earlier step saves, "
     "found {appp}"},
};

static void refuses(void **state)
{
    const struct bad_case *c = *state;
    AUTO(arena) arena = {0};
    struct run_scenario scenario;
    struct err err = {0};

    assert_false(run_read(&arena, c->text, strlen(c->text), &scenario, &err));
    assert_string_equal(err.pointer, c->pointer);
    if (c->message != NULL) {
        assert_string_equal(err.text, c->message);
    }
}

static const struct good_case {
    const char *name, *text;
} good_rows[] = {
    {"comments", "// c\n{ /* d */ \"scenario\": \"s\", \"steps\": [{\"clock\":\"P1D\"}] }"},
    {"a key of the world", STEP("{\"request\":\"GET graph /x/{client_id}?a={tenant_id:0:3}\"}")},
    {"any outcome will do", STEP("{\"engine\":\"status\",\"expect\":{}}")},
    {"a name saved before", STEP("{\"engine\":\"status\",\"save\":{\"a\":\"/state\"}},"
                                 "{\"request\":\"GET graph /{a}\"}")},
    {"a name that the step itself saves, in what it expects",
     STEP("{\"engine\":\"status\",\"save\":{\"a\":\"/x\"},\"expect\":{\"result\":{\"/"
          "y\":\"{a}\"}}}")},
    {"a parameter that shall be refused", STEP("{\"engine\":\"setup.add-secret\",\"with\":{\"x\":1}"
                                               ",\"expect\":{\"outcome\":\"usage\"}}")},
    {"matchers where values stand",
     STEP("{\"request\":\"GET graph /\",\"expect\":{\"status\":{\"$lt\":300},\"headers\":{\"Date\":"
          "{\"$match\":\"^[A-Z][a-z]{{2}\"}},\"body\":{\"\":{\"$any\":true}},\"clock\":{\"$gt\":"
          "\"2026-01-01T00:00:00Z\"}}}")},
    {"a world of its own", "{\"scenario\":\"s\",\"world\":{\"extends\":\"fresh\"},\"steps\":["
                           "{\"fault\":\"clear\"}]}"},
    {"all of a step without a verb",
     LOOK("\"journal\":[{\"service\":\"entra\",\"count\":0}],\"state\":{\"dataverse@x.y/contacts\":"
          "{\"where\":{\"a\":null},\"count\":{\"$gt\":1},\"row\":{\"/a\":1}}},\"mail\":{\"to\":"
          "\"a\"},\"engine\":{\"/state\":\"new\"}")},
    {"every fault",
     STEP("{\"fault\":{\"match\":{\"service\":\"entra\",\"nth\":2},\"action\":{\"type\":"
          "\"respond\",\"status\":503,\"headers\":{\"Retry-After\":\"5\"}},\"times\":1}}")},
};

static void accepts(void **state)
{
    const struct good_case *c = *state;
    AUTO(arena) arena = {0};
    struct run_scenario scenario;
    struct err err = {0};

    if (!run_read(&arena, c->text, strlen(c->text), &scenario, &err)) {
        fail_msg("%s: %s", err.pointer, err.text);
    }
    assert_string_equal(scenario.name, "s");
    assert_true(scenario.step_count >= 1);
}

static void fills_a_world_of_a_scenario(void **state)
{
    static const char text[] = "{\"scenario\":\"s\",\"world\":{\"extends\":\"fresh\"},\"steps\":["
                               "{\"clock\":\"P1D\"}],\"also\":[\"faults\",\"repeat\"]}";
    AUTO(arena) arena = {0};
    struct run_scenario scenario;
    struct err err;

    (void)state;
    assert_true(run_read(&arena, text, strlen(text), &scenario, &err));
    assert_string_equal(scenario.world,
                        "{\"extends\":\"fresh\",\"version\":1,\"name\":\"scenario\"}");
    assert_int_equal(scenario.also, 1U << RUN_REPEAT | 1U << RUN_FAULTS);
    assert_string_equal(scenario.steps[0].name, "clock P1D");
}

/* A folder with files for the tests below; made anew for each. */
static char folder[] = "/tmp/mocktenant-test-XXXXXX";

static void put_file(const char *name, const char *text)
{
    AUTO(arena) arena = {0};
    FILE *file = fopen(arena_printf(&arena, "%s/%s", folder, name), "w");

    assert_non_null(file);
    fputs(text, file);
    fclose(file);
}

static const char *const files[] = {"b/2.json", "b/1.json", "a.json",
                                    "c.txt",    "bad.json", "torn.json"};

static int make_folder(void **state)
{
    AUTO(arena) arena = {0};

    (void)state;
    memcpy(folder + strlen(folder) - 6, "XXXXXX", 6);
    if (mkdtemp(folder) == NULL || mkdir(arena_printf(&arena, "%s/b", folder), 0700) != 0) {
        return -1;
    }
    put_file("a.json", STEP("{\"clock\":\"P1D\"}"));
    put_file("b/1.json", STEP("{\"clock\":\"P1D\"}"));
    put_file("b/2.json", STEP("{\"clock\":\"P1D\"}"));
    put_file("bad.json", STEP("{\"clok\":\"P1D\"}"));
    put_file("c.txt", "no scenario");
    put_file("torn.json", "{\n  \"scenario\": 'x'\n}");
    return 0;
}

static int remove_folder(void **state)
{
    AUTO(arena) arena = {0};

    (void)state;
    for (size_t i = 0; i < ARRAY_LEN(files); i++) {
        (void)unlink(arena_printf(&arena, "%s/%s", folder, files[i]));
    }
    (void)rmdir(arena_printf(&arena, "%s/b", folder));
    return rmdir(folder);
}

static void finds_files_in_order(void **state)
{
    static const char *const expected[] = {"a.json", "b/1.json", "b/2.json"};
    AUTO(arena) arena = {0};
    struct run_complaints complaints = {.arena = &arena};
    const char *const paths[] = {folder};
    struct run_scenarios all;

    (void)state;
    assert_false(run_load(&arena, paths, 1, NULL, &all, &complaints));
    assert_int_equal(all.count, ARRAY_LEN(expected));
    for (size_t i = 0; i < all.count; i++) {
        assert_string_equal(all.items[i].below, expected[i]);
    }
    assert_string_equal(all.items[1].folder, "b");
    assert_int_equal(complaints.count, 2);
    assert_string_equal(
        complaints.lines[0],
        arena_printf(&arena,
                     "%s/bad.json: /steps/0/clok: expected a member of a step, found \"clok\", "
                     "did you mean \"clock\"?",
                     folder));
    assert_true(
        str_starts(complaints.lines[1], arena_printf(&arena, "%s/torn.json:2:15: ", folder)));
}

static void filters_by_the_path_below(void **state)
{
    AUTO(arena) arena = {0};
    struct run_complaints complaints = {.arena = &arena};
    const char *const paths[] = {folder};
    struct run_scenarios some;

    (void)state;
    assert_true(run_load(&arena, paths, 1, "b*2.json", &some, &complaints));
    assert_int_equal(some.count, 1);
    assert_string_equal(some.items[0].below, "b/2.json");
    assert_false(run_load(&arena, paths, 1, "none*", &some, &complaints));
    assert_string_equal(complaints.lines[0],
                        arena_printf(&arena, "no scenario fits \"none*\" below %s", folder));
}

static void takes_a_single_file(void **state)
{
    AUTO(arena) arena = {0};
    struct run_complaints complaints = {.arena = &arena};
    const char *const paths[] = {arena_printf(&arena, "%s/b/1.json", folder), "/nowhere/at-all"};
    struct run_scenarios one;

    (void)state;
    assert_true(run_load(&arena, paths, 1, NULL, &one, &complaints));
    assert_int_equal(one.count, 1);
    assert_string_equal(one.items[0].below, "1.json");
    assert_string_equal(one.items[0].world_dir, arena_printf(&arena, "%s/b", folder));
    assert_false(run_load(&arena, paths, 2, NULL, &one, &complaints));
    assert_string_equal(complaints.lines[0], "/nowhere/at-all: No such file or directory");
}

int main(void)
{
    struct CMUnitTest tests[ARRAY_LEN(bad_rows) + ARRAY_LEN(good_rows) + 4];
    size_t count = 0;

    CASES(tests, count, bad_rows, refuses);
    CASES(tests, count, good_rows, accepts);
    tests[count++] = (struct CMUnitTest)cmocka_unit_test(fills_a_world_of_a_scenario);
    tests[count++] = (struct CMUnitTest)cmocka_unit_test_setup_teardown(finds_files_in_order,
                                                                        make_folder, remove_folder);
    tests[count++] = (struct CMUnitTest)cmocka_unit_test_setup_teardown(filters_by_the_path_below,
                                                                        make_folder, remove_folder);
    tests[count++] = (struct CMUnitTest)cmocka_unit_test_setup_teardown(takes_a_single_file,
                                                                        make_folder, remove_folder);
    return cases_run("load", tests, count);
}
