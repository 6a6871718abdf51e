/* Users: what the platform takes over from the directory. Source: dataverse-users. */
#include <string.h>

#include "base/str.h"
#include "dataverse/write.h"
#include "store/directory.h"
#include "store/store.h"

/* marketo-integration1a2b…@contoso.onmicrosoft.com */
static const char *application_domain_name(struct mock_call *call, const char *name,
                                           const char *app_id)
{
    const char *domain =
        store_text(call->db, call->arena, "SELECT default_domain FROM tenant", DB_NO_ARGS);
    AUTO(strbuf) text = STRBUF(900);

    for (; *name != '\0'; name++) {
        if ((*name >= 'a' && *name <= 'z') || (*name >= 'A' && *name <= 'Z') ||
            (*name >= '0' && *name <= '9')) {
            strbuf_add_char(&text, *name);
        }
    }
    strbuf_addf(&text, "%s@%s", app_id, domain);
    return str_lower(arena_dup(call->arena, strbuf_text(&text), text.len));
}

static bool fill_application(struct mock_call *call, struct mock_reply *reply,
                             struct dv_values *values, const char *app_id)
{
    const struct dv_entity *entity = values->entity;
    const cJSON *principal = directory_principal_by_app_id(call->db, call->arena, app_id);
    const char *name, *domain_name;

    if (principal == NULL && call->route != NULL) { /* a world's file may tell what came of it */
        dv_refuse(call, reply, DV_APP_UNKNOWN, app_id, call->request_id, NULL, NULL);
        return false;
    }
    if (store_int(call->db,
                  arena_join(call->arena, "SELECT 1 FROM ", entity->table,
                             " WHERE applicationid = ?", NULL),
                  DB_ARGS(db_text(app_id)), 0) != 0) {
        dv_refuse(call, reply, DV_DUPLICATE_ID, NULL, NULL, NULL, NULL);
        return false;
    }
    name = json_get_text(principal, "displayName");
    name = name != NULL ? name : app_id;
    domain_name = application_domain_name(call, name, app_id);
    dv_put_name(values, "azureactivedirectoryobjectid", db_text(json_get_text(principal, "id")));
    dv_put_name(values, "firstname", db_text("#"));
    dv_put_name(values, "lastname", db_text(name));
    dv_put_new(values, "domainname", db_text(domain_name));
    dv_put_new(values, "internalemailaddress", db_text(domain_name));
    dv_put_name(values, "applicationiduri",
                db_text(arena_join(call->arena, "api://", app_id, NULL)));
    dv_put_name(values, "accessmode", db_int(4));
    dv_put_name(values, "islicensed", db_int(0));
    dv_put_name(values, "issyncwithdirectory", db_int(1));
    return true;
}

bool dv_fill_user(struct mock_call *call, struct mock_reply *reply, struct dv_values *values)
{
    const struct dv_set *app = dv_value_of(values, "applicationid");
    const struct dv_set *name = dv_value_of(values, "domainname");

    if (app != NULL && app->value.type == DB_TEXT_VALUE) {
        return fill_application(call, reply, values, app->value.bytes);
    }
    if (name != NULL && name->value.type == DB_TEXT_VALUE) {
        const char *object_id =
            store_text(call->db, call->arena, "SELECT id FROM users WHERE upn = ?",
                       DB_ARGS(db_text(name->value.bytes)));

        dv_put_name(values, "azureactivedirectoryobjectid", db_text(object_id));
        dv_put_new(values, "internalemailaddress", name->value);
        dv_put_name(values, "islicensed", db_int(1));
        dv_put_name(values, "issyncwithdirectory", db_int(1));
    }
    return true;
}
