/* One token request on its way through the checks. Source: entra-token. */
#pragma once

#include "entra/error.h"
#include "entra/redirect.h"
#include "entra/tenant.h"
#include "server/call.h"

enum entra_grant_type {
    ENTRA_GRANT_APP,
    ENTRA_GRANT_PASSWORD,
    ENTRA_GRANT_REFRESH,
    ENTRA_GRANT_SAML1, /* an assertion of AD FS */
    ENTRA_GRANT_SAML2,
    ENTRA_GRANT_CODE,
    ENTRA_GRANT_DEVICE,
};

struct entra_client {
    const char *app_id, *object_id, *name;
    const char *principal_id; /* NULL: it has none in this tenant */
    bool enabled;             /* the principal is */
    bool single_tenant;
    bool fallback_public; /* its manifest allows public flows, or it has public redirects only */
    bool first_party;     /* Microsoft's own: its application lives in another tenant */
};

/* What a secret that was sent is worth. */
enum entra_secret {
    ENTRA_SECRET_NONE, /* nothing was sent */
    ENTRA_SECRET_GOOD,
    ENTRA_SECRET_EXPIRED_ONE,
    ENTRA_SECRET_IS_KEY_ID, /* the Secret ID was sent in its place */
    ENTRA_SECRET_WRONG,
};

struct entra_resource {
    const char *asked;                 /* the resource as the client wrote it; the token's `aud` */
    const char *principal_id, *app_id; /* principal NULL: the retired Azure AD Graph */
    bool enabled;
    bool version2; /* its tokens are of version 2.0 */
};

struct entra_user {
    const char *id, *upn, *name, *given_name, *surname, *mail, *mfa;
    const char *access;       /* what conditional access says: "off", "blocked", … */
    const char *immutable_id; /* of a user of a federated domain, else NULL */
    bool enabled;
    int64_t expires_ms; /* of the password; 0: never */
    int64_t valid_from_ms;
};

/* What a refresh token is good for. */
struct entra_refresh {
    const char *app_id, *user_id, *scope, *resource;
    int64_t issued_ms;
    int64_t signed_in_ms; /* when a code was allowed, or a password sent; 0: when it was issued */
    int64_t platform;     /* enum entra_platform: that of the sign-in */
    int64_t mfa;          /* not 0: a second factor was shown then */
};

/* What a person has allowed at a page: it is redeemed by a code, or by a device code. */
struct entra_allowed {
    const char *app_id, *user_id;
    const char *scope, *resource; /* resource NULL: v2 */
    const char *tenant;           /* id of the one where it was begun; of a device code */
    const char *redirect_uri, *challenge, *method, *nonce;
    enum entra_platform platform;
    int64_t issued_ms;
    bool mfa, redeemed;
    bool found; /* the code is one of ours */
};

struct entra_grant {
    struct mock_call *call;
    struct mock_reply *reply;
    struct entra_words words; /* filled as more becomes known */
    struct uri_params form;
    bool v1;
    enum entra_grant_type type;
    enum entra_tenant tenant;
    const char *tid;

    struct entra_client client;
    enum entra_secret secret;
    bool secret_sent, assertion_sent;

    /* What is asked for. */
    const char *scope_text; /* of v2, or what the refresh token was given for */
    const char *resource_text;
    struct entra_resource resource;
    bool wants_default; /* `.default`, or the v1 endpoint: all that was consented to */
    bool oidc_only;     /* nothing but openid and its like */
    bool openid, profile, email, offline;
    const char *scopes; /* the named ones, separated by blanks */

    struct entra_refresh refresh;
    bool refresh_known; /* it is one of ours */
    struct entra_allowed allowed;
    enum entra_platform platform; /* of the redirect URI of an interactive sign-in */
    struct entra_user user;
    const char *granted; /* the scopes of the token */
    const char *nonce;

    /* At a page: a refusal is kept in `refused` and not answered, and a person can be asked for a
     * second factor. */
    bool page, mfa;
    enum entra_code refused; /* 0: none */
};

/* The value of a form parameter, NULL when it is missing or empty. */
const char *entra_param(const struct entra_grant *grant, const char *name);
/* Refuses with the words that are known so far; is false. */
bool entra_grant_refuse(struct entra_grant *grant, enum entra_code code);

/* token.c: the first checks of a request, see there. `given` is the tenant as the path has it. */
void entra_grant_enter(struct entra_grant *grant, const char *given);
bool entra_grant_body(struct entra_grant *grant);
bool entra_grant_tenant(struct entra_grant *grant);

/* client.c: finds the application and weighs its credential. False: *grant->reply says no. */
bool entra_client_load(struct entra_grant *grant, const char *app_id);
/* The document of the application that was found. */
const cJSON *entra_client_document(struct entra_grant *grant);
bool entra_client_find(struct entra_grant *grant);
bool entra_client_authenticate(struct entra_grant *grant);

/* assertion.c: the client's certificate in place of a secret; refuses what is wrong with it. */
bool entra_assertion_check(struct entra_grant *grant);

/* code.c: authorization codes. */
#define ENTRA_CODE_SCHEMA                                                                          \
    "CREATE TABLE authorization_codes (hash BLOB PRIMARY KEY, app_id TEXT NOT NULL,"               \
    " user_id TEXT NOT NULL, scope TEXT NOT NULL, resource TEXT, redirect_uri TEXT NOT NULL,"      \
    " platform INTEGER NOT NULL, challenge TEXT, method TEXT, nonce TEXT,"                         \
    " mfa INTEGER NOT NULL, issued_ms INTEGER NOT NULL, redeemed INTEGER NOT NULL)"                \
    " WITHOUT ROWID;"
const char *entra_code_make(struct mock_call *call, const struct entra_allowed *allowed);
/* Fills grant->allowed from the parameter `code`, and judges nothing. */
void entra_code_look(struct entra_grant *grant);
/* Refuses a code that is unknown, another client's, spent, late, or lacks its proof. */
bool entra_code_check(struct entra_grant *grant);
/* From now on it is spent. */
void entra_code_redeem(struct entra_grant *grant);

/* devicecode.c: the same for device codes. */
void entra_device_look(struct entra_grant *grant);
bool entra_device_check(struct entra_grant *grant);
void entra_device_redeem(struct entra_grant *grant);

/* scope.c: what is asked for, as texts and then as a resource of the tenant. */
bool entra_scope_read(struct entra_grant *grant);
bool entra_scope_consented(struct entra_grant *grant);
/* False when the tenant wants applications to list User.Read, and the client does not. */
bool entra_sign_in_listed(struct entra_grant *grant);
/* False when a service principal wants users or clients to be assigned to it, and this is not. */
bool entra_assigned(struct entra_grant *grant, const char *principal, const char *to);

/* first_party.c: whether the API takes this client of Microsoft's own. */
bool entra_first_party_may(struct entra_grant *grant);

/* user.c */
bool entra_user_sign_in(struct entra_grant *grant);
/* The user behind a refresh token. */
bool entra_user_return(struct entra_grant *grant);
/* Whether the account, its factors and policies let it in, and the client is for it. */
bool entra_user_may(struct entra_grant *grant);
/* The user who has allowed a code. */
bool entra_user_allowed(struct entra_grant *grant);
bool entra_user_load(struct mock_call *call, const char *id_or_upn, struct entra_user *ret);

/* saml.c: the user behind an assertion of the federation. */
bool entra_saml_sign_in(struct entra_grant *grant);

/* refresh.c: refresh tokens say themselves what they are good for. */
const char *entra_refresh_make(struct mock_call *call, const struct entra_refresh *refresh);
/* False when it is none of ours. */
bool entra_refresh_read(struct mock_call *call, const char *text, struct entra_refresh *ret);

/* issue.c: the answer; what is signed is signed after the world was unlocked. */
void entra_issue(struct entra_grant *grant);
/* A signed id token for the answer of a page; `code` and `access` are what it is sent with, or
 * NULL. */
const char *entra_issue_id(struct entra_grant *grant, const char *code, const char *access);
/* A signed access token for the answer of a page. */
const char *entra_issue_access(struct entra_grant *grant, int64_t *ret_expires_s,
                               const char **ret_scope);
/* {"uid","utid"} in base64url: the account's id for MSAL. */
const char *entra_client_info(struct entra_grant *grant);

/* token.c: the routes. */
void entra_token(struct mock_call *call, struct mock_reply *reply);
