/* Stage A on the other side: which fields of linked people were edited, and what they are now. */
#include "sync/pass.h"

#include <string.h>

#include "base/auto.h"
#include "base/str.h"
#include "state/link.h"
#include "state/parked.h"

/* Activities come late and out of order: so much is read again each time. */
enum { OVERLAP_MS = 5 * 60 * 1000 };

/* The fields of both entities that go back, each once. */
static const char *fields_of(const struct sync_pass *pass, struct arena *arena)
{
    AUTO(strbuf) text = STRBUF(0);

    for (int rank = 0; rank < SYNC_ENTITIES; rank++) {
        const struct sync_mapping *mapping = &pass->mappings[rank];

        for (size_t i = 0; i < mapping->count; i++) {
            const struct sync_field *field = &mapping->fields[i];
            bool listed = false;

            for (int other = 0; other < rank; other++) {
                const struct sync_field *same =
                    sync_mapping_by_target(&pass->mappings[other], field->target);

                listed = listed || (same != NULL && same->to_dynamics);
            }
            if (field->to_dynamics && !listed) {
                strbuf_addf(&text, "%s%s", text.len > 0 ? "," : "", field->target);
            }
        }
    }
    return arena_strdup(arena, strbuf_text(&text));
}

static bool forget_change(struct sync_pass *pass, int64_t link, uint32_t field, struct err *err)
{
    return db_run(pass->db, "DELETE FROM change WHERE link = ? AND field = ?",
                  DB_ARGS(db_int(link), db_int(field)), err);
}

/* Notes one edit, unless it says what both agreed on: then it is our own, or was taken back. */
static bool take_edit(struct sync_pass *pass, struct arena *arena, const struct sync_link *link,
                      const struct sync_edit *edit, int64_t at_ms, struct err *err)
{
    const struct sync_mapping *mapping = &pass->mappings[sync_entity_find(link->entity)];
    const struct sync_field *field = sync_mapping_by_target(mapping, edit->field);
    const struct sync_agreed *agreed;
    const char *value;

    if (field == NULL || !field->to_dynamics) {
        return true;
    }
    value = sync_value_read_text(arena, field->kind, edit->value);
    agreed = sync_base_find(&link->base, field->id);
    if (agreed != NULL && agreed->marketo == sync_digest_text(&pass->digest_key, value)) {
        return forget_change(pass, link->id, field->id, err);
    }
    return db_run(pass->db,
                  "INSERT INTO change (link, field, value, at_ms, checked) VALUES (?, ?, ?, ?, 0)"
                  " ON CONFLICT (link, field) DO UPDATE SET value = excluded.value, checked = 0",
                  DB_ARGS(db_int(link->id), db_int(field->id), db_text(value), db_int(at_ms)), err);
}

bool sync_renew_refused(struct sync_pass *pass, struct arena *arena, const struct sync_link *link,
                        bool *ret_renewed, struct err *err)
{
    struct sync_values refused = {0};

    *ret_renewed = false;
    if (!pass->any_parked || link->id == 0) {
        return true;
    }
    if (!sync_is_parked(pass->db, link, SYNC_AT_DYNAMICS, ret_renewed, err)) {
        return false;
    }
    if (!*ret_renewed) {
        return true;
    }
    if (!sync_unpark(pass->db, arena, link, SYNC_AT_DYNAMICS, &refused, err)) {
        return false;
    }
    for (size_t i = 0; i < refused.count; i++) {
        if (!db_run(pass->db,
                    "INSERT OR IGNORE INTO change (link, field, value, at_ms, checked)"
                    " VALUES (?, ?, ?, ?, 0)",
                    DB_ARGS(db_int(link->id), db_int(refused.items[i].field),
                            db_text(refused.items[i].text),
                            db_int(sync_env_now(&pass->engine->env))),
                    err)) {
            return false;
        }
    }
    pass->changes_wait = true;
    return true;
}

static bool take_activity(struct sync_pass *pass, struct arena *arena,
                          const struct sync_activity *activity, struct err *err)
{
    struct sync_link link;
    bool is_new, renewed;

    if (!sync_seen_add(pass->db, activity->guid, activity->at_ms, &is_new, err) ||
        !sync_link_person(pass->db, arena, activity->person, &link, err)) {
        return false;
    }
    /* An edit never creates a record (DEL-04), and what the filter leaves out stays as it is. A
     * person that is still to be made whole is edited like any other. */
    if (!is_new || link.id == 0 || link.left_out ||
        (link.state != SYNC_LINK_LIVE && link.state != SYNC_LINK_HALF)) {
        return true;
    }
    if (!sync_renew_refused(pass, arena, &link, &renewed, err)) {
        return false;
    }
    for (size_t i = 0; i < activity->count; i++) {
        if (!take_edit(pass, arena, &link, &activity->edits[i], activity->at_ms, err)) {
            return false;
        }
    }
    return true;
}

static bool take_page(struct sync_pass *pass, struct arena *arena,
                      const struct sync_activities *page, struct err *err)
{
    struct sync_stream *stream = &pass->changes;

    for (size_t i = 0; i < page->count; i++) {
        if (!take_activity(pass, arena, &page->items[i], err)) {
            return false;
        }
        if (page->items[i].at_ms > stream->covered_ms) {
            stream->covered_ms = page->items[i].at_ms;
        }
    }
    stream->cursor = page->more ? arena_strdup(pass->arena, page->next) : NULL;
    pass->changes_out = !page->more;
    return sync_stream_save(pass->db, stream, err) &&
           (page->more ||
            sync_seen_forget(pass->db, stream->covered_ms - 2 * (int64_t)OVERLAP_MS, err));
}

static bool fail_standing(struct sync_pass *pass)
{
    (void)sync_fail(pass->problem, CRMSYNC_FAILED, "protocol",
                    "reading what was edited in Marketo: there is more, but the paging token does "
                    "not go on");
    sync_problem_from(pass->problem, "marketo", 200);
    return false;
}

static bool is_about_token(const struct sync_pass *pass)
{
    const char *code = pass->problem->error.code;

    return pass->changes.cursor != NULL && !pass->changes_anew &&
           (str_eq(code, "rejected") || str_eq(code, "protocol"));
}

/* A token that is kept between passes may be too old for Marketo, or was never good: reading begins
 * again from the last activity that was seen, and what is read twice is known by its id. */
static bool begin_anew(struct sync_pass *pass)
{
    struct sync_stream *stream = &pass->changes;
    AUTO(db_txn) txn = {0};
    struct err err;

    log_event(&pass->engine->env.log, "sync.anew", "object=%s", stream->name);
    pass->changes_anew = true;
    stream->cursor = NULL;
    return sync_pass_txn(pass, &txn) &&
           (sync_stream_save(pass->db, stream, &err) || sync_pass_err(pass, &err)) &&
           sync_pass_commit(pass, &txn);
}

static bool read_changes(struct sync_pass *pass)
{
    const struct sync_marketo *marketo = &pass->sides->marketo;
    struct sync_stream *stream = &pass->changes;
    AUTO(arena) arena = {0};
    AUTO(db_txn) txn = {0};
    struct sync_activities page;
    const char *token = stream->cursor;
    struct err err;

    if (token == NULL && !marketo->since(marketo->ctx, &arena, stream->covered_ms - OVERLAP_MS,
                                         &token, pass->problem)) {
        return false;
    }
    if (!marketo->changes(marketo->ctx, &arena, token, fields_of(pass, &arena), &page,
                          pass->problem) ||
        (page.more && str_eq(page.next, token) && !fail_standing(pass))) {
        return is_about_token(pass) && begin_anew(pass);
    }
    return sync_pass_txn(pass, &txn) &&
           (take_page(pass, &arena, &page, &err) || sync_pass_err(pass, &err)) &&
           sync_pass_commit(pass, &txn);
}

/* The links whose edits are not looked up yet, at most as many as one call takes. */
static bool unchecked_links(struct sync_pass *pass, struct arena *arena, struct sync_link *ret,
                            size_t *ret_count, struct err *err)
{
    AUTO(db_rows) rows = {0};
    enum db_step step;

    *ret_count = 0;
    if (!db_query(pass->db,
                  "SELECT DISTINCT link FROM change WHERE checked = 0 ORDER BY link LIMIT ?",
                  DB_ARGS(db_int(SYNC_BATCH_MAX)), &rows, err)) {
        return false;
    }
    while ((step = db_next(&rows, err)) == DB_ROW) {
        if (!sync_link_get(pass->db, arena, db_column_int(&rows, 0), &ret[(*ret_count)++], err)) {
            return false;
        }
    }
    return step == DB_DONE;
}

static const struct sync_found *find_person(const struct sync_found *found, size_t count,
                                            int64_t id)
{
    for (size_t i = 0; i < count; i++) {
        if (found[i].id == id) {
            return &found[i];
        }
    }
    return NULL;
}

/* What the edited fields are now: an old activity must not bring an old value back. */
static bool check_link(struct sync_pass *pass, struct arena *arena, const struct sync_link *link,
                       const struct sync_found *found, struct err *err)
{
    const struct sync_mapping *mapping = &pass->mappings[sync_entity_find(link->entity)];
    AUTO(db_rows) rows = {0};
    enum db_step step;

    if (found == NULL) { /* deleted in Marketo, which is Marketo's own affair (DEL-02) */
        return db_run(pass->db, "DELETE FROM change WHERE link = ?", DB_ARGS(db_int(link->id)),
                      err);
    }
    if (!db_query(pass->db, "SELECT field FROM change WHERE link = ? AND checked = 0",
                  DB_ARGS(db_int(link->id)), &rows, err)) {
        return false;
    }
    while ((step = db_next(&rows, err)) == DB_ROW) {
        uint32_t number = (uint32_t)db_column_int(&rows, 0);
        const struct sync_field *field = sync_mapping_by_id(mapping, number);
        const struct sync_agreed *agreed = sync_base_find(&link->base, number);
        const cJSON *is = field != NULL ? json_get(found->fields, field->target) : NULL;
        const char *value;
        bool ok;

        if (field == NULL) {
            ok = forget_change(pass, link->id, number, err);
        } else if (is == NULL) { /* not shown, which is not empty: what the activity said holds */
            ok = db_run(pass->db, "UPDATE change SET checked = 1 WHERE link = ? AND field = ?",
                        DB_ARGS(db_int(link->id), db_int(number)), err);
        } else {
            value = sync_value_read(arena, field->kind, is);
            ok = agreed != NULL && agreed->marketo == sync_digest_text(&pass->digest_key, value)
                     ? forget_change(pass, link->id, number, err)
                     : db_run(pass->db,
                              "UPDATE change SET value = ?, checked = 1"
                              " WHERE link = ? AND field = ?",
                              DB_ARGS(db_text(value), db_int(link->id), db_int(number)), err);
        }
        if (!ok) {
            return false;
        }
    }
    return step == DB_DONE;
}

static bool check_changes(struct sync_pass *pass, bool *ret_did)
{
    const struct sync_marketo *marketo = &pass->sides->marketo;
    AUTO(arena) arena = {0};
    AUTO(db_txn) txn = {0};
    struct sync_link *links = arena_array(&arena, SYNC_BATCH_MAX, sizeof *links);
    int64_t *ids = arena_array(&arena, SYNC_BATCH_MAX, sizeof *ids);
    struct sync_found *found;
    size_t count, found_count;
    struct err err;

    if (!unchecked_links(pass, &arena, links, &count, &err)) {
        return sync_pass_err(pass, &err);
    }
    *ret_did = count > 0;
    if (count == 0) {
        return true;
    }
    for (size_t i = 0; i < count; i++) {
        ids[i] = links[i].other;
    }
    if (!marketo->look(marketo->ctx, &arena, NULL, ids, count, fields_of(pass, &arena), &found,
                       &found_count, pass->problem) ||
        !sync_pass_txn(pass, &txn)) {
        return false;
    }
    for (size_t i = 0; i < count; i++) {
        if (!check_link(pass, &arena, &links[i], find_person(found, found_count, ids[i]), &err)) {
            return sync_pass_err(pass, &err);
        }
    }
    pass->changes_wait = true;
    return sync_pass_commit(pass, &txn);
}

bool sync_observe_marketo(struct sync_pass *pass, bool *ret_did)
{
    *ret_did = true;
    if (!pass->changes_out) {
        return read_changes(pass);
    }
    return check_changes(pass, ret_did);
}
