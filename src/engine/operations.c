/* The table of operations. */
#include <string.h>

#include "base/str.h"
#include "engine/engine.h"
#include "engine/pass.h"
#include "engine/status.h"
#include "setup/connect.h"
#include "setup/dynamics.h"
#include "setup/fields.h"
#include "setup/setup.h"
#include "validate/validate.h"

const struct sync_operation sync_operations[] = {
    {"fields.list", true, false, sync_op_fields_list},
    {"fields.quick-sync", true, false, sync_op_quick_sync},
    {"fields.refresh", true, false, sync_op_fields_refresh},
    {"reauth", true, false, sync_op_reauth},
    {"setup", true, false, sync_op_setup},
    {"setup.add-secret", false, false, sync_op_add_secret},
    {"setup.assign-role", true, false, sync_op_assign_role},
    {"setup.configure-marketo", true, false, sync_op_configure_marketo},
    {"setup.connect", true, false, sync_op_connect},
    {"setup.create-application-user", true, false, sync_op_create_application_user},
    {"setup.disable", true, false, sync_op_disable},
    {"setup.enable", true, false, sync_op_enable},
    {"setup.grant-consent", true, false, sync_op_grant_consent},
    {"setup.install-solution", true, false, sync_op_install_solution},
    {"setup.publish", true, false, sync_op_publish},
    {"setup.register-application", true, false, sync_op_register_application},
    {"setup.remove-secret", true, false, sync_op_remove_secret},
    {"setup.select-fields", true, false, sync_op_select_fields},
    {"status", true, true, sync_op_status},
    {"sync.follow", true, false, sync_op_follow},
    {"sync.once", true, false, sync_op_once},
    {"validate", true, false, sync_op_validate},
};
const size_t sync_operation_count = ARRAY_LEN(sync_operations);

bool sync_operation_unknown(const char *name, struct sync_problem *problem)
{
    const char *all[ARRAY_LEN(sync_operations)], *near;
    size_t count = 0;

    for (size_t i = 0; i < sync_operation_count; i++) {
        all[count++] = sync_operations[i].name;
    }
    near = str_nearest(name, all, count);
    return sync_fail(problem, CRMSYNC_USAGE, "usage", "there is no operation \"%.80s\"%s%s%s", name,
                     near != NULL ? ", did you mean \"" : "", near != NULL ? near : "",
                     near != NULL ? "\"?" : "");
}

/* The names by themselves, for callers; kept equal to the table by a test. */
static const char *const names[] = {
    "fields.list",
    "fields.quick-sync",
    "fields.refresh",
    "reauth",
    "setup",
    "setup.add-secret",
    "setup.assign-role",
    "setup.configure-marketo",
    "setup.connect",
    "setup.create-application-user",
    "setup.disable",
    "setup.enable",
    "setup.grant-consent",
    "setup.install-solution",
    "setup.publish",
    "setup.register-application",
    "setup.remove-secret",
    "setup.select-fields",
    "status",
    "sync.follow",
    "sync.once",
    "validate",
    NULL,
};
_Static_assert(ARRAY_LEN(names) == ARRAY_LEN(sync_operations) + 1, "one name for each operation");

const char *const *crmsync_operations(void)
{
    return names;
}

bool crmsync_is_idempotent(const char *operation)
{
    for (size_t i = 0; i < sync_operation_count; i++) {
        if (str_eq(sync_operations[i].name, operation)) {
            return sync_operations[i].idempotent;
        }
    }
    return false;
}
