/* Marketo's mails to the notification address. Rules SETUP3-13, NOTE-01 to NOTE-04. */
#pragma once

#include "marketo/connection.h"
#include "server/call.h"

/* `kind`: initial_sync_done, quick_sync_done, sync_down or error_digest. */
void marketo_mail_send(struct mock_call *call, const struct marketo_connection *connection,
                       const char *kind, const char *subject, const char *body);
