#include "entra/signing.h"

#include "base/auto.h"
#include "base/mem.h"
#include "server/vhost.h"
#include "server/world.h"
#include "store/store.h"

/* The rows as they were read last: a token must not cost a query for this. */
struct signing {
    int64_t epoch; /* of the world; a restore brings other rows */
    size_t current;
    bool used[ENTRA_KEY_COUNT];        /* it signed once and does not now */
    int64_t until_ms[ENTRA_KEY_COUNT]; /* then it stops to count */
};

static const int64_t longest_life_ms = (int64_t)24 * 3600 * 1000;

static struct signing *read_rows(struct mock_call *call, struct signing *signing)
{
    AUTO(db_rows) rows = {0};

    *signing = (struct signing){.epoch = call->world->epoch};
    store_query(&rows, call->db, "SELECT number, until_ms FROM signing_keys", DB_NO_ARGS);
    while (store_next(&rows)) {
        size_t number = (size_t)db_column_int(&rows, 0) % ENTRA_KEY_COUNT;

        if (db_column_is_null(&rows, 1)) {
            signing->current = number;
        } else {
            signing->used[number] = true;
            signing->until_ms[number] = db_column_int(&rows, 1);
        }
    }
    return signing;
}

static struct signing *state_of(struct mock_call *call)
{
    void **kept = &call->world->kept[MOCK_ENTRA];
    struct signing *signing = *kept;

    if (signing == NULL) {
        signing = mem_alloc(sizeof *signing);
        *kept = read_rows(call, signing);
    } else if (signing->epoch != call->world->epoch) {
        (void)read_rows(call, signing);
    }
    return signing;
}

void entra_signing_drop(void *kept)
{
    mem_free(kept);
}

static size_t number_of(const struct entra_key *key)
{
    return (size_t)(key - entra_keys());
}

const struct entra_key *entra_signing_key(struct mock_call *call)
{
    return &entra_keys()[state_of(call)->current];
}

bool entra_signing_published(struct mock_call *call, const struct entra_key *key)
{
    const struct signing *signing = state_of(call);
    size_t number = number_of(key);

    return number == signing->current || number == (signing->current + 1) % ENTRA_KEY_COUNT ||
           (signing->used[number] && call->now_ms < signing->until_ms[number]);
}

bool entra_signing_retired(struct mock_call *call, const struct entra_key *key)
{
    const struct signing *signing = state_of(call);
    size_t number = number_of(key);

    return signing->used[number] && call->now_ms >= signing->until_ms[number];
}

static void put_row(struct mock_call *call, size_t number, struct db_value until)
{
    store_run(call->db,
              "INSERT INTO signing_keys (number, from_ms, until_ms) VALUES (?, ?, ?)"
              " ON CONFLICT (number) DO UPDATE SET from_ms = iif(excluded.until_ms IS NULL,"
              " excluded.from_ms, from_ms), until_ms = excluded.until_ms",
              DB_ARGS(db_int((int64_t)number), db_int(call->now_ms), until));
}

bool entra_signing_roll(struct mock_call *call, int64_t until_ms)
{
    struct signing *signing = state_of(call);
    size_t next = (signing->current + 1) % ENTRA_KEY_COUNT;

    if (signing->used[next] && signing->until_ms[next] + longest_life_ms > call->now_ms) {
        return false;
    }
    put_row(call, signing->current, db_int(until_ms));
    put_row(call, next, db_null());
    (void)read_rows(call, signing);
    return true;
}
