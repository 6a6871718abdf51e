#include "adfs/error.h"

#include <string.h>

#include "adfs/assertion.h"
#include "adfs/xml.h"
#include "base/auto.h"
#include "base/iso8601.h"

struct row {
    const char *subcode, *ns; /* NULL: the namespace of the WS-Trust version */
    const char *reason;
};

/* clang-format off */
static const struct row rows[] = {
    [ADFS_FAILED_AUTHENTICATION] = {"FailedAuthentication", ADFS_NS_WSSE,
        "ID3242: The security token could not be authenticated or authorized."},
    [ADFS_INVALID_SECURITY] = {"InvalidSecurity", ADFS_NS_WSSE,
        "An error occurred when verifying security for the message."},
    [ADFS_ACTION_UNKNOWN] = {"ActionNotSupported", ADFS_NS_WSA,
        "The message cannot be processed at the receiver, due to a ContractFilter mismatch at the EndpointDispatcher."},
    [ADFS_INVALID_REQUEST] = {"InvalidRequest", NULL,
        "ID3035: The request was not valid or is malformed."},
    [ADFS_REQUEST_FAILED] = {"RequestFailed", NULL,
        "MSIS3127: The specified request failed."},
};
/* clang-format on */

void adfs_open(struct mock_call *call, struct strbuf *out, const char *action, const char *relates)
{
    char created[ISO8601_SIZE], expires[ISO8601_SIZE];

    iso8601_format(call->now_ms, created);
    iso8601_format(call->now_ms + (int64_t)5 * 60 * 1000, expires);
    strbuf_addf(out,
                "<s:Envelope xmlns:s=\"%s\" xmlns:a=\"%s\" xmlns:u=\"%s\"><s:Header>"
                "<a:Action s:mustUnderstand=\"1\">%s</a:Action>",
                ADFS_NS_SOAP, ADFS_NS_WSA, ADFS_NS_WSU, action);
    if (relates != NULL) {
        strbuf_add(out, "<a:RelatesTo>");
        adfs_add_text(out, relates);
        strbuf_add(out, "</a:RelatesTo>");
    }
    strbuf_addf(out,
                "<o:Security s:mustUnderstand=\"1\" xmlns:o=\"%s\"><u:Timestamp u:Id=\"_0\">"
                "<u:Created>%s</u:Created><u:Expires>%s</u:Expires></u:Timestamp></o:Security>"
                "</s:Header><s:Body>",
                ADFS_NS_WSSE, created, expires);
}

void adfs_refuse(struct mock_call *call, struct mock_reply *reply, enum adfs_fault fault,
                 const char *trust, const char *relates)
{
    const struct row *row = &rows[fault];

    strbuf_clear(&reply->body);
    adfs_open(call, &reply->body,
              fault == ADFS_ACTION_UNKNOWN ? ADFS_NS_WSA "/fault" : ADFS_NS_WSA "/soap/fault",
              relates);
    strbuf_addf(&reply->body,
                "<s:Fault><s:Code><s:Value>s:Sender</s:Value><s:Subcode><s:Value xmlns:a=\"%s\">"
                "a:%s</s:Value></s:Subcode></s:Code><s:Reason><s:Text xml:lang=\"en-US\">%s"
                "</s:Text></s:Reason></s:Fault></s:Body></s:Envelope>",
                row->ns != NULL ? row->ns : trust, row->subcode, row->reason);
    reply->status = 500;
    mock_reply_header_set(reply, "Content-Type", "application/soap+xml; charset=utf-8");
}

/* HTTP.SYS answers in front of AD FS: a small page in the style of Windows' HTTP server. */
void adfs_page(struct mock_reply *reply, int status, const char *title)
{
    strbuf_clear(&reply->body);
    strbuf_addf(&reply->body,
                "<!DOCTYPE HTML PUBLIC \"-//W3C//DTD HTML 4.01//EN\""
                "\"http://www.w3.org/TR/html4/strict.dtd\">\r\n<HTML><HEAD><TITLE>%s</TITLE></HEAD>"
                "\r\n<BODY><h2>%s</h2></BODY></HTML>\r\n",
                title, title);
    reply->status = status;
    mock_reply_header_set(reply, "Content-Type", "text/html; charset=us-ascii");
    mock_reply_header_set(reply, "Server", "Microsoft-HTTPAPI/2.0");
}
