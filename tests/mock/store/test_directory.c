/* The directory's rows: ids of grants, words of scopes, the shape of a secret, settings. */
#include "cases.h"

#include <string.h>

#include "base/str.h"
#include "store/directory.h"
#include "store/schema.h"
#include "store/settings.h"
#include "store/store.h"

/* Recorded ids: the GUIDs' bytes, the first three fields little-endian. */
static const struct grant_case {
    const char *name, *principal, *id;
} grant_cases[] = {
    {"for all", NULL, "ERERESIiMzNERFVVVVVVVbu7qqoAAMzMERHd3SIi7u4"},
    {"for one", "00aa00aa-bb11-cc22-dd33-44ee44ee44ee",
     "ERERESIiMzNERFVVVVVVVbu7qqoAAMzMERHd3SIi7u6qAKoAEbsizN0zRO5E7kTu"},
};

static void grant_ids(void **state)
{
    const struct grant_case *c = *state;
    AUTO(arena) arena = {0};

    assert_string_equal(directory_grant_id(&arena, "11111111-2222-3333-4444-555555555555",
                                           "aaaabbbb-0000-cccc-1111-dddd2222eeee", c->principal),
                        c->id);
}

static const struct word_case {
    const char *name, *words, *word;
    bool has;
} word_cases[] = {
    {"alone", "User.Read", "User.Read", true},
    {"the first", "a b", "a", true},
    {"the last", "a b", "b", true},
    {"a longer one", "User.Read.All", "User.Read", false},
    {"a longer one before", "User.Read.All User.Read", "User.Read", true},
    {"an ending", "XUser.Read", "User.Read", false},
    {"another case", "user.read", "User.Read", false},
    {"nothing", "", "a", false},
    {"the empty word", "a  b", "", false},
};

static void words(void **state)
{
    const struct word_case *c = *state;

    assert_int_equal(directory_words_have(c->words, c->word), c->has);
}

static struct db *new_db(void)
{
    struct db *db = NULL;
    struct err err;

    assert_true(db_open(NULL, &db, &err));
    store_script(db, store_schema);
    return db;
}

/* Scopes are joined, none twice; nothing new changes nothing. */
static void grants_join_scopes(void **state)
{
    static const char client[] = "11111111-2222-3333-4444-555555555555";
    static const char resource[] = "aaaabbbb-0000-cccc-1111-dddd2222eeee";
    AUTO(arena) arena = {0};
    struct db *db = new_db();

    (void)state;
    assert_true(directory_grant_add(db, &arena, client, resource, NULL, "a  b", 0));
    assert_true(directory_grant_add(db, &arena, client, resource, NULL, "b c", 0));
    assert_false(directory_grant_add(db, &arena, client, resource, NULL, "c a", 0));
    assert_string_equal(
        store_text(db, &arena, "SELECT scope FROM oauth2_permission_grants", DB_NO_ARGS), "a b c");
    assert_true(directory_role_assign(db, &arena, client, resource, client, 0, 0));
    assert_false(directory_role_assign(db, &arena, client, resource, client, 0, 0));
    db_close(db);
}

static void secrets_look_like_todays(void **state)
{
    static const char alphabet[] =
        "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789~._-";
    struct random random;
    char secret[DIRECTORY_SECRET_SIZE], other[DIRECTORY_SECRET_SIZE];

    (void)state;
    random_seed(&random, 1);
    directory_secret_make(&random, other);
    for (int i = 0; i < 1000; i++) {
        directory_secret_make(&random, secret);
        assert_int_equal(strlen(secret), 40);
        assert_int_equal(strspn(secret, alphabet), 40);
        assert_int_equal(strncmp(secret + 3, "8Q~", 3), 0);
        assert_string_not_equal(secret, other);
    }
}

/* Every setting's own default fits its kind. */
static void defaults_fit(void **state)
{
    (void)state;
    for (size_t i = 0; i < settings_count; i++) {
        const struct setting *setting = &settings_all[i];
        AUTO(arena) arena = {0};
        cJSON *value = NULL;
        struct err err;

        assert_true(json_parse(&arena, setting->otherwise, strlen(setting->otherwise), JSON_PLAIN,
                               &value, &err));
        assert_int_equal(settings_check(setting->scope, setting->name, value, &err),
                         setting->kind != SETTING_DERIVED);
        assert_true(strlen(setting->about) > 10);
        if (i > 0) {
            int order = strcmp(settings_all[i - 1].scope, setting->scope);

            assert_true(order < 0 ||
                        (order == 0 && strcmp(settings_all[i - 1].name, setting->name) < 0));
        }
    }
}

static void settings_are_read(void **state)
{
    AUTO(arena) arena = {0};
    struct db *db = new_db();
    cJSON *values = json_new_object(&arena);

    (void)state;
    assert_int_equal(store_setting_int(db, "tenant", "lockoutThreshold"), 10);
    assert_false(store_setting_bool(db, "tenant", "requestLoopDetection"));
    assert_string_equal(store_setting_text(db, &arena, "tenant", "errorTail"), "space");
    assert_int_equal(store_setting_after(db, "tenant", "lockoutDuration", 5), 60005);
    store_setting_put(db, "tenant", "lockoutThreshold", cJSON_AddNumberToObject(values, "a", 3));
    store_setting_put(db, "tenant", "requestLoopDetection", cJSON_AddTrueToObject(values, "b"));
    store_setting_put(db, "tenant", "errorTail", cJSON_AddStringToObject(values, "c", "crlf"));
    store_setting_put(db, "tenant", "lockoutDuration",
                      cJSON_AddStringToObject(values, "d", "PT1S"));
    assert_int_equal(store_setting_int(db, "tenant", "lockoutThreshold"), 3);
    assert_true(store_setting_bool(db, "tenant", "requestLoopDetection"));
    assert_string_equal(store_setting_text(db, &arena, "tenant", "errorTail"), "crlf");
    assert_int_equal(store_setting_after(db, "tenant", "lockoutDuration", 5), 1005);
    db_close(db);
}

int main(void)
{
    struct CMUnitTest tests[32] = {
        cmocka_unit_test(grants_join_scopes),
        cmocka_unit_test(secrets_look_like_todays),
        cmocka_unit_test(defaults_fit),
        cmocka_unit_test(settings_are_read),
    };
    size_t count = CASES_LISTED(tests);

    CASES(tests, count, grant_cases, grant_ids);
    CASES(tests, count, word_cases, words);
    return cases_run("directory", tests, count);
}
