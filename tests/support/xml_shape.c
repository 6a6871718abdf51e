#include "xml_shape.h"

#include "cases.h"

#include <libxml/parser.h>
#include <libxml/tree.h>
#include <stdio.h>
#include <string.h>

#include "base/str.h"
#include "store/data.h"

char *fixture_text(struct arena *arena, const char *name)
{
    char *text = NULL;
    size_t len = 0;
    struct err err;

    if (!data_read(arena, arena_printf(arena, SOURCE_FIXTURES "/%s", name), &text, &len, &err)) {
        fail_msg("%s", err.text);
    }
    return text;
}

static const xmlNode *element(const xmlNode *node)
{
    while (node != NULL && node->type != XML_ELEMENT_NODE) {
        node = node->next;
    }
    return node;
}

static const char *space(const xmlNode *node)
{
    return node->ns != NULL ? (const char *)node->ns->href : "";
}

static void compare_value(const char *where, const xmlChar *fixture, const xmlChar *answer)
{
    const char *found = answer != NULL ? (const char *)answer : "(nothing)";

    if (!str_match((const char *)fixture, found, '\0')) {
        fail_msg("%s: expected %s, found %s", where, (const char *)fixture, found);
    }
}

static void compare_attributes(xmlNode *fixture, xmlNode *answer)
{
    size_t expected = 0, found = 0;

    for (const xmlAttr *at = fixture->properties; at != NULL; at = at->next, expected++) {
        const xmlChar *ns = at->ns != NULL ? at->ns->href : NULL;
        xmlChar *one = xmlGetNsProp(fixture, at->name, ns);
        xmlChar *two = xmlGetNsProp(answer, at->name, ns);

        compare_value((const char *)at->name, one, two);
        xmlFree(one);
        xmlFree(two);
    }
    for (const xmlAttr *at = answer->properties; at != NULL; at = at->next) {
        found++;
    }
    if (expected != found) {
        fail_msg("<%s>: expected %zu attributes, found %zu", (const char *)fixture->name, expected,
                 found);
    }
}

static void compare(xmlNode *fixture, xmlNode *answer)
{
    const xmlNode *one = element(fixture->children), *two = element(answer->children);

    if (strcmp((const char *)fixture->name, (const char *)answer->name) != 0 ||
        strcmp(space(fixture), space(answer)) != 0) {
        fail_msg("expected <%s> of %s, found <%s> of %s", (const char *)fixture->name,
                 space(fixture), (const char *)answer->name, space(answer));
    }
    compare_attributes(fixture, answer);
    if (one == NULL) {
        xmlChar *expected = xmlNodeGetContent(fixture), *found = xmlNodeGetContent(answer);

        compare_value((const char *)fixture->name, expected, found);
        xmlFree(expected);
        xmlFree(found);
    }
    while (one != NULL && two != NULL) {
        compare((xmlNode *)(uintptr_t)one, (xmlNode *)(uintptr_t)two);
        one = element(one->next);
        two = element(two->next);
    }
    if (one != NULL || two != NULL) {
        fail_msg("below <%s>: %s <%s>", (const char *)fixture->name,
                 one != NULL ? "missing" : "not expected",
                 (const char *)(one != NULL ? one : two)->name);
    }
}

void xml_shape_assert(const char *fixture, const char *answer)
{
    xmlDoc *one = xmlReadMemory(fixture, (int)strlen(fixture), NULL, NULL, XML_PARSE_NONET);
    xmlDoc *two = xmlReadMemory(answer, (int)strlen(answer), NULL, NULL, XML_PARSE_NONET);

    assert_non_null(one);
    assert_non_null(two);
    compare(xmlDocGetRootElement(one), xmlDocGetRootElement(two));
    xmlFreeDoc(one);
    xmlFreeDoc(two);
}
