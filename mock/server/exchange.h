/* A request on its way through the mock, and how its answer is to be sent. */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "server/call.h"

struct mock_journal_entry;

/* What a fault rule says about the sending of an answer. */
struct mock_sending {
    bool drop;            /* close the connection, send nothing */
    int64_t cut_at;       /* close it after so many bytes of the body; -1: send all */
    int64_t slow_bytes_s; /* bytes a second; 0: at once */
};

struct mock_exchange {
    struct arena arena;
    struct mock_call call;
    struct mock_reply reply;
    struct mock_sending sending;
    struct mock_journal_entry *entry; /* NULL for control calls */
    int64_t begun_us;                 /* steady clock */
    int64_t delayed_by;               /* the rule that delays the request; 0: none */
    uint64_t id;                      /* of a request in `direct` */
    bool cancelled;                   /* the client went away */
    /* Sends a held answer; the transport's. May free the exchange. */
    void (*send)(struct mock_exchange *exchange);
    /* Whether the client has closed its side meanwhile; NULL: it would cancel. */
    bool (*gone)(const struct mock_exchange *exchange);
    void *transport; /* whatever `send` needs */
};

/* Frees what the exchange holds, not the exchange. */
void mock_exchange_finish(struct mock_exchange *exchange);
