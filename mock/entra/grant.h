/* One token request on its way through the checks. Source: entra-token. */
#pragma once

#include "entra/error.h"
#include "entra/tenant.h"
#include "server/call.h"

enum entra_grant_type {
    ENTRA_GRANT_APP,
    ENTRA_GRANT_PASSWORD,
    ENTRA_GRANT_REFRESH,
    ENTRA_GRANT_SAML1, /* an assertion of AD FS */
    ENTRA_GRANT_SAML2,
};

struct entra_client {
    const char *app_id, *object_id, *name;
    const char *principal_id; /* NULL: it has none in this tenant */
    bool enabled;             /* the principal is */
    bool single_tenant;
    bool fallback_public; /* its manifest allows public flows, or it has public redirects only */
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
    bool openid, profile, email, offline;
    const char *scopes; /* the named ones, separated by blanks */

    struct entra_refresh refresh;
    struct entra_user user;
    const char *granted; /* the scopes of the token */
};

/* The value of a form parameter, NULL when it is missing or empty. */
const char *entra_param(const struct entra_grant *grant, const char *name);
/* Refuses with the words that are known so far; is false. */
bool entra_grant_refuse(struct entra_grant *grant, enum entra_code code);

/* client.c: finds the application and weighs its credential. False: *grant->reply says no. */
bool entra_client_find(struct entra_grant *grant);
bool entra_client_authenticate(struct entra_grant *grant);

/* assertion.c: the client's certificate in place of a secret; refuses what is wrong with it. */
bool entra_assertion_check(struct entra_grant *grant);

/* scope.c: what is asked for, as texts and then as a resource of the tenant. */
bool entra_scope_read(struct entra_grant *grant);
bool entra_scope_consented(struct entra_grant *grant);
/* False when a service principal wants users or clients to be assigned to it, and this is not. */
bool entra_assigned(struct entra_grant *grant, const char *principal, const char *to);

/* user.c */
bool entra_user_sign_in(struct entra_grant *grant);
/* The user behind a refresh token. */
bool entra_user_return(struct entra_grant *grant);
/* Whether the account, its factors and policies let it in, and the client is for it. */
bool entra_user_may(struct entra_grant *grant);
bool entra_user_load(struct mock_call *call, const char *id_or_upn, struct entra_user *ret);

/* saml.c: the user behind an assertion of the federation. */
bool entra_saml_sign_in(struct entra_grant *grant);

/* refresh.c: refresh tokens say themselves what they are good for. */
const char *entra_refresh_make(struct mock_call *call, const struct entra_refresh *refresh);
/* False when it is none of ours. */
bool entra_refresh_read(struct mock_call *call, const char *text, struct entra_refresh *ret);

/* issue.c: the answer; what is signed is signed after the world was unlocked. */
void entra_issue(struct entra_grant *grant);

/* token.c: the routes. */
void entra_token(struct mock_call *call, struct mock_reply *reply);
