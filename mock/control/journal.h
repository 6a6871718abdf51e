/*
 * The journal: what was asked and answered, in the order of the world. A ring in memory, bounded in
 * entries and bytes; secrets and tokens are masked before they are stored. Contract section 4.
 */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "base/arena.h"
#include "base/json.h"
#include "server/exchange.h"

enum {
    JOURNAL_MAX_ENTRIES = 10000,
    JOURNAL_MAX_BYTES = 16 * 1024 * 1024,
    JOURNAL_BODY_MAX = 64 * 1024,
};

struct mock_journal;

struct mock_journal *mock_journal_create(void);
void mock_journal_destroy(struct mock_journal *journal);

/* Takes the next seq, with the world's lock held: the journal's order is the world's. */
struct mock_journal_entry *mock_journal_begin(struct mock_journal *journal);
/*
 * Writes what was asked and answered. `fault` is the id of the rule applied, 0 for none; `dropped`
 * = no answer is sent. Until mock_journal_sent() the duration is null.
 */
void mock_journal_answer(struct mock_journal *journal, struct mock_journal_entry *entry,
                         const struct mock_call *call, const struct mock_reply *reply,
                         int64_t fault, bool dropped);
void mock_journal_sent(struct mock_journal *journal, struct mock_journal_entry *entry,
                       int64_t duration_us);

/* The last seq that was given out. */
int64_t mock_journal_seq(struct mock_journal *journal);
/* Whether the ring has dropped an entry with seq > since, and no clear has come since then. */
bool mock_journal_lost_after(struct mock_journal *journal, int64_t since);
/* Takes out what came after `seq` (a restore). */
void mock_journal_rewind(struct mock_journal *journal, int64_t seq);
/* Takes everything out and counts nothing as dropped. */
void mock_journal_clear(struct mock_journal *journal);

/* One entry as it is shown: a text for each part, NULL where the contract says null. */
struct mock_journal_view {
    int64_t seq, time_ms, duration_us; /* duration -1: not sent yet */
    const char *service, *route, *method, *path, *query;
    const char *effective; /* the method that counted: mock_effective_method() */
    bool discovery;        /* for global discovery, a part of dataverse */
    int status;            /* 0: dropped */
    int64_t fault;
    const char *rules; /* joined by blanks */
    const char *request_headers,
        *response_headers;                    /* "name: value\n" lines, lower case names, masked */
    const char *request_body, *response_body; /* NULL: none */
    size_t request_bytes, response_bytes;     /* whole length, before cutting */
    bool request_cut, response_cut;
};

/*
 * Calls `each` for the entries with seq > since, in order, up to the first unfinished one, until it
 * says false. `service` filters (NULL: all; "discovery" is a part of dataverse). Returns how many
 * entries were dropped so far. The journal is locked meanwhile.
 */
int64_t mock_journal_read(struct mock_journal *journal, int64_t since, const char *service,
                          bool (*each)(void *arg, const struct mock_journal_view *view), void *arg);
