#include "store/settings.h"

#include <stdlib.h>
#include <string.h>

#include "base/auto.h"
#include "base/iso8601.h"
#include "base/str.h"
#include "store/store.h"

static const char *const error_tails[] = {"space", "crlf", NULL};
static const char *const no_tenant_errors[] = {"50059", "700016", "7000229", NULL};
static const char *const no_hash_errors[] = {"50126", "50056", NULL};
static const char *const throttled[] = {"text", "json", NULL};
static const char *const pass_through[] = {"off",   "50144", "80001", "80002", "80005",
                                           "80007", "80010", "80012", "80014", NULL};
static const char *const error_statuses[] = {"401", "400", NULL};
static const char *const audiences[] = {"AzureADandPersonalMicrosoftAccount", "AzureADMyOrg", NULL};

static const char *const token_parameter[] = {"until-2026-08-31", "accepted", "refused", NULL};
static const char *const company_fields[] = {"unlinked", "refused", NULL};
static const char *const read_only_fields[] = {"ignore", "refuse", NULL};
static const char *const role_reads[] = {"refused", "allowed", NULL};
static const char *const unknown_leads[] = {"1004", "empty", NULL};

static const char *const expired_codes[] = {"70020", "70019", NULL};
static const char *const several_resources[] = {"70011", "700022", NULL};
static const char *const user_consents[] = {"allowed", "administrators", NULL};
static const char *const expired_tokens[] = {"error", "all", NULL};

/* Sorted by scope and name. */
const struct setting settings_all[] = {
    {"organization", "basicAuthentication", SETTING_BOOL, "false", NULL,
     "Whether the Web API takes Basic authentication of users (contract-5; a model: AUTH-01)."},
    {"organization", "changeTrackingRetention", SETTING_DURATION, "\"P7D\"", NULL,
     "How long a delta token is good; the documents say 7, 30 or 90 days (dataverse-changes)."},
    {"organization", "expiredDeltaToken", SETTING_WORD, "\"error\"", expired_tokens,
     "What an older one brings: 0x80044352, or all rows again as until 2020 (dataverse-changes)."},
    {"organization", "marketoConfigTable", SETTING_TEXT, "\"mkt_marketoconfig\"", NULL,
     "Logical name of the table Marketo Config, which the vendor does not publish"
     " (marketo-solution)."},
    {"organization", "marketoLogTable", SETTING_TEXT, "\"mkt_marketolog\"", NULL,
     "Logical name of the table Marketo Log (marketo-solution)."},
    {"organization", "marketoSolution", SETTING_TEXT, "\"MarketoLeadManagement\"", NULL,
     "Unique name of Marketo's solution (marketo-solution)."},
    {"organization", "marketoUserLookup", SETTING_TEXT, "\"mkt_marketouser\"", NULL,
     "Logical name of the field Marketo User (marketo-solution)."},
    {"subscription", "accessTokenParameter", SETTING_WORD, "\"until-2026-08-31\"", token_parameter,
     "Whether the query parameter access_token is taken for a token (marketo-identity)."},
    {"subscription", "activityLag", SETTING_DURATION, "\"PT0S\"", NULL,
     "How long an activity is not seen after it happened (marketo-activities)."},
    {"subscription", "activityScan", SETTING_INT, "0", NULL,
     "How many activities a page looks at, so that it may be short or empty although more follow;"
     " 0: all (marketo-activities)."},
    {"subscription", "companyFields", SETTING_WORD, "\"unlinked\"", company_fields,
     "Whether sync leads takes company fields of people without a company, or refuses all with 1021"
     " (marketo-leads)."},
    {"subscription", "configNeedsPublish", SETTING_BOOL, "false", NULL,
     "Checks 6 and 7 see the published Marketo Config only (SETUP2-14)."},
    {"subscription", "dailyQuota", SETTING_INT, "50000", NULL,
     "Calls a day in Central time, then 607 (marketo-limits)."},
    {"subscription", "overlappingUpserts", SETTING_BOOL, "false", NULL,
     "Two overlapping upserts of one new key both insert (marketo-leads); they overlap when"
     " latency.marketo gives calls a duration."},
    {"subscription", "readOnlyFields", SETTING_WORD, "\"ignore\"", read_only_fields,
     "What sync leads does with a read-only field: ignore it, or skip the record with 1003"
     " (marketo-leads)."},
    {"subscription", "roleReads", SETTING_WORD, "\"refused\"", role_reads,
     "Whether opportunity roles can be read while a CRM connection exists (CONF-07)."},
    {"subscription", "unknownLead", SETTING_WORD, "\"1004\"", unknown_leads,
     "What reading a person by an unknown id answers: error 1004, or an empty result"
     " (marketo-leads)."},
    {"tenant", "applicationDelay", SETTING_DURATION, "\"PT0S\"", NULL,
     "How long Graph does not find an application that was just made, by its id or for a service"
     " principal (graph-replication)."},
    {"tenant", "consentDelay", SETTING_DURATION, "\"PT0S\"", NULL,
     "How long the token endpoint does not see a new consent (entra-replication)."},
    {"tenant", "defaultSignInAudience", SETTING_WORD, "\"AzureADandPersonalMicrosoftAccount\"",
     audiences, "signInAudience of an application that does not say one (graph-application)."},
    {"tenant", "deviceSlowDown", SETTING_BOOL, "false", NULL,
     "Whether a device code that is asked for more often than its interval says brings slow_down,"
     " which the standard has and nobody has seen (entra-device)."},
    {"tenant", "errorTail", SETTING_WORD, "\"space\"", error_tails,
     "What separates the parts behind an AADSTS text: blanks, or line ends as until 2023"
     " (entra-errors)."},
    {"tenant", "expiredDeviceCodeError", SETTING_WORD, "\"70020\"", expired_codes,
     "The AADSTS code of a device code that is over (entra-device)."},
    {"tenant", "federatedWithoutHash", SETTING_WORD, "\"50126\"", no_hash_errors,
     "The AADSTS code of a federated user whose client has a policy, and who has no hash in the "
     "cloud"
     " (entra-federation)."},
    {"tenant", "inferredClientErrorStatus", SETTING_WORD, "\"401\"", error_statuses,
     "Status of AADSTS700025, 650053 and 7000229, of which no recorded answer shows it"
     " (entra-errors)."},
    {"tenant", "latency.adfs", SETTING_INT, "0", NULL, "Milliseconds that a call to AD FS takes."},
    {"tenant", "latency.dataverse", SETTING_INT, "0", NULL,
     "Milliseconds that a call to Dataverse takes."},
    {"tenant", "latency.entra", SETTING_INT, "0", NULL,
     "Milliseconds that a call to Azure AD takes."},
    {"tenant", "latency.graph", SETTING_INT, "0", NULL, "Milliseconds that a call to Graph takes."},
    {"tenant", "latency.marketo", SETTING_INT, "0", NULL,
     "Milliseconds that a call to Marketo takes."},
    {"tenant", "limits", SETTING_DERIVED, "true", NULL,
     "Whether published limits hold: the world's member `limits`."},
    {"tenant", "lockoutDuration", SETTING_DURATION, "\"PT60S\"", NULL,
     "How long the first lock of smart lockout lasts; each further one doubles"
     " (entra-lockout)."},
    {"tenant", "lockoutThreshold", SETTING_INT, "10", NULL,
     "After how many different wrong passwords a user is locked (entra-lockout)."},
    {"tenant", "noTenantError", SETTING_WORD, "\"50059\"", no_tenant_errors,
     "The AADSTS code of client credentials at common or organizations (entra-errors)."},
    {"tenant", "passThrough", SETTING_WORD, "\"off\"", pass_through,
     "The AADSTS code with which on-premises agents answer for the passwords of managed domains; "
     "off:"
     " the cloud checks them, or the agents are well (entra-errors)."},
    {"tenant", "passwordSyncDelay", SETTING_DURATION, "\"PT0S\"", NULL,
     "How long Azure AD does not see a password that was changed on premises (entra-replication)."},
    {"tenant", "permissionDelay", SETTING_DURATION, "\"PT0S\"", NULL,
     "How long consent does not cover a permission that an application has just listed"
     " (SETUP2-23)."},
    {"tenant", "policyDelay", SETTING_DURATION, "\"PT0S\"", NULL,
     "How long the token endpoint does not see a Home Realm Discovery policy that was attached"
     " (entra-replication)."},
    {"tenant", "requestLoopDetection", SETTING_BOOL, "false", NULL,
     "AADSTS50196 for the 15th equal token request within five minutes (entra-throttling)."},
    {"tenant", "secretDelay", SETTING_DURATION, "\"PT0S\"", NULL,
     "How long the token endpoint does not see a new client secret (entra-replication)."},
    {"tenant", "severalResourcesError", SETTING_WORD, "\"70011\"", several_resources,
     "The AADSTS code of a scope that names two resources (entra-scopes)."},
    {"tenant", "signInFrequency", SETTING_DURATION, "\"PT0S\"", NULL,
     "How often a policy wants users to sign in again: an older sign-in brings AADSTS70043 for a"
     " refresh token, and the form again at the pages; PT0S: no such policy (entra-refresh)."},
    {"tenant", "signInPermissionRequired", SETTING_BOOL, "false", NULL,
     "Whether users can sign in only to applications that list User.Read, else AADSTS90008. The"
     " published page has the code for a token of the application for itself, and not whether other"
     " sign-ins meet it: so it is off (entra-errors)."},
    {"tenant", "throttledAnswer", SETTING_WORD, "\"text\"", throttled,
     "What Azure AD says when it throttles: plain text, as recorded, or AADSTS90055 in JSON"
     " (entra-throttling)."},
    {"tenant", "userConsent", SETTING_WORD, "\"allowed\"", user_consents,
     "Whether users may consent for themselves at the sign-in page, or administrators alone"
     " (entra-consent)."},
};

const size_t settings_count = ARRAY_LEN(settings_all);

static const struct setting *find(const char *scope, const char *name)
{
    for (size_t i = 0; i < settings_count; i++) {
        if (str_starts(scope, settings_all[i].scope) && str_eq(settings_all[i].name, name)) {
            return &settings_all[i];
        }
    }
    return NULL;
}

static bool unknown(const char *scope, const char *name, struct err *err)
{
    const char *names[ARRAY_LEN(settings_all)];
    const char *near;
    size_t count = 0;

    for (size_t i = 0; i < settings_count; i++) {
        if (str_starts(scope, settings_all[i].scope) && settings_all[i].kind != SETTING_DERIVED) {
            names[count++] = settings_all[i].name;
        }
    }
    near = str_nearest(name, names, count);
    return err_set(err, ERR_CONFIG, "unknown setting \"%.80s\"%s%s%s", name,
                   near != NULL ? ", did you mean \"" : "", near != NULL ? near : "",
                   near != NULL ? "\"?" : "");
}

static bool word_known(const struct setting *setting, const cJSON *value)
{
    for (size_t i = 0; setting->words[i] != NULL; i++) {
        if (str_eq(setting->words[i], cJSON_GetStringValue(value))) {
            return true;
        }
    }
    return false;
}

bool settings_check(const char *scope, const char *name, const cJSON *value, struct err *err)
{
    const struct setting *setting = find(scope, name);
    AUTO(strbuf) words = STRBUF(0);
    struct duration duration;
    int64_t number;

    if (setting == NULL || setting->kind == SETTING_DERIVED) {
        return unknown(scope, name, err);
    }
    switch (setting->kind) {
    case SETTING_BOOL:
        return cJSON_IsBool(value) ||
               err_set(err, ERR_CONFIG, "expected true or false, found %s", json_kind(value));
    case SETTING_INT:
        return (json_int(value, &number) && number >= 0) ||
               err_set(err, ERR_CONFIG, "expected an integer from 0 on");
    case SETTING_DURATION:
        return (cJSON_IsString(value) && duration_parse(value->valuestring, &duration)) ||
               err_set(err, ERR_CONFIG, "expected an ISO 8601 duration such as \"PT15S\"");
    case SETTING_TEXT:
        /* Names of tables and columns of a database. */
        return (cJSON_IsString(value) && *value->valuestring >= 'A' &&
                strlen(value->valuestring) <= 64 &&
                strspn(value->valuestring, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ"
                                           "0123456789_") == strlen(value->valuestring)) ||
               err_set(err, ERR_CONFIG, "expected a name of letters, digits and underscores");
    case SETTING_WORD:
    case SETTING_DERIVED:
        break;
    }
    if (word_known(setting, value)) {
        return true;
    }
    for (size_t i = 0; setting->words[i] != NULL; i++) {
        strbuf_addf(&words, "%s\"%s\"", i > 0 ? " or " : "", setting->words[i]);
    }
    return err_set(err, ERR_CONFIG, "expected %s", strbuf_text(&words));
}

/* The value as JSON text: the world's, else the table's. */
static cJSON *value_of(struct db *db, struct arena *arena, const char *scope, const char *name)
{
    const struct setting *setting = find(scope, name);
    const char *text;
    struct err err;
    cJSON *value = NULL;

    if (setting == NULL) {
        abort(); /* our own code asks for it */
    }
    text = store_text(db, arena, "SELECT value FROM settings WHERE scope = ? AND name = ?",
                      DB_ARGS(db_text(scope), db_text(name)));
    text = text != NULL ? text : setting->otherwise;
    if (!json_parse(arena, text, strlen(text), JSON_PLAIN, &value, &err)) {
        abort();
    }
    return value;
}

/* Read with every request, so without a tree. */
int64_t store_setting_int(struct db *db, const char *scope, const char *name)
{
    const struct setting *setting = find(scope, name);
    int64_t otherwise = 0;

    if (setting == NULL || !str_int(setting->otherwise, 0, INT64_MAX, &otherwise)) {
        abort(); /* our own code asks for it */
    }
    return store_int(db, "SELECT CAST(value AS INTEGER) FROM settings WHERE scope = ? AND name = ?",
                     DB_ARGS(db_text(scope), db_text(name)), otherwise);
}

bool store_setting_bool(struct db *db, const char *scope, const char *name)
{
    const struct setting *setting = find(scope, name);

    if (setting == NULL) {
        abort();
    }
    return store_int(db, "SELECT value = 'true' FROM settings WHERE scope = ? AND name = ?",
                     DB_ARGS(db_text(scope), db_text(name)),
                     str_eq(setting->otherwise, "true")) != 0;
}

char *store_setting_text(struct db *db, struct arena *arena, const char *scope, const char *name)
{
    return arena_strdup(arena, cJSON_GetStringValue(value_of(db, arena, scope, name)));
}

int64_t store_setting_after(struct db *db, const char *scope, const char *name, int64_t at_ms)
{
    AUTO(arena) arena = {0};
    struct duration duration;

    if (!duration_parse(cJSON_GetStringValue(value_of(db, &arena, scope, name)), &duration)) {
        abort(); /* was checked when it was put */
    }
    return duration_add(at_ms, duration, 1);
}

void store_setting_put(struct db *db, const char *scope, const char *name, const cJSON *value)
{
    AUTO(arena) arena = {0};

    store_run(db,
              "INSERT INTO settings (scope, name, value) VALUES (?, ?, ?)"
              " ON CONFLICT (scope, name) DO UPDATE SET value = excluded.value",
              DB_ARGS(db_text(scope), db_text(name), db_text(json_text(&arena, value))));
}

static cJSON *setting_schema(const struct setting *setting)
{
    static const char *const types[] = {"boolean", "integer", "string", "string", "string"};
    cJSON *schema = cJSON_CreateObject();

    cJSON_AddStringToObject(schema, "type", types[setting->kind]);
    cJSON_AddStringToObject(schema, "description", setting->about);
    if (setting->kind == SETTING_INT) {
        cJSON_AddNumberToObject(schema, "minimum", 0);
    } else if (setting->kind == SETTING_DURATION) {
        cJSON_AddStringToObject(schema, "format", "duration");
    } else if (setting->kind == SETTING_WORD) {
        cJSON *words = cJSON_AddArrayToObject(schema, "enum");

        for (size_t i = 0; setting->words[i] != NULL; i++) {
            cJSON_AddItemToArray(words, cJSON_CreateString(setting->words[i]));
        }
    }
    cJSON_AddItemToObject(schema, "default", cJSON_Parse(setting->otherwise));
    return schema;
}

static cJSON *closed_object(void)
{
    cJSON *schema = cJSON_CreateObject();

    cJSON_AddStringToObject(schema, "type", "object");
    cJSON_AddObjectToObject(schema, "properties");
    cJSON_AddFalseToObject(schema, "additionalProperties");
    return schema;
}

cJSON *settings_schema(const char *scope)
{
    cJSON *schema = closed_object();
    cJSON *members = json_get(schema, "properties");

    for (size_t i = 0; i < settings_count; i++) {
        const struct setting *setting = &settings_all[i];
        const char *dot = strchr(setting->name, '.');
        cJSON *into = members;

        if (!str_eq(setting->scope, scope) || setting->kind == SETTING_DERIVED) {
            continue;
        }
        if (dot != NULL) {
            AUTO(strbuf) group = STRBUF(0);

            strbuf_add_n(&group, setting->name, (size_t)(dot - setting->name));
            if (json_get(members, strbuf_text(&group)) == NULL) {
                cJSON_AddItemToObject(members, strbuf_text(&group), closed_object());
            }
            into = json_get(json_get(members, strbuf_text(&group)), "properties");
        }
        cJSON_AddItemToObject(into, dot != NULL ? dot + 1 : setting->name, setting_schema(setting));
    }
    return schema;
}
