/* How a pass begins: whether it may, with which mapping, and from where. */
#include "sync/begin.h"

#include <stdio.h>
#include <string.h>

#include "base/auto.h"
#include "base/iso8601.h"
#include "base/str.h"
#include "http/retry.h"
#include "state/outbox.h"
#include "state/parked.h"
#include "state/tally.h"

enum { PAUSE_MAX_MS = 26 * 60 * 60 * 1000 };

/* What a state of the page means for a pass (contract section 6, "One pass"). */
static const struct {
    const char *state;
    const char *code; /* NULL: it goes on */
    const char *fix;
} gates[] = {
    {"bound", "not_enabled", "Choose the fields (setup.select-fields), then enable the sync."},
    {"disabled", "not_enabled", "Enable the sync: setup.enable."},
    {"down", NULL, NULL},
    {"fields_chosen", "not_enabled", "Enable the sync: setup.enable."},
    {"halted", "schema_changed", "Save the field list (fields.refresh), then enable the sync."},
    {"initial_sync", NULL, NULL},
    {"new", "not_enabled", "Connect the organization: setup.connect."},
    {"oauth_pause", "paused", "Give OAuth credentials (crmsync reauth), then enable the sync."},
    {"running", NULL, NULL},
    {"settling", "paused",
     "Wait until the change of the way of signing in has settled, then "
     "enable the sync."},
};

bool sync_begin_gate(const struct sync_page *page, struct sync_problem *problem)
{
    for (size_t i = 0; i < ARRAY_LEN(gates); i++) {
        if (!str_eq(gates[i].state, page->state)) {
            continue;
        }
        if (gates[i].code == NULL) {
            return true;
        }
        (void)sync_fail(problem, CRMSYNC_REFUSED, gates[i].code,
                        "the connection in Marketo is in the state \"%s\"", page->state);
        sync_problem_fix(problem, "%s", gates[i].fix);
        sync_problem_from(problem, "marketo", 200);
        return false;
    }
    (void)sync_fail(problem, CRMSYNC_FAILED, "protocol",
                    "the connection in Marketo is in the unknown state \"%.40s\"", page->state);
    sync_problem_from(problem, "marketo", 200);
    return false;
}

static bool wait_out(struct sync_pass *pass, const char *side)
{
    struct sync_env *env = &pass->engine->env;
    struct sync_pause pause;
    struct err err;

    if (!sync_pause_get(pass->db, pass->arena, side, &pause, &err)) {
        return sync_pass_err(pass, &err);
    }
    /* No wait is longer than a day and an hour: behind that only a clock can be that was put back.
     */
    if (pause.until_ms <= sync_env_now(env) || pause.until_ms - sync_env_now(env) > PAUSE_MAX_MS) {
        return true;
    }
    if (pause.until_ms - sync_env_now(env) <= SYNC_WAIT_MAX_MS) {
        return sync_env_wait_until(env, pause.until_ms, pass->problem);
    }
    (void)sync_fail(pass->problem, CRMSYNC_FAILED, pause.code, "%s", pause.message);
    sync_problem_fix(pass->problem, "Run it again after that time; it goes on where it stopped.");
    sync_problem_from(pass->problem, side, 0);
    pass->problem->resume_ms = pause.until_ms;
    return false;
}

bool sync_begin_wait(struct sync_pass *pass)
{
    return wait_out(pass, "marketo") && wait_out(pass, "dataverse");
}

/* Another subscription has nothing of what is linked: all of it is put aside. It may also have
 * another organization. */
static bool forget_all(struct db *db, struct err *err)
{
    return db_script(db,
                     "DELETE FROM outbox; DELETE FROM change; DELETE FROM link; DELETE FROM stream;"
                     "DELETE FROM inbox; DELETE FROM seen; DELETE FROM dirty; DELETE FROM parked;"
                     "DELETE FROM collision; DELETE FROM pause; DELETE FROM tally;"
                     "DELETE FROM meta WHERE key = 'organization_id';",
                     err);
}

static bool check_subscription(struct sync_pass *pass, const struct sync_page *page,
                               struct err *err)
{
    const char *kept;

    if (!sync_meta_get(pass->db, pass->arena, "subscription_id", &kept, err)) {
        return false;
    }
    if (str_eq(kept, page->subscription_id)) {
        return true;
    }
    if (kept != NULL) {
        log_event(&pass->engine->env.log, "sync.subscription", "was=%s is=%s", kept,
                  page->subscription_id);
    }
    return (kept == NULL || forget_all(pass->db, err)) &&
           sync_meta_set(pass->db, "subscription_id", page->subscription_id, err);
}

static bool load_key(struct sync_pass *pass, struct err *err)
{
    struct crmsync_env *given = &pass->engine->env.given;
    const char *kept;
    char text[40];

    if (!sync_meta_get(pass->db, pass->arena, "digest_key", &kept, err)) {
        return false;
    }
    if (kept != NULL) {
        unsigned long long low = 0, high = 0;

        if (sscanf(kept, "%16llx%16llx", &low, &high) != 2) {
            return err_set(err, ERR_STORE, "the key of the digests cannot be read");
        }
        pass->digest_key = (struct sync_digest_key){low, high};
        return true;
    }
    given->random(given->ctx, &pass->digest_key, sizeof pass->digest_key);
    snprintf(text, sizeof text, "%016llx%016llx", (unsigned long long)pass->digest_key.low,
             (unsigned long long)pass->digest_key.high);
    return sync_meta_set(pass->db, "digest_key", text, err);
}

/* One that was interrupted goes on; what it wrote is not told yet. */
static bool open_row(struct sync_pass *pass, struct err *err)
{
    struct sync_pass_row row;

    if (!sync_pass_newest(pass->db, pass->arena, &row, err)) {
        return false;
    }
    if (row.id == 0 || row.ended_ms != 0) {
        if (!sync_pass_begin(pass->db, sync_env_now(&pass->engine->env), err) ||
            !sync_pass_newest(pass->db, pass->arena, &row, err)) {
            return false;
        }
    }
    pass->id = row.id;
    pass->started_ms = row.started_ms;
    return true;
}

bool sync_begin_row(struct sync_pass *pass, const struct sync_page *page)
{
    int64_t before = db_total_changes(pass->db), waiting = 0;
    AUTO(db_txn) txn = {0};
    struct err err;

    if (!sync_pass_txn(pass, &txn)) {
        return false;
    }
    if (!check_subscription(pass, page, &err) || !load_key(pass, &err) || !open_row(pass, &err) ||
        !sync_pause_clear(pass->db, sync_env_now(&pass->engine->env), &err) ||
        !sync_outbox_doubt(pass->db, &err) || !sync_parked_any(pass->db, &pass->any_parked, &err) ||
        !db_query_int(pass->db, "SELECT EXISTS (SELECT 1 FROM change)", DB_NO_ARGS, 0, &waiting,
                      &err)) {
        return sync_pass_err(pass, &err);
    }
    pass->changes_wait = waiting != 0;
    return db_total_changes(pass->db) == before || sync_pass_commit(pass, &txn);
}

static bool refuse_organization(struct sync_pass *pass, const char *kept, const char *is)
{
    (void)sync_fail(pass->problem, CRMSYNC_REFUSED, "organization_changed",
                    "the organization has the id %.40s, the links belong to %.40s: it was replaced "
                    "or restored under the same address",
                    is, kept);
    sync_problem_fix(pass->problem, "A Marketo subscription keeps to one organization; a new one "
                                    "needs a new subscription.");
    sync_problem_from(pass->problem, "dataverse", 200);
    return false;
}

bool sync_begin_probe(struct sync_pass *pass)
{
    const struct sync_dynamics *dynamics = &pass->sides->dynamics;
    AUTO(db_txn) txn = {0};
    const char *is, *kept;
    struct err err;

    if (!dynamics->probe(dynamics->ctx, pass->arena, &is, pass->problem)) {
        return false;
    }
    if (!sync_meta_get(pass->db, pass->arena, "organization_id", &kept, &err)) {
        return sync_pass_err(pass, &err);
    }
    if (kept != NULL) {
        return str_ieq(kept, is) || refuse_organization(pass, kept, is);
    }
    return sync_pass_txn(pass, &txn) &&
           (sync_meta_set(pass->db, "organization_id", is, &err) || sync_pass_err(pass, &err)) &&
           sync_pass_commit(pass, &txn);
}

static bool fail_schema(struct sync_pass *pass, const char *entity, const char *name)
{
    (void)sync_fail(pass->problem, CRMSYNC_FAILED, "schema_changed",
                    "the column \"%s\" of %s is selected in Marketo and is gone in Dynamics", name,
                    entity);
    sync_problem_fix(pass->problem, "Look at the field list in Marketo and save it "
                                    "(fields.refresh), then enable the sync again.");
    sync_problem_from(pass->problem, "dataverse", 200);
    return false;
}

/* Leaves out what is suspended and, if that is wished, what is gone. */
static bool check_schema(struct sync_pass *pass, struct sync_mapping *mapping,
                         const struct sync_columns *columns)
{
    const char *entity = mapping->entity->name, *gone;
    struct err err;

    for (size_t i = mapping->count; i > 0; i--) {
        const char *name = mapping->fields[i - 1].name;
        bool suspended;

        if (!sync_is_suspended(pass->db, entity, name, &suspended, &err)) {
            return sync_pass_err(pass, &err);
        }
        if (suspended) {
            sync_mapping_drop(mapping, name);
        }
    }
    while ((gone = sync_mapping_check(mapping, columns)) != NULL) {
        if (!str_eq(pass->engine->config.on_schema_error, "suspend")) {
            return fail_schema(pass, entity, gone);
        }
        log_event(&pass->engine->env.log, "sync.suspended", "object=%s column=%s", entity, gone);
        if (!sync_suspend(pass->db, entity, gone, pass->started_ms, &err)) {
            return sync_pass_err(pass, &err);
        }
        sync_mapping_drop(mapping, gone);
    }
    return true;
}

/* Whether a quick sync was asked for that no pass has begun yet. The page shows it until a pass has
 * ended; then the next one may be asked for. */
static bool take_quick_sync(struct sync_pass *pass, const struct sync_mapping *mapping, bool *ret,
                            struct err *err)
{
    const char *key = arena_join(pass->arena, "quick_sync.", mapping->entity->name, NULL), *begun;

    if (!sync_meta_get(pass->db, pass->arena, key, &begun, err)) {
        return false;
    }
    *ret = mapping->queued && !str_eq(begun, "yes");
    if (mapping->queued == str_eq(begun, "yes")) {
        return true;
    }
    return sync_meta_set(pass->db, key, mapping->queued ? "yes" : "no", err);
}

/* A stream that was begun with another mapping begins again: the delta link has the old one's
 * columns in it. */
static bool prepare_stream(struct sync_pass *pass, int rank, struct err *err)
{
    struct sync_stream *stream = &pass->streams[rank];
    const struct sync_mapping *mapping = &pass->mappings[rank];
    const char *text = sync_mapping_text(pass->arena, mapping);
    const char *config = arena_printf(
        pass->arena, "%016llx", (unsigned long long)sync_digest_text(&pass->digest_key, text));

    bool quick;

    if (!sync_stream_load(pass->db, pass->arena, mapping->entity->name, stream, err) ||
        !take_quick_sync(pass, mapping, &quick, err)) {
        return false;
    }
    /* A quick sync reads every record again: what differs from the last agreement is written. */
    if (stream->phase != SYNC_PHASE_NONE && str_eq(stream->config, config) && !quick) {
        return true;
    }
    stream->lineage++;
    stream->phase = SYNC_PHASE_MARK;
    stream->config = config;
    stream->cursor = stream->mark = stream->link = NULL;
    return db_run(pass->db, "DELETE FROM inbox WHERE entity = ?",
                  DB_ARGS(db_text(mapping->entity->name)), err) &&
           sync_stream_save(pass->db, stream, err);
}

static bool prepare_changes(struct sync_pass *pass, struct err *err)
{
    /* By Marketo's clock: a place in its log that is still to come would hide every edit. */
    int64_t there_ms = sync_env_now(&pass->engine->env) - pass->engine->marketo_ahead_ms;

    if (!sync_stream_load(pass->db, pass->arena, "changes", &pass->changes, err)) {
        return false;
    }
    pass->changes_out = false;
    for (int rank = 0; rank < SYNC_ENTITIES; rank++) {
        /* Until everything was read once, Dynamics is the only source. */
        pass->changes_out = pass->changes_out || pass->streams[rank].phase != SYNC_PHASE_FOLLOW;
    }
    if (pass->changes.phase != SYNC_PHASE_NONE &&
        pass->changes.covered_ms <= there_ms + SYNC_SKEW_MS) {
        return true;
    }
    pass->changes.phase = SYNC_PHASE_FOLLOW;
    pass->changes.cursor = NULL;
    pass->changes.covered_ms = there_ms - SYNC_SKEW_MS; /* what is seen twice is told apart */
    return sync_stream_save(pass->db, &pass->changes, err);
}

static bool number_fields(struct sync_pass *pass, struct sync_mapping *mapping, struct err *err)
{
    for (size_t i = 0; i < mapping->count; i++) {
        struct sync_field *field = &mapping->fields[i];

        if (!sync_field_number(pass->db, mapping->entity->name, field->name, field->target,
                               &field->id, err)) {
            return false;
        }
    }
    sync_mapping_index(pass->arena, mapping);
    return true;
}

static bool read_mappings(struct sync_pass *pass, struct sync_columns *columns)
{
    const struct sync_dynamics *dynamics = &pass->sides->dynamics;
    const cJSON *fields;
    struct err err;

    if (!sync_page_get(pass->engine, pass->arena, "reading the field list in Marketo",
                       "fields.json?selected=true", &fields, pass->problem)) {
        return false;
    }
    for (int rank = 0; rank < SYNC_ENTITIES; rank++) {
        if (!sync_mapping_read(pass->arena, fields, &sync_entities[rank], &pass->mappings[rank],
                               &err)) {
            (void)sync_fail_err(pass->problem, &err);
            sync_problem_from(pass->problem, "marketo", 200);
            return false;
        }
        if (!dynamics->columns(dynamics->ctx, pass->arena, &sync_entities[rank], &columns[rank],
                               pass->problem)) {
            return false;
        }
    }
    return true;
}

bool sync_begin_mapping(struct sync_pass *pass)
{
    struct sync_columns columns[SYNC_ENTITIES];
    int64_t before = db_total_changes(pass->db);
    AUTO(db_txn) txn = {0};
    struct err err;

    if (!read_mappings(pass, columns) || !sync_pass_txn(pass, &txn)) {
        return false;
    }
    for (int rank = 0; rank < SYNC_ENTITIES; rank++) {
        if (!check_schema(pass, &pass->mappings[rank], &columns[rank])) {
            return false;
        }
        if (!number_fields(pass, &pass->mappings[rank], &err) ||
            !prepare_stream(pass, rank, &err)) {
            return sync_pass_err(pass, &err);
        }
    }
    if (!prepare_changes(pass, &err)) {
        return sync_pass_err(pass, &err);
    }
    return db_total_changes(pass->db) == before || sync_pass_commit(pass, &txn);
}
