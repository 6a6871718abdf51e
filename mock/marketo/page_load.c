#include "marketo/page_load.h"

#include <string.h>

#include "base/auto.h"
#include "base/str.h"
#include "marketo/checks.h"
#include "marketo/connection.h"
#include "marketo/selection.h"
#include "store/store.h"

static const int64_t settling_ms = INT64_C(15) * 60 * 1000;

static bool refuse(struct err *err, struct arena *arena, const char *at, const char *member)
{
    err_at(err, json_pointer_add(arena, at, member));
    return false;
}

static enum marketo_state state_of(const cJSON *item, const char *member,
                                   enum marketo_state otherwise)
{
    enum marketo_state state = otherwise;

    (void)marketo_state_find(json_get_text(item, member), &state); /* the word was checked */
    return state;
}

/* Whether any organization has the Marketo solution. */
static bool any_solution(struct world_load *load)
{
    AUTO(db_rows) rows = {0};

    store_query(&rows, load->db, "SELECT host FROM organizations ORDER BY ord", DB_NO_ARGS);
    while (store_next(&rows)) {
        if (marketo_solution_version(load->arena, load->db, db_column_text(&rows, 0)) != NULL) {
            return true;
        }
    }
    return false;
}

static bool select_fields(struct world_load *load, const cJSON *fields, int64_t sub,
                          const char *org, const char *at, struct err *err)
{
    for (size_t i = 0; i < marketo_entity_count; i++) {
        const struct marketo_entity *entity = &marketo_entities[i];
        const cJSON *list = json_get(fields, entity->name), *item;
        struct marketo_choice choice = {.standard = list == NULL};
        const char **names;

        names = arena_array(load->arena, (size_t)cJSON_GetArraySize(list) + 1, sizeof *names);
        choice.names = names;
        cJSON_ArrayForEach(item, list)
        {
            names[choice.count++] = item->valuestring;
        }
        marketo_select(load->db, sub, org, entity, &choice);
        for (size_t j = 0; j < choice.count; j++) {
            if (!marketo_selected(load->db, sub, entity->name, names[j])) {
                (void)err_set(err, ERR_CONFIG, "the table %s has no column %.80s that can sync",
                              entity->name, names[j]);
                return refuse(err, load->arena, json_pointer_add(load->arena, at, "fields"),
                              entity->name);
            }
        }
    }
    return true;
}

static void read_credentials(struct world_load *load, const cJSON *item,
                             struct marketo_connection *c)
{
    struct arena *arena = load->arena;
    const char *method = json_get_text(item, "authMethod");

    c->method = method != NULL ? method : "s2s";
    c->username = json_get_text(item, "username");
    if (c->username == NULL) {
        c->username =
            store_text(load->db, arena, "SELECT app_user FROM organizations WHERE host = ?",
                       DB_ARGS(db_text(c->organization)));
    }
    if (str_eq(c->method, "basic")) {
        return;
    }
    c->client_id = json_get_text(item, "clientId");
    if (c->client_id == NULL) {
        c->client_id = store_text(load->db, arena,
                                  "SELECT app_id FROM applications WHERE display_name ="
                                  " 'Marketo Integration' AND deleted_ms IS NULL ORDER BY id",
                                  DB_NO_ARGS);
    }
    c->tenant_id = json_get_text(item, "tenantId");
    if (c->tenant_id == NULL) {
        c->tenant_id = store_text(load->db, arena, "SELECT id FROM tenant", DB_NO_ARGS);
    }
}

static bool find_organization(struct world_load *load, const cJSON *item, const char *at,
                              const char **ret, struct err *err)
{
    const char *given = json_get_text(item, "organization");

    *ret = given != NULL
               ? store_text(load->db, load->arena, "SELECT host FROM organizations WHERE host = ?",
                            DB_ARGS(db_text(given)))
               : store_text(load->db, load->arena,
                            "SELECT host FROM organizations ORDER BY ord LIMIT 1", DB_NO_ARGS);
    if (*ret == NULL) {
        (void)err_set(err, ERR_CONFIG, "no organization of the world has the host \"%.100s\"",
                      given != NULL ? given : "");
        return refuse(err, load->arena, at, "organization");
    }
    return true;
}

bool marketo_load_connection(struct world_load *load, const cJSON *item, int64_t sub,
                             const char *at, struct err *err)
{
    struct marketo_connection connection;
    enum marketo_state state = state_of(item, "state", MARKETO_NEW);

    if (any_solution(load)) {
        marketo_crm_fields(load->db, sub, true);
    }
    if (state == MARKETO_NEW) {
        return true;
    }
    marketo_connection_get(load->arena, load->db, sub, &connection);
    connection.state = state;
    connection.initial_complete =
        json_get_bool(item, "initialComplete", state > MARKETO_INITIAL_SYNC);
    if (!find_organization(load, item, at, &connection.organization, err)) {
        return false;
    }
    read_credentials(load, item, &connection);
    connection.email = json_get_text(item, "notificationEmail");
    connection.flag = state == MARKETO_OAUTH_PAUSE;
    connection.flag_state = state_of(item, "before", MARKETO_RUNNING);
    connection.flag_username = connection.flag ? connection.username : NULL;
    connection.settles_ms = state == MARKETO_SETTLING ? load->start_ms + settling_ms : 0;
    marketo_crm_fields(load->db, sub, false);
    marketo_connection_put(load->db, &connection);
    marketo_schema_store(load->db, sub, connection.organization);
    return state == MARKETO_BOUND ||
           select_fields(load, json_get(item, "fields"), sub, connection.organization, at, err);
}
