#include "adfs/xml.h"

#include <libxml/c14n.h>
#include <libxml/parser.h>
#include <libxml/tree.h>
#include <pthread.h>
#include <string.h>

#include "base/auto.h"
#include "base/str.h"

static pthread_once_t once = PTHREAD_ONCE_INIT;

static void free_doc(void *doc)
{
    xmlFreeDoc(doc);
}

static xmlNode *inner(const struct adfs_xml *element)
{
    return (xmlNode *)(uintptr_t)element;
}

static const struct adfs_xml *outer(const xmlNode *node)
{
    return (const void *)node;
}

/*
 * Each attribute has an equals sign. The library compares those of an element in pairs: thirty
 * thousand keep it busy for ten seconds, and messages have a few dozen in all of their elements.
 */
static bool few_attributes(const char *text, size_t len)
{
    enum { MOST = 1000 };
    int count = 0;

    for (size_t i = 0; i < len; i++) {
        count += text[i] == '=';
        if (count > MOST) {
            return false;
        }
    }
    return true;
}

const struct adfs_xml *adfs_xml_read(struct arena *arena, const char *text, size_t len)
{
    xmlParserCtxt *parser;
    xmlDoc *doc;

    /* A document type is refused before anything in it is looked at. */
    if (len > INT32_MAX || memmem(text, len, "<!DOCTYPE", 9) != NULL ||
        !few_attributes(text, len)) {
        return NULL;
    }
    pthread_once(&once, xmlInitParser);
    parser = xmlNewParserCtxt();
    doc = xmlCtxtReadMemory(parser, text, (int)len, NULL, NULL,
                            XML_PARSE_NONET | XML_PARSE_NOERROR | XML_PARSE_NOWARNING);
    xmlFreeParserCtxt(parser);
    if (doc == NULL) {
        return NULL;
    }
    arena_defer(arena, free_doc, doc);
    return doc->intSubset == NULL ? outer(xmlDocGetRootElement(doc)) : NULL;
}

static bool fits(const xmlNode *node, const char *ns, const char *name)
{
    return node->type == XML_ELEMENT_NODE && node->ns != NULL &&
           strcmp((const char *)node->ns->href, ns) == 0 &&
           strcmp((const char *)node->name, name) == 0;
}

bool adfs_xml_is(const struct adfs_xml *element, const char *ns, const char *name)
{
    return element != NULL && fits(inner(element), ns, name);
}

static const struct adfs_xml *first(const xmlNode *at, const char *ns, const char *name)
{
    while (at != NULL && !fits(at, ns, name)) {
        at = at->next;
    }
    return outer(at);
}

const struct adfs_xml *adfs_xml_child(const struct adfs_xml *element, const char *ns,
                                      const char *name)
{
    return element != NULL ? first(inner(element)->children, ns, name) : NULL;
}

const struct adfs_xml *adfs_xml_next(const struct adfs_xml *element)
{
    const xmlNode *node = inner(element);

    return node != NULL ? first(node->next, (const char *)node->ns->href, (const char *)node->name)
                        : NULL;
}

const struct adfs_xml *adfs_xml_only(const struct adfs_xml *element, const char *ns,
                                     const char *name)
{
    const struct adfs_xml *child = adfs_xml_child(element, ns, name);

    return adfs_xml_next(child) == NULL ? child : NULL;
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

const char *adfs_xml_raw_text(struct arena *arena, const struct adfs_xml *element)
{
    AUTO(strbuf) text = STRBUF(0);

    if (element != NULL) {
        add_text(&text, inner(element)->children);
    }
    return arena_dup(arena, strbuf_text(&text), text.len);
}

const char *adfs_xml_text(struct arena *arena, const struct adfs_xml *element)
{
    static const char blanks[] = " \t\r\n";
    const char *text = adfs_xml_raw_text(arena, element);
    size_t len;

    text += strspn(text, blanks);
    len = strlen(text);
    while (len > 0 && strchr(blanks, text[len - 1]) != NULL) {
        len--;
    }
    return arena_dup(arena, text, len);
}

const char *adfs_xml_attribute(struct arena *arena, const struct adfs_xml *element,
                               const char *name)
{
    const xmlAttr *at = element != NULL ? inner(element)->properties : NULL;
    AUTO(strbuf) text = STRBUF(0);

    while (at != NULL && (at->ns != NULL || strcmp((const char *)at->name, name) != 0)) {
        at = at->next;
    }
    if (at == NULL) {
        return NULL;
    }
    add_text(&text, at->children);
    return arena_dup(arena, strbuf_text(&text), text.len);
}

/* What is canonicalized: an element, and what of it is left out. */
struct part {
    const xmlNode *root, *without;
};

static int is_visible(void *data, xmlNodePtr node, xmlNodePtr parent)
{
    const struct part *part = data;
    /* What declares a namespace has another struct; it is as visible as its element. */
    const xmlNode *at = node->type == XML_NAMESPACE_DECL ? parent : node;

    for (; at != NULL; at = at->parent) {
        if (at == part->without) {
            return 0;
        }
        if (at == part->root) {
            return 1;
        }
    }
    return 0;
}

/* A library does not print. The handler is one of the thread, and is put back. */
static void stay_silent(void *arg, const char *message, ...)
{
    (void)arg;
    (void)message;
}

const char *adfs_xml_canonical(struct arena *arena, const struct adfs_xml *element,
                               const struct adfs_xml *without, size_t *ret_len)
{
    struct part part = {inner(element), inner(without)};
    xmlOutputBuffer *buffer = xmlAllocOutputBuffer(NULL);
    const char *text = NULL;

    xmlSetGenericErrorFunc(NULL, stay_silent);
    if (xmlC14NExecute(inner(element)->doc, is_visible, &part, XML_C14N_EXCLUSIVE_1_0, NULL, 0,
                       buffer) >= 0) {
        *ret_len = xmlOutputBufferGetSize(buffer);
        text = arena_dup(arena, xmlOutputBufferGetContent(buffer), *ret_len);
    }
    xmlSetGenericErrorFunc(NULL, NULL);
    (void)xmlOutputBufferClose(buffer);
    return text;
}
