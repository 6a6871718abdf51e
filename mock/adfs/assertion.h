/* The assertions that AD FS issues, SAML 1.1 and 2.0. Source: adfs-trust. */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "adfs/keys.h"
#include "base/str.h"

struct adfs_assertion {
    bool saml2;
    const char *id; /* begins with `_` */
    const char *issuer, *audience;
    const char *upn, *immutable_id;
    int64_t issued_ms, until_ms;
};

/*
 * Writes one in its canonical form and signs it: RSA with SHA-256, enveloped. A place where AD FS
 * departs from that form is none: what is inserted into a message keeps its bytes.
 */
void adfs_assertion_write(const struct adfs_assertion *assertion, const struct adfs_key *key,
                          struct strbuf *ret);
/* Text as it stands between tags, and within an attribute's quotes, in canonical form. */
void adfs_add_text(struct strbuf *out, const char *text);
void adfs_add_value(struct strbuf *out, const char *text);
