#include "entra/probe.h"

#include <string.h>

#include "entra/grant.h"
#include "server/services.h"
#include "server/world.h"
#include "store/store.h"

struct entra_probe entra_probe(struct mock_call *call, const char *tenant, const char *form)
{
    static const struct mock_header form_type = {"Content-Type",
                                                 "application/x-www-form-urlencoded"};
    const char *segments[] = {tenant, "oauth2", "v2.0", "token"};
    struct mock_call inner = *call;
    struct mock_reply reply = {0};
    struct random random = call->world->random;
    struct entra_probe probe = {0};
    cJSON *answer = NULL;
    int64_t code = 0;
    struct err err;

    inner.service = &mock_entra;
    inner.route = NULL;
    inner.method = HTTP_POST;
    inner.method_text = "POST";
    inner.path = (struct uri_path){.segments = segments, .count = 4, .text = "/"};
    inner.query = "";
    inner.params = (struct uri_params){0};
    inner.headers = &form_type;
    inner.header_count = 1;
    inner.body = form;
    inner.body_len = strlen(form);
    inner.vars[0] = tenant;
    inner.bearer = NULL;
    inner.caller = NULL;
    inner.rule_count = 0;
    store_run(call->db, "SAVEPOINT entra_probe", DB_NO_ARGS);
    entra_token(&inner, &reply);
    store_run(call->db, "ROLLBACK TO entra_probe", DB_NO_ARGS);
    store_run(call->db, "RELEASE entra_probe", DB_NO_ARGS);
    call->world->random = random;
    if (reply.status != 200) {
        if (json_parse(call->arena, strbuf_text(&reply.body), reply.body.len, JSON_PLAIN, &answer,
                       &err)) {
            (void)json_int(json_pointer_get(answer, "/error_codes/0"), &code);
        }
        probe.code = code != 0 ? (int)code : -1;
    }
    for (size_t i = 0; i < inner.rule_count; i++) {
        probe.secret_id_sent |= str_eq(inner.rules[i], "SETUP2-07");
    }
    strbuf_finish(&reply.body);
    return probe;
}
