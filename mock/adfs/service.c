/* AD FS. None of its endpoints is built yet: every path gets the web server's 404 and an entry in
 * the journal. */
#include "server/service.h"
#include "server/services.h"

/* HTTP.SYS answers in front of AD FS: a small page in the style of Windows' HTTP server. */
static void page(struct mock_reply *reply, int status, const char *title)
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

static void miss(struct mock_call *call, struct mock_reply *reply)
{
    (void)call;
    page(reply, 404, "Not Found");
}

static void throttle(struct mock_call *call, struct mock_reply *reply, int64_t retry_after_s)
{
    page(reply, 503, "Service Unavailable");
    mock_reply_header_set(reply, "Retry-After",
                          arena_printf(call->arena, "%lld", (long long)retry_after_s));
}

const struct mock_service mock_adfs = {
    .name = "adfs",
    .miss = miss,
    .throttle = throttle,
};
