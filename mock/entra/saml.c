/*
 * The second half of a federated sign-in: AD FS has issued an assertion, and Azure AD takes it for
 * a password. The signature is looked at before anything that it says is believed. Source:
 * entra-federation.
 */
#include <string.h>

#include "adfs/keys.h"
#include "adfs/xml.h"
#include "base/auto.h"
#include "base/crypto.h"
#include "base/iso8601.h"
#include "entra/grant.h"
#include "store/store.h"

static const int64_t skew_ms = (int64_t)5 * 60 * 1000;

/* What of an assertion counts here. */
struct claims {
    const char *issuer, *audience, *upn, *immutable_id;
    int64_t from_ms, until_ms;
};

static bool invalid(struct entra_grant *grant, const char *reason)
{
    grant->words.reason = reason;
    return entra_grant_refuse(grant, ENTRA_BAD_SAML);
}

static const struct adfs_xml *read_assertion(struct entra_grant *grant, const char *ns)
{
    struct arena *arena = grant->call->arena;
    const char *text = entra_param(grant, "assertion");
    size_t len = 0;
    const uint8_t *bytes = crypto_base64_decode(arena, text, strlen(text), &len);
    const struct adfs_xml *root =
        bytes != NULL ? adfs_xml_read(arena, (const char *)bytes, len) : NULL;

    return adfs_xml_is(root, ns, "Assertion") ? root : NULL;
}

/* The text of the attribute value behind a name; NULL unless there is exactly one. */
static const char *attribute(struct arena *arena, const struct adfs_xml *statement, const char *ns,
                             const char *name, const char *long_name)
{
    const char *found = NULL;
    const struct adfs_xml *at = adfs_xml_child(statement, ns, "Attribute");

    for (; at != NULL; at = adfs_xml_next(at)) {
        const char *short_form = adfs_xml_attribute(arena, at, "AttributeName");
        const char *long_form = adfs_xml_attribute(arena, at, "Name");
        const struct adfs_xml *value = adfs_xml_only(at, ns, "AttributeValue");

        if ((str_eq(short_form, name) || str_eq(long_form, long_name)) && value != NULL) {
            if (found != NULL) {
                return NULL;
            }
            found = adfs_xml_text(arena, value);
        }
    }
    return found;
}

/* SAML 1.1 or 2.0, which put the same into other places. */
static bool read_claims(struct entra_grant *grant, const struct adfs_xml *root, bool saml2,
                        struct claims *ret)
{
    struct arena *arena = grant->call->arena;
    const char *ns = saml2 ? ADFS_NS_SAML2 : ADFS_NS_SAML1;
    const struct adfs_xml *conditions = adfs_xml_only(root, ns, "Conditions");
    const struct adfs_xml *statement = adfs_xml_only(root, ns, "AttributeStatement");
    const struct adfs_xml *audience = adfs_xml_only(
        conditions, ns, saml2 ? "AudienceRestriction" : "AudienceRestrictionCondition");
    const char *from = adfs_xml_attribute(arena, conditions, "NotBefore");
    const char *until = adfs_xml_attribute(arena, conditions, "NotOnOrAfter");

    ret->issuer = saml2 ? adfs_xml_text(arena, adfs_xml_only(root, ns, "Issuer"))
                        : adfs_xml_attribute(arena, root, "Issuer");
    ret->audience = adfs_xml_text(arena, adfs_xml_only(audience, ns, "Audience"));
    ret->upn = attribute(arena, statement, ns, "UPN", "http://schemas.xmlsoap.org/claims/UPN");
    ret->immutable_id =
        attribute(arena, statement, ns, "ImmutableID",
                  "http://schemas.microsoft.com/LiveID/Federation/2008/05/ImmutableID");
    return ret->issuer != NULL && ret->upn != NULL && ret->immutable_id != NULL && from != NULL &&
           until != NULL && iso8601_parse(from, &ret->from_ms) &&
           iso8601_parse(until, &ret->until_ms);
}

static bool algorithm_is(struct arena *arena, const struct adfs_xml *parent, const char *name,
                         const char *algorithm)
{
    return str_eq(adfs_xml_attribute(arena, adfs_xml_only(parent, ADFS_NS_DS, name), "Algorithm"),
                  algorithm);
}

/*
 * That the only reference is to the whole document, less the signature, in exclusive canonical
 * form: so nothing that is read can be outside of what was signed.
 */
static const struct adfs_xml *find_reference(struct arena *arena, const struct adfs_xml *root,
                                             const struct adfs_xml *info, bool saml2)
{
    const struct adfs_xml *reference = adfs_xml_only(info, ADFS_NS_DS, "Reference");
    const struct adfs_xml *transforms = adfs_xml_only(reference, ADFS_NS_DS, "Transforms");
    const struct adfs_xml *one = adfs_xml_child(transforms, ADFS_NS_DS, "Transform");
    const struct adfs_xml *two = adfs_xml_next(one);
    const char *id = adfs_xml_attribute(arena, root, saml2 ? "ID" : "AssertionID");
    const char *uri = adfs_xml_attribute(arena, reference, "URI");

    return id != NULL && *id != '\0' && uri != NULL && *uri == '#' && strcmp(uri + 1, id) == 0 &&
                   str_eq(adfs_xml_attribute(arena, one, "Algorithm"), ADFS_ENVELOPED) &&
                   str_eq(adfs_xml_attribute(arena, two, "Algorithm"), ADFS_C14N) &&
                   adfs_xml_next(two) == NULL &&
                   algorithm_is(arena, reference, "DigestMethod", ADFS_SHA256) &&
                   algorithm_is(arena, info, "CanonicalizationMethod", ADFS_C14N) &&
                   algorithm_is(arena, info, "SignatureMethod", ADFS_RSA_SHA256)
               ? reference
               : NULL;
}

/* The bytes of an element in base64; NULL when it is none. */
static const uint8_t *bytes_of(struct arena *arena, const struct adfs_xml *element, size_t *ret_len)
{
    AUTO(strbuf) packed = STRBUF(0);

    for (const char *at = adfs_xml_text(arena, element); *at != '\0'; at++) {
        if (strchr(" \t\r\n", *at) == NULL) {
            strbuf_add_char(&packed, *at);
        }
    }
    return crypto_base64_decode(arena, strbuf_text(&packed), packed.len, ret_len);
}

static bool signature_fits(struct entra_grant *grant, const struct adfs_xml *root, bool saml2,
                           const struct adfs_key *key)
{
    struct arena *arena = grant->call->arena;
    const struct adfs_xml *signature = adfs_xml_only(root, ADFS_NS_DS, "Signature");
    const struct adfs_xml *info = adfs_xml_only(signature, ADFS_NS_DS, "SignedInfo");
    const struct adfs_xml *reference = find_reference(arena, root, info, saml2);
    const uint8_t *digest, *bytes;
    const char *text;
    size_t text_len = 0, digest_len = 0, bytes_len = 0;
    uint8_t hash[SHA256_LEN];

    if (reference == NULL) {
        return false;
    }
    digest = bytes_of(arena, adfs_xml_only(reference, ADFS_NS_DS, "DigestValue"), &digest_len);
    bytes = bytes_of(arena, adfs_xml_only(signature, ADFS_NS_DS, "SignatureValue"), &bytes_len);
    text = adfs_xml_canonical(arena, root, signature, &text_len);
    if (digest == NULL || bytes == NULL || text == NULL || digest_len != sizeof hash) {
        return false;
    }
    crypto_sha256(text, text_len, hash);
    if (!crypto_equal(digest, hash, sizeof hash)) {
        return false;
    }
    text = adfs_xml_canonical(arena, info, NULL, &text_len);
    return text != NULL && crypto_verify_rs256(key->key, text, text_len, bytes, bytes_len);
}

static bool check_conditions(struct entra_grant *grant, const struct claims *claims)
{
    int64_t now_ms = grant->call->now_ms;

    if (claims->from_ms - skew_ms > now_ms || claims->until_ms + skew_ms <= now_ms) {
        return invalid(grant, "The assertion is not within its valid time range.");
    }
    return str_eq(claims->audience, "urn:federation:MicrosoftOnline") ||
           invalid(grant, "The audience of the assertion is not urn:federation:MicrosoftOnline.");
}

/* The account is found by the tie between the two sides, and must bear the same name. */
static bool find_user(struct entra_grant *grant, const struct claims *claims)
{
    struct mock_call *call = grant->call;
    const char *id =
        store_text(call->db, call->arena,
                   "SELECT id FROM users WHERE immutable_id = ? AND upn = ? COLLATE NOCASE",
                   DB_ARGS(db_text(claims->immutable_id), db_text(claims->upn)));

    return (id != NULL && entra_user_load(call, id, &grant->user)) ||
           entra_grant_refuse(grant, ENTRA_USER_NOT_SYNCHRONIZED);
}

/* The key of the realm that the issuer names; NULL when there is no such realm. */
static const struct adfs_key *realm_key(struct entra_grant *grant, const char *issuer)
{
    int64_t number = store_int(grant->call->db, "SELECT trusted FROM federation WHERE issuer = ?",
                               DB_ARGS(db_text(issuer)), 0);

    return number != 0 ? adfs_key(number) : NULL;
}

bool entra_saml_sign_in(struct entra_grant *grant)
{
    bool saml2 = grant->type == ENTRA_GRANT_SAML2;
    const struct adfs_xml *root = read_assertion(grant, saml2 ? ADFS_NS_SAML2 : ADFS_NS_SAML1);
    const struct adfs_key *key;
    struct claims claims = {0};

    if (root == NULL) {
        return invalid(grant, "The assertion is not a well formed one of the grant's version.");
    }
    if (!read_claims(grant, root, saml2, &claims)) {
        return invalid(grant, "The assertion lacks an issuer, a time, UPN or ImmutableID.");
    }
    grant->words.reason = claims.issuer;
    key = grant->tenant == ENTRA_TENANT_FOREIGN ? NULL : realm_key(grant, claims.issuer);
    if (key == NULL) {
        return entra_grant_refuse(grant, ENTRA_REALM_UNKNOWN);
    }
    if (!signature_fits(grant, root, saml2, key)) {
        return entra_grant_refuse(grant, ENTRA_BAD_SIGNATURE);
    }
    return check_conditions(grant, &claims) && find_user(grant, &claims) && entra_user_may(grant);
}
