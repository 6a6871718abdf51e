#include "marketo/mail.h"

#include "marketo/records.h"
#include "store/store.h"

void marketo_mail_send(struct mock_call *call, const struct marketo_connection *connection,
                       const char *kind, const char *subject, const char *body)
{
    if (connection->email == NULL) {
        return; /* nobody has named an address yet */
    }
    store_run(call->db,
              "INSERT INTO marketo_mail (sub, id, at_ms, recipient, subject, body, kind)"
              " VALUES (?, ?, ?, ?, ?, ?, ?)",
              DB_ARGS(db_int(connection->sub),
                      db_int(marketo_next_id(call->db, connection->sub, "mail", 1)),
                      db_int(call->now_ms), db_text(connection->email), db_text(subject),
                      db_text(body), db_text(kind)));
}
