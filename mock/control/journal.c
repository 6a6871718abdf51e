#include "control/journal.h"

#include <pthread.h>
#include <string.h>

#include "base/mem.h"
#include "control/mask.h"
#include "control/names.h"
#include "server/service.h"

struct mock_journal_entry {
    int64_t seq;
    bool finished; /* the answer is ready */
    bool lost;     /* the ring or a clear took it while it was not finished */
    bool sent;
    struct mock_journal_view view;
    char *text; /* all texts of the view, one behind the other */
    size_t bytes;
};

struct mock_journal {
    pthread_mutex_t lock;
    struct mock_journal_entry *ring[JOURNAL_MAX_ENTRIES];
    size_t first, count, bytes;
    int64_t seq, dropped;
    int64_t last_dropped; /* the seq of the newest entry that the ring took; 0: none */
};

struct mock_journal *mock_journal_create(void)
{
    struct mock_journal *journal = mem_alloc(sizeof *journal);

    pthread_mutex_init(&journal->lock, NULL);
    return journal;
}

static struct mock_journal_entry *entry_at(struct mock_journal *journal, size_t n)
{
    return journal->ring[(journal->first + n) % JOURNAL_MAX_ENTRIES];
}

static void entry_free(struct mock_journal_entry *entry)
{
    mem_free(entry->text);
    mem_free(entry);
}

/* An entry leaves the ring; while somebody still writes or sends it, it lives on outside. */
static void take_out(struct mock_journal *journal, struct mock_journal_entry *entry)
{
    journal->bytes -= entry->bytes;
    entry->lost = true;
    if (entry->finished && entry->sent) {
        entry_free(entry);
    }
}

static void drop_oldest(struct mock_journal *journal)
{
    struct mock_journal_entry *entry = entry_at(journal, 0);

    journal->first = (journal->first + 1) % JOURNAL_MAX_ENTRIES;
    journal->count--;
    take_out(journal, entry);
}

/* The ring is full: the oldest goes out and is counted. */
static void push_out(struct mock_journal *journal)
{
    journal->last_dropped = entry_at(journal, 0)->seq;
    journal->dropped++;
    drop_oldest(journal);
}

bool mock_journal_lost_after(struct mock_journal *journal, int64_t since)
{
    bool lost;

    pthread_mutex_lock(&journal->lock);
    lost = journal->last_dropped > since;
    pthread_mutex_unlock(&journal->lock);
    return lost;
}

void mock_journal_clear(struct mock_journal *journal)
{
    pthread_mutex_lock(&journal->lock);
    while (journal->count > 0) {
        drop_oldest(journal);
    }
    journal->dropped = 0;
    journal->last_dropped = 0;
    pthread_mutex_unlock(&journal->lock);
}

void mock_journal_rewind(struct mock_journal *journal, int64_t seq)
{
    pthread_mutex_lock(&journal->lock);
    while (journal->count > 0 && entry_at(journal, journal->count - 1)->seq > seq) {
        take_out(journal, entry_at(journal, --journal->count));
    }
    pthread_mutex_unlock(&journal->lock);
}

void mock_journal_destroy(struct mock_journal *journal)
{
    if (journal == NULL) {
        return;
    }
    mock_journal_clear(journal);
    pthread_mutex_destroy(&journal->lock);
    mem_free(journal);
}

int64_t mock_journal_seq(struct mock_journal *journal)
{
    int64_t seq;

    pthread_mutex_lock(&journal->lock);
    seq = journal->seq;
    pthread_mutex_unlock(&journal->lock);
    return seq;
}

struct mock_journal_entry *mock_journal_begin(struct mock_journal *journal)
{
    struct mock_journal_entry *entry = mem_alloc(sizeof *entry);

    pthread_mutex_lock(&journal->lock);
    if (journal->count == JOURNAL_MAX_ENTRIES) {
        push_out(journal);
    }
    entry->seq = ++journal->seq;
    journal->ring[(journal->first + journal->count++) % JOURNAL_MAX_ENTRIES] = entry;
    pthread_mutex_unlock(&journal->lock);
    return entry;
}

/* Texts stand one behind the other in one buffer; the view first holds offsets, then pointers. */
struct writer {
    struct strbuf text;
    size_t at[10];
    size_t count;
};

static void mark(struct writer *writer)
{
    writer->at[writer->count++] = writer->text.len;
}

static void end_text(struct writer *writer)
{
    strbuf_add_n(&writer->text, "", 1);
}

static void add_text(struct writer *writer, const char *text)
{
    mark(writer);
    strbuf_add(&writer->text, text);
    end_text(writer);
}

/* "name: value\n", the name in lower case. */
static void add_header(struct writer *writer, const char *name, const char *value)
{
    size_t len = strlen(name);
    char *at;

    strbuf_reserve(&writer->text, len + 2);
    at = writer->text.data + writer->text.len;
    for (size_t i = 0; i < len; i++) {
        at[i] = name[i] >= 'A' && name[i] <= 'Z' ? (char)(name[i] - 'A' + 'a') : name[i];
    }
    memcpy(at + len, ": ", 3);
    writer->text.len += len + 2;
    mask_header(&writer->text, name, value);
    strbuf_add_n(&writer->text, "\n", 1);
}

static void add_headers(struct writer *writer, const struct mock_header *headers, size_t count,
                        const char *host)
{
    mark(writer);
    if (host != NULL) {
        add_header(writer, "host", host);
    }
    for (size_t i = 0; i < count; i++) {
        if (host == NULL || !str_ieq(headers[i].name, "host")) {
            add_header(writer, headers[i].name, headers[i].value);
        }
    }
    end_text(writer);
}

/* Masked as a whole, then cut, so that no secret can hide behind the cut. */
static bool add_body(struct writer *writer, const char *body, size_t len)
{
    size_t from;
    bool cut;

    mark(writer);
    from = writer->text.len;
    mask_body(&writer->text, body, len);
    cut = writer->text.len - from > JOURNAL_BODY_MAX;
    if (cut) {
        writer->text.len = from + JOURNAL_BODY_MAX;
    }
    end_text(writer);
    return cut;
}

static void set_texts(struct mock_journal_view *view, const struct writer *writer, const char *text,
                      bool dropped)
{
    view->method = text + writer->at[0];
    view->path = text + writer->at[1];
    view->query = text + writer->at[2];
    view->effective = text + writer->at[3];
    view->rules = text + writer->at[4];
    view->request_headers = text + writer->at[5];
    view->request_body = view->request_bytes > 0 ? text + writer->at[6] : NULL;
    if (!dropped) {
        view->response_headers = text + writer->at[7];
        view->response_body = view->response_bytes > 0 ? text + writer->at[8] : NULL;
    }
}

static void add_rules(struct writer *writer, const struct mock_call *call)
{
    mark(writer);
    for (size_t i = 0; i < call->rule_count; i++) {
        strbuf_addf(&writer->text, "%s%s", i > 0 ? " " : "", call->rules[i]);
    }
    end_text(writer);
}

void mock_journal_answer(struct mock_journal *journal, struct mock_journal_entry *entry,
                         const struct mock_call *call, const struct mock_reply *reply,
                         int64_t fault, bool dropped)
{
    struct writer writer = {.text = STRBUF(0)};
    struct mock_journal_view view = {
        .seq = entry->seq,
        .time_ms = call->now_ms,
        .duration_us = -1,
        .service = call->service->name,
        .route = call->route != NULL ? call->route->template_ : NULL,
        .status = dropped ? 0 : reply->status,
        .fault = fault,
        .discovery = mock_service_fits("discovery", call),
        .request_bytes = call->body_len,
        .response_bytes = dropped ? 0 : reply->body.len,
    };
    size_t bytes;
    char *text;

    strbuf_reserve(&writer.text, 2048 + call->body_len + (dropped ? 0 : reply->body.len));
    add_text(&writer, call->method_text);
    mark(&writer);
    mask_body(&writer.text, call->path.text, strlen(call->path.text));
    end_text(&writer);
    mark(&writer);
    mask_form(&writer.text, call->query, strlen(call->query));
    end_text(&writer);
    add_text(&writer, mock_effective_method(call));
    add_rules(&writer, call);
    add_headers(&writer, call->headers, call->header_count,
                *call->host != '\0' ? call->authority : "");
    view.request_cut = add_body(&writer, call->body, call->body_len);
    if (!dropped) {
        add_headers(&writer, reply->headers, reply->header_count, NULL);
        view.response_cut = add_body(&writer, strbuf_text(&reply->body), reply->body.len);
    }
    bytes = writer.text.len + sizeof *entry;
    text = mem_realloc(strbuf_take(&writer.text), bytes - sizeof *entry);
    set_texts(&view, &writer, text, dropped);
    pthread_mutex_lock(&journal->lock);
    entry->bytes = bytes;
    entry->text = text;
    entry->view = view;
    entry->finished = true;
    if (!entry->lost) {
        journal->bytes += entry->bytes;
    }
    while (journal->bytes > JOURNAL_MAX_BYTES && journal->count > 1) {
        push_out(journal);
    }
    pthread_mutex_unlock(&journal->lock);
}

void mock_journal_sent(struct mock_journal *journal, struct mock_journal_entry *entry,
                       int64_t duration_us)
{
    pthread_mutex_lock(&journal->lock);
    entry->view.duration_us = duration_us;
    entry->sent = true;
    if (entry->lost) {
        entry_free(entry);
    }
    pthread_mutex_unlock(&journal->lock);
}

int64_t mock_journal_read(struct mock_journal *journal, int64_t since, const char *service,
                          bool (*each)(void *arg, const struct mock_journal_view *view), void *arg)
{
    int64_t dropped;
    size_t n = 0;

    pthread_mutex_lock(&journal->lock);
    if (journal->count > 0 && since >= entry_at(journal, 0)->seq) {
        /* Seqs are dense but for what a rewind took out, so this skips nearly all and never too
         * many. */
        size_t low = 0, high = journal->count;

        while (low < high) {
            size_t middle = (low + high) / 2;

            if (entry_at(journal, middle)->seq > since) {
                high = middle;
            } else {
                low = middle + 1;
            }
        }
        n = low;
    }
    for (; n < journal->count; n++) {
        const struct mock_journal_entry *entry = entry_at(journal, n);

        if (!entry->finished) {
            break;
        }
        if (service != NULL &&
            !(strcmp(service, "discovery") == 0 ? entry->view.discovery
                                                : strcmp(service, entry->view.service) == 0)) {
            continue;
        }
        if (!each(arg, &entry->view)) {
            break;
        }
    }
    dropped = journal->dropped;
    pthread_mutex_unlock(&journal->lock);
    return dropped;
}
