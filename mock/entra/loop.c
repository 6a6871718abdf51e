#include "entra/loop.h"

#include <string.h>

#include "base/auto.h"
#include "base/crypto.h"
#include "store/store.h"

enum { MOST_EQUAL = 15 };
static const int64_t window_ms = (int64_t)5 * 60 * 1000;

bool entra_loop_check(struct entra_grant *grant)
{
    struct mock_call *call = grant->call;
    AUTO(strbuf) text = STRBUF(0);
    uint8_t digest[SHA256_LEN] = {0};
    struct db_value key = db_blob(digest, sizeof digest);

    if (!store_setting_bool(call->db, "tenant", "requestLoopDetection")) {
        return true;
    }
    strbuf_add(&text, call->path.text);
    for (size_t i = 0; i < grant->form.count; i++) { /* an id of the single request is no part */
        if (!str_eq(grant->form.items[i].name, "client-request-id")) {
            strbuf_form_param(&text, grant->form.items[i].name, grant->form.items[i].value);
        }
    }
    crypto_sha256(strbuf_text(&text), text.len, digest);
    store_run(call->db, "DELETE FROM token_requests WHERE at_ms <= ?",
              DB_ARGS(db_int(call->now_ms - window_ms)));
    store_run(call->db,
              "INSERT INTO token_requests (digest, seq, at_ms) VALUES (?1,"
              " (SELECT coalesce(max(seq), 0) + 1 FROM token_requests WHERE digest = ?1), ?2)",
              DB_ARGS(key, db_int(call->now_ms)));
    return store_int(call->db, "SELECT count(*) FROM token_requests WHERE digest = ?", DB_ARGS(key),
                     0) < MOST_EQUAL ||
           entra_grant_refuse(grant, ENTRA_REQUEST_LOOP);
}
