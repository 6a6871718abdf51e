/* The only file of the mock with libxml2. */
#include <libxml/parser.h>
#include <libxml/tree.h>
#include <string.h>

#include "base/str.h"
#include "dataverse/package.h"

static void free_doc(void *doc)
{
    xmlFreeDoc(doc);
}

static const xmlNode *inner(const struct xml_node *node)
{
    return (const void *)node;
}

static const struct xml_node *outer(const xmlNode *node)
{
    return (const void *)node;
}

bool xml_read(struct arena *arena, const char *text, size_t len, const char *name,
              const struct xml_node **ret, struct err *err)
{
    xmlParserCtxt *parser = xmlNewParserCtxt();
    const xmlError *error;
    xmlDoc *doc;

    doc = xmlCtxtReadMemory(parser, text, (int)len, name, NULL,
                            XML_PARSE_NONET | XML_PARSE_NOERROR | XML_PARSE_NOWARNING);
    error = xmlCtxtGetLastError(parser);
    if (doc == NULL) {
        (void)err_set(err, ERR_CONFIG, "%s: line %d: %.200s", name, error != NULL ? error->line : 0,
                      error != NULL && error->message != NULL ? error->message : "is no XML");
        err->text[strcspn(err->text, "\n")] = '\0';
        xmlFreeParserCtxt(parser);
        return false;
    }
    xmlFreeParserCtxt(parser);
    arena_defer(arena, free_doc, doc);
    if (doc->intSubset != NULL) {
        return err_set(err, ERR_CONFIG, "%s: a document type is not allowed", name);
    }
    *ret = outer(xmlDocGetRootElement(doc));
    return *ret != NULL || err_set(err, ERR_CONFIG, "%s: has no element", name);
}

static const xmlNode *named(const xmlNode *at, const char *name, size_t len)
{
    while (at != NULL &&
           (at->type != XML_ELEMENT_NODE || strncmp((const char *)at->name, name, len) != 0 ||
            at->name[len] != '\0')) {
        at = at->next;
    }
    return at;
}

const struct xml_node *xml_child(const struct xml_node *node, const char *name)
{
    return node != NULL ? outer(named(inner(node)->children, name, strlen(name))) : NULL;
}

const struct xml_node *xml_next(const struct xml_node *node)
{
    const char *name = (const char *)inner(node)->name;

    return outer(named(inner(node)->next, name, strlen(name)));
}

const struct xml_node *xml_find(const struct xml_node *node, const char *path)
{
    while (node != NULL && *path != '\0') {
        size_t len = strcspn(path, "/");

        node = outer(named(inner(node)->children, path, len));
        path += len;
        path += *path == '/';
    }
    return node;
}

static void add_text(struct strbuf *out, const xmlNode *node)
{
    for (; node != NULL; node = node->next) {
        if ((node->type == XML_TEXT_NODE || node->type == XML_CDATA_SECTION_NODE) &&
            node->content != NULL) {
            strbuf_add(out, (const char *)node->content);
        }
    }
}

const char *xml_text(struct arena *arena, const struct xml_node *node)
{
    AUTO(strbuf) text = STRBUF(1 << 20);

    if (node != NULL) {
        add_text(&text, inner(node)->children);
    }
    return arena_dup(arena, strbuf_text(&text), text.len);
}

const char *xml_attribute(struct arena *arena, const struct xml_node *node, const char *name)
{
    const xmlAttr *at = node != NULL ? inner(node)->properties : NULL;

    while (at != NULL && strcmp((const char *)at->name, name) != 0) {
        at = at->next;
    }
    if (at != NULL) {
        AUTO(strbuf) text = STRBUF(1 << 20);

        add_text(&text, at->children);
        return arena_dup(arena, strbuf_text(&text), text.len);
    }
    return NULL;
}
