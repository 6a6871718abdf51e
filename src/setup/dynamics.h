/* The steps of setup inside an organization of Dynamics, all as its administrator. */
#pragma once

#include "engine/engine.h"
#include "remote/remote.h"
#include "setup/package.h"

/* The organization of the parameter `organization` (a host; NULL: the connection's). */
bool sync_dynamics_open(struct sync_call *call, const char *organization, struct sync_remote *ret);
/* From the environment's chance, in the call's arena. */
const char *sync_new_guid(struct sync_call *call);

/* The package of the parameter, else of the configuration. */
bool sync_package_find(struct sync_call *call, const char *given, struct sync_package *ret);
bool sync_setup_install(struct sync_call *call, const struct sync_remote *remote,
                        const struct sync_package *package, const char **ret_version,
                        bool *ret_changed);
bool sync_setup_publish(struct sync_call *call, const struct sync_remote *remote);

/* `app_id` is the client id; *ret_user is NULL when the call is dry and there is none. */
bool sync_setup_app_user(struct sync_call *call, const struct sync_remote *remote,
                         const char *app_id, const char *email, const char *business_unit,
                         const char **ret_user, bool *ret_changed);
/* `role` is an id or a name. */
bool sync_setup_role(struct sync_call *call, const struct sync_remote *remote, const char *user,
                     const char *role, bool *ret_changed);
bool sync_setup_marketo_config(struct sync_call *call, const struct sync_remote *remote,
                               const char *user, bool *ret_changed);

bool sync_op_install_solution(struct sync_call *call);
bool sync_op_publish(struct sync_call *call);
bool sync_op_create_application_user(struct sync_call *call);
bool sync_op_assign_role(struct sync_call *call);
bool sync_op_configure_marketo(struct sync_call *call);
