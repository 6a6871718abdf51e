/*
 * XML as AD FS and Azure AD take it from outside: namespaces count, document types, entities and
 * the network are off. The only file of the directory with libxml2.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>

#include "base/arena.h"

#define ADFS_NS_SOAP "http://www.w3.org/2003/05/soap-envelope"
#define ADFS_NS_WSA  "http://www.w3.org/2005/08/addressing"
#define ADFS_NS_WSU                                                                                \
    "http://docs.oasis-open.org/wss/2004/01/oasis-200401-wss-wssecurity-utility-1.0.xsd"
#define ADFS_NS_WSSE                                                                               \
    "http://docs.oasis-open.org/wss/2004/01/oasis-200401-wss-wssecurity-secext-1.0.xsd"
#define ADFS_NS_WSP       "http://schemas.xmlsoap.org/ws/2004/09/policy"
#define ADFS_NS_TRUST13   "http://docs.oasis-open.org/ws-sx/ws-trust/200512"
#define ADFS_NS_TRUST2005 "http://schemas.xmlsoap.org/ws/2005/02/trust"
#define ADFS_NS_SAML1     "urn:oasis:names:tc:SAML:1.0:assertion"
#define ADFS_NS_SAML2     "urn:oasis:names:tc:SAML:2.0:assertion"
#define ADFS_NS_DS        "http://www.w3.org/2000/09/xmldsig#"
#define ADFS_C14N         "http://www.w3.org/2001/10/xml-exc-c14n#"
#define ADFS_ENVELOPED    "http://www.w3.org/2000/09/xmldsig#enveloped-signature"
#define ADFS_RSA_SHA256   "http://www.w3.org/2001/04/xmldsig-more#rsa-sha256"
#define ADFS_SHA256       "http://www.w3.org/2001/04/xmlenc#sha256"

/* An element. Every function takes NULL for one that is not there. */
struct adfs_xml;

/*
 * The root element of a whole text; NULL when it is not well formed or has a document type. The
 * document ends with the arena.
 */
const struct adfs_xml *adfs_xml_read(struct arena *arena, const char *text, size_t len);
bool adfs_xml_is(const struct adfs_xml *element, const char *ns, const char *name);
/* The first child of that name, and the next sibling of the same name; NULL when there is none. */
const struct adfs_xml *adfs_xml_child(const struct adfs_xml *element, const char *ns,
                                      const char *name);
const struct adfs_xml *adfs_xml_next(const struct adfs_xml *element);
/* The only child of that name; NULL when there is none, or more than one. */
const struct adfs_xml *adfs_xml_only(const struct adfs_xml *element, const char *ns,
                                     const char *name);
/* All text of the element itself, without white space around it; "" when it has none. */
const char *adfs_xml_text(struct arena *arena, const struct adfs_xml *element);
/* The same as it stands: passwords. */
const char *adfs_xml_raw_text(struct arena *arena, const struct adfs_xml *element);
/* An attribute without a namespace; NULL when it is not there. */
const char *adfs_xml_attribute(struct arena *arena, const struct adfs_xml *element,
                               const char *name);
/*
 * Exclusive XML Canonicalization 1.0 without comments of an element and all in it, less the child
 * `without` (NULL: nothing is left out).
 */
const char *adfs_xml_canonical(struct arena *arena, const struct adfs_xml *element,
                               const struct adfs_xml *without, size_t *ret_len);
