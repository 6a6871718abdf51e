/* WS-Trust with a user name and a password in the message, versions 1.3 and February 2005. Source:
 * adfs-trust. */
#include <string.h>
#include <strings.h>

#include "adfs/assertion.h"
#include "adfs/error.h"
#include "adfs/keys.h"
#include "adfs/service.h"
#include "adfs/xml.h"
#include "base/auto.h"
#include "base/iso8601.h"
#include "store/directory.h"
#include "store/store.h"

static const int64_t skew_ms = (int64_t)5 * 60 * 1000, life_ms = (int64_t)60 * 60 * 1000;

struct version {
    const char *trust;
    const char *action, *answer_action;
    const char *key_type; /* that of a bearer token */
    bool collection;      /* the answer stands in one */
};

static const struct version v13 = {ADFS_NS_TRUST13, ADFS_NS_TRUST13 "/RST/Issue",
                                   ADFS_NS_TRUST13 "/RSTRC/IssueFinal", ADFS_NS_TRUST13 "/Bearer",
                                   true};
static const struct version v2005 = {
    ADFS_NS_TRUST2005, ADFS_NS_TRUST2005 "/RST/Issue", ADFS_NS_TRUST2005 "/RSTR/Issue",
    "http://schemas.xmlsoap.org/ws/2005/05/identity/NoProofKey", false};

struct request {
    struct mock_call *call;
    struct mock_reply *reply;
    const struct version *version;
    const struct adfs_xml *envelope, *header, *security, *token; /* token: what is asked for */
    const char *id;                                              /* of the message, or NULL */
    const char *upn, *immutable_id;
};

static bool refuse(struct request *request, enum adfs_fault fault)
{
    adfs_refuse(request->call, request->reply, fault, request->version->trust, request->id);
    return false;
}

/* What is no SOAP message does not come as far as AD FS. */
static bool read_message(struct request *request)
{
    struct mock_call *call = request->call;
    const char *type = mock_call_header(call, "Content-Type");

    if (type == NULL || strncasecmp(type, "application/soap+xml", 20) != 0) {
        adfs_page(request->reply, 415, "Unsupported Media Type");
        return false;
    }
    request->envelope = adfs_xml_read(call->arena, call->body, call->body_len);
    if (!adfs_xml_is(request->envelope, ADFS_NS_SOAP, "Envelope")) {
        adfs_page(request->reply, 400, "Bad Request");
        return false;
    }
    request->header = adfs_xml_only(request->envelope, ADFS_NS_SOAP, "Header");
    request->token = adfs_xml_only(adfs_xml_only(request->envelope, ADFS_NS_SOAP, "Body"),
                                   request->version->trust, "RequestSecurityToken");
    request->security = adfs_xml_only(request->header, ADFS_NS_WSSE, "Security");
    if (adfs_xml_child(request->header, ADFS_NS_WSA, "MessageID") != NULL) {
        request->id =
            adfs_xml_text(call->arena, adfs_xml_child(request->header, ADFS_NS_WSA, "MessageID"));
    }
    return true;
}

static bool check_action(struct request *request)
{
    const char *action =
        adfs_xml_text(request->call->arena, adfs_xml_only(request->header, ADFS_NS_WSA, "Action"));

    return str_eq(action, request->version->action) || refuse(request, ADFS_ACTION_UNKNOWN);
}

static bool time_of(struct request *request, const struct adfs_xml *stamp, const char *name,
                    int64_t *ret_ms)
{
    return iso8601_parse(
        adfs_xml_text(request->call->arena, adfs_xml_only(stamp, ADFS_NS_WSU, name)), ret_ms);
}

static bool check_timestamp(struct request *request)
{
    const struct adfs_xml *stamp = adfs_xml_only(request->security, ADFS_NS_WSU, "Timestamp");
    int64_t now_ms = request->call->now_ms, created_ms, expires_ms;

    return (time_of(request, stamp, "Created", &created_ms) &&
            time_of(request, stamp, "Expires", &expires_ms) && created_ms - skew_ms <= now_ms &&
            expires_ms + skew_ms > now_ms) ||
           refuse(request, ADFS_INVALID_SECURITY);
}

/* Wrong password, unknown user, disabled account: AD FS tells nothing, nor does its time. */
static bool check_password(struct request *request)
{
    static const char sql[] =
        "SELECT upn, immutable_id, account_enabled, salt, hash FROM realm_users WHERE upn = ?";
    struct arena *arena = request->call->arena;
    const struct adfs_xml *token = adfs_xml_only(request->security, ADFS_NS_WSSE, "UsernameToken");
    const struct adfs_xml *name = adfs_xml_only(token, ADFS_NS_WSSE, "Username");
    const struct adfs_xml *password = adfs_xml_only(token, ADFS_NS_WSSE, "Password");
    const char *type = adfs_xml_attribute(arena, password, "Type");
    AUTO(db_rows) rows = {0};
    bool found, right;

    if (name == NULL || password == NULL || (type != NULL && str_ends(type, "#PasswordDigest"))) {
        return refuse(request, ADFS_INVALID_SECURITY);
    }
    store_query(&rows, request->call->db, sql, DB_ARGS(db_text(adfs_xml_text(arena, name))));
    found = store_next(&rows);
    right = directory_hash_fits(found ? &rows : NULL, 3, adfs_xml_raw_text(arena, password), NULL);
    if (!right || db_column_int(&rows, 2) == 0) {
        return refuse(request, ADFS_FAILED_AUTHENTICATION);
    }
    request->upn = arena_strdup(arena, db_column_text(&rows, 0));
    request->immutable_id = arena_strdup(arena, db_column_text(&rows, 1));
    return true;
}

static const char *asked(struct request *request, const char *name)
{
    return adfs_xml_text(request->call->arena,
                         adfs_xml_only(request->token, request->version->trust, name));
}

static const char *audience(struct request *request)
{
    const struct adfs_xml *scope = adfs_xml_only(request->token, ADFS_NS_WSP, "AppliesTo");
    const struct adfs_xml *place = adfs_xml_only(scope, ADFS_NS_WSA, "EndpointReference");

    return adfs_xml_text(request->call->arena, adfs_xml_only(place, ADFS_NS_WSA, "Address"));
}

/* Azure AD is the only relying party here. */
static bool check_request(struct request *request)
{
    const struct version *version = request->version;
    const char *key = asked(request, "KeyType"), *type = asked(request, "RequestType");

    if (request->token == NULL || !str_starts(type, version->trust) ||
        strcmp(type + strlen(version->trust), "/Issue") != 0 ||
        (*key != '\0' && strcmp(key, version->key_type) != 0)) {
        return refuse(request, ADFS_INVALID_REQUEST);
    }
    return str_eq(audience(request), "urn:federation:MicrosoftOnline") ||
           refuse(request, ADFS_REQUEST_FAILED);
}

/* An answer whose assertion is still to be signed. */
struct answer {
    struct adfs_assertion assertion;
    const struct adfs_key *key;
    const struct version *version;
    const char *head; /* up to the body */
};

static void add_reference(struct strbuf *out, const struct answer *answer, const char *element)
{
    bool saml2 = answer->assertion.saml2;

    strbuf_addf(out,
                "<t:%s><o:SecurityTokenReference k:TokenType=\"http://docs.oasis-open.org/wss/"
                "oasis-wss-saml-token-profile-1.1#%s\" xmlns:o=\"%s\" xmlns:k=\"http://docs."
                "oasis-open.org/wss/oasis-wss-wssecurity-secext-1.1.xsd\"><o:KeyIdentifier"
                " ValueType=\"http://docs.oasis-open.org/wss/oasis-wss-saml-token-profile-%s\">%s"
                "</o:KeyIdentifier></o:SecurityTokenReference></t:%s>",
                element, saml2 ? "SAMLV2.0" : "SAMLV1.1", ADFS_NS_WSSE,
                saml2 ? "1.1#SAMLID" : "1.0#SAMLAssertionID", answer->assertion.id, element);
}

/* Runs without the world's lock. */
static void sign_answer(struct mock_reply *reply, void *arg)
{
    const struct answer *answer = arg;
    const struct version *version = answer->version;
    struct strbuf *out = &reply->body;
    char created[ISO8601_SIZE], expires[ISO8601_SIZE];

    iso8601_format(answer->assertion.issued_ms, created);
    iso8601_format(answer->assertion.until_ms, expires);
    strbuf_clear(out);
    strbuf_add(out, answer->head);
    if (version->collection) {
        strbuf_addf(out, "<t:RequestSecurityTokenResponseCollection xmlns:t=\"%s\">",
                    version->trust);
    }
    strbuf_addf(out,
                "<t:RequestSecurityTokenResponse%s%s%s><t:Lifetime><u:Created>%s</u:Created>"
                "<u:Expires>%s</u:Expires></t:Lifetime><wsp:AppliesTo xmlns:wsp=\"%s\">"
                "<a:EndpointReference><a:Address>%s</a:Address></a:EndpointReference>"
                "</wsp:AppliesTo><t:RequestedSecurityToken>",
                version->collection ? "" : " xmlns:t=\"", version->collection ? "" : version->trust,
                version->collection ? "" : "\"", created, expires, ADFS_NS_WSP,
                answer->assertion.audience);
    adfs_assertion_write(&answer->assertion, answer->key, out);
    strbuf_add(out, "</t:RequestedSecurityToken>");
    add_reference(out, answer, "RequestedAttachedReference");
    add_reference(out, answer, "RequestedUnattachedReference");
    strbuf_addf(out,
                "<t:TokenType>%s</t:TokenType><t:RequestType>%s/Issue</t:RequestType><t:KeyType>%s"
                "</t:KeyType></t:RequestSecurityTokenResponse>",
                answer->assertion.saml2 ? ADFS_NS_SAML2 : ADFS_NS_SAML1, version->trust,
                version->key_type);
    if (version->collection) {
        strbuf_add(out, "</t:RequestSecurityTokenResponseCollection>");
    }
    strbuf_add(out, "</s:Body></s:Envelope>");
}

/* What is asked for wins over what the realm issues by itself. */
static bool wants_saml2(struct request *request, const char *usual)
{
    const char *type = asked(request, "TokenType");

    if (*type == '\0') {
        return str_eq(usual, "saml2.0");
    }
    return str_eq(type, ADFS_NS_SAML2) || str_ends(type, "#SAMLV2.0");
}

static void issue(struct request *request)
{
    struct mock_call *call = request->call;
    struct answer *answer = arena_alloc(call->arena, sizeof *answer);
    AUTO(strbuf) head = STRBUF(0);
    AUTO(db_rows) rows = {0};

    store_query(&rows, call->db, "SELECT issuer, token, signs FROM federation", DB_NO_ARGS);
    (void)store_next(&rows);
    adfs_open(call, &head, request->version->answer_action, request->id);
    *answer = (struct answer){
        .assertion = {.saml2 = wants_saml2(request, db_column_text(&rows, 1)),
                      .id = arena_printf(call->arena, "_%s", mock_call_guid(call)),
                      .issuer = arena_strdup(call->arena, db_column_text(&rows, 0)),
                      .audience = audience(request),
                      .upn = request->upn,
                      .immutable_id = request->immutable_id,
                      .issued_ms = call->now_ms,
                      .until_ms = call->now_ms + life_ms},
        .key = adfs_key(db_column_int(&rows, 2)),
        .version = request->version,
        .head = arena_dup(call->arena, strbuf_text(&head), head.len),
    };
    request->reply->status = 200;
    mock_reply_header_set(request->reply, "Content-Type", "application/soap+xml; charset=utf-8");
    request->reply->finish = sign_answer;
    request->reply->finish_arg = answer;
}

/* The first that fails has answered. */
static bool (*const checks[])(struct request *request) = {
    read_message, check_action, check_timestamp, check_password, check_request,
};

static void answer_trust(struct mock_call *call, struct mock_reply *reply,
                         const struct version *version)
{
    struct request request = {.call = call, .reply = reply, .version = version};

    for (size_t i = 0; i < ARRAY_LEN(checks); i++) {
        if (!checks[i](&request)) {
            return;
        }
    }
    issue(&request);
}

void adfs_issue_13(struct mock_call *call, struct mock_reply *reply)
{
    answer_trust(call, reply, &v13);
}

void adfs_issue_2005(struct mock_call *call, struct mock_reply *reply)
{
    answer_trust(call, reply, &v2005);
}
