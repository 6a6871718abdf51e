#include "dataverse/caller.h"

#include <string.h>
#include <strings.h>

#include "base/auto.h"
#include "base/crypto.h"
#include "base/mem.h"
#include "base/str.h"
#include "dataverse/limits.h"
#include "entra/verify.h"
#include "server/world.h"
#include "store/store.h"

static bool refuse(struct mock_call *call, struct mock_reply *reply, enum dv_error error,
                   const char *a)
{
    dv_refuse(call, reply, error, a, NULL, NULL, NULL);
    return false;
}

/* The directory user of `Authorization: Basic`, by password. Source: contract-5. */
static const char *basic_user(struct mock_call *call, const char *header)
{
    size_t len = 0;
    char *text = (char *)crypto_base64_decode(call->arena, header, strlen(header), &len);
    char *colon = text != NULL ? memchr(text, ':', len) : NULL;
    uint8_t digest[SHA256_LEN];
    size_t salt_len, hash_len;
    const void *salt, *hash;
    AUTO(db_rows) rows = {0};

    if (colon == NULL) {
        return NULL;
    }
    *colon = '\0';
    store_query(&rows, call->db,
                "SELECT id, salt, hash FROM users WHERE upn = ? AND account_enabled AND"
                " ifnull(password_expires_ms > ?, 1)",
                DB_ARGS(db_text(text), db_int(call->now_ms)));
    if (!store_next(&rows)) {
        return NULL;
    }
    salt = db_column_blob(&rows, 1, &salt_len);
    hash = db_column_blob(&rows, 2, &hash_len);
    crypto_sha256_salted(salt, salt_len, colon + 1, digest);
    mem_wipe(colon + 1, len - (size_t)(colon + 1 - text));
    return hash_len == sizeof digest && crypto_equal(hash, digest, hash_len)
               ? arena_strdup(call->arena, db_column_text(&rows, 0))
               : NULL;
}

/* Whether the call has Basic credentials and the organization takes them at all. */
static bool is_basic(struct mock_call *call, const struct dv_org *org, const char **ret)
{
    const char *header = mock_call_header(call, "Authorization");
    const char *scope = arena_join(call->arena, "organization/", org->host, NULL);

    if (header == NULL || strncasecmp(header, "Basic ", 6) != 0 ||
        !store_setting_bool(call->db, scope, "basicAuthentication")) {
        return false;
    }
    *ret = header + 6 + strspn(header + 6, " ");
    return true;
}

/* Who the credentials are of: an application, or a person. */
static bool identify(struct mock_call *call, struct mock_reply *reply, const struct dv_org *org,
                     bool *ret_app, const char **ret_id)
{
    const struct mock_claims *claims = NULL;
    enum mock_token_state state;
    const char *basic;

    if (call->bearer == NULL && is_basic(call, org, &basic)) {
        *ret_app = false;
        *ret_id = basic_user(call, basic);
        if (*ret_id == NULL) {
            dv_challenge(call, reply, false);
        }
        return *ret_id != NULL;
    }
    state = mock_token_verify(call, org->audiences, org->audience_count, &claims);
    if (state != MOCK_TOKEN_GOOD) {
        dv_challenge(call, reply, state != MOCK_TOKEN_MISSING);
        return false;
    }
    *ret_app = claims->app_only;
    *ret_id = claims->app_only ? claims->appid : claims->oid;
    return true;
}

/* What both may. */
static const struct dv_user *intersect(struct mock_call *call, const struct dv_org *org,
                                       const struct dv_user *as, const struct dv_user *real)
{
    struct dv_user *both = (void *)arena_dup(call->arena, as, sizeof *as);
    uint8_t *any = (void *)arena_dup(call->arena, as->any, org->schema->count);
    uint8_t *global = (void *)arena_dup(call->arena, as->global, org->schema->count);

    for (size_t i = 0; i < org->schema->count; i++) {
        any[i] &= real->any[i];
        global[i] &= real->global[i];
    }
    both->any = any;
    both->global = global;
    both->misc &= real->misc;
    return both;
}

/* MSCRMCallerID and CallerObjectId. */
static bool impersonate(struct mock_call *call, struct mock_reply *reply,
                        struct mock_caller *caller)
{
    const char *by_id = mock_call_header(call, "MSCRMCallerID");
    const char *by_object = mock_call_header(call, "CallerObjectId");
    const struct dv_user *as;

    if (by_id == NULL && by_object == NULL) {
        return true;
    }
    if ((caller->user->misc & DV_ACT_FOR_OTHERS) == 0) {
        return refuse(call, reply, DV_ACT_ON_BEHALF, NULL);
    }
    if (by_object != NULL) {
        by_id = dv_user_id(call, caller->org, false, by_object);
    }
    as = by_id != NULL ? dv_user_find(call, caller->org, by_id) : NULL;
    if (as == NULL) {
        return refuse(call, reply, DV_NOT_MEMBER, NULL);
    }
    if (as->disabled) {
        return refuse(call, reply, DV_USER_DISABLED, as->id);
    }
    if (strcmp(as->id, caller->user->id) == 0) {
        return true;
    }
    caller->real = caller->user;
    caller->real_id = caller->user->id;
    caller->user = intersect(call, caller->org, as, caller->user);
    return true;
}

bool dv_admit(struct mock_call *call, struct mock_reply *reply)
{
    struct dv_org *org = dv_org_of(call);
    struct mock_caller *caller = arena_alloc(call->arena, sizeof *caller);
    const char *id = NULL, *user_id;
    bool app = false;

    if (org == NULL) {
        dv_challenge(call, reply, false);
        return false;
    }
    if (!identify(call, reply, org, &app, &id)) {
        return false;
    }
    user_id = dv_user_id(call, org, app, id);
    if (user_id == NULL) {
        mock_call_rule(call, "SETUP2-08");
        return refuse(call, reply, DV_NOT_MEMBER, NULL);
    }
    caller->org = org;
    caller->user = dv_user_find(call, org, user_id);
    call->caller = caller;
    if (caller->user->disabled) {
        return refuse(call, reply, DV_USER_DISABLED, user_id);
    }
    if (!dv_limits_take(call, reply)) {
        return false;
    }
    if (caller->user->roles == 0) {
        mock_call_rule(call, "SETUP2-09");
        dv_refuse(call, reply, DV_NO_ROLE, user_id, "prvReadUser", NULL, NULL);
        return false;
    }
    return impersonate(call, reply, caller);
}

bool dv_admit_discovery(struct mock_call *call, struct mock_reply *reply)
{
    static const char *const audiences[] = {"https://globaldisco.crm.dynamics.com",
                                            "https://globaldisco.crm.dynamics.com/",
                                            "https://*.dynamics.com",
                                            "https://*.dynamics.com/",
                                            "http://127.0.0.1*",
                                            "https://127.0.0.1*",
                                            "http://localhost*",
                                            "https://localhost*",
                                            "http://[::1]*",
                                            "https://[::1]*",
                                            "00000007-0000-0000-c000-000000000000"};
    const struct mock_claims *claims = NULL;
    enum mock_token_state state = mock_token_verify(call, audiences, ARRAY_LEN(audiences), &claims);

    if (state != MOCK_TOKEN_GOOD) {
        dv_challenge(call, reply, state != MOCK_TOKEN_MISSING);
        return false;
    }
    return true;
}

static const char *privilege_text(struct mock_call *call, const struct dv_entity *entity,
                                  const char *privilege)
{
    const struct dv_user *user = call->caller->user;

    return arena_printf(call->arena,
                        "Principal user (Id=%s, type=8, roleCount=%d, privilegeCount=%lld, "
                        "accessMode=0), is missing %s privilege (Id=%s) on OTC=%d for entity '%s' "
                        "(LocalizedName='%s'). context.Caller=%s. Consider adding missed privilege "
                        "to one of the principal (user/team) roles.",
                        user->id, user->roles, (long long)user->right_count, privilege,
                        dv_privilege_id(call->arena, privilege), entity->otc, entity->name,
                        entity->label, user->id);
}

bool dv_need(struct mock_call *call, struct mock_reply *reply, const struct dv_entity *entity,
             enum dv_right right)
{
    if (dv_may(call->caller->user, entity, right)) {
        return true;
    }
    return refuse(call, reply, DV_PRIVILEGE,
                  privilege_text(call, entity, dv_privilege_name(call->arena, entity, right)));
}

bool dv_need_misc(struct mock_call *call, struct mock_reply *reply, enum dv_misc_right right,
                  const char *privilege)
{
    const struct dv_user *user = call->caller->user;

    if ((user->misc & (unsigned)right) != 0) {
        return true;
    }
    return refuse(call, reply, DV_PRIVILEGE,
                  arena_printf(call->arena,
                               "SecLib::CheckPrivilege failed. User: %s, PrivilegeName: %s, "
                               "PrivilegeId: %s, Required Depth: Basic, BusinessUnitId: %s, "
                               "MetadataCache Privileges Count: 6543, User Privileges Count: %lld",
                               user->id, privilege, dv_privilege_id(call->arena, privilege),
                               user->business_unit, (long long)user->right_count));
}

void dv_become(struct mock_call *call, struct dv_org *org, const char *user_id)
{
    struct mock_caller *caller = arena_alloc(call->arena, sizeof *caller);
    struct dv_user *user = arena_alloc(call->arena, sizeof *user);
    const struct dv_user *found =
        dv_user_find(call, org, user_id != NULL ? user_id : org->system_user);
    uint8_t *all = arena_alloc(call->arena, org->schema->count + 1);

    memset(all, DV_ALL_RIGHTS, org->schema->count);
    if (found != NULL) {
        *user = *found;
    }
    user->any = user->global = all;
    user->roles = 1;
    user->misc = DV_ACT_FOR_OTHERS | DV_CUSTOMIZE | DV_OVERRIDE_CREATED;
    caller->org = org;
    caller->user = user;
    call->caller = caller;
}
