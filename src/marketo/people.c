#include "marketo/people.h"

#include <string.h>

#include "base/auto.h"
#include "base/iso8601.h"
#include "base/str.h"
#include "base/uri.h"

/* A call takes 1 MB (marketo-limits); a batch ends before that, but one record is always sent. */
enum { BODY_MAX = 900 * 1000 };

/* A GET takes 8 KB of address (marketo-limits). */
enum { QUERY_MAX = 6000 };

/* How each lane is sent: marketo-leads, marketo-companies. */
static const struct {
    const char *path, *what, *action;
} lanes[] = {
    [SYNC_LANE_COMPANY] = {"/rest/v1/companies.json", "writing companies", "createOrUpdate"},
    [SYNC_LANE_PERSON] = {"/rest/v1/leads.json", "writing people", "createOrUpdate"},
    [SYNC_LANE_FLAG] = {"/rest/v1/leads.json", "flagging deleted people", "updateOnly"},
};

static void write_values(struct arena *arena, struct json_writer *writer,
                         const struct sync_mapping *mapping, const struct sync_op *op)
{
    for (size_t i = 0; i < op->values.count; i++) {
        const struct sync_field *field = sync_mapping_by_id(mapping, op->values.items[i].field);
        const char *text = op->values.items[i].text;

        if (field == NULL) {
            continue; /* no longer mapped */
        }
        jw_key(writer, field->target);
        sync_value_write(writer, field->kind, field->as_text,
                         sync_value_cut(arena, text, field->target_length));
    }
}

static void write_op(struct arena *arena, struct json_writer *writer, const char *person_key,
                     const struct sync_batch *batch, const struct sync_op *op)
{
    const struct sync_mapping *mapping = &batch->mappings[sync_entity_find(op->link.entity)];
    const struct sync_entity *entity = mapping->entity;

    jw_object(writer);
    jw_member_text(writer, entity->type == NULL ? SYNC_COMPANY_KEY : person_key, op->link.key);
    if (entity->type != NULL && op->verb == SYNC_CREATE) {
        jw_member_text(writer, SYNC_TYPE, entity->type);
        jw_member_text(writer, entity->id_field, op->link.key);
    }
    if (entity->type != NULL && op->verb != SYNC_UPDATE) {
        jw_member_bool(writer, SYNC_DELETED, op->verb == SYNC_DELETE);
    }
    if (op->verb != SYNC_DELETE) {
        write_values(arena, writer, mapping, op);
    }
    jw_object_end(writer);
}

const char *sync_people_compose(struct arena *arena, const char *person_key,
                                const struct sync_batch *batch, size_t *ret_count)
{
    AUTO(strbuf) text = STRBUF(0);
    struct json_writer writer = JSON_WRITER(&text);

    jw_object(&writer);
    jw_member_text(&writer, "action", lanes[batch->lane].action);
    if (batch->lane == SYNC_LANE_COMPANY) {
        jw_member_text(&writer, "dedupeBy", "dedupeFields");
    } else {
        jw_member_text(&writer, "lookupField", person_key);
    }
    jw_key(&writer, "input");
    jw_array(&writer);
    *ret_count = 0;
    while (*ret_count < batch->count && (text.len < BODY_MAX || *ret_count == 0)) {
        write_op(arena, &writer, person_key, batch, &batch->ops[*ret_count]);
        ++*ret_count;
    }
    jw_array_end(&writer);
    jw_object_end(&writer);
    return arena_strdup(arena, strbuf_text(&text));
}

static bool fail_outcomes(struct sync_problem *problem, const char *what)
{
    (void)sync_fail(problem, CRMSYNC_FAILED, "protocol", "the outcome of a call of Marketo: %s",
                    what);
    sync_problem_from(problem, "marketo", 200);
    return false;
}

bool sync_people_outcomes(const struct sync_marketo_answer *answer, size_t count,
                          struct sync_written *ret, struct sync_problem *problem)
{
    const cJSON *item;
    size_t at = 0;

    cJSON_ArrayForEach(item, answer->result)
    {
        const char *status = json_get_text(item, "status");
        const cJSON *reason = cJSON_GetArrayItem(json_get(item, "reasons"), 0);

        if (at == count) {
            return fail_outcomes(problem, "more results than there were records");
        }
        ret[at] = (struct sync_written){.id = json_get_int(item, "id", 0),
                                        .code = json_get_text(reason, "code"),
                                        .message = json_get_text(reason, "message")};
        if (str_eq(status, "created") || str_eq(status, "updated")) {
            ret[at].result = *status == 'c' ? SYNC_WAS_CREATED : SYNC_WAS_UPDATED;
            if (ret[at].id <= 0) {
                return fail_outcomes(problem, "a written record has no id");
            }
        } else if (!str_eq(status, "skipped") && ret[at].code == NULL) {
            return fail_outcomes(problem, "a result says neither what was done nor why not");
        } else {
            ret[at].result = SYNC_WAS_SKIPPED;
            ret[at].code = ret[at].code != NULL ? ret[at].code : "skipped";
            ret[at].message = ret[at].message != NULL ? ret[at].message : "no reason given";
        }
        at++;
    }
    return at == count || fail_outcomes(problem, "fewer results than there were records");
}

enum sync_changed sync_people_write(struct crmsync *engine, struct arena *arena,
                                    const struct sync_remote *remote, enum sync_lane lane,
                                    const char *body, size_t count, struct sync_written *ret,
                                    struct sync_problem *problem)
{
    struct sync_marketo_answer answer;
    enum sync_changed changed = sync_marketo_send(engine, arena, remote, lanes[lane].what,
                                                  lanes[lane].path, body, &answer, problem);

    if (changed == SYNC_CHANGED && !sync_people_outcomes(&answer, count, ret, problem)) {
        return SYNC_UNKNOWN; /* it was executed; for which records must be looked up */
    }
    return changed;
}

static void write_query(struct strbuf *query, const char *person_key, const char *const *keys,
                        const int64_t *ids, size_t count, const char *fields, const char *next)
{
    AUTO(strbuf) values = STRBUF(0);

    for (size_t i = 0; i < count; i++) {
        if (keys != NULL) {
            strbuf_addf(&values, "%s%s", i > 0 ? "," : "", keys[i]);
        } else {
            strbuf_addf(&values, "%s%lld", i > 0 ? "," : "", (long long)ids[i]);
        }
    }
    strbuf_form_param(query, "filterType", keys != NULL ? person_key : "id");
    strbuf_form_param(query, "filterValues", strbuf_text(&values));
    strbuf_form_param(query, "fields", fields);
    if (next != NULL) {
        strbuf_form_param(query, "nextPageToken", next);
    }
}

/* One page; several people may have one key, so there may be more than were asked for. */
static bool look_page(struct crmsync *engine, struct arena *arena, const struct sync_remote *remote,
                      const struct strbuf *query, struct sync_marketo_answer *ret,
                      struct sync_problem *problem)
{
    static const char path[] = "/rest/v1/leads.json", what[] = "looking people up";
    const char *text = strbuf_text(query);

    return query->len <= QUERY_MAX
               ? sync_marketo_get(engine, arena, remote, what,
                                  arena_join(arena, path, "?", text, NULL), NULL, ret, problem)
               : sync_marketo_get(engine, arena, remote, what,
                                  arena_join(arena, path, "?_method=GET", NULL),
                                  arena_strdup(arena, text), ret, problem);
}

/* Who is not in a result is not there; without a result nobody was looked for. */
static bool fail_look(struct sync_problem *problem, const char *lacks)
{
    (void)sync_fail(problem, CRMSYNC_FAILED, "protocol", "looking people up: %s", lacks);
    sync_problem_from(problem, "marketo", 200);
    return false;
}

bool sync_people_look(struct crmsync *engine, struct arena *arena, const struct sync_remote *remote,
                      const char *person_key, const char *const *keys, const int64_t *ids,
                      size_t count, const char *fields, struct sync_found **ret, size_t *ret_count,
                      struct sync_problem *problem)
{
    enum { PAGES_MAX = 10 };
    struct sync_marketo_answer answer = {0};
    const char *next = NULL;

    *ret = NULL;
    *ret_count = 0;
    for (int page = 0; page < PAGES_MAX && (page == 0 || next != NULL); page++) {
        AUTO(strbuf) query = STRBUF(0);
        const cJSON *item;
        struct sync_found *all;

        write_query(&query, person_key, keys, ids, count, fields, next);
        if (!look_page(engine, arena, remote, &query, &answer, problem)) {
            return false;
        }
        if (answer.result == NULL) {
            return fail_look(problem, "the answer has no result");
        }
        all = arena_array(arena, *ret_count + (size_t)cJSON_GetArraySize(answer.result) + 1,
                          sizeof *all);
        if (*ret_count > 0) {
            memcpy(all, *ret, *ret_count * sizeof *all);
        }
        cJSON_ArrayForEach(item, answer.result)
        {
            const char *key = json_get_text(item, person_key);
            const char *created = json_get_text(item, "createdAt");
            struct sync_found *found = &all[(*ret_count)++];

            *found =
                (struct sync_found){.id = json_get_int(item, "id", 0),
                                    .key = key != NULL ? str_lower(arena_strdup(arena, key)) : NULL,
                                    .fields = item};
            if (found->id <= 0) {
                return fail_look(problem, "a person has no id");
            }
            if (created != NULL) {
                (void)iso8601_parse(created, &found->created_ms);
            }
        }
        *ret = all;
        next = answer.next;
    }
    return true;
}
