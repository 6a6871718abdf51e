#include "store/schema.h"

/*
 * No statement of the mock uses json_each or another table-valued function: SQLite keeps such a
 * table with the schema that it was first used with, and a database that was restored by
 * sqlite3_deserialize() has another, so that the next use of it crashes. What is searched for
 * inside a document has a table of its own.
 *
 * `document` is the public JSON of an object as Graph shows it, kept whole, so that reading one is
 * one lookup; the columns beside it are copies for lookups, or what Graph never shows. No column
 * holds a secret in clear.
 */
const char store_schema[] =
    "CREATE TABLE tenant (id TEXT PRIMARY KEY, display_name TEXT NOT NULL,"
    " default_domain TEXT NOT NULL, created_ms INTEGER NOT NULL, admin_app_id TEXT,"
    " sync_user TEXT, adfs_host TEXT, document TEXT NOT NULL);"

    "CREATE TABLE domains (name TEXT PRIMARY KEY COLLATE NOCASE, ord INTEGER NOT NULL,"
    " is_default INTEGER NOT NULL, is_initial INTEGER NOT NULL, authentication TEXT NOT NULL);"

    /*
     * Tenants beside this one, as far as a request can stray into them. `cloud` is "public" or a
     * national one; a principal is an application that is present there, with an id of its own.
     */
    "CREATE TABLE other_tenants (id TEXT PRIMARY KEY, display_name TEXT NOT NULL,"
    " cloud TEXT NOT NULL);"
    "CREATE TABLE other_domains (name TEXT PRIMARY KEY COLLATE NOCASE, tenant TEXT NOT NULL);"
    "CREATE TABLE other_principals (tenant TEXT NOT NULL, app_id TEXT NOT NULL, id TEXT NOT NULL,"
    " display_name TEXT NOT NULL, PRIMARY KEY (tenant, app_id)) WITHOUT ROWID;"

    /*
     * The realm behind the federated domains: one row, or none. `signs` and `trusted` are numbers
     * of the published test keys: with which AD FS signs, and which one Azure AD was told of.
     */
    "CREATE TABLE federation (issuer TEXT PRIMARY KEY, host TEXT NOT NULL,"
    " hash_sync INTEGER NOT NULL, token TEXT NOT NULL, signs INTEGER NOT NULL,"
    " trusted INTEGER NOT NULL);"

    /* Passwords that were changed on premises and that Azure AD sees later. */
    "CREATE TABLE password_changes (upn TEXT PRIMARY KEY COLLATE NOCASE, seen_ms INTEGER NOT NULL,"
    " salt BLOB NOT NULL, hash BLOB NOT NULL);"

    /* The on-premises accounts that AD FS asks. */
    "CREATE TABLE realm_users (upn TEXT PRIMARY KEY COLLATE NOCASE, immutable_id TEXT NOT NULL,"
    " account_enabled INTEGER NOT NULL, salt BLOB NOT NULL, hash BLOB NOT NULL);"

    "CREATE TABLE organizations (host TEXT PRIMARY KEY COLLATE NOCASE, ord INTEGER NOT NULL,"
    " name TEXT NOT NULL, language INTEGER NOT NULL, app_user TEXT);"
    "CREATE INDEX organizations_by_ord ON organizations (ord, host);"

    "CREATE TABLE subscriptions (munchkin TEXT PRIMARY KEY COLLATE NOCASE, ord INTEGER NOT NULL);"
    "CREATE INDEX subscriptions_by_ord ON subscriptions (ord, munchkin);"

    "CREATE TABLE api_users (client_id TEXT PRIMARY KEY, munchkin TEXT NOT NULL,"
    " ord INTEGER NOT NULL, name TEXT NOT NULL, connector INTEGER NOT NULL,"
    " salt BLOB NOT NULL, hash BLOB NOT NULL);"

    "CREATE TABLE settings (scope TEXT NOT NULL, name TEXT NOT NULL, value TEXT NOT NULL,"
    " PRIMARY KEY (scope, name)) WITHOUT ROWID;"

    "CREATE TABLE users (id TEXT PRIMARY KEY, upn TEXT NOT NULL UNIQUE COLLATE NOCASE,"
    " display_name TEXT NOT NULL, account_enabled INTEGER NOT NULL,"
    " administrator INTEGER NOT NULL, mfa TEXT NOT NULL, access TEXT NOT NULL DEFAULT 'off',"
    " immutable_id TEXT UNIQUE, password_expires_ms INTEGER, salt BLOB NOT NULL, hash BLOB, "
    "failures INTEGER NOT NULL DEFAULT 0,"
    " locks INTEGER NOT NULL DEFAULT 0, locked_until_ms INTEGER NOT NULL DEFAULT 0,"
    " wrong_hashes TEXT NOT NULL DEFAULT '', valid_from_ms INTEGER NOT NULL,"
    " document TEXT NOT NULL);"

    /*
     * `access_before` are the permissions that it listed before it last changed them: until
     * `access_visible_ms` consent still covers those.
     */
    "CREATE TABLE applications (id TEXT PRIMARY KEY, app_id TEXT NOT NULL UNIQUE,"
    " display_name TEXT NOT NULL COLLATE NOCASE, audience TEXT NOT NULL,"
    " is_public INTEGER NOT NULL, token_version INTEGER NOT NULL, created_ms INTEGER NOT NULL,"
    " deleted_ms INTEGER, visible_ms INTEGER NOT NULL DEFAULT 0, access_before TEXT, "
    "access_visible_ms INTEGER NOT NULL DEFAULT 0,"
    " document TEXT NOT NULL);"
    "CREATE INDEX applications_by_name ON applications (display_name);"

    "CREATE TABLE service_principals (id TEXT PRIMARY KEY, app_id TEXT NOT NULL UNIQUE,"
    " display_name TEXT NOT NULL COLLATE NOCASE, account_enabled INTEGER NOT NULL,"
    " created_ms INTEGER NOT NULL, document TEXT NOT NULL);"
    "CREATE INDEX service_principals_by_name ON service_principals (display_name);"

    /* By which names a token request may ask for a resource. */
    "CREATE TABLE service_principal_names (name TEXT PRIMARY KEY COLLATE NOCASE,"
    " service_principal TEXT NOT NULL);"
    "CREATE INDEX service_principal_names_by_owner"
    " ON service_principal_names (service_principal);"

    /* The permissions that an API has for applications. */
    "CREATE TABLE app_roles (service_principal TEXT NOT NULL, id TEXT NOT NULL,"
    " value TEXT NOT NULL, PRIMARY KEY (service_principal, id)) WITHOUT ROWID;"

    /* The permissions on behalf of a user that can be asked for. */
    "CREATE TABLE permission_scopes (service_principal TEXT NOT NULL, value TEXT NOT NULL,"
    " PRIMARY KEY (service_principal, value)) WITHOUT ROWID;"

    "CREATE TABLE identifier_uris (uri TEXT PRIMARY KEY COLLATE NOCASE,"
    " application TEXT NOT NULL);"
    "CREATE INDEX identifier_uris_by_owner ON identifier_uris (application);"

    /* `owner` is the object id of an application or a service principal. */
    "CREATE TABLE passwords (key_id TEXT PRIMARY KEY, owner TEXT NOT NULL, ord INTEGER NOT NULL,"
    " display_name TEXT, hint TEXT NOT NULL, start_ms INTEGER NOT NULL, end_ms INTEGER NOT NULL,"
    " visible_ms INTEGER NOT NULL, salt BLOB NOT NULL, hash BLOB NOT NULL);"
    "CREATE INDEX passwords_by_owner ON passwords (owner, ord);"

    "CREATE TABLE oauth2_permission_grants (id TEXT PRIMARY KEY, client_id TEXT NOT NULL,"
    " resource_id TEXT NOT NULL, consent_type TEXT NOT NULL, principal_id TEXT,"
    " scope TEXT NOT NULL);"
    "CREATE INDEX oauth2_permission_grants_by_client"
    " ON oauth2_permission_grants (client_id, resource_id);"
    /* Every change of a grant, whoever made it: what Graph's delta tells. */
    "CREATE TABLE grant_changes (seq INTEGER PRIMARY KEY, id TEXT NOT NULL);"
    "CREATE TRIGGER grant_made AFTER INSERT ON oauth2_permission_grants"
    " BEGIN INSERT INTO grant_changes (id) VALUES (new.id); END;"
    "CREATE TRIGGER grant_changed AFTER UPDATE ON oauth2_permission_grants"
    " BEGIN INSERT INTO grant_changes (id) VALUES (new.id); END;"
    "CREATE TRIGGER grant_gone AFTER DELETE ON oauth2_permission_grants"
    " BEGIN INSERT INTO grant_changes (id) VALUES (old.id); END;"
    /* From when on the token endpoint sees each word of a grant's scope. */
    "CREATE TABLE granted_words (grant_id TEXT NOT NULL, word TEXT NOT NULL,"
    " visible_ms INTEGER NOT NULL, PRIMARY KEY (grant_id, word)) WITHOUT ROWID;"
    "CREATE VIEW grants_seen AS SELECT g.client_id, g.resource_id, g.principal_id,"
    " w.word AS scope, w.visible_ms FROM oauth2_permission_grants g"
    " JOIN granted_words w ON w.grant_id = g.id;"

    /* Of applications and service principals; an owner is a user or a service principal. */
    "CREATE TABLE owners (object TEXT NOT NULL, owner TEXT NOT NULL,"
    " PRIMARY KEY (object, owner)) WITHOUT ROWID;"

    "CREATE TABLE home_realm_discovery_policies (id TEXT PRIMARY KEY,"
    " is_default INTEGER NOT NULL, document TEXT NOT NULL);"
    "CREATE TABLE policy_assignments (principal TEXT PRIMARY KEY, policy TEXT NOT NULL,"
    " visible_ms INTEGER NOT NULL);"

    "CREATE TABLE app_role_assignments (id TEXT PRIMARY KEY, principal_id TEXT NOT NULL,"
    " resource_id TEXT NOT NULL, app_role_id TEXT NOT NULL, created_ms INTEGER NOT NULL,"
    " visible_ms INTEGER NOT NULL, UNIQUE (principal_id, resource_id, app_role_id));"
    "CREATE INDEX app_role_assignments_by_resource ON app_role_assignments (resource_id);";
