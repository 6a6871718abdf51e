#include "cases.h"

#include <stdio.h>
#include <string.h>

#include "base/str.h"
#include "config/config.h"

/* A configuration that is refused: at which pointer, and with which words. */
struct bad_case {
    const char *name, *text, *pointer, *words;
};

#define GUID "d4a3f6c5-8b7b-4eae-9fc9-64c5b3ace404"

/* clang-format off */
static const struct bad_case bad_cases[] = {
    {"nothing", "", "", "line 1, column 1"},
    {"no JSON", "{\"state\": }", "", "line 1, column 11"},
    {"an open comment", "{ /* ", "", "line 1"},
    {"an array", "[]", "", "expected an object, found an array"},
    {"unknown member", "{\"dynamic\": {}}", "/dynamic", "did you mean \"dynamics\"?"},
    {"unknown member, nothing near", "{\"zzz\": 1}", "/zzz", "unknown member \"zzz\""},
    {"unknown member below", "{\"dynamics\": {\"clientID2\": null}}", "/dynamics/clientID2",
     "did you mean \"clientId\"?"},
    {"secret in the section", "{\"dynamics\": {\"clientSecret\": \"x\"}}",
     "/dynamics/clientSecret", "unknown member"},
    {"member twice", "{\"state\": \"a\", \"state\": \"b\"}", "/state", "stands twice"},
    {"section is text", "{\"marketo\": \"x\"}", "/marketo", "expected an object, found a string"},
    {"number for text", "{\"state\": 7}", "/state", "found a number"},
    {"empty state", "{\"state\": \"\"}", "/state", "the path of the database"},
    {"tenant with blank", "{\"dynamics\": {\"tenant\": \"my tenant\"}}", "/dynamics/tenant",
     "such as contoso.onmicrosoft.com"},
    {"tenant is a page", "{\"admin\": {\"tenant\": \"https://login.microsoftonline.com/x\"}}",
     "/admin/tenant", "such as contoso.onmicrosoft.com"},
    {"tenant without dot", "{\"admin\": {\"tenant\": \"common\"}}", "/admin/tenant",
     "the tenant's id"},
    {"tenant ends with dot", "{\"admin\": {\"tenant\": \"contoso.com.\"}}", "/admin/tenant",
     "the tenant's id"},
    {"client id is a name", "{\"admin\": {\"clientId\": \"Marketo\"}}", "/admin/clientId",
     "Application (client) ID"},
    {"client id too short", "{\"dynamics\": {\"clientId\": \"d4a3f6c5-8b7b-4eae-9fc9-64c5b3ace40\"}}",
     "/dynamics/clientId", "Application (client) ID"},
    {"organization by http", "{\"dynamics\": {\"organization\": \"http://c.crm.dynamics.com\"}}",
     "/dynamics/organization", "https://contoso.crm.dynamics.com"},
    {"organization with path", "{\"dynamics\": {\"organization\": \"https://c.crm.dynamics.com/main.aspx\"}}",
     "/dynamics/organization", "without a path"},
    {"organization with another port", "{\"dynamics\": {\"organization\": \"https://c.crm.dynamics.com:8443\"}}",
     "/dynamics/organization", "https://contoso.crm.dynamics.com"},
    {"organization without scheme", "{\"dynamics\": {\"organization\": \"c.crm.dynamics.com\"}}",
     "/dynamics/organization", "without a path"},
    {"unknown method", "{\"dynamics\": {\"authMethod\": \"oauth\"}}", "/dynamics/authMethod",
     "\"s2s\", \"ropc\" or \"basic\""},
    {"empty user", "{\"dynamics\": {\"username\": \"\"}}", "/dynamics/username", "a user name"},
    {"munchkin in small letters", "{\"marketo\": {\"munchkin\": \"123-abc-456\"}}",
     "/marketo/munchkin", "123-ABC-456"},
    {"munchkin too long", "{\"marketo\": {\"munchkin\": \"123-ABC-4567\"}}", "/marketo/munchkin",
     "123-ABC-456"},
    {"person key with blank", "{\"marketo\": {\"personKey\": \"dynamics id\"}}",
     "/marketo/personKey", "REST name"},
    {"settle without a unit", "{\"marketo\": {\"settle\": \"120\"}}", "/marketo/settle",
     "such as PT2M"},
    {"schema error", "{\"onSchemaError\": \"stop\"}", "/onSchemaError", "\"halt\" or \"suspend\""},
    {"notify is a name", "{\"notify\": \"admin\"}", "/notify", "an e-mail address"},
    {"notify has two @", "{\"notify\": \"a@b@c\"}", "/notify", "an e-mail address"},
    {"secrets is an array", "{\"secrets\": []}", "/secrets", "expected an object"},
    {"unknown secret", "{\"secrets\": {\"dynamics.secret\": {\"env\": \"A\"}}}",
     "/secrets/dynamics.secret", "unknown member"},
    {"secret is null in file", "{\"secrets\": {\"admin.clientSecret\": {\"file\": null}}}",
     "/secrets/admin.clientSecret", "{\"env\": \"VARIABLE\"}"},
    {"secret from both", "{\"secrets\": {\"admin.clientSecret\": {\"file\": \"a\", \"env\": \"B\"}}}",
     "/secrets/admin.clientSecret", "{\"env\": \"VARIABLE\"}"},
    {"secret from neither", "{\"secrets\": {\"admin.clientSecret\": {}}}",
     "/secrets/admin.clientSecret", "{\"env\": \"VARIABLE\"}"},
    {"secret from elsewhere", "{\"secrets\": {\"admin.clientSecret\": {\"files\": \"a\"}}}",
     "/secrets/admin.clientSecret/files", "did you mean \"file\"?"},
};
/* clang-format on */

static void refuses(void **state)
{
    const struct bad_case *c = *state;
    AUTO(arena) arena = {0};
    struct sync_problem problem;
    struct sync_config config;

    assert_false(sync_config_read(&arena, c->text, NULL, &config, &problem));
    assert_int_equal(problem.outcome, CRMSYNC_USAGE);
    assert_string_equal(problem.pointer, c->pointer);
    if (strstr(problem.error.message, c->words) == NULL) {
        fail_msg("\"%s\" does not say \"%s\"", problem.error.message, c->words);
    }
}

/* Somebody who puts the secret itself there must not find it in an error text. */
static void never_repeats_a_secret(void **state)
{
    static const char text[] = "{\"secrets\": {\"dynamics.clientSecret\": \"abc8Q~value\"}}";
    AUTO(arena) arena = {0};
    struct sync_problem problem;
    struct sync_config config;

    (void)state;
    assert_false(sync_config_read(&arena, text, NULL, &config, &problem));
    assert_string_equal(problem.pointer, "/secrets/dynamics.clientSecret");
    assert_null(strstr(problem.error.message, "abc8Q"));
    assert_null(strstr(problem.error.fix, "abc8Q"));
    assert_non_null(strstr(problem.error.fix, "mode 0600"));
}

static void reads_everything(void **state)
{
    static const char text[] =
        "// for people\n"
        "{\"dynamics\": {\"tenant\": \"contoso.onmicrosoft.com\", \"authMethod\": \"ropc\","
        " \"organization\": \"https://contoso.crm4.dynamics.com\", \"clientId\": \"" GUID "\","
        " \"username\": \"sync@contoso.com\"},"
        " \"marketo\": {\"munchkin\": \"123-ABC-456\", \"clientId\": \"m\", \"personKey\": "
        "\"crmId\"},"
        " \"admin\": {\"tenant\": \"" GUID "\", \"clientId\": \"" GUID "\"},"
        " \"solution\": \"marketo.zip\", \"onSchemaError\": \"suspend\", /* or halt */"
        " \"state\": \"sub/crmsync.db\", \"notify\": \"admin@contoso.com\","
        " \"secrets\": {\"dynamics.clientSecret\": {\"file\": \"dynamics.secret\"},"
        " \"marketo.clientSecret\": {\"env\": \"MKTO_SECRET\"},"
        " \"admin.clientSecret\": {\"file\": \"/etc/admin.secret\"}}}";
    AUTO(arena) arena = {0};
    struct sync_problem problem;
    struct sync_config config;

    (void)state;
    assert_true(sync_config_read(&arena, text, "/home/ada", &config, &problem));
    assert_string_equal(config.dynamics.tenant, "contoso.onmicrosoft.com");
    assert_string_equal(config.dynamics.organization, "https://contoso.crm4.dynamics.com");
    assert_string_equal(config.dynamics.auth_method, "ropc");
    assert_string_equal(config.dynamics.client_id, GUID);
    assert_string_equal(config.dynamics.username, "sync@contoso.com");
    assert_string_equal(config.marketo.munchkin, "123-ABC-456");
    assert_string_equal(config.marketo.client_id, "m");
    assert_string_equal(config.marketo.person_key, "crmId");
    assert_string_equal(config.admin.tenant, GUID);
    assert_string_equal(config.admin.client_id, GUID);
    assert_string_equal(config.solution, "/home/ada/marketo.zip");
    assert_string_equal(config.on_schema_error, "suspend");
    assert_string_equal(config.state, "/home/ada/sub/crmsync.db");
    assert_string_equal(config.notify, "admin@contoso.com");
    assert_string_equal(config.secrets[SYNC_SECRET_DYNAMICS_CLIENT].file,
                        "/home/ada/dynamics.secret");
    assert_string_equal(config.secrets[SYNC_SECRET_MARKETO_CLIENT].variable, "MKTO_SECRET");
    assert_string_equal(config.secrets[SYNC_SECRET_ADMIN_CLIENT].file, "/etc/admin.secret");
    assert_null(config.secrets[SYNC_SECRET_DYNAMICS_PASSWORD].file);
    assert_null(config.secrets[SYNC_SECRET_DYNAMICS_PASSWORD].variable);
}

static void has_defaults(void **state)
{
    AUTO(arena) arena = {0};
    struct sync_problem problem;
    struct sync_config config;

    (void)state;
    assert_true(sync_config_read(&arena,
                                 "{\"dynamics\": {\"tenant\": \"contoso.com\"}, \"admin\": null,"
                                 " \"solution\": null, \"secrets\": null}",
                                 NULL, &config, &problem));
    assert_string_equal(config.state, "crmsync.db");
    assert_string_equal(config.on_schema_error, "halt");
    assert_string_equal(config.marketo.person_key, "dynamicsId");
    assert_string_equal(config.admin.tenant, "contoso.com");
    assert_null(config.solution);
    assert_null(config.admin.client_id);
}

/* Names for SQLite are no paths, so no folder is put before them. */
static void leaves_other_states_alone(void **state)
{
    static const char *const states[] = {"file:/x?vfs=memdb", ":memory:"};

    (void)state;
    for (size_t i = 0; i < ARRAY_LEN(states); i++) {
        AUTO(arena) arena = {0};
        struct sync_problem problem;
        struct sync_config config;
        char text[80];

        snprintf(text, sizeof text, "{\"state\": \"%s\"}", states[i]);
        assert_true(sync_config_read(&arena, text, "/home/ada", &config, &problem));
        assert_string_equal(config.state, states[i]);
    }
}

static void reads_the_example(void **state)
{
    AUTO(arena) arena = {0};
    AUTO(strbuf) text = STRBUF(0);
    FILE *file = fopen(SOURCE_FIXTURES "/crmsync/ready.json", "r");
    struct sync_problem problem;
    struct sync_config config;
    int c;

    (void)state;
    assert_non_null(file);
    while ((c = fgetc(file)) != EOF) {
        strbuf_add_char(&text, (char)c);
    }
    fclose(file);
    assert_true(sync_config_read(&arena, strbuf_text(&text), NULL, &config, &problem));
    assert_string_equal(config.state, ":memory:");
    assert_string_equal(config.secrets[SYNC_SECRET_ADMIN_CLIENT].variable,
                        "MOCKTENANT_ADMIN_CLIENT_SECRET");
}

int main(void)
{
    struct CMUnitTest tests[64] = {
        cmocka_unit_test(never_repeats_a_secret), cmocka_unit_test(reads_everything),
        cmocka_unit_test(has_defaults),           cmocka_unit_test(leaves_other_states_alone),
        cmocka_unit_test(reads_the_example),
    };
    size_t count = CASES_LISTED(tests);

    CASES(tests, count, bad_cases, refuses);
    return cases_run("config", tests, count);
}
