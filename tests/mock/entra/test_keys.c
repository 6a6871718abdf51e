#include "cases.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/str.h"
#include "entra/keys.h"
#include "store/data.h"

static const char *const files[] = {
    "signing-1.key.pem", "signing-1.cert.pem", "signing-2.key.pem", "signing-2.cert.pem",
    "signing-3.key.pem", "signing-3.cert.pem", "signing-4.key.pem", "signing-4.cert.pem"};

/* A folder with copies of the shipped files, but for one that is missing or says something else. */
static void make_folder(char *dir, const char *wrong, const char *text)
{
    AUTO(arena) arena = {0};
    struct err err;

    assert_non_null(mkdtemp(dir));
    for (size_t i = 0; i < ARRAY_LEN(files); i++) {
        char *path = arena_printf(&arena, "%s/%s", dir, files[i]);
        char *bytes = NULL;
        size_t len = 0;
        FILE *file;

        assert_true(data_read(&arena,
                              arena_printf(&arena, "%s/keys/%s", data_worlds_dir(), files[i]),
                              &bytes, &len, &err));
        if (str_eq(files[i], wrong)) {
            if (text == NULL) {
                continue;
            }
            bytes = arena_strdup(&arena, text);
            len = strlen(text);
        }
        file = fopen(path, "we");
        assert_non_null(file);
        assert_int_equal(fwrite(bytes, 1, len, file), len);
        assert_int_equal(fclose(file), 0);
    }
}

static void remove_folder(const char *dir)
{
    AUTO(arena) arena = {0};

    for (size_t i = 0; i < ARRAY_LEN(files); i++) {
        (void)unlink(arena_printf(&arena, "%s/%s", dir, files[i]));
    }
    assert_int_equal(rmdir(dir), 0);
}

static const struct folder_case {
    const char *name, *wrong, *text, *says; /* says NULL: good */
} folder_cases[] = {
    {"all are there", NULL, NULL, NULL},
    {"no key", "signing-1.key.pem", NULL, "signing-1.key.pem: cannot be read: No such file"},
    {"no certificate", "signing-2.cert.pem", NULL, "signing-2.cert.pem: cannot be read"},
    {"no PEM", "signing-2.key.pem", "-----BEGIN NONSENSE-----", "signing-2.key.pem"},
    {"an empty certificate", "signing-1.cert.pem", "", "signing-1.key.pem and its certificate"},
};

static void reads_a_folder(void **state)
{
    const struct folder_case *c = *state;
    struct entra_key keys[ENTRA_KEY_COUNT] = {0};
    char dir[] = "/tmp/test-keys-XXXXXX";
    struct err err = {0};
    bool good;

    make_folder(dir, c->wrong, c->text);
    good = entra_keys_read(dir, keys, &err);
    remove_folder(dir);
    if (c->says == NULL) {
        assert_true(good);
        assert_string_not_equal(keys[0].kid, keys[1].kid);
    } else {
        assert_false(good);
        assert_int_equal(err.kind, ERR_CONFIG);
        assert_non_null(strstr(err.text, "the keys that sign tokens: "));
        assert_non_null(strstr(err.text, c->says));
        assert_null(strstr(err.text, "NONSENSE"));
    }
    entra_keys_finish(keys);
}

static void finds_the_shipped_ones(void **state)
{
    struct err err;

    (void)state;
    assert_true(entra_keys_load(&err));
    assert_ptr_equal(entra_key_find(entra_keys()[1].kid), &entra_keys()[1]);
    assert_null(entra_key_find("nobody"));
}

int main(void)
{
    struct CMUnitTest tests[16];
    size_t count = 0;

    CASES(tests, count, folder_cases, reads_a_folder);
    tests[count++] = (struct CMUnitTest)cmocka_unit_test(finds_the_shipped_ones);
    return cases_run("keys", tests, count);
}
