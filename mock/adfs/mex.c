/* Metadata Exchange: the WSDL in which clients look for the endpoint that takes a password. Source:
 * adfs-mex. */
#include "adfs/assertion.h"
#include "adfs/service.h"
#include "adfs/xml.h"
#include "base/auto.h"

struct version {
    const char *name;                     /* of binding and policy */
    const char *sp, *supporting, *mutual; /* the security policy's namespace and words */
    const char *action, *path;
};

#define SP_13   "http://docs.oasis-open.org/ws-sx/ws-securitypolicy/200702"
#define SP_2005 "http://schemas.xmlsoap.org/ws/2005/07/securitypolicy"

static const struct version versions[] = {
    {"UserNameWSTrustBinding_IWSTrustFeb2005Async", SP_2005, "SignedSupportingTokens", "Trust10",
     ADFS_NS_TRUST2005 "/RST/Issue", "/adfs/services/trust/2005/usernamemixed"},
    {"UserNameWSTrustBinding_IWSTrust13Async", SP_13, "SignedEncryptedSupportingTokens", "Trust13",
     ADFS_NS_TRUST13 "/RST/Issue", "/adfs/services/trust/13/usernamemixed"},
};

static void add_policy(struct strbuf *out, const struct version *version)
{
    strbuf_addf(out,
                "<wsp:Policy wsu:Id=\"%s_policy\"><wsp:ExactlyOne><wsp:All><sp:TransportBinding"
                " xmlns:sp=\"%s\"><wsp:Policy><sp:TransportToken><wsp:Policy><sp:HttpsToken/>"
                "</wsp:Policy></sp:TransportToken><sp:AlgorithmSuite><wsp:Policy><sp:Basic256/>"
                "</wsp:Policy></sp:AlgorithmSuite><sp:Layout><wsp:Policy><sp:Strict/></wsp:Policy>"
                "</sp:Layout><sp:IncludeTimestamp/></wsp:Policy></sp:TransportBinding>",
                version->name, version->sp);
    strbuf_addf(
        out,
        "<sp:%s xmlns:sp=\"%s\"><wsp:Policy><sp:UsernameToken sp:IncludeToken=\"%s/IncludeToken/"
        "AlwaysToRecipient\"><wsp:Policy><sp:WssUsernameToken10/></wsp:Policy></sp:UsernameToken>"
        "</wsp:Policy></sp:%s><sp:%s xmlns:sp=\"%s\"><wsp:Policy><sp:MustSupportIssuedTokens/>"
        "<sp:RequireClientEntropy/><sp:RequireServerEntropy/></wsp:Policy></sp:%s>"
        "<wsaw:UsingAddressing/></wsp:All></wsp:ExactlyOne></wsp:Policy>",
        version->supporting, version->sp, version->sp, version->supporting, version->mutual,
        version->sp, version->mutual);
}

static void add_binding(struct strbuf *out, const struct version *version)
{
    strbuf_addf(out,
                "<wsdl:binding name=\"%s\" type=\"tns:IWSTrust\"><wsp:PolicyReference"
                " URI=\"#%s_policy\"/><soap12:binding"
                " transport=\"http://schemas.xmlsoap.org/soap/http\"/><wsdl:operation"
                " name=\"TrustIssueAsync\"><soap12:operation soapAction=\"%s\""
                " style=\"document\"/><wsdl:input><soap12:body use=\"literal\"/></wsdl:input>"
                "<wsdl:output><soap12:body use=\"literal\"/></wsdl:output></wsdl:operation>"
                "</wsdl:binding>",
                version->name, version->name, version->action);
}

static void add_port(struct mock_call *call, struct strbuf *out, const struct version *version)
{
    const char *url = mock_call_url(call, MOCK_PLACE_ADFS, version->path);

    strbuf_addf(out, "<wsdl:port name=\"%s\" binding=\"tns:%s\"><soap12:address location=\"",
                version->name, version->name);
    adfs_add_value(out, url);
    strbuf_add(out, "\"/><wsa10:EndpointReference><wsa10:Address>");
    adfs_add_text(out, url);
    strbuf_add(out, "</wsa10:Address></wsa10:EndpointReference></wsdl:port>");
}

void adfs_metadata(struct mock_call *call, struct mock_reply *reply)
{
    struct strbuf *out = &reply->body;

    strbuf_addf(out,
                "<?xml version=\"1.0\" encoding=\"utf-8\"?><wsdl:definitions"
                " name=\"SecurityTokenService\""
                " targetNamespace=\"http://schemas.microsoft.com/ws/2008/06/identity/"
                "securitytokenservice\""
                " xmlns:tns=\"http://schemas.microsoft.com/ws/2008/06/identity/"
                "securitytokenservice\""
                " xmlns:wsdl=\"http://schemas.xmlsoap.org/wsdl/\""
                " xmlns:soap12=\"http://schemas.xmlsoap.org/wsdl/soap12/\" xmlns:wsp=\"%s\""
                " xmlns:wsu=\"%s\" xmlns:wsa10=\"%s\""
                " xmlns:wsaw=\"http://www.w3.org/2006/05/addressing/wsdl\">",
                ADFS_NS_WSP, ADFS_NS_WSU, ADFS_NS_WSA);
    for (size_t i = 0; i < ARRAY_LEN(versions); i++) {
        add_policy(out, &versions[i]);
    }
    for (size_t i = 0; i < ARRAY_LEN(versions); i++) {
        add_binding(out, &versions[i]);
    }
    strbuf_add(out, "<wsdl:service name=\"SecurityTokenService\">");
    for (size_t i = 0; i < ARRAY_LEN(versions); i++) {
        add_port(call, out, &versions[i]);
    }
    strbuf_add(out, "</wsdl:service></wsdl:definitions>");
    reply->status = 200;
    mock_reply_header_set(reply, "Content-Type", "text/xml; charset=utf-8");
}
