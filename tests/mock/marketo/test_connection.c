/* The state machine, exhaustively: every state and every event. */
#include <string.h>

#include "base/str.h"
#include "cases.h"
#include "marketo/connection.h"

/*
 * Contract section 5 once more, written from its sentences and not from the machine's table: for
 * each event the states in which something happens; in all others the connection stays as it is
 * where `stays` has them, and is refused where it has not.
 */
struct rule {
    const char *name;
    enum marketo_event event;
    const char *arrows;  /* "from>to from>to"; `back` is the state before */
    const char *stays;   /* states */
    const char *refused; /* "state:code" */
};

#define ALL "new bound fields_chosen initial_sync running disabled oauth_pause settling halted down"

static const struct rule rules[] = {
    {"credentials", EVENT_CREDENTIALS, "new>bound down>back",
     "bound fields_chosen initial_sync running disabled oauth_pause settling halted", ""},
    {"switch", EVENT_SWITCH, "oauth_pause>settling disabled>settling", "",
     "new:step_closed bound:step_closed fields_chosen:step_closed initial_sync:step_closed"
     " running:step_closed settling:step_closed halted:step_closed down:step_closed"},
    {"fields", EVENT_FIELDS, "bound>fields_chosen halted>disabled",
     "fields_chosen initial_sync running disabled oauth_pause settling down", "new:step_closed"},
    {"enable", EVENT_ENABLE, "fields_chosen>initial_sync disabled>back settling>back",
     "initial_sync running down",
     "new:step_closed bound:step_closed oauth_pause:paused halted:schema_changed"},
    {"disable", EVENT_DISABLE,
     "running>disabled initial_sync>disabled halted>disabled down>disabled", "disabled",
     "new:not_enabled bound:not_enabled fields_chosen:not_enabled oauth_pause:paused"
     " settling:paused"},
    {"quick sync", EVENT_QUICK_SYNC, "",
     "fields_chosen initial_sync running disabled oauth_pause settling halted down",
     "new:step_closed bound:step_closed"},
    {"support's flag", EVENT_FLAG,
     "initial_sync>oauth_pause running>oauth_pause disabled>oauth_pause halted>oauth_pause"
     " down>oauth_pause",
     "",
     "new:not_enabled bound:not_enabled fields_chosen:not_enabled oauth_pause:paused"
     " settling:paused"},
    {"a pass", EVENT_PASS, "down>back",
     "new bound fields_chosen initial_sync running disabled oauth_pause settling halted", ""},
    {"a pass with initialComplete", EVENT_COMPLETE, "initial_sync>running down>running",
     "new bound fields_chosen running disabled oauth_pause settling halted", ""},
    {"a stop by the schema", EVENT_STOP_SCHEMA, "initial_sync>halted running>halted down>halted",
     "new bound fields_chosen disabled oauth_pause settling halted", ""},
    {"a stop by access", EVENT_STOP_ACCESS, "initial_sync>down running>down",
     "new bound fields_chosen disabled oauth_pause settling halted down", ""},
};

/* The text behind "state>" or "state:" in a list; NULL when the state is not in it. */
static const char *find(const char *list, const char *state, char mark, char ret[40])
{
    size_t len = strlen(state);

    for (const char *at = list; (at = strstr(at, state)) != NULL; at++) {
        if ((at == list || at[-1] == ' ') &&
            (mark == ' ' ? at[len] == ' ' || at[len] == '\0' : at[len] == mark)) {
            if (mark != ' ') {
                size_t value = strcspn(at + len + 1, " ");

                memcpy(ret, at + len + 1, value);
                ret[value] = '\0';
            }
            return ret;
        }
    }
    return NULL;
}

static void follows_the_contract(void **state)
{
    const struct rule *rule = *state;

    for (int complete = 0; complete < 2; complete++) {
        for (int s = 0; s < MARKETO_STATES; s++) {
            const struct marketo_connection connection = {.state = (enum marketo_state)s,
                                                          .initial_complete = complete != 0};
            const char *name = marketo_state_name(connection.state), *code = NULL;
            enum marketo_state next = MARKETO_NEW;
            bool taken = marketo_connection_step(&connection, rule->event, 0, &next, &code);
            char want[40];

            if (find(rule->arrows, name, '>', want) != NULL) {
                assert_true(taken);
                assert_string_equal(marketo_state_name(next), strcmp(want, "back") != 0 ? want
                                                              : complete != 0           ? "running"
                                                                              : "initial_sync");
            } else if (find(rule->stays, name, ' ', want) != NULL) {
                assert_true(taken);
                assert_int_equal(next, s);
            } else {
                assert_non_null(find(rule->refused, name, ':', want));
                assert_false(taken);
                assert_string_equal(code, want);
                assert_true(strlen(marketo_refusal_text(code)) > 40);
            }
        }
    }
}

/* 14:59 is too early, 15:00 is not. */
static void settles_by_the_clock(void **state)
{
    const struct marketo_connection connection = {.state = MARKETO_SETTLING, .settles_ms = 900000};
    enum marketo_state next;
    const char *code;

    (void)state;
    assert_false(marketo_connection_step(&connection, EVENT_ENABLE, 899999, &next, &code));
    assert_string_equal(code, "too_early");
    assert_true(marketo_connection_step(&connection, EVENT_ENABLE, 900000, &next, &code));
    assert_int_equal(next, MARKETO_INITIAL_SYNC);
}

static void names_are_known(void **state)
{
    static const char all[] = ALL;
    enum marketo_state found;
    size_t len = 0;

    (void)state;
    for (int s = 0; s < MARKETO_STATES; s++) {
        assert_true(marketo_state_find(marketo_state_name((enum marketo_state)s), &found));
        assert_int_equal(found, s);
        len += strlen(marketo_state_name(found)) + 1;
    }
    assert_int_equal(len, sizeof all);
    assert_false(marketo_state_find("off", &found));
}

int main(void)
{
    struct CMUnitTest tests[20];
    size_t count = 0;

    CASES(tests, count, rules, follows_the_contract);
    tests[count++] = (struct CMUnitTest)cmocka_unit_test(settles_by_the_clock);
    tests[count++] = (struct CMUnitTest)cmocka_unit_test(names_are_known);
    return cases_run("connection", tests, count);
}
