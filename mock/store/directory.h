/*
 * The directory's objects: applications, service principals, users, grants. The world loader,
 * Graph and Azure AD all write them through here, so that a document and the columns beside it
 * never part.
 */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "base/arena.h"
#include "base/db.h"
#include "base/json.h"
#include "base/random.h"

#define DIRECTORY_GRAPH_APP_ID     "00000003-0000-0000-c000-000000000000"
#define DIRECTORY_DATAVERSE_APP_ID "00000007-0000-0000-c000-000000000000"

/* An API of Microsoft's own, whose application lives in another tenant. */
struct directory_permission {
    const char *id, *value, *title;
    bool admin; /* of a delegated one: only an administrator may consent */
};
struct directory_api {
    const char *app_id, *display_name;
    const struct directory_permission *roles; /* for applications themselves */
    size_t role_count;
    const struct directory_permission *scopes; /* on behalf of a user */
    size_t scope_count;
};
extern const struct directory_api directory_apis[];
extern const size_t directory_api_count;
const struct directory_api *directory_api_find(const char *app_id);

/* A whole application document with every default member. Source: graph-application. */
cJSON *directory_application_new(struct arena *arena, const char *id, const char *app_id,
                                 const char *display_name, const char *domain, int64_t created_ms);
/* Writes the row of a document, new or known; its credentials come from the table of passwords. */
void directory_application_put(struct db *db, struct arena *arena, cJSON *document);
/*
 * The permissions that consent covers at that time: those that it lists, or for a while after a
 * change those that it listed before. Source: entra-replication.
 */
const cJSON *directory_access_seen(struct db *db, struct arena *arena, const cJSON *document,
                                   int64_t now_ms);
/* The permissions have changed: until then consent covers `before`. */
void directory_access_changed(struct db *db, struct arena *arena, const cJSON *document,
                              const cJSON *before, int64_t visible_ms);
/* Whether no other application has one of the document's identifier URIs. */
bool directory_uris_free(struct db *db, const cJSON *document);
/* It can come back, and keeps its client id; its service principal and URIs go. */
void directory_application_delete(struct db *db, const cJSON *document, int64_t now_ms);

/*
 * The service principal of an application of this tenant, or of one of Microsoft's APIs. Source:
 * graph-service-principal.
 */
cJSON *directory_principal_of_application(struct arena *arena, const char *id, const char *tenant,
                                          const cJSON *application, int64_t created_ms);
cJSON *directory_principal_of_api(struct db *db, struct arena *arena, const char *id,
                                  const struct directory_api *api, int64_t created_ms);
void directory_principal_put(struct db *db, struct arena *arena, cJSON *document);
/* With its grants, role assignments and credentials. Nothing when there is none. */
void directory_principal_delete(struct db *db, const char *app_id);
/* Carries what an application shares with its service principal over to it, if there is one. */
void directory_principal_follow(struct db *db, struct arena *arena, const cJSON *application);

/* A document by its object id, or NULL. Deleted applications are not found. */
cJSON *directory_application_get(struct db *db, struct arena *arena, const char *id);
cJSON *directory_application_by_app_id(struct db *db, struct arena *arena, const char *app_id);
cJSON *directory_principal_get(struct db *db, struct arena *arena, const char *id);
cJSON *directory_principal_by_app_id(struct db *db, struct arena *arena, const char *app_id);

/* A user's document with every member and no names yet. Source: graph-user. */
cJSON *directory_user_new(struct arena *arena, const char *id, int64_t created_ms);
/* Writes the row of a document; a new one has no password and was never locked. */
void directory_user_put(struct db *db, struct arena *arena, const cJSON *document);

enum { DIRECTORY_SECRET_SIZE = 41, DIRECTORY_HINT_SIZE = 4 };

/* A client secret in today's shape: 40 characters. Source: graph-add-password. */
void directory_secret_make(struct random *random, char ret[DIRECTORY_SECRET_SIZE]);

struct directory_password {
    const char *key_id, *owner, *display_name; /* owner: object id; display_name may be NULL */
    int64_t start_ms, end_ms;
    int64_t visible_ms; /* from when on the token endpoint knows it */
};
/* Keeps a salted hash and the first three characters of the secret, nothing more. */
void directory_password_add(struct db *db, struct arena *arena, struct random *random,
                            const struct directory_password *password, const char *secret);
/* False when the owner has no such credential. */
bool directory_password_remove(struct db *db, struct arena *arena, const char *owner,
                               const char *key_id);

/* Salt and hash of a password, as db_values for two columns. */
enum { DIRECTORY_SALT_LEN = 16 };
struct directory_hash {
    uint8_t salt[DIRECTORY_SALT_LEN], hash[32];
};
void directory_hash_make(struct random *random, const char *secret, struct directory_hash *ret);

/*
 * Whether a text has the salt and hash of a row's columns `column` and `column + 1`; NULL: there is
 * no row. One hash and one comparison in any case, also when there is nothing to compare with, so
 * that time tells nothing. `ret_hash` (may be NULL) gets the text's own hash.
 */
bool directory_hash_fits(const struct db_rows *row, int column, const char *text,
                         uint8_t *ret_hash);

/* The id that Graph gives a delegated grant; principal may be NULL. Source: graph-grant. */
char *directory_grant_id(struct arena *arena, const char *client, const char *resource,
                         const char *principal);
/* Adds scopes to the grant of that client, resource and principal; true when it changed. */
bool directory_grant_add(struct db *db, struct arena *arena, const char *client,
                         const char *resource, const char *principal, const char *scope,
                         int64_t visible_ms);
/* Makes it these scopes; words that it had before stay seen, new ones are seen from then on. */
void directory_grant_set(struct db *db, struct arena *arena, const char *id, const char *scope,
                         int64_t visible_ms);
/* True when it was not there yet. */
bool directory_role_assign(struct db *db, struct arena *arena, const char *principal,
                           const char *resource, const char *role, int64_t now_ms,
                           int64_t visible_ms);

/* Whether a list of words separated by blanks has that word; case counts. */
bool directory_words_have(const char *words, const char *word);
