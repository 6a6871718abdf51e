/* Solution packages: what is read of a good one, and what is said of a bad one. */
#include "cases.h"

#include <string.h>
#include <zip.h>

#include "base/str.h"
#include "setup/package.h"

#define GOOD                                                                                       \
    "<ImportExportXml><SolutionManifest><UniqueName>MarketoLeadManagement</UniqueName>"            \
    "<Version> 5.0.2.1 </Version><Managed>1</Managed></SolutionManifest></ImportExportXml>"
#define ROLES                                                                                      \
    "<ImportExportXml><Roles><Role id=\"{AB-1}\" name=\"Other\"/>"                                 \
    "<Role id=\"{8FC6B12D-0001-4A5B-9C6D-7E8F90A1B2C3}\" name=\"Marketo Sync User\"/></Roles>"     \
    "</ImportExportXml>"

/* An archive with up to two parts, in the arena. */
static char *make_zip(struct arena *arena, const char *solution, const char *customizations,
                      size_t *ret_len)
{
    zip_error_t error;
    zip_source_t *source = zip_source_buffer_create(NULL, 0, 0, &error);
    zip_t *archive = zip_open_from_source(source, ZIP_TRUNCATE, &error);
    const char *parts[] = {solution, customizations};
    const char *const names[] = {"solution.xml", "customizations.xml"};
    zip_int64_t len;
    char *bytes;

    assert_non_null(archive);
    zip_source_keep(source);
    for (size_t i = 0; i < 2; i++) {
        if (parts[i] != NULL) {
            assert_true(zip_file_add(archive, names[i],
                                     zip_source_buffer(archive, parts[i], strlen(parts[i]), 0),
                                     0) >= 0);
        }
    }
    assert_int_equal(zip_close(archive), 0);
    assert_int_equal(zip_source_open(source), 0);
    assert_int_equal(zip_source_seek(source, 0, SEEK_END), 0);
    len = zip_source_tell(source);
    assert_int_equal(zip_source_seek(source, 0, SEEK_SET), 0);
    bytes = arena_alloc(arena, (size_t)len);
    assert_int_equal(zip_source_read(source, bytes, (zip_uint64_t)len), len);
    zip_source_close(source);
    zip_source_free(source);
    *ret_len = (size_t)len;
    return bytes;
}

static void reads_a_package(void **state)
{
    AUTO(arena) arena = {0};
    struct sync_problem problem;
    struct sync_package package;
    size_t len;
    char *bytes = make_zip(&arena, GOOD, ROLES, &len);

    (void)state;
    assert_true(sync_package_parse(&arena, "x.zip", bytes, len, &package, &problem));
    assert_string_equal(package.name, "MarketoLeadManagement");
    assert_string_equal(package.version, "5.0.2.1");
    assert_true(package.managed);
    assert_string_equal(package.role_id, "8fc6b12d-0001-4a5b-9c6d-7e8f90a1b2c3");
}

struct bad_case {
    const char *name, *solution, *words;
};

static const struct bad_case bad_cases[] = {
    {"no manifest", NULL, "no solution.xml"},
    {"no XML", "<a>", "not well-formed"},
    {"no name",
     "<ImportExportXml><SolutionManifest><Version>1.0</Version></SolutionManifest>"
     "</ImportExportXml>",
     "UniqueName"},
    {"a name that is a filter",
     "<ImportExportXml><SolutionManifest><UniqueName>a' or 'b</UniqueName><Version>1.0</Version>"
     "</SolutionManifest></ImportExportXml>",
     "UniqueName"},
    {"no version",
     "<ImportExportXml><SolutionManifest><UniqueName>A</UniqueName></SolutionManifest>"
     "</ImportExportXml>",
     "Version"},
    {"an entity from outside",
     "<!DOCTYPE a [<!ENTITY x SYSTEM \"file:///etc/passwd\">]><ImportExportXml><SolutionManifest>"
     "<UniqueName>A</UniqueName><Version>&x;</Version></SolutionManifest></ImportExportXml>",
     "Version"},
};

static void tells_what_is_wrong(void **state)
{
    const struct bad_case *c = *state;
    AUTO(arena) arena = {0};
    struct sync_problem problem;
    struct sync_package package;
    size_t len;
    char *bytes = make_zip(&arena, c->solution, ROLES, &len);

    assert_false(sync_package_parse(&arena, "x.zip", bytes, len, &package, &problem));
    assert_string_equal(problem.error.code, "usage");
    assert_non_null(strstr(problem.error.message, c->words));
    assert_non_null(strstr(problem.error.fix, "Download Marketo Solution"));
}

static void refuses_what_is_no_zip(void **state)
{
    AUTO(arena) arena = {0};
    struct sync_problem problem;
    struct sync_package package;

    (void)state;
    assert_false(sync_package_parse(&arena, "x.zip", "PK no", 5, &package, &problem));
    assert_non_null(strstr(problem.error.message, "no zip"));
    assert_false(sync_package_read(&arena, "/nonexistent/x.zip", &package, &problem));
    assert_non_null(strstr(problem.error.message, "/nonexistent/x.zip"));
}

struct version_case {
    const char *name, *one, *other;
    int order;
};

static const struct version_case version_cases[] = {
    {"equal", "5.0.2.1", "5.0.2.1", 0},
    {"a part more", "5.0.2.1", "5.0.2", 1},
    {"zero is nothing", "5.0.2.0", "5.0.2", 0},
    {"numbers, not letters", "4.0.0.9", "4.0.0.14", -1},
    {"the first counts most", "5.0", "4.9.9", 1},
};

static void compares_versions(void **state)
{
    const struct version_case *c = *state;

    assert_int_equal(sync_version_compare(c->one, c->other), c->order);
    assert_int_equal(sync_version_compare(c->other, c->one), -c->order);
}

int main(void)
{
    struct CMUnitTest tests[30] = {cmocka_unit_test(reads_a_package),
                                   cmocka_unit_test(refuses_what_is_no_zip)};
    size_t count = CASES_LISTED(tests);

    CASES(tests, count, bad_cases, tells_what_is_wrong);
    CASES(tests, count, version_cases, compares_versions);
    return cases_run("package", tests, count);
}
