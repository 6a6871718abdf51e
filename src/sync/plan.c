/* Stage B: what was seen is compared with what both sides agreed on; what comes of it is in the
 * outbox in the commit that takes it out of the inbox. */
#include "sync/pass.h"

#include <string.h>

#include "base/auto.h"
#include "base/str.h"
#include "state/inbox.h"
#include "state/link.h"
#include "state/outbox.h"
#include "state/parked.h"

/* One record while it is compared. */
struct subject {
    struct sync_pass *pass;
    struct arena *arena;
    const struct sync_mapping *mapping;
    struct sync_link link;
    const struct sync_record *record; /* NULL: only Marketo's side is new */
    bool unknown;                     /* what its person holds: others wrote there meanwhile */
    struct sync_values refused;       /* by Marketo: what these fields hold there is not known */
    struct sync_values edits;         /* of Marketo */
    struct sync_op to_marketo, to_dynamics;
};

/* Marketo's edits of the link leave the table: they are compared now. */
static bool take_edits(struct subject *subject, struct err *err)
{
    struct db *db = subject->pass->db;
    AUTO(db_rows) rows = {0};
    enum db_step step;

    if (!db_query(db, "SELECT field, value FROM change WHERE link = ?",
                  DB_ARGS(db_int(subject->link.id)), &rows, err)) {
        return false;
    }
    while ((step = db_next(&rows, err)) == DB_ROW) {
        sync_values_add(subject->arena, &subject->edits, (uint32_t)db_column_int(&rows, 0),
                        arena_strdup(subject->arena, db_column_text(&rows, 1)));
    }
    return step == DB_DONE &&
           (subject->edits.count == 0 || db_run(db, "DELETE FROM change WHERE link = ?",
                                                DB_ARGS(db_int(subject->link.id)), err));
}

static void agree_on(struct subject *subject, const struct sync_field *field, const char *dynamics,
                     const char *marketo)
{
    const struct sync_digest_key *key = &subject->pass->digest_key;

    sync_base_set(subject->arena, &subject->link.base,
                  (struct sync_agreed){field->id, sync_digest_text(key, dynamics),
                                       sync_digest_text(key, marketo)});
}

static bool compare_field(struct subject *subject, const struct sync_field *field, struct err *err)
{
    const struct sync_digest_key *key = &subject->pass->digest_key;
    const struct sync_value *dynamics =
        subject->record != NULL ? sync_values_find(&subject->record->values, field->id) : NULL;
    const struct sync_value *marketo =
        field->to_dynamics ? sync_values_find(&subject->edits, field->id) : NULL;
    const char *theirs = dynamics != NULL ? dynamics->text : NULL;
    const char *ours = marketo != NULL ? marketo->text : NULL;
    const char *fits =
        dynamics != NULL ? sync_value_cut(subject->arena, theirs, field->target_length) : NULL;
    struct sync_sight d = {dynamics != NULL, dynamics != NULL ? sync_digest_text(key, theirs) : 0};
    struct sync_sight m = {marketo != NULL, marketo != NULL ? sync_digest_text(key, ours) : 0};
    bool equal = dynamics != NULL && marketo != NULL && str_eq(fits, ours), collided;
    bool unknown = subject->unknown || sync_values_find(&subject->refused, field->id) != NULL;
    const struct sync_agreed *agreed =
        unknown ? NULL : sync_base_find(&subject->link.base, field->id);
    enum sync_move move =
        sync_diff(agreed, d, m, equal, subject->mapping->entity->winner, &collided);

    switch (move) {
    case SYNC_STAYS:
        break;
    case SYNC_TO_MARKETO:
        sync_values_add(subject->arena, &subject->to_marketo.values, field->id, theirs);
        break;
    case SYNC_TO_DYNAMICS:
        sync_values_add(subject->arena, &subject->to_dynamics.values, field->id, ours);
        break;
    case SYNC_AGREES:
        if (unknown && theirs == NULL && marketo == NULL) {
            sync_values_add(subject->arena, &subject->to_marketo.values, field->id, NULL);
        } else {
            agree_on(subject, field, theirs, fits);
        }
        break;
    }
    return !collided || sync_collision_add(subject->pass->db, subject->link.id, field->id,
                                           subject->mapping->entity->winner, d.hash, m.hash,
                                           sync_env_now(&subject->pass->engine->env), err);
}

/* A contact's company goes along only when it is in Marketo, or before it in the outbox. */
static bool compare_parent(struct subject *subject, const struct sync_field *field, struct err *err)
{
    struct sync_pass *pass = subject->pass;
    const struct sync_value *value = sync_values_find(&subject->record->values, field->id);
    struct sync_link parent;
    bool on_its_way = false;

    subject->link.waits = NULL;
    if (value == NULL || value->text == NULL) {
        return true; /* a person leaves a company only for another one */
    }
    if (!sync_link_find(pass->db, subject->arena, sync_entities[0].name, value->text, &parent,
                        err) ||
        (parent.id != 0 && parent.state != SYNC_LINK_LIVE &&
         !sync_outbox_has(pass->db, parent.id, SYNC_AT_MARKETO, &on_its_way, err))) {
        return false;
    }
    if (parent.id != 0 && (parent.state == SYNC_LINK_LIVE || on_its_way)) {
        return compare_field(subject, field, err);
    }
    subject->link.waits = value->text;
    return true;
}

static bool compare_fields(struct subject *subject, struct err *err)
{
    for (size_t i = 0; i < subject->mapping->count; i++) {
        const struct sync_field *field = &subject->mapping->fields[i];

        if (field->is_filter || (field->kind == SYNC_ACCOUNT && subject->record == NULL)) {
            continue;
        }
        if (field->kind == SYNC_ACCOUNT ? !compare_parent(subject, field, err)
                                        : !compare_field(subject, field, err)) {
            return false;
        }
    }
    return true;
}

static bool add_ops(struct subject *subject, int64_t order_ms, struct err *err)
{
    struct sync_op *to_marketo = &subject->to_marketo, *to_dynamics = &subject->to_dynamics;

    to_marketo->link = to_dynamics->link = subject->link;
    to_marketo->order_ms = to_dynamics->order_ms = order_ms;
    if ((to_marketo->values.count > 0 || to_marketo->verb != SYNC_UPDATE) &&
        !sync_outbox_add(subject->pass->db, subject->arena, to_marketo, err)) {
        return false;
    }
    return to_dynamics->values.count == 0 ||
           sync_outbox_add(subject->pass->db, subject->arena, to_dynamics, err);
}

static bool plan_present(struct subject *subject, struct err *err)
{
    struct sync_pass *pass = subject->pass;
    const struct sync_record *record = subject->record;
    bool live = subject->link.state == SYNC_LINK_LIVE;
    bool gone = subject->link.state == SYNC_LINK_GONE || subject->link.state == SYNC_LINK_ABSENT;

    subject->link.etag = record->etag;
    subject->link.lineage = pass->streams[subject->mapping->entity - sync_entities].lineage;
    if (gone || subject->link.left_out) {
        /* There again, or let in again (FILT-07): whole. */
        subject->link.base = (struct sync_base){0};
        subject->link.state = gone ? SYNC_LINK_HALF : subject->link.state;
        subject->unknown = subject->link.other != 0;
    }
    subject->link.left_out = false;
    subject->to_marketo = (struct sync_op){
        .side = SYNC_AT_MARKETO, .verb = live ? SYNC_UPDATE : SYNC_CREATE, .etag = record->etag};
    subject->to_dynamics =
        (struct sync_op){.side = SYNC_AT_DYNAMICS, .verb = SYNC_UPDATE, .etag = record->etag};
    subject->to_marketo.fresh = subject->link.id == 0;
    return (subject->link.id == 0 || !pass->changes_wait || take_edits(subject, err)) &&
           (!pass->any_parked || sync_unpark(pass->db, subject->arena, &subject->link,
                                             SYNC_AT_MARKETO, &subject->refused, err)) &&
           compare_fields(subject, err) &&
           sync_link_save(pass->db, subject->arena, &subject->link, err) &&
           add_ops(subject, record->modified_ms, err);
}

/* Deleted in Dynamics: the person stays and is told so (DEL-01), a company is left alone. */
static bool plan_gone(struct subject *subject, struct err *err)
{
    struct db *db = subject->pass->db;
    struct sync_link *link = &subject->link;
    struct sync_values dropped;

    if (link->id == 0 || link->state == SYNC_LINK_GONE) {
        return true;
    }
    if (!db_run(db, "DELETE FROM change WHERE link = ?", DB_ARGS(db_int(link->id)), err) ||
        !db_run(db, "DELETE FROM outbox WHERE link = ? AND state = 'READY'",
                DB_ARGS(db_int(link->id)), err) ||
        !sync_unpark(db, subject->arena, link, SYNC_AT_MARKETO, &dropped, err) ||
        !sync_unpark(db, subject->arena, link, SYNC_AT_DYNAMICS, &dropped, err)) {
        return false;
    }
    subject->to_marketo = (struct sync_op){.link = *link,
                                           .side = SYNC_AT_MARKETO,
                                           .verb = SYNC_DELETE,
                                           .order_ms = subject->record->modified_ms};
    if (link->other != 0 && subject->mapping->entity->type != NULL) {
        return sync_outbox_add(db, subject->arena, &subject->to_marketo, err);
    }
    link->state = SYNC_LINK_GONE;
    return sync_link_save(db, subject->arena, link, err);
}

/* The filter says No: what is in Marketo stays there and goes stale (FILT-08), and what was edited
 * there stays there. */
static bool plan_left_out(struct subject *subject, struct err *err)
{
    if (subject->link.id != 0 && !db_run(subject->pass->db, "DELETE FROM change WHERE link = ?",
                                         DB_ARGS(db_int(subject->link.id)), err)) {
        return false;
    }
    if (subject->link.left_out && subject->link.id != 0) {
        return true;
    }
    subject->link.left_out = true;
    return sync_link_save(subject->pass->db, subject->arena, &subject->link, err);
}

/* The version test of echo suppression: nothing happened since we dealt with this version. */
static bool is_known(const struct subject *subject)
{
    const struct sync_link *link = &subject->link;

    return link->id != 0 && str_eq(link->etag, subject->record->etag) && !link->left_out &&
           (link->state == SYNC_LINK_LIVE || link->state == SYNC_LINK_HALF) &&
           link->lineage ==
               subject->pass->streams[subject->mapping->entity - sync_entities].lineage &&
           link->waits == NULL;
}

static bool plan_row(struct sync_pass *pass, struct arena *arena, const struct sync_inbox_row *row,
                     struct err *err)
{
    struct subject subject = {.pass = pass,
                              .arena = arena,
                              .mapping = &pass->mappings[sync_entity_find(row->entity)],
                              .record = &row->record};
    bool ok = sync_link_find(pass->db, arena, row->entity, row->record.key, &subject.link, err);
    bool renewed = false;

    if (subject.link.id == 0) {
        subject.link = (struct sync_link){.entity = row->entity, .key = row->record.key};
    }
    if (ok && row->record.gone) {
        ok = plan_gone(&subject, err);
    } else if (ok && row->record.left_out) {
        ok = plan_left_out(&subject, err);
    } else if (ok && !is_known(&subject)) {
        ok = sync_renew_refused(pass, arena, &subject.link, &renewed, err) &&
             (renewed || plan_present(&subject, err));
    }
    return ok && (renewed || sync_inbox_remove(pass->db, row->seq, err));
}

/* What a row's parent needs before the row itself can be compared. */
enum need { NEEDS_NOTHING, NEEDS_FETCH, NEEDS_MOVE };

static bool need_of(struct sync_pass *pass, struct arena *arena, const char *key, int64_t child_ms,
                    enum need *ret, struct err *err)
{
    struct sync_link parent;
    int64_t waits_ms = -1;

    *ret = NEEDS_NOTHING;
    if (!sync_link_find(pass->db, arena, sync_entities[0].name, key, &parent, err)) {
        return false;
    }
    if (parent.id != 0 && parent.state == SYNC_LINK_LIVE) {
        return true;
    }
    if (!db_query_int(pass->db, "SELECT modified_ms FROM inbox WHERE entity = ? AND key = ?",
                      DB_ARGS(db_text(sync_entities[0].name), db_text(key)), -1, &waits_ms, err)) {
        return false;
    }
    if (waits_ms >= 0) {
        *ret = waits_ms > child_ms ? NEEDS_MOVE : NEEDS_NOTHING;
    } else if (parent.id == 0) {
        *ret = NEEDS_FETCH;
    }
    return true;
}

static bool is_listed(const char *const *keys, size_t count, const char *key)
{
    for (size_t i = 0; i < count; i++) {
        if (str_eq(keys[i], key)) {
            return true;
        }
    }
    return false;
}

/* Parents that were never seen, and those that wait behind their children. */
struct parents {
    const char *missing[SYNC_KEYS_MAX], *late[SYNC_KEYS_MAX];
    size_t missing_count, late_count;
    int64_t sort_ms; /* of the first child */
};

static const char *parent_of(const struct sync_pass *pass, const struct sync_inbox_row *row)
{
    const struct sync_mapping *mapping = &pass->mappings[sync_entity_find(row->entity)];
    const char *name = mapping->entity->parent;
    const struct sync_field *field =
        name != NULL ? sync_mapping_find(mapping, name, strlen(name)) : NULL;
    const struct sync_value *value =
        field != NULL ? sync_values_find(&row->record.values, field->id) : NULL;

    return value != NULL ? value->text : NULL;
}

static bool find_parents(struct sync_pass *pass, struct arena *arena,
                         const struct sync_inbox_row *rows, size_t row_count, struct parents *ret,
                         struct err *err)
{
    *ret = (struct parents){.sort_ms = INT64_MAX};
    for (size_t i = 0; i < row_count; i++) {
        const char *key = parent_of(pass, &rows[i]);
        int64_t child_ms = rows[i].record.modified_ms;
        enum need need;

        if (ret->missing_count == SYNC_KEYS_MAX || ret->late_count == SYNC_KEYS_MAX) {
            return true;
        }
        if (key == NULL || is_listed(ret->missing, ret->missing_count, key) ||
            is_listed(ret->late, ret->late_count, key)) {
            continue;
        }
        if (!need_of(pass, arena, key, child_ms, &need, err)) {
            return false;
        }
        if (need == NEEDS_FETCH) {
            ret->missing[ret->missing_count++] = key;
        } else if (need == NEEDS_MOVE) {
            ret->late[ret->late_count++] = key;
        }
        if (need != NEEDS_NOTHING && child_ms < ret->sort_ms) {
            ret->sort_ms = child_ms;
        }
    }
    return true;
}

static bool move_late(struct sync_pass *pass, const struct parents *parents)
{
    AUTO(db_txn) txn = {0};
    struct err err;

    if (!sync_pass_txn(pass, &txn)) {
        return false;
    }
    for (size_t i = 0; i < parents->late_count; i++) {
        if (!db_run(pass->db, "UPDATE inbox SET modified_ms = ? WHERE entity = ? AND key = ?",
                    DB_ARGS(db_int(parents->sort_ms), db_text(sync_entities[0].name),
                            db_text(parents->late[i])),
                    &err)) {
            return sync_pass_err(pass, &err);
        }
    }
    return sync_pass_commit(pass, &txn);
}

/* What cannot be read is noted, so that it is not asked for again with each child. */
static bool note_absent(struct sync_pass *pass, struct arena *arena, const char *const *keys,
                        size_t count)
{
    AUTO(db_txn) txn = {0};
    struct err err;

    if (!sync_pass_txn(pass, &txn)) {
        return false;
    }
    for (size_t i = 0; i < count; i++) {
        struct sync_link link = {
            .entity = sync_entities[0].name, .key = keys[i], .state = SYNC_LINK_ABSENT};
        bool waits;

        if (!sync_inbox_has(pass->db, link.entity, link.key, &waits, &err) ||
            (!waits && !sync_link_save(pass->db, arena, &link, &err))) {
            return sync_pass_err(pass, &err);
        }
    }
    return sync_pass_commit(pass, &txn);
}

static bool plan_rows(struct sync_pass *pass, struct arena *arena,
                      const struct sync_inbox_row *rows, size_t count)
{
    AUTO(db_txn) txn = {0};
    struct err err;

    if (!sync_pass_txn(pass, &txn)) {
        return false;
    }
    for (size_t i = 0; i < count; i++) {
        if (!plan_row(pass, arena, &rows[i], &err)) {
            return sync_pass_err(pass, &err);
        }
    }
    return sync_pass_commit(pass, &txn);
}

bool sync_plan(struct sync_pass *pass, bool *ret_did)
{
    AUTO(arena) arena = {0};
    struct sync_inbox_row *rows = arena_array(&arena, SYNC_BATCH_MAX, sizeof *rows);
    struct parents parents;
    size_t count, seen;
    struct err err;

    if (!sync_inbox_first(pass->db, &arena, SYNC_BATCH_MAX, rows, &count, &err) ||
        !find_parents(pass, &arena, rows, count, &parents, &err)) {
        return sync_pass_err(pass, &err);
    }
    *ret_did = count > 0;
    if (parents.missing_count > 0) {
        return sync_fetch(pass, 0, parents.missing, parents.missing_count, parents.sort_ms,
                          &seen) &&
               (seen == parents.missing_count ||
                note_absent(pass, &arena, parents.missing, parents.missing_count));
    }
    if (parents.late_count > 0) {
        return move_late(pass, &parents);
    }
    return count == 0 || plan_rows(pass, &arena, rows, count);
}

static bool changed_links(struct sync_pass *pass, int64_t *ret, size_t *ret_count, struct err *err)
{
    AUTO(db_rows) rows = {0};
    enum db_step step;

    *ret_count = 0;
    if (!db_query(pass->db,
                  "SELECT DISTINCT link FROM change WHERE checked = 1 ORDER BY link LIMIT ?",
                  DB_ARGS(db_int(SYNC_BATCH_MAX)), &rows, err)) {
        return false;
    }
    while ((step = db_next(&rows, err)) == DB_ROW) {
        ret[(*ret_count)++] = db_column_int(&rows, 0);
    }
    return step == DB_DONE;
}

/* What Marketo refused of the record is compared anew, together with what was edited there since:
 * the edit may be of the very field, and nothing in Dynamics has to change for it. */
static bool read_refused(struct sync_pass *pass, struct arena *arena, struct sync_link *link,
                         struct err *err)
{
    link->etag = NULL;
    return sync_link_save(pass->db, arena, link, err) &&
           sync_dirty_add(pass->db, link->entity, link->key, err);
}

static bool plan_edits(struct sync_pass *pass, struct arena *arena, int64_t id, struct err *err)
{
    struct subject subject = {.pass = pass, .arena = arena};
    bool refused = false, renewed;

    if (!sync_link_get(pass->db, arena, id, &subject.link, err) ||
        (pass->any_parked &&
         !sync_is_parked(pass->db, &subject.link, SYNC_AT_MARKETO, &refused, err)) ||
        !sync_renew_refused(pass, arena, &subject.link, &renewed, err)) {
        return false;
    }
    if (refused && subject.link.etag != NULL) {
        return read_refused(pass, arena, &subject.link, err);
    }
    if (renewed) {
        return true;
    }
    subject.mapping = &pass->mappings[sync_entity_find(subject.link.entity)];
    subject.to_marketo = (struct sync_op){.side = SYNC_AT_MARKETO, .verb = SYNC_UPDATE};
    subject.to_dynamics =
        (struct sync_op){.side = SYNC_AT_DYNAMICS, .verb = SYNC_UPDATE, .etag = subject.link.etag};
    return take_edits(&subject, err) && compare_fields(&subject, err) &&
           add_ops(&subject, sync_env_now(&pass->engine->env), err);
}

bool sync_plan_changes(struct sync_pass *pass, bool *ret_did)
{
    AUTO(arena) arena = {0};
    AUTO(db_txn) txn = {0};
    int64_t links[SYNC_BATCH_MAX];
    size_t count;
    struct err err;

    if (!changed_links(pass, links, &count, &err)) {
        return sync_pass_err(pass, &err);
    }
    *ret_did = count > 0;
    if (count == 0) {
        pass->changes_wait = false;
        return true;
    }
    if (!sync_pass_txn(pass, &txn)) {
        return false;
    }
    for (size_t i = 0; i < count; i++) {
        if (!plan_edits(pass, &arena, links[i], &err)) {
            return sync_pass_err(pass, &err);
        }
    }
    return sync_pass_commit(pass, &txn);
}
