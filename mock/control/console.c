/* The console page: the journal and the state tables, drawn from the control API. */
#include "control/control.h"

static const char page[] =
#include "console_page.inc"
    ;

void control_console(struct mock_call *call, struct mock_reply *reply)
{
    (void)call;
    mock_reply_text(reply, 200, "text/html; charset=utf-8", page);
    mock_reply_header(reply, "Content-Security-Policy",
                      "default-src 'none'; style-src 'unsafe-inline'; script-src 'unsafe-inline'; "
                      "connect-src 'self'; base-uri 'none'; form-action 'none'; "
                      "frame-ancestors 'none'");
    mock_reply_header(reply, "X-Content-Type-Options", "nosniff");
}
