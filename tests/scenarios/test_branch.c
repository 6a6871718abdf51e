/* A copy of the process that goes on by itself, and what it tells. */
#include "cases.h"

#include <pthread.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/auto.h"
#include "runner/branch.h"
#include "runner/parcel.h"

enum { LONG = 300000 }; /* more than a socket holds */

static void tells_what_it_knows(void **state)
{
    AUTO(strbuf) heard = STRBUF(0);
    struct run_branch branch;
    char why[64] = "", *text = calloc(1, LONG + 1);
    int here = 1;

    (void)state;
    assert_non_null(text);
    memset(text, 'x', LONG);
    if (run_branch_off(&branch) == RUN_BRANCH) {
        here = 2;
        text[0] = 'y';
        _exit(run_branch_say(&branch, text, LONG) && here == 2 ? EXIT_SUCCESS : EXIT_FAILURE);
    }
    assert_int_equal(here, 1);
    assert_true(run_branch_hear(&branch, &heard));
    assert_int_equal(heard.len, LONG);
    assert_memory_equal(heard.data, "yxx", 3);
    assert_true(run_branch_end(&branch, why, sizeof why));
    assert_string_equal(why, "");
    free(text);
}

static const struct end_case {
    const char *name;
    int signal, status;
    const char *why;
} end_rows[] = {
    {"killed", SIGKILL, 0, "was ended by signal 9"},
    {"aborted", SIGABRT, 0, "was ended by signal 6"},
    {"with a status", 0, 3, "ended with status 3"},
};

static void says_how_it_ended(void **state)
{
    const struct end_case *c = *state;
    AUTO(strbuf) heard = STRBUF(0);
    struct run_branch branch;
    char why[64] = "";

    if (run_branch_off(&branch) == RUN_BRANCH) {
        (void)signal(SIGABRT, SIG_DFL); /* cmocka and sanitizers have their own */
        (void)raise(c->signal);
        _exit(c->status);
    }
    assert_false(run_branch_hear(&branch, &heard));
    assert_false(run_branch_end(&branch, why, sizeof why));
    assert_string_equal(why, c->why);
}

static void *wait_for_end(void *arg)
{
    (void)pthread_mutex_lock(arg);
    (void)pthread_mutex_unlock(arg);
    return NULL;
}

static void needs_a_process_with_one_thread(void **state)
{
    pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
    struct run_branch branch;
    pthread_t thread;

    (void)state;
    (void)pthread_mutex_lock(&lock);
    assert_int_equal(pthread_create(&thread, NULL, wait_for_end, &lock), 0);
    assert_int_equal(run_branch_off(&branch), RUN_NO_BRANCH);
    (void)pthread_mutex_unlock(&lock);
    (void)pthread_join(thread, NULL);
}

static void is_added_to_what_is_known(void **state)
{
    const char *exchanges[] = {"#1 GET", "#2 GET"};
    struct run_result from = {.points = 2,
                              .failed_points = 1,
                              .reason_count = 1,
                              .reasons = {{.trouble = "killed",
                                           .failure = {.failed = true,
                                                       .step = 3,
                                                       .name = "s",
                                                       .found = "",
                                                       .exchanges = exchanges,
                                                       .exchange_count = ARRAY_LEN(exchanges)}}}};
    struct run_result to = {.passed = true, .points = 5};
    AUTO(strbuf) parcel = STRBUF(0);

    (void)state;
    run_parcel_pack(&from, &parcel);
    assert_true(run_parcel_open(parcel.data, parcel.len, &to));
    assert_false(to.passed);
    assert_int_equal(to.points, 7);
    assert_int_equal(to.failed_points, 1);
    assert_int_equal(to.reason_count, 1);
    assert_string_equal(to.reasons[0].trouble, "killed");
    assert_int_equal(to.reasons[0].failure.step, 3);
    assert_null(to.reasons[0].failure.where);
    assert_string_equal(to.reasons[0].failure.found, "");
    assert_string_equal(to.reasons[0].failure.exchanges[1], "#2 GET");
    for (size_t len = 0; len < parcel.len; len++) {
        struct run_result torn = {.passed = true, .points = 5};
        char *part = malloc(len > 0 ? len : 1);

        assert_non_null(part);
        memcpy(part, parcel.data, len); /* a memory of its own: a look beyond it is seen */
        assert_false(run_parcel_open(part, len, &torn));
        assert_int_equal(torn.points, 5);
        free(part);
        arena_finish(&torn.arena);
    }
    arena_finish(&to.arena);
}

int main(void)
{
    struct CMUnitTest tests[ARRAY_LEN(end_rows) + 3];
    size_t count = 0;

    tests[count++] = (struct CMUnitTest)cmocka_unit_test(tells_what_it_knows);
    CASES(tests, count, end_rows, says_how_it_ended);
    tests[count++] = (struct CMUnitTest)cmocka_unit_test(needs_a_process_with_one_thread);
    tests[count++] = (struct CMUnitTest)cmocka_unit_test(is_added_to_what_is_known);
    return cases_run("branch", tests, count);
}
