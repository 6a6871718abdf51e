/* The operations of setup, and their parts that `setup` puts together. */
#pragma once

#include "engine/engine.h"
#include "graph/directory.h"

/* The application and its service principal; ids are NULL when a dry call found none. */
struct sync_registered {
    struct sync_application application;
    struct sync_principal principal;
};

bool sync_setup_register(struct sync_call *call, const char *name, struct sync_registered *ret,
                         bool *ret_changed);
/* Writes id, appId, tenantId and the rest of it into a result. */
void sync_registered_write(const struct sync_call *call, const struct sync_registered *found,
                           cJSON *result);
/* Consents for the whole tenant; *ret_grants is an array for the result. */
bool sync_setup_consent(struct sync_call *call, const char *application, cJSON **ret_grants,
                        bool *ret_changed);
/* Adds a secret and puts keyId, hint, endDateTime and secretText into `result`; `lifetime` may be
 * NULL. */
bool sync_setup_add_secret(struct sync_call *call, const char *application, const char *description,
                           const char *lifetime, cJSON *result);
/* An ISO 8601 duration above zero. */
bool sync_lifetime_valid(const char *text);
bool sync_setup_remove_secret(struct sync_call *call, const char *application, const char *key_id,
                              bool *ret_changed);
/* Reads an application by its object id; one that we made just now is waited for. */
bool sync_find_application(struct sync_call *call, const char *id, struct sync_application *ret);
/* The service principal of an application; ret->id is NULL when there is none. */
bool sync_find_principal(struct sync_call *call, const char *app_id, struct sync_principal *ret);
/* Fails unless the parameter `name` is a GUID, as object ids are. */
bool sync_call_needs_guid(struct sync_call *call, const char *name, const char *value);

bool sync_op_setup(struct sync_call *call);
bool sync_op_register_application(struct sync_call *call);
bool sync_op_grant_consent(struct sync_call *call);
bool sync_op_add_secret(struct sync_call *call);
bool sync_op_remove_secret(struct sync_call *call);
