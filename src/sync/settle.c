/* Stage D: outcome, link and agreement in one commit; and what is done when no outcome came. */
#include "sync/pass.h"

#include <string.h>

#include "base/auto.h"
#include "base/iso8601.h"
#include "base/str.h"
#include "state/inbox.h"
#include "state/link.h"
#include "state/outbox.h"
#include "state/parked.h"
#include "state/tally.h"

void sync_agree(struct sync_pass *pass, struct arena *arena, struct sync_link *link,
                const struct sync_values *values)
{
    const struct sync_mapping *mapping = &pass->mappings[sync_entity_find(link->entity)];

    for (size_t i = 0; i < values->count; i++) {
        const struct sync_field *field = sync_mapping_by_id(mapping, values->items[i].field);
        const char *text = values->items[i].text;

        if (field != NULL) {
            const char *fits = sync_value_cut(arena, text, field->target_length);

            sync_base_set(arena, &link->base,
                          (struct sync_agreed){field->id, sync_digest_text(&pass->digest_key, text),
                                               sync_digest_text(&pass->digest_key, fits)});
        }
    }
}

/* What is counted of one commit, by object. */
struct counts {
    struct sync_count items[SYNC_ENTITIES];
};

static struct sync_count *count_of(struct counts *counts, const struct sync_op *op)
{
    int rank = sync_entity_find(op->link.entity);

    counts->items[rank].entity = sync_entities[rank].name;
    counts->items[rank].direction = sync_directions[op->side];
    return &counts->items[rank];
}

static bool add_counts(struct sync_pass *pass, const struct counts *counts, struct err *err)
{
    for (int rank = 0; rank < SYNC_ENTITIES; rank++) {
        const struct sync_count *count = &counts->items[rank];

        if (count->entity == NULL) {
            continue;
        }
        if (!sync_tally_add(pass->db, count, sync_env_now(&pass->engine->env), err)) {
            return false;
        }
        log_event(&pass->engine->env.log, "sync.written",
                  "object=%s direction=%s inserts=%lld updates=%lld deletes=%lld failed=%lld",
                  count->entity, count->direction, (long long)count->inserts,
                  (long long)count->updates, (long long)count->deletes, (long long)count->failed);
    }
    return true;
}

static bool park(struct sync_pass *pass, const struct sync_op *op, const char *code,
                 const char *message, struct counts *counts, struct err *err)
{
    count_of(counts, op)->failed++;
    pass->any_parked = true;
    log_event(&pass->engine->env.log, "sync.parked", "object=%s key=%s direction=%s code=%s",
              op->link.entity, op->link.key, sync_directions[op->side], code);
    return sync_park(pass->db, op, code, message, sync_env_now(&pass->engine->env), err);
}

/*
 * A known person that came out as a new one had been deleted in Marketo: it has what was written
 * just now and nothing else, and gets the rest from Dynamics (DEL-03). What was edited in the old
 * one went with it.
 */
static bool make_whole(struct sync_pass *pass, struct arena *arena, struct sync_link *link,
                       const struct sync_values *written, struct err *err)
{
    struct sync_values dropped;

    link->base = (struct sync_base){0};
    sync_agree(pass, arena, link, written);
    link->etag = NULL;
    link->state = SYNC_LINK_HALF;
    return db_run(pass->db, "DELETE FROM change WHERE link = ?", DB_ARGS(db_int(link->id)), err) &&
           db_run(pass->db, "DELETE FROM outbox WHERE link = ? AND side = 'dynamics'",
                  DB_ARGS(db_int(link->id)), err) &&
           sync_unpark(pass->db, arena, link, SYNC_AT_DYNAMICS, &dropped, err) &&
           sync_dirty_add(pass->db, link->entity, link->key, err);
}

/* Whether what was written went to a new person in the place of one that had more. */
static bool is_partial(const struct sync_op *op, const struct sync_written *written)
{
    bool known = op->verb == SYNC_UPDATE || (op->verb == SYNC_CREATE && op->link.other != 0);

    return known && (written->result == SYNC_WAS_CREATED ||
                     (op->link.other != 0 && op->link.other != written->id));
}

static bool settle_written(struct sync_pass *pass, struct arena *arena, const struct sync_op *op,
                           const struct sync_written *written, struct counts *counts,
                           struct err *err)
{
    struct sync_link link = op->link;
    bool taken;

    sync_agree(pass, arena, &link, &op->values);
    link.other = written->id;
    link.state = op->verb == SYNC_DELETE ? SYNC_LINK_GONE : SYNC_LINK_LIVE;
    if (is_partial(op, written) && !make_whole(pass, arena, &link, &op->values, err)) {
        return false;
    }
    if (!sync_link_agree(pass->db, arena, &link, &taken, err)) {
        return false;
    }
    if (taken) {
        return park(pass, op, "ambiguous", "another record has this person in Marketo already",
                    counts, err);
    }
    if (op->verb == SYNC_DELETE) {
        count_of(counts, op)->deletes++;
    } else if (written->result == SYNC_WAS_CREATED) {
        count_of(counts, op)->inserts++;
    } else {
        count_of(counts, op)->updates++;
    }
    return sync_outbox_remove(pass->db, op->id, err) &&
           (op->verb != SYNC_CREATE || sync_entities[sync_entity_find(link.entity)].type != NULL ||
            sync_link_wake(pass->db, link.key, err));
}

/* Whom nobody knows in Marketo needs no flag there. */
static bool settle_unknown(struct sync_pass *pass, struct arena *arena, const struct sync_op *op,
                           struct err *err)
{
    struct sync_link link = op->link;

    link.other = 0;
    link.state = SYNC_LINK_GONE;
    return sync_link_save(pass->db, arena, &link, err) && sync_outbox_remove(pass->db, op->id, err);
}

static bool settle_one(struct sync_pass *pass, struct arena *arena, const struct sync_op *op,
                       const struct sync_written *written, struct counts *counts, struct err *err)
{
    if (written->result != SYNC_WAS_SKIPPED) {
        return settle_written(pass, arena, op, written, counts, err);
    }
    return op->verb == SYNC_DELETE && str_eq(written->code, "1004")
               ? settle_unknown(pass, arena, op, err)
               : park(pass, op, written->code, written->message, counts, err);
}

bool sync_settle_marketo(struct sync_pass *pass, struct arena *arena, const struct sync_op *ops,
                         size_t count, const struct sync_written *written)
{
    struct counts counts = {0};
    AUTO(db_txn) txn = {0};
    struct err err;

    if (!sync_pass_txn(pass, &txn)) {
        return false;
    }
    for (size_t i = 0; i < count; i++) {
        if (!settle_one(pass, arena, &ops[i], &written[i], &counts, &err)) {
            return sync_pass_err(pass, &err);
        }
    }
    return (add_counts(pass, &counts, &err) || sync_pass_err(pass, &err)) &&
           sync_pass_commit(pass, &txn);
}

/* What was to be written is an edit of Marketo's again, and is compared with the new version. What
 * is in that version already was agreed on: an edit that Marketo has had since stands against it.
 */
static bool compare_anew(struct sync_pass *pass, struct arena *arena, const struct sync_op *op,
                         const struct sync_record *record, struct err *err)
{
    struct sync_link link = op->link;
    struct sync_values arrived = {0};

    for (size_t i = 0; i < op->values.count; i++) {
        const struct sync_value *meant = &op->values.items[i];
        const struct sync_value *is = sync_values_find(&record->values, meant->field);

        if (is != NULL && str_eq(is->text, meant->text)) {
            sync_values_add(arena, &arrived, meant->field, meant->text);
        } else if (!db_run(pass->db,
                           "INSERT OR IGNORE INTO change (link, field, value, at_ms, checked)"
                           " VALUES (?, ?, ?, ?, 1)",
                           DB_ARGS(db_int(link.id), db_int(meant->field), db_text(meant->text),
                                   db_int(op->order_ms)),
                           err)) {
            return false;
        }
    }
    sync_agree(pass, arena, &link, &arrived);
    pass->changes_wait = true;
    return sync_link_save(pass->db, arena, &link, err) &&
           sync_outbox_remove(pass->db, op->id, err) &&
           sync_inbox_add(pass->db, link.entity, sync_entity_find(link.entity), record, err);
}

static bool settle_done(struct sync_pass *pass, struct arena *arena, const struct sync_op *op,
                        const struct sync_fated *fated, struct counts *counts, struct err *err)
{
    struct sync_link link = op->link;
    bool looked = fated->record.key != NULL, taken;

    sync_agree(pass, arena, &link, &op->values);
    /* A version that was only looked at may have edits of others in it: it is compared whole, and
     * so is a record without one, which waits for that. */
    link.etag = looked || link.etag == NULL ? link.etag : fated->etag;
    count_of(counts, op)->updates++;
    return sync_link_agree(pass->db, arena, &link, &taken, err) &&
           sync_outbox_remove(pass->db, op->id, err) &&
           (!looked || sync_inbox_add(pass->db, link.entity, sync_entity_find(link.entity),
                                      &fated->record, err));
}

static bool settle_fate(struct sync_pass *pass, struct arena *arena, const struct sync_op *op,
                        const struct sync_fated *fated, struct counts *counts, struct err *err)
{
    switch (fated->fate) {
    case SYNC_FATE_WAITS:
        return sync_outbox_mark_ready(pass->db, op->id, err);
    case SYNC_FATE_UNKNOWN:
        return true;
    case SYNC_FATE_DONE:
        return settle_done(pass, arena, op, fated, counts, err);
    case SYNC_FATE_STALE:
        return compare_anew(pass, arena, op, &fated->record, err);
    case SYNC_FATE_GONE:
        return sync_outbox_remove(pass->db, op->id, err);
    case SYNC_FATE_PARKED:
        return park(pass, op, fated->code, fated->message, counts, err);
    }
    return false;
}

bool sync_settle_dynamics(struct sync_pass *pass, struct arena *arena, const struct sync_op *ops,
                          size_t count, const struct sync_fated *fates)
{
    struct counts counts = {0};
    AUTO(db_txn) txn = {0};
    struct err err;

    if (!sync_pass_txn(pass, &txn)) {
        return false;
    }
    for (size_t i = 0; i < count; i++) {
        if (!settle_fate(pass, arena, &ops[i], &fates[i], &counts, &err)) {
            return sync_pass_err(pass, &err);
        }
    }
    return (add_counts(pass, &counts, &err) || sync_pass_err(pass, &err)) &&
           sync_pass_commit(pass, &txn);
}

static bool is_written(const struct sync_op *ops, size_t count, const struct sync_field *field)
{
    for (size_t i = 0; field != NULL && i < count; i++) {
        if (sync_values_find(&ops[i].values, field->id) != NULL) {
            return true;
        }
    }
    return false;
}

/* The fields by which it is told whether a write arrived, each once: leads and contacts share some.
 */
static const char *fields_of(const struct sync_pass *pass, struct arena *arena,
                             const struct sync_op *ops, size_t count)
{
    AUTO(strbuf) text = STRBUF(0);

    strbuf_add(&text, SYNC_DELETED);
    for (int rank = 1; rank < SYNC_ENTITIES; rank++) {
        const struct sync_mapping *mapping = &pass->mappings[rank];

        for (size_t i = 0; i < mapping->count; i++) {
            const struct sync_field *field = &mapping->fields[i];
            bool wanted = is_written(ops, count, field);

            for (int other = 1; other < rank; other++) {
                wanted = wanted &&
                         !is_written(ops, count,
                                     sync_mapping_by_target(&pass->mappings[other], field->target));
            }
            if (wanted) {
                strbuf_addf(&text, ",%s", field->target);
            }
        }
    }
    return arena_strdup(arena, strbuf_text(&text));
}

static bool has_arrived(struct sync_pass *pass, struct arena *arena, const struct sync_op *op,
                        const struct sync_found *found)
{
    const struct sync_mapping *mapping = &pass->mappings[sync_entity_find(op->link.entity)];

    if (op->verb == SYNC_DELETE) {
        return json_get_bool(found->fields, SYNC_DELETED, false);
    }
    for (size_t i = 0; i < op->values.count; i++) {
        const struct sync_field *field = sync_mapping_by_id(mapping, op->values.items[i].field);
        const char *now;

        if (field == NULL) {
            continue;
        }
        now = sync_value_read(arena, field->kind, json_get(found->fields, field->target));
        if (!str_eq(now, sync_value_cut(arena, op->values.items[i].text, field->target_length))) {
            return false;
        }
    }
    return true;
}

/* A person that nobody knew and that came into being when it was sent is the one that was sent,
 * also in the place of one that was deleted: what is different by now was edited since, and
 * Marketo's activities tell of it. */
static bool is_born_of(const struct sync_op *op, const struct sync_found *found, int64_t ahead_ms)
{
    return op->verb != SYNC_DELETE && found->id != op->link.other && found->created_ms != 0 &&
           found->created_ms >= op->sent_ms - ahead_ms - SYNC_SKEW_MS;
}

/* Fields that hold neither what was sent nor what both sides had agreed on: somebody edited them.
 * They are edits of Marketo's that wait to be compared. */
static bool take_foreign(struct sync_pass *pass, struct arena *arena, const struct sync_op *op,
                         const struct sync_found *found, size_t *ret_count, struct err *err)
{
    const struct sync_mapping *mapping = &pass->mappings[sync_entity_find(op->link.entity)];

    *ret_count = 0;
    for (size_t i = 0; op->verb == SYNC_UPDATE && i < op->values.count; i++) {
        const struct sync_value *sent = &op->values.items[i];
        const struct sync_field *field = sync_mapping_by_id(mapping, sent->field);
        const struct sync_agreed *agreed = sync_base_find(&op->link.base, sent->field);
        const cJSON *is = field != NULL ? json_get(found->fields, field->target) : NULL;
        const char *now;

        if (is == NULL || !field->to_dynamics || agreed == NULL) {
            continue;
        }
        now = sync_value_read(arena, field->kind, is);
        if (agreed->marketo == sync_digest_text(&pass->digest_key, now) ||
            str_eq(now, sync_value_cut(arena, sent->text, field->target_length))) {
            continue;
        }
        ++*ret_count;
        if (!db_run(pass->db,
                    "INSERT INTO change (link, field, value, at_ms, checked) VALUES (?, ?, ?, ?, 1)"
                    " ON CONFLICT (link, field) DO UPDATE SET value = excluded.value, checked = 1",
                    DB_ARGS(db_int(op->link.id), db_int(sent->field), db_text(now),
                            db_int(op->order_ms)),
                    err)) {
            return false;
        }
    }
    return true;
}

/* What did not arrive is sent again, unless it would write over an edit that was just seen: then
 * the record is read and compared anew. */
static bool send_again(struct sync_pass *pass, struct arena *arena, const struct sync_op *op,
                       const struct sync_found *found, struct err *err)
{
    struct sync_link link = op->link;
    size_t foreign = 0;

    if (found != NULL && !take_foreign(pass, arena, op, found, &foreign, err)) {
        return false;
    }
    if (foreign == 0) {
        return sync_outbox_mark_ready(pass->db, op->id, err);
    }
    pass->changes_wait = true;
    link.etag = NULL;
    return sync_link_save(pass->db, arena, &link, err) &&
           sync_dirty_add(pass->db, link.entity, link.key, err) &&
           sync_outbox_remove(pass->db, op->id, err);
}

/* What looking said of one operation. */
static bool settle_looked(struct sync_pass *pass, struct arena *arena, const struct sync_op *op,
                          const struct sync_found *found, size_t count, struct counts *counts,
                          struct err *err)
{
    struct sync_written written = {0};
    const struct sync_found *one = NULL;
    size_t matches = 0;

    for (size_t i = 0; i < count; i++) {
        if (str_eq(found[i].key, op->link.key)) {
            one = &found[i];
            matches++;
        }
    }
    if (matches > 1) {
        return park(pass, op, "ambiguous", "several people of Marketo have this record's key",
                    counts, err);
    }
    if (one == NULL || (!is_born_of(op, one, pass->engine->marketo_ahead_ms) &&
                        !has_arrived(pass, arena, op, one))) {
        return send_again(pass, arena, op, one, err);
    }
    /* Another id than before is a new person. */
    written.result = op->link.other == one->id ? SYNC_WAS_UPDATED : SYNC_WAS_CREATED;
    written.id = one->id;
    return settle_written(pass, arena, op, &written, counts, err);
}

static bool settle_all_looked(struct sync_pass *pass, struct arena *arena,
                              const struct sync_op *ops, size_t count,
                              const struct sync_found *found, size_t found_count)
{
    struct counts counts = {0};
    AUTO(db_txn) txn = {0};
    struct err err;

    if (!sync_pass_txn(pass, &txn)) {
        return false;
    }
    for (size_t i = 0; i < count; i++) {
        /* Companies and records may be sent again: they are named by their key or version. */
        bool person = ops[i].side == SYNC_AT_MARKETO &&
                      sync_entities[sync_entity_find(ops[i].link.entity)].type != NULL;

        if (person ? !settle_looked(pass, arena, &ops[i], found, found_count, &counts, &err)
                   : !sync_outbox_mark_ready(pass->db, ops[i].id, &err)) {
            return sync_pass_err(pass, &err);
        }
    }
    return (add_counts(pass, &counts, &err) || sync_pass_err(pass, &err)) &&
           sync_pass_commit(pass, &txn);
}

/* Waits until the last call can no longer be running; the keys of the people among them. */
static bool await_end(struct sync_pass *pass, const struct sync_op *ops, size_t count,
                      const char **ret_keys, size_t *ret_count)
{
    struct duration settle = {0};
    int64_t until_ms = 0, now_ms = sync_env_now(&pass->engine->env);

    *ret_count = 0;
    for (size_t i = 0; i < count; i++) {
        if (ops[i].side == SYNC_AT_DYNAMICS) {
            continue;
        }
        until_ms = ops[i].sent_ms > until_ms ? ops[i].sent_ms : until_ms;
        if (sync_entities[sync_entity_find(ops[i].link.entity)].type != NULL) {
            ret_keys[(*ret_count)++] = ops[i].link.key;
        }
    }
    /* Until Marketo has ended a call that nobody waits for any more, nobody can know. */
    (void)duration_parse(pass->engine->config.marketo.settle, &settle);
    /* A clock that was put back in between makes nobody wait longer. */
    until_ms = until_ms < now_ms ? until_ms : now_ms;
    return until_ms == 0 || sync_env_wait_until(&pass->engine->env,
                                                duration_add(until_ms, settle, 1), pass->problem);
}

bool sync_resolve(struct sync_pass *pass, bool *ret_did)
{
    const struct sync_marketo *marketo = &pass->sides->marketo;
    AUTO(arena) arena = {0};
    struct sync_op *ops = arena_array(&arena, SYNC_BATCH_MAX, sizeof *ops);
    const char **keys = arena_array(&arena, SYNC_BATCH_MAX, sizeof *keys);
    struct sync_found *found = NULL;
    size_t count, key_count, found_count = 0;
    struct err err;

    if (!sync_outbox_first(pass->db, &arena, true, SYNC_BATCH_MAX, ops, &count, &err)) {
        return sync_pass_err(pass, &err);
    }
    *ret_did = count > 0;
    if (count == 0) {
        return true;
    }
    return await_end(pass, ops, count, keys, &key_count) &&
           (key_count == 0 || marketo->look(marketo->ctx, &arena, keys, NULL, key_count,
                                            fields_of(pass, &arena, ops, count), &found,
                                            &found_count, pass->problem)) &&
           settle_all_looked(pass, &arena, ops, count, found, found_count);
}
