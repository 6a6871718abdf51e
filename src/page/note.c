#include "page/note.h"

#include <string.h>

#include "base/auto.h"
#include "base/json_writer.h"
#include "base/str.h"
#include "state/stream.h"

static void write_page(struct strbuf *text, const struct sync_page *page)
{
    struct json_writer writer = JSON_WRITER(text);

    jw_object(&writer);
    jw_member_text(&writer, "state", page->state);
    jw_member_text(&writer, "authMethod", page->auth_method);
    jw_member_text(&writer, "organizationUrl", page->organization_url);
    jw_member_bool(&writer, "organizationLocked", page->organization_locked);
    jw_member_text(&writer, "username", page->username);
    jw_member_bool(&writer, "syncEnabled", page->sync_enabled);
    jw_member_text(&writer, "notificationEmail", page->notification_email);
    jw_member_text(&writer, "settlesAt", page->settles_at);
    jw_member_text(&writer, "solutionVersion", page->solution_version);
    jw_object_end(&writer);
}

bool sync_page_keep(struct db *db, const struct sync_page *page, struct err *err)
{
    AUTO(arena) arena = {0};
    AUTO(strbuf) text = STRBUF(0);
    const char *kept;

    write_page(&text, page);
    return sync_meta_get(db, &arena, "page", &kept, err) &&
           (str_eq(kept, strbuf_text(&text)) || sync_meta_set(db, "page", strbuf_text(&text), err));
}

bool sync_page_note(struct crmsync *engine, const struct sync_page *page,
                    struct sync_problem *problem)
{
    int64_t before = db_total_changes(engine->store.db);
    AUTO(db_txn) txn = {0};
    struct err err;

    if (!db_begin(engine->store.db, &txn, &err) || !sync_page_keep(engine->store.db, page, &err)) {
        return sync_fail_err(problem, &err);
    }
    return db_total_changes(engine->store.db) == before ||
           sync_store_commit(&engine->store, &txn, problem);
}

bool sync_page_noted(struct crmsync *engine, struct arena *arena, const cJSON **ret,
                     struct sync_problem *problem)
{
    const char *kept;
    cJSON *root;
    struct err err;

    *ret = NULL;
    if (!sync_meta_get(engine->store.db, arena, "page", &kept, &err)) {
        return sync_fail_err(problem, &err);
    }
    if (kept == NULL) {
        return true;
    }
    if (!json_parse(arena, kept, strlen(kept), JSON_PLAIN, &root, &err)) {
        return sync_fail_err(problem, &err);
    }
    *ret = root;
    return true;
}
