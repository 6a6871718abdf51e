#include "adfs/assertion.h"

#include <string.h>

#include "adfs/xml.h"
#include "base/arena.h"
#include "base/auto.h"
#include "base/iso8601.h"

/* Canonical XML 1.0, section 2.3: what is written in its place. */
static void escape(struct strbuf *out, const char *text, const char *const *marks)
{
    for (; *text != '\0'; text++) {
        size_t i = 0;

        while (marks[i] != NULL && marks[i][0] != *text) {
            i++;
        }
        if (marks[i] != NULL) {
            strbuf_add(out, marks[i] + 1);
        } else {
            strbuf_add_char(out, *text);
        }
    }
}

void adfs_add_text(struct strbuf *out, const char *text)
{
    static const char *const marks[] = {"&&amp;", "<&lt;", ">&gt;", "\r&#xD;", NULL};

    escape(out, text, marks);
}

void adfs_add_value(struct strbuf *out, const char *text)
{
    static const char *const marks[] = {"&&amp;",  "<&lt;",   "\"&quot;", "\t&#x9;",
                                        "\n&#xA;", "\r&#xD;", NULL};

    escape(out, text, marks);
}

/* Pieces of a text: a `$` takes the next of the values, as text between tags. */
static void add_filled(struct strbuf *out, const char *pattern, const char *const *values)
{
    for (; *pattern != '\0'; pattern++) {
        if (*pattern == '$') {
            adfs_add_text(out, *values++);
        } else {
            strbuf_add_char(out, *pattern);
        }
    }
}

struct times {
    char issued[ISO8601_SIZE], until[ISO8601_SIZE];
};

static void write_saml1(const struct adfs_assertion *a, const struct times *times,
                        struct strbuf *out)
{
    static const char subject[] =
        "<saml:Subject><saml:NameIdentifier"
        " Format=\"urn:oasis:names:tc:SAML:1.1:nameid-format:unspecified\">$</saml:NameIdentifier>"
        "<saml:SubjectConfirmation><saml:ConfirmationMethod>urn:oasis:names:tc:SAML:1.0:cm:bearer"
        "</saml:ConfirmationMethod></saml:SubjectConfirmation></saml:Subject>";
    static const char conditions[] =
        "<saml:Conditions NotBefore=\"$\" NotOnOrAfter=\"$\"><saml:AudienceRestrictionCondition>"
        "<saml:Audience>$</saml:Audience></saml:AudienceRestrictionCondition></saml:Conditions>"
        "<saml:AttributeStatement>";
    static const char attributes[] =
        "<saml:Attribute AttributeName=\"UPN\""
        " AttributeNamespace=\"http://schemas.xmlsoap.org/claims\"><saml:AttributeValue>$"
        "</saml:AttributeValue></saml:Attribute><saml:Attribute AttributeName=\"ImmutableID\""
        " AttributeNamespace=\"http://schemas.microsoft.com/LiveID/Federation/2008/05\">"
        "<saml:AttributeValue>$</saml:AttributeValue></saml:Attribute></saml:AttributeStatement>"
        "<saml:AuthenticationStatement AuthenticationInstant=\"$\""
        " AuthenticationMethod=\"urn:oasis:names:tc:SAML:1.0:am:password\">";
    const char *const names[] = {a->immutable_id};
    const char *const bounds[] = {times->issued, times->until, a->audience};
    const char *const values[] = {a->upn, a->immutable_id, times->issued};

    strbuf_addf(out, "<saml:Assertion xmlns:saml=\"%s\" AssertionID=\"", ADFS_NS_SAML1);
    adfs_add_value(out, a->id);
    strbuf_addf(out, "\" IssueInstant=\"%s\" Issuer=\"", times->issued);
    adfs_add_value(out, a->issuer);
    strbuf_add(out, "\" MajorVersion=\"1\" MinorVersion=\"1\">");
    add_filled(out, conditions, bounds);
    add_filled(out, subject, names);
    add_filled(out, attributes, values);
    add_filled(out, subject, names);
    strbuf_add(out, "</saml:AuthenticationStatement>");
}

static void write_saml2_head(const struct adfs_assertion *a, const struct times *times,
                             struct strbuf *out)
{
    strbuf_addf(out, "<Assertion xmlns=\"%s\" ID=\"", ADFS_NS_SAML2);
    adfs_add_value(out, a->id);
    strbuf_addf(out, "\" IssueInstant=\"%s\" Version=\"2.0\"><Issuer>", times->issued);
    adfs_add_text(out, a->issuer);
    strbuf_add(out, "</Issuer>");
}

static void write_saml2_rest(const struct adfs_assertion *a, const struct times *times,
                             struct strbuf *out)
{
    static const char rest[] =
        "<Subject><NameID Format=\"urn:oasis:names:tc:SAML:1.1:nameid-format:unspecified\">$"
        "</NameID><SubjectConfirmation Method=\"urn:oasis:names:tc:SAML:2.0:cm:bearer\">"
        "<SubjectConfirmationData NotOnOrAfter=\"$\"></SubjectConfirmationData>"
        "</SubjectConfirmation></Subject><Conditions NotBefore=\"$\" NotOnOrAfter=\"$\">"
        "<AudienceRestriction><Audience>$</Audience></AudienceRestriction></Conditions>"
        "<AttributeStatement><Attribute Name=\"http://schemas.xmlsoap.org/claims/UPN\">"
        "<AttributeValue>$</AttributeValue></Attribute><Attribute"
        " Name=\"http://schemas.microsoft.com/LiveID/Federation/2008/05/ImmutableID\">"
        "<AttributeValue>$</AttributeValue></Attribute></AttributeStatement>"
        "<AuthnStatement AuthnInstant=\"$\"><AuthnContext><AuthnContextClassRef>"
        "urn:oasis:names:tc:SAML:2.0:ac:classes:PasswordProtectedTransport"
        "</AuthnContextClassRef></AuthnContext></AuthnStatement></Assertion>";
    const char *const values[] = {a->immutable_id, times->until, times->issued,   times->until,
                                  a->audience,     a->upn,       a->immutable_id, times->issued};

    add_filled(out, rest, values);
}

static void add_base64_of_url(struct strbuf *out, const struct strbuf *url)
{
    AUTO(arena) arena = {0};
    size_t len;
    const uint8_t *bytes = crypto_base64_decode(&arena, strbuf_text(url), url->len, &len);

    strbuf_base64(out, bytes, len);
}

/* The signature over a text that is the whole in canonical form, less the signature itself. */
static void write_signature(const char *id, const struct strbuf *whole, const struct adfs_key *key,
                            struct strbuf *out)
{
    static const char head[] = "<ds:SignedInfo";
    AUTO(strbuf) info = STRBUF(0);
    AUTO(strbuf) signed_text = STRBUF(0);
    AUTO(strbuf) signature = STRBUF(0);
    uint8_t hash[SHA256_LEN];

    crypto_sha256(strbuf_text(whole), whole->len, hash);
    strbuf_add(&info, "><ds:CanonicalizationMethod Algorithm=\"" ADFS_C14N "\">"
                      "</ds:CanonicalizationMethod><ds:SignatureMethod Algorithm=\"" ADFS_RSA_SHA256
                      "\"></ds:SignatureMethod><ds:Reference URI=\"#");
    adfs_add_value(&info, id);
    strbuf_add(&info, "\"><ds:Transforms><ds:Transform Algorithm=\"" ADFS_ENVELOPED
                      "\"></ds:Transform><ds:Transform Algorithm=\"" ADFS_C14N
                      "\"></ds:Transform></ds:Transforms><ds:DigestMethod Algorithm=\"" ADFS_SHA256
                      "\"></ds:DigestMethod><ds:DigestValue>");
    strbuf_base64(&info, hash, sizeof hash);
    strbuf_add(&info, "</ds:DigestValue></ds:Reference></ds:SignedInfo>");
    strbuf_addf(&signed_text, "%s xmlns:ds=\"%s\"%s", head, ADFS_NS_DS, strbuf_text(&info));
    crypto_sign_rs256(key->key, strbuf_text(&signed_text), signed_text.len, &signature);
    strbuf_addf(out, "<ds:Signature xmlns:ds=\"%s\">%s%s<ds:SignatureValue>", ADFS_NS_DS, head,
                strbuf_text(&info));
    add_base64_of_url(out, &signature);
    strbuf_addf(out,
                "</ds:SignatureValue><KeyInfo xmlns=\"%s\"><X509Data><X509Certificate>%s"
                "</X509Certificate></X509Data></KeyInfo></ds:Signature>",
                ADFS_NS_DS, key->certificate);
}

void adfs_assertion_write(const struct adfs_assertion *assertion, const struct adfs_key *key,
                          struct strbuf *ret)
{
    AUTO(strbuf) whole = STRBUF(0);
    struct times times;
    size_t cut; /* where the signature comes */

    iso8601_format(assertion->issued_ms, times.issued);
    iso8601_format(assertion->until_ms, times.until);
    if (assertion->saml2) {
        write_saml2_head(assertion, &times, &whole);
        cut = whole.len;
        write_saml2_rest(assertion, &times, &whole);
    } else {
        write_saml1(assertion, &times, &whole);
        cut = whole.len;
        strbuf_add(&whole, "</saml:Assertion>");
    }
    strbuf_add_n(ret, strbuf_text(&whole), cut);
    write_signature(assertion->id, &whole, key, ret);
    strbuf_add(ret, strbuf_text(&whole) + cut);
}
