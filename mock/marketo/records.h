/*
 * Records of every kind: leads, companies and the rest are rows of one table, each a flat JSON
 * document; values by which records are looked up stand in a second table beside them. Which
 * fields these are is decided by use: the first look-up by a field fills it.
 */
#pragma once

#include "marketo/values.h"

struct marketo_record {
    int64_t id;
    int64_t created_ms, updated_ms;
    int64_t settled_ms;           /* until then other calls do not see it in look-ups */
    const char *company;          /* key of the external company; NULL: none */
    struct marketo_value *values; /* by slot of its set */
};

/* An empty record for the set. */
void marketo_record_init(struct arena *arena, const struct marketo_set *set,
                         struct marketo_record *ret);
bool marketo_record_get(struct arena *arena, struct db *db, const struct marketo_set *set,
                        int64_t id, struct marketo_record *ret);
/* Fills the values of a document that was read. */
void marketo_record_read(struct arena *arena, const struct marketo_set *set, const char *document,
                         struct marketo_record *ret);

/* A new one; its id is the next of its kind. */
void marketo_record_insert(struct arena *arena, struct db *db, const struct marketo_set *set,
                           struct marketo_record *record);
/* `before` has the values that were there. */
void marketo_record_update(struct arena *arena, struct db *db, const struct marketo_set *set,
                           const struct marketo_record *before,
                           const struct marketo_record *record);
void marketo_record_delete(struct arena *arena, struct db *db, const struct marketo_set *set,
                           const struct marketo_record *record);

/* Makes look-ups by a slot possible; cheap when they were before. */
void marketo_records_index(struct arena *arena, struct db *db, struct marketo_set *set, int slot);
/* Which records a look-up sees: those settled by a moment, and a call's own. */
struct marketo_view {
    int64_t settled_by_ms, own_from;
};
/* The ids of records that have the value, ascending, at most two; `view` NULL: all are seen. */
size_t marketo_records_find(struct arena *arena, struct db *db, const struct marketo_set *set,
                            int slot, const char *plain, const struct marketo_view *view,
                            int64_t ret[2]);
/* The next id of a kind. */
int64_t marketo_next_id(struct db *db, int64_t sub, const char *kind, int64_t first);
/* The id that the next new one would get. */
int64_t marketo_peek_id(struct db *db, int64_t sub, const char *kind);
/* All records, values and activities of a subscription go; ids too. */
void marketo_records_clear(struct db *db, int64_t sub);
