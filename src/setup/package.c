#include "setup/package.h"

#include <errno.h>
#include <libxml/parser.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <zip.h>

#include "base/auto.h"
#include "base/str.h"

/* Packages of Marketo have less than a tenth of these. */
enum { PACKAGE_MAX = 64 * 1024 * 1024, PART_MAX = 16 * 1024 * 1024 };

static bool fail_package(struct sync_problem *problem, const char *name, const char *what)
{
    (void)sync_fail(problem, CRMSYNC_USAGE, "usage", "the solution package %s: %s", name, what);
    sync_problem_fix(problem, "Download it in Marketo: Admin > CRM > Microsoft > Download Marketo "
                              "Solution, and give the zip as it is.");
    sync_problem_at(problem, "/solution");
    return false;
}

/* A part of the archive, in the arena with a zero byte behind it; NULL when it is not there, is too
 * large or cannot be unpacked. */
static char *read_part(struct arena *arena, zip_t *archive, const char *name, size_t *ret_len)
{
    zip_stat_t stat;
    zip_file_t *part;
    char *text;
    bool ok;

    if (zip_stat(archive, name, ZIP_FL_NOCASE, &stat) != 0 || (stat.valid & ZIP_STAT_SIZE) == 0 ||
        stat.size > PART_MAX) {
        return NULL;
    }
    part = zip_fopen(archive, name, ZIP_FL_NOCASE);
    if (part == NULL) {
        return NULL;
    }
    text = arena_alloc(arena, (size_t)stat.size + 1);
    ok = zip_fread(part, text, stat.size) == (zip_int64_t)stat.size;
    ok = zip_fclose(part) == 0 && ok;
    *ret_len = (size_t)stat.size;
    return ok ? text : NULL;
}

static const xmlNode *child(const xmlNode *parent, const char *name)
{
    const xmlNode *node = parent != NULL ? parent->children : NULL;

    while (node != NULL &&
           (node->type != XML_ELEMENT_NODE || !str_eq((const char *)node->name, name))) {
        node = node->next;
    }
    return node;
}

/* The text of an element, trimmed; NULL when it is not there or empty. */
static const char *text_of(struct arena *arena, const xmlNode *node)
{
    xmlChar *content = node != NULL ? xmlNodeGetContent(node) : NULL;
    char *copy = arena_strdup(arena, (const char *)content);
    size_t len;

    xmlFree(content);
    if (copy == NULL) {
        return NULL;
    }
    copy += strspn(copy, " \t\r\n");
    len = strlen(copy);
    while (len > 0 && strchr(" \t\r\n", copy[len - 1]) != NULL) {
        copy[--len] = '\0';
    }
    return len > 0 ? copy : NULL;
}

static const char *attribute_of(struct arena *arena, const xmlNode *node, const char *name)
{
    xmlChar *value = xmlGetProp(node, (const xmlChar *)name);
    char *copy = arena_strdup(arena, (const char *)value);

    xmlFree(value);
    return copy;
}

/* Nothing is fetched, no entity is expanded, and libxml2's own limits hold. */
static xmlDoc *parse_xml(const char *text, size_t len)
{
    return xmlReadMemory(text, (int)len, "solution.xml", NULL,
                         XML_PARSE_NONET | XML_PARSE_NOERROR | XML_PARSE_NOWARNING);
}

static bool is_version(const char *text)
{
    return text != NULL && strlen(text) < 40 && strspn(text, "0123456789.") == strlen(text) &&
           *text != '.' && *text != '\0';
}

/* Unique names: letters, digits and underscores. They go into a filter. */
static bool is_unique_name(const char *text)
{
    return text != NULL && *text != '\0' && strlen(text) <= 100 &&
           strspn(text, "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789_") ==
               strlen(text);
}

static bool read_solution(struct arena *arena, const char *name, const xmlDoc *doc,
                          struct sync_package *ret, struct sync_problem *problem)
{
    const xmlNode *root = xmlDocGetRootElement(doc);
    const xmlNode *manifest = child(root, "SolutionManifest");
    const char *managed = text_of(arena, child(manifest, "Managed"));

    ret->name = text_of(arena, child(manifest, "UniqueName"));
    ret->version = text_of(arena, child(manifest, "Version"));
    ret->managed = managed != NULL && !str_eq(managed, "0");
    if (!is_unique_name(ret->name)) {
        return fail_package(problem, name, "its solution.xml has no valid UniqueName");
    }
    return is_version(ret->version) ||
           fail_package(problem, name, "its solution.xml has no valid Version");
}

/* The role is optional: another package may be installed with this program too. */
static void read_role(struct arena *arena, const xmlDoc *doc, struct sync_package *ret)
{
    const xmlNode *roles = child(xmlDocGetRootElement(doc), "Roles");

    for (const xmlNode *role = child(roles, "Role"); role != NULL; role = role->next) {
        const char *id = role->type == XML_ELEMENT_NODE ? attribute_of(arena, role, "id") : NULL;
        const char *name =
            role->type == XML_ELEMENT_NODE ? attribute_of(arena, role, "name") : NULL;

        if (id != NULL && str_eq(name, "Marketo Sync User")) {
            char *bare = arena_strdup(arena, *id == '{' ? id + 1 : id);

            bare[strcspn(bare, "}")] = '\0';
            ret->role_id = str_lower(bare);
        }
    }
}

static bool read_parts(struct arena *arena, zip_t *archive, const char *name,
                       struct sync_package *ret, struct sync_problem *problem)
{
    size_t len = 0;
    const char *text = read_part(arena, archive, "solution.xml", &len);
    xmlDoc *doc;
    bool ok;

    if (text == NULL) {
        return fail_package(problem, name, "it has no solution.xml, so it is no solution package");
    }
    doc = parse_xml(text, len);
    if (doc == NULL) {
        return fail_package(problem, name, "its solution.xml is not well-formed XML");
    }
    ok = read_solution(arena, name, doc, ret, problem);
    xmlFreeDoc(doc);
    text = ok ? read_part(arena, archive, "customizations.xml", &len) : NULL;
    doc = text != NULL ? parse_xml(text, len) : NULL;
    if (doc != NULL) {
        read_role(arena, doc, ret);
        xmlFreeDoc(doc);
    }
    return ok;
}

bool sync_package_parse(struct arena *arena, const char *name, const char *bytes, size_t len,
                        struct sync_package *ret, struct sync_problem *problem)
{
    zip_error_t error;
    zip_source_t *source;
    zip_t *archive;
    bool ok;

    *ret = (struct sync_package){.bytes = bytes, .len = len};
    source = zip_source_buffer_create(bytes, len, 0, &error);
    archive = source != NULL ? zip_open_from_source(source, ZIP_RDONLY, &error) : NULL;
    if (archive == NULL) {
        zip_source_free(source);
        return fail_package(problem, name, "it is no zip archive");
    }
    ok = read_parts(arena, archive, name, ret, problem);
    zip_discard(archive);
    return ok;
}

bool sync_package_read(struct arena *arena, const char *path, struct sync_package *ret,
                       struct sync_problem *problem)
{
    FILE *file = fopen(path, "rbe");
    char *bytes = NULL;
    long size = -1;

    if (file == NULL) {
        return fail_package(problem, path, strerror(errno));
    }
    if (fseek(file, 0, SEEK_END) == 0) {
        size = ftell(file);
    }
    if (size > 0 && size <= PACKAGE_MAX && fseek(file, 0, SEEK_SET) == 0) {
        bytes = arena_alloc(arena, (size_t)size);
        if (fread(bytes, 1, (size_t)size, file) != (size_t)size) {
            bytes = NULL;
        }
    }
    fclose(file);
    return bytes != NULL ? sync_package_parse(arena, path, bytes, (size_t)size, ret, problem)
                         : fail_package(problem, path,
                                        "it cannot be read, is empty or is larger than 64 MiB");
}

int sync_version_compare(const char *one, const char *other)
{
    while (*one != '\0' || *other != '\0') {
        char *end_one, *end_other;
        unsigned long a = strtoul(one, &end_one, 10), b = strtoul(other, &end_other, 10);

        if (a != b) {
            return a < b ? -1 : 1;
        }
        one = *end_one == '.' ? end_one + 1 : "";
        other = *end_other == '.' ? end_other + 1 : "";
    }
    return 0;
}
