#include "cases.h"

#include <string.h>

#include "control/journal.h"
#include "server/services.h"

static struct mock_journal_entry *write_entry(struct mock_journal *journal, const char *body,
                                              bool sent)
{
    AUTO(arena) arena = {0};
    struct mock_call call = {.arena = &arena,
                             .service = &mock_marketo,
                             .method_text = "POST",
                             .host = "h",
                             .authority = "h",
                             .path = {.text = "/p"},
                             .query = "q=1",
                             .body = body,
                             .body_len = strlen(body)};
    struct mock_reply reply = {.status = 200};
    struct mock_journal_entry *entry = mock_journal_begin(journal);

    mock_journal_answer(journal, entry, &call, &reply, 0, false);
    if (sent) {
        mock_journal_sent(journal, entry, 5);
    }
    return entry;
}

struct seen {
    size_t count;
    int64_t first, last;
    struct mock_journal_view view;
};

static bool see(void *arg, const struct mock_journal_view *view)
{
    struct seen *seen = arg;

    seen->first = seen->count++ == 0 ? view->seq : seen->first;
    seen->last = view->seq;
    seen->view = *view;
    return true;
}

static void keeps_ten_thousand_and_counts_the_rest(void **state)
{
    struct mock_journal *journal = mock_journal_create();
    struct seen seen = {0};

    (void)state;
    for (int i = 0; i < JOURNAL_MAX_ENTRIES + 7; i++) {
        (void)write_entry(journal, "x", true);
    }
    assert_int_equal(mock_journal_read(journal, 0, NULL, see, &seen), 7);
    assert_int_equal(seen.count, JOURNAL_MAX_ENTRIES);
    assert_int_equal(seen.first, 8);
    assert_int_equal(seen.last, JOURNAL_MAX_ENTRIES + 7);
    mock_journal_destroy(journal);
}

static void keeps_sixteen_mebibytes(void **state)
{
    struct mock_journal *journal = mock_journal_create();
    char *body = test_malloc(100001);
    struct seen seen = {0};
    int64_t dropped;

    (void)state;
    memset(body, 'x', 100000);
    body[100000] = '\0';
    for (int i = 0; i < 400; i++) {
        (void)write_entry(journal, body, true);
    }
    dropped = mock_journal_read(journal, 0, NULL, see, &seen);
    assert_int_equal(dropped + (int64_t)seen.count, 400);
    assert_in_range(seen.count, 240, 256);
    assert_true(seen.view.request_cut);
    assert_int_equal(seen.view.request_bytes, 100000);
    test_free(body);
    mock_journal_destroy(journal);
}

static void stops_at_the_first_unfinished(void **state)
{
    struct mock_journal *journal = mock_journal_create();
    struct mock_journal_entry *open;
    struct mock_call call = {0};
    struct mock_reply reply = {.status = 204};
    AUTO(arena) arena = {0};
    struct seen seen = {0};

    (void)state;
    (void)write_entry(journal, "", true);
    open = mock_journal_begin(journal);
    (void)write_entry(journal, "", true);
    (void)mock_journal_read(journal, 0, NULL, see, &seen);
    assert_int_equal(seen.count, 1);
    call = (struct mock_call){.arena = &arena,
                              .service = &mock_entra,
                              .method_text = "GET",
                              .host = "",
                              .path = {.text = "/"},
                              .query = "",
                              .body = ""};
    mock_journal_answer(journal, open, &call, &reply, 3, true);
    seen = (struct seen){0};
    (void)mock_journal_read(journal, 1, NULL, see, &seen);
    assert_int_equal(seen.count, 2);
    seen = (struct seen){0};
    (void)mock_journal_read(journal, 0, "entra", see, &seen);
    assert_int_equal(seen.count, 1);
    assert_int_equal(seen.view.duration_us, -1);
    assert_int_equal(seen.view.status, 0);
    assert_int_equal(seen.view.fault, 3);
    assert_null(seen.view.response_headers);
    mock_journal_sent(journal, open, 9);
    mock_journal_destroy(journal);
}

static void never_goes_back(void **state)
{
    struct mock_journal *journal = mock_journal_create();
    struct mock_journal_entry *held = NULL;
    struct seen seen = {0};

    (void)state;
    (void)write_entry(journal, "", true);
    (void)write_entry(journal, "", true);
    held = write_entry(journal, "", false);
    mock_journal_rewind(journal, 1);
    assert_int_equal(mock_journal_read(journal, 0, NULL, see, &seen), 0);
    assert_int_equal(seen.count, 1);
    mock_journal_sent(journal, held, 1);
    mock_journal_clear(journal);
    (void)write_entry(journal, "", true);
    assert_int_equal(mock_journal_seq(journal), 4);
    mock_journal_destroy(journal);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(keeps_ten_thousand_and_counts_the_rest),
        cmocka_unit_test(keeps_sixteen_mebibytes),
        cmocka_unit_test(stops_at_the_first_unfinished),
        cmocka_unit_test(never_goes_back),
    };

    return cases_run("journal", tests, ARRAY_LEN(tests));
}
