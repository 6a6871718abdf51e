#include "config/config.h"

#include <string.h>

#include "base/auto.h"
#include "base/guid.h"
#include "base/iso8601.h"
#include "base/json.h"
#include "base/str.h"
#include "base/uri.h"

const char *const sync_secret_names[SYNC_SECRET_COUNT] = {
    "dynamics.clientSecret", "dynamics.password", "marketo.clientSecret", "admin.clientSecret"};

bool sync_tenant_valid(const char *text)
{
    size_t dots = 0;

    if (guid_valid(text)) {
        return true;
    }
    for (const char *c = text; *c != '\0'; c++) {
        bool inner = c != text && c[1] != '\0';

        dots += *c == '.';
        if (!((*c >= 'a' && *c <= 'z') || (*c >= 'A' && *c <= 'Z') || (*c >= '0' && *c <= '9') ||
              (inner && (*c == '-' || (*c == '.' && c[1] != '.'))))) {
            return false;
        }
    }
    return dots > 0;
}

/* The origin of an organization: https and its port, a host, no path, as the guide says to copy it.
 */
static bool is_organization(const char *text)
{
    AUTO(arena) arena = {0};
    struct uri uri;

    return uri_parse(&arena, text, &uri) && str_eq(uri.scheme, "https") && str_eq(uri.path, "/") &&
           uri.query == NULL && (uri.port == 0 || uri.port == 443) && strchr(uri.host, '.') != NULL;
}

static bool is_auth_method(const char *text)
{
    return str_eq(text, "s2s") || str_eq(text, "ropc") || str_eq(text, "basic");
}

/* 123-ABC-456 */
static bool is_munchkin(const char *text)
{
    static const char shape[] = "000-AAA-000";

    if (strlen(text) != strlen(shape)) {
        return false;
    }
    for (size_t i = 0; shape[i] != '\0'; i++) {
        char c = text[i];
        bool fits = shape[i] == '0'   ? c >= '0' && c <= '9'
                    : shape[i] == 'A' ? c >= 'A' && c <= 'Z'
                                      : c == '-';
        if (!fits) {
            return false;
        }
    }
    return true;
}

static bool is_field_name(const char *text)
{
    return *text != '\0' &&
           strspn(text, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_") ==
               strlen(text);
}

static bool is_duration(const char *text)
{
    struct duration duration;

    return duration_parse(text, &duration);
}

static bool is_on_schema_error(const char *text)
{
    return str_eq(text, "halt") || str_eq(text, "suspend");
}

static bool is_email(const char *text)
{
    const char *at = strchr(text, '@');

    return at != NULL && at != text && strchr(at + 1, '@') == NULL && at[1] != '\0' &&
           strpbrk(text, " \t\r\n") == NULL;
}

static bool is_filled(const char *text)
{
    return *text != '\0';
}

/* A member that is text: where it goes, and what it must look like. */
struct text_rule {
    const char *section; /* the object it stands in; NULL: the top */
    const char *name;
    size_t offset;
    bool (*valid)(const char *text);
    const char *expected;
};

#define RULE(section, member, name, valid, expected)                                               \
    {                                                                                              \
        (section), (name), offsetof(struct sync_config, member), (valid), (expected)               \
    }

static const char tenant_form[] =
    "the tenant's id (a GUID) or one of its domains, such as contoso.onmicrosoft.com";

static const struct text_rule rules[] = {
    RULE("dynamics", dynamics.tenant, "tenant", sync_tenant_valid, tenant_form),
    RULE("dynamics", dynamics.organization, "organization", is_organization,
         "the organization's address without a path, such as https://contoso.crm.dynamics.com"),
    RULE("dynamics", dynamics.auth_method, "authMethod", is_auth_method,
         "\"s2s\", \"ropc\" or \"basic\""),
    RULE("dynamics", dynamics.client_id, "clientId", guid_valid,
         "the Application (client) ID of the app registration, a GUID"),
    RULE("dynamics", dynamics.username, "username", is_filled, "a user name"),
    RULE("marketo", marketo.munchkin, "munchkin", is_munchkin,
         "the Munchkin account id, such as 123-ABC-456"),
    RULE("marketo", marketo.client_id, "clientId", is_filled,
         "the client id of the API user's service"),
    RULE("marketo", marketo.person_key, "personKey", is_field_name,
         "the REST name of a field, such as dynamicsId"),
    RULE("marketo", marketo.settle, "settle", is_duration,
         "how long a request without an answer may still take effect, an ISO 8601 duration such as "
         "PT2M"),
    RULE("admin", admin.tenant, "tenant", sync_tenant_valid, tenant_form),
    RULE("admin", admin.client_id, "clientId", guid_valid,
         "the Application (client) ID of an app that may administer the directory, a GUID"),
    RULE(NULL, solution, "solution", is_filled, "the path of a solution package"),
    RULE(NULL, on_schema_error, "onSchemaError", is_on_schema_error, "\"halt\" or \"suspend\""),
    RULE(NULL, state, "state", is_filled, "the path of the database"),
    RULE(NULL, notify, "notify", is_email, "an e-mail address"),
};

static bool fail_at(struct sync_problem *problem, const char *pointer, const char *expected,
                    const char *found)
{
    (void)sync_fail(problem, CRMSYNC_USAGE, "usage",
                    "configuration at %s: expected %s, found %.120s", pointer, expected, found);
    sync_problem_fix(problem, "Correct this member of the configuration.");
    sync_problem_at(problem, pointer);
    return false;
}

static bool read_rule(struct arena *arena, const cJSON *root, const struct text_rule *rule,
                      struct sync_config *ret, struct sync_problem *problem)
{
    const cJSON *section = rule->section != NULL ? json_get(root, rule->section) : root;
    const cJSON *item = json_get(section, rule->name);
    const char *at = rule->section != NULL ? json_pointer_add(arena, "", rule->section) : "";
    const char *text = cJSON_GetStringValue(item);

    if (item == NULL || cJSON_IsNull(item)) {
        return true;
    }
    at = json_pointer_add(arena, at, rule->name);
    if (text == NULL) {
        return fail_at(problem, at, rule->expected, json_kind(item));
    }
    if (!rule->valid(text)) {
        return fail_at(problem, at, rule->expected, arena_printf(arena, "\"%s\"", text));
    }
    *(const char **)(void *)((char *)ret + rule->offset) = arena_strdup(arena, text);
    return true;
}

/* Refuses members that no rule knows, in the top object and in each section. */
static bool only_known(const cJSON *root, struct sync_problem *problem)
{
    static const char *const top[] = {"dynamics",      "marketo", "admin",  "solution",
                                      "onSchemaError", "state",   "notify", "secrets"};
    static const char *const sections[] = {"dynamics", "marketo", "admin"};
    struct err err;

    if (!json_only(root, "", top, ARRAY_LEN(top), &err)) {
        (void)sync_fail_err(problem, &err);
        sync_problem_prefix(problem, "configuration at %s", err.pointer);
        return false;
    }
    for (size_t i = 0; i < ARRAY_LEN(sections); i++) {
        AUTO(arena) arena = {0};
        const cJSON *section = json_get(root, sections[i]);
        const char *names[ARRAY_LEN(rules)];
        size_t count = 0;

        for (size_t r = 0; r < ARRAY_LEN(rules); r++) {
            if (str_eq(rules[r].section, sections[i])) {
                names[count++] = rules[r].name;
            }
        }
        if (section != NULL && !cJSON_IsNull(section) && !cJSON_IsObject(section)) {
            return fail_at(problem, json_pointer_add(&arena, "", sections[i]), "an object",
                           json_kind(section));
        }
        if (!json_only(section, json_pointer_add(&arena, "", sections[i]), names, count, &err)) {
            (void)sync_fail_err(problem, &err);
            sync_problem_prefix(problem, "configuration at %s", err.pointer);
            return false;
        }
    }
    return true;
}

static const char *absolute(struct arena *arena, const char *dir, const char *path)
{
    return *path == '/' || dir == NULL || *dir == '\0' ? arena_strdup(arena, path)
                                                       : arena_printf(arena, "%s/%s", dir, path);
}

static bool read_source(struct arena *arena, const cJSON *item, const char *at, const char *dir,
                        struct sync_secret_source *ret, struct sync_problem *problem)
{
    static const char *const names[] = {"env", "file"};
    static const char expected[] = "{\"env\": \"VARIABLE\"} or {\"file\": \"PATH\"}";
    const char *file = json_get_text(item, "file"), *variable = json_get_text(item, "env");
    struct err err;

    if (cJSON_IsString(item)) {
        /* Never repeated: it may be the secret itself. */
        (void)fail_at(problem, at, expected, "a string");
        sync_problem_fix(problem, "Take the secret out of the configuration: name an environment "
                                  "variable, or a file with mode 0600, that holds it.");
        return false;
    }
    if (!cJSON_IsObject(item)) {
        return fail_at(problem, at, expected, json_kind(item));
    }
    if (!json_only(item, at, names, ARRAY_LEN(names), &err)) {
        (void)sync_fail_err(problem, &err);
        sync_problem_prefix(problem, "configuration at %s", err.pointer);
        return false;
    }
    if (cJSON_GetArraySize(item) != 1 || (file != NULL       ? *file
                                          : variable != NULL ? *variable
                                                             : '\0') == '\0') {
        return fail_at(problem, at, expected, "something else");
    }
    ret->file = file != NULL ? absolute(arena, dir, file) : NULL;
    ret->variable = arena_strdup(arena, variable);
    return true;
}

static bool read_secrets(struct arena *arena, const cJSON *root, const char *dir,
                         struct sync_config *ret, struct sync_problem *problem)
{
    const cJSON *secrets = json_get(root, "secrets");
    struct err err;

    if (secrets == NULL || cJSON_IsNull(secrets)) {
        return true;
    }
    if (!cJSON_IsObject(secrets)) {
        return fail_at(problem, "/secrets", "an object", json_kind(secrets));
    }
    if (!json_only(secrets, "/secrets", sync_secret_names, SYNC_SECRET_COUNT, &err)) {
        (void)sync_fail_err(problem, &err);
        sync_problem_prefix(problem, "configuration at %s", err.pointer);
        return false;
    }
    for (size_t i = 0; i < SYNC_SECRET_COUNT; i++) {
        const cJSON *item = json_get(secrets, sync_secret_names[i]);
        const char *at = json_pointer_add(arena, "/secrets", sync_secret_names[i]);

        if (item != NULL && !cJSON_IsNull(item) &&
            !read_source(arena, item, at, dir, &ret->secrets[i], problem)) {
            return false;
        }
    }
    return true;
}

static bool is_plain_path(const char *state)
{
    return !str_starts(state, "file:") && !str_eq(state, ":memory:");
}

static void add_defaults(struct arena *arena, const char *dir, struct sync_config *config)
{
    if (config->state == NULL) {
        config->state = "crmsync.db";
    }
    if (is_plain_path(config->state)) {
        config->state = absolute(arena, dir, config->state);
    }
    if (config->solution != NULL) {
        config->solution = absolute(arena, dir, config->solution);
    }
    if (config->on_schema_error == NULL) {
        config->on_schema_error = "halt";
    }
    if (config->marketo.person_key == NULL) {
        config->marketo.person_key = "dynamicsId";
    }
    if (config->marketo.settle == NULL) {
        config->marketo.settle = "PT2M"; /* Marketo's own limit for an upsert is 90 seconds */
    }
    if (config->admin.tenant == NULL) {
        config->admin.tenant = config->dynamics.tenant;
    }
}

bool sync_config_read(struct arena *arena, const char *text, const char *dir,
                      struct sync_config *ret, struct sync_problem *problem)
{
    AUTO(arena) scratch = {0};
    cJSON *root;
    struct err err;

    *ret = (struct sync_config){0};
    if (!json_parse(&scratch, text, strlen(text), JSON_COMMENTS, &root, &err)) {
        (void)sync_fail(problem, CRMSYNC_USAGE, "usage", "configuration: %s", err.text);
        sync_problem_fix(problem, "Correct the file at that place; it is JSON with comments.");
        sync_problem_at(problem, err.pointer);
        return false;
    }
    if (!cJSON_IsObject(root)) {
        return fail_at(problem, "", "an object", json_kind(root));
    }
    if (!only_known(root, problem)) {
        return false;
    }
    for (size_t i = 0; i < ARRAY_LEN(rules); i++) {
        if (!read_rule(arena, root, &rules[i], ret, problem)) {
            return false;
        }
    }
    if (!read_secrets(arena, root, dir, ret, problem)) {
        return false;
    }
    add_defaults(arena, dir, ret);
    return true;
}
