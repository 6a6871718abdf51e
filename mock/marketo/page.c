#include "marketo/page.h"

#include "marketo/checks.h"
#include "marketo/marketo.h"
#include "marketo/selection.h"
#include "store/store.h"

static const int64_t settling_ms = INT64_C(15) * 60 * 1000; /* AUTH-06 */

void marketo_page_basic(struct db *db, struct arena *arena, const char *organization, bool on)
{
    cJSON *value = json_new_array(arena);

    cJSON_AddItemToArray(value, cJSON_CreateBool(on));
    store_setting_put(db, arena_printf(arena, "organization/%s", organization),
                      "basicAuthentication", value->child);
}

static const char *url_of(struct mock_call *call, const char *organization)
{
    return organization != NULL ? arena_printf(call->arena, "https://%s", organization) : NULL;
}

void marketo_page_answer(struct mock_call *call, struct mock_reply *reply,
                         const struct marketo_connection *c)
{
    struct json_writer writer = marketo_open(call, reply);
    const char *version = c->organization != NULL
                              ? marketo_solution_version(call->arena, call->db, c->organization)
                              : NULL;

    jw_object(&writer);
    jw_member_text(&writer, "state", marketo_state_name(c->state));
    jw_member_text(&writer, "organizationUrl", url_of(call, c->organization));
    jw_member_bool(&writer, "organizationLocked", c->organization != NULL);
    jw_member_text(&writer, "authMethod", c->method);
    jw_member_text(&writer, "username", c->username);
    jw_member_text(&writer, "clientId", c->client_id);
    jw_member_text(&writer, "tenantId", c->tenant_id);
    jw_member_bool(&writer, "syncEnabled", marketo_state_syncs(c->state));
    jw_member_text(&writer, "notificationEmail", c->email);
    jw_member_text(&writer, "settlesAt",
                   c->state == MARKETO_SETTLING ? marketo_date(call->arena, c->settles_ms) : NULL);
    jw_member_text(&writer, "solutionVersion", version);
    jw_member_text(&writer, "subscriptionId", c->subscription_id);
    jw_object_end(&writer);
    marketo_close(&writer, NULL, MARKETO_NO_MORE_KEY);
}

void marketo_page_connection(struct mock_call *call, struct mock_reply *reply)
{
    struct marketo_connection connection;

    marketo_connection_get(call->arena, call->db, marketo_sub(call), &connection);
    marketo_page_answer(call, reply, &connection);
}

static void refuse(struct mock_call *call, struct mock_reply *reply, const char *code)
{
    marketo_refuse_page(call, reply, code, marketo_refusal_text(code));
}

/* Rules that a refusal or a change of the state follows. */
static const struct {
    enum marketo_event event;
    const char *code, *rule; /* code NULL: it was taken */
} step_rules[] = {
    {EVENT_CREDENTIALS, NULL, "SETUP3-03"},     {EVENT_SWITCH, NULL, "AUTH-04"},
    {EVENT_SWITCH, "step_closed", "AUTH-02"},   {EVENT_FIELDS, NULL, "FIELD-07"},
    {EVENT_FIELDS, "step_closed", "SETUP3-16"}, {EVENT_ENABLE, NULL, "SETUP3-12"},
    {EVENT_ENABLE, "step_closed", "SETUP3-16"}, {EVENT_ENABLE, "too_early", "AUTH-06"},
    {EVENT_ENABLE, "paused", "AUTH-07"},        {EVENT_ENABLE, "schema_changed", "FIELD-09"},
    {EVENT_DISABLE, NULL, "AUTH-02"},           {EVENT_QUICK_SYNC, NULL, "QSYNC-01"},
};

static void cite(struct mock_call *call, enum marketo_event event, const char *code)
{
    for (size_t i = 0; i < ARRAY_LEN(step_rules); i++) {
        if (step_rules[i].event == event && str_eq(step_rules[i].code, code)) {
            mock_call_rule(call, step_rules[i].rule);
        }
    }
}

bool marketo_page_take(struct mock_call *call, struct mock_reply *reply,
                       struct marketo_connection *connection, enum marketo_event event)
{
    enum marketo_state next;
    const char *code;

    if (!marketo_connection_step(connection, event, call->now_ms, &next, &code)) {
        cite(call, event, code);
        refuse(call, reply, code);
        return false;
    }
    cite(call, event, NULL);
    connection->state = next;
    return true;
}

/* The contract's code for what the first two checks found. */
static void refuse_credentials(struct mock_call *call, struct mock_reply *reply,
                               const struct marketo_mark *red)
{
    static const struct {
        const char *cause, *code;
    } codes[] = {{"url_unknown", "org_unknown"},
                 {"url_kind", "org_unknown"},
                 {"secret_expired", "secret_expired"},
                 {"tenant_unknown", "tenant_unknown"}};
    const char *code = "bad_credentials";

    for (size_t i = 0; i < ARRAY_LEN(codes); i++) {
        code = str_eq(codes[i].cause, red->cause) ? codes[i].code : code;
    }
    marketo_refuse_page(call, reply, code, red->fix);
}

static void keep(struct marketo_connection *connection, const struct marketo_credentials *from,
                 const char *org)
{
    bool basic = str_eq(from->method, "basic");

    connection->organization = org;
    connection->method = from->method;
    connection->username = from->username;
    connection->client_id = basic ? NULL : from->client_id;
    connection->tenant_id = basic ? NULL : from->tenant_id;
}

/* Whether another method may be entered here; in the pause that is the switch itself. */
static bool method_open(const struct marketo_connection *connection, const char *method)
{
    return connection->state == MARKETO_NEW || str_eq(connection->method, method) ||
           connection->state == MARKETO_OAUTH_PAUSE;
}

/* As it is shown, on a whole second: from then on enabling works. */
static int64_t settles_at(const struct mock_call *call)
{
    return (call->now_ms + settling_ms + 999) / 1000 * 1000;
}

void marketo_page_credentials(struct mock_call *call, struct mock_reply *reply)
{
    struct marketo_credentials credentials;
    struct marketo_connection connection;
    struct marketo_mark marks[MARKETO_CHECKS];
    enum marketo_event event = EVENT_CREDENTIALS;
    const cJSON *body;
    const char *org;

    if (!marketo_body(call, reply, &body) ||
        !marketo_credentials_read(call, reply, body, &credentials)) {
        return;
    }
    marketo_connection_get(call->arena, call->db, marketo_sub(call), &connection);
    marketo_checks_run(call, &credentials, marks, &org);
    call->rule_count = 0; /* it was no validation */
    if (connection.organization != NULL && org != NULL && !str_ieq(org, connection.organization)) {
        mock_call_rule(call, "SETUP3-04");
        mock_call_rule(call, "GEN-07");
        refuse(call, reply, "org_locked");
        return;
    }
    if (!method_open(&connection, credentials.method)) {
        mock_call_rule(call, "AUTH-02");
        refuse(call, reply, "step_closed");
        return;
    }
    if (marks[0].outcome == CHECK_FAILED || marks[1].outcome == CHECK_FAILED) {
        mock_call_rule(call, marks[0].outcome == CHECK_FAILED ? "VALID-01" : "VALID-02");
        refuse_credentials(call, reply, marketo_checks_red(marks));
        return;
    }
    if (connection.state == MARKETO_OAUTH_PAUSE && !str_eq(credentials.method, "basic")) {
        event = EVENT_SWITCH;
        connection.settles_ms = settles_at(call);
        mock_call_rule(call, "AUTH-07");
    }
    if (!marketo_page_take(call, reply, &connection, event)) {
        return;
    }
    if (connection.organization == NULL) {
        /* CONF-01: from now on the schema is this organization's, and that cannot be undone. */
        mock_call_rule(call, "SETUP3-04");
        marketo_crm_fields(call->db, connection.sub, false);
        marketo_schema_store(call->db, connection.sub, org);
    }
    keep(&connection, &credentials, org);
    marketo_connection_put(call->db, &connection);
    marketo_page_answer(call, reply, &connection);
}

void marketo_page_enable(struct mock_call *call, struct mock_reply *reply)
{
    struct marketo_connection connection;
    const cJSON *body;
    const char *email;

    if (!marketo_body(call, reply, &body)) {
        return;
    }
    marketo_connection_get(call->arena, call->db, marketo_sub(call), &connection);
    if (!marketo_page_take(call, reply, &connection, EVENT_ENABLE)) {
        return;
    }
    email = json_get_text(body, "notificationEmail");
    if (email == NULL || *email == '\0') {
        mock_call_rule(call, "SETUP3-12");
        marketo_refuse_page(call, reply, "address_missing",
                            "notificationEmail is missing: without an address the sync cannot be "
                            "started.");
        return;
    }
    connection.email = email;
    marketo_connection_put(call->db, &connection);
    marketo_page_answer(call, reply, &connection);
}

void marketo_page_disable(struct mock_call *call, struct mock_reply *reply)
{
    struct marketo_connection connection;

    marketo_connection_get(call->arena, call->db, marketo_sub(call), &connection);
    if (marketo_page_take(call, reply, &connection, EVENT_DISABLE)) {
        marketo_connection_put(call->db, &connection);
        marketo_page_answer(call, reply, &connection);
    }
}

void marketo_page_validate(struct mock_call *call, struct mock_reply *reply)
{
    struct marketo_credentials credentials;
    struct marketo_mark marks[MARKETO_CHECKS];
    struct json_writer writer;
    const cJSON *body;
    const char *org;

    if (!marketo_body(call, reply, &body) ||
        !marketo_credentials_read(call, reply, body, &credentials)) {
        return;
    }
    marketo_checks_run(call, &credentials, marks, &org);
    writer = marketo_open(call, reply);
    marketo_checks_write(&writer, marks);
    marketo_close(&writer, NULL, MARKETO_NO_MORE_KEY);
}

void marketo_page_switch(struct mock_call *call, struct mock_reply *reply)
{
    struct marketo_credentials credentials;
    struct marketo_connection connection;
    struct marketo_mark marks[MARKETO_CHECKS];
    const struct marketo_mark *red;
    const cJSON *body;
    const char *org;

    if (!marketo_body(call, reply, &body) ||
        !marketo_credentials_read(call, reply, body, &credentials)) {
        return;
    }
    marketo_connection_get(call->arena, call->db, marketo_sub(call), &connection);
    if (!marketo_page_take(call, reply, &connection, EVENT_SWITCH)) {
        return;
    }
    marketo_checks_run(call, &credentials, marks, &org);
    if (org != NULL && !str_ieq(org, connection.organization)) {
        mock_call_rule(call, "SETUP3-04");
        refuse(call, reply, "org_locked");
        return;
    }
    red = marketo_checks_red(marks);
    if (red != NULL) {
        mock_call_rule(call, "AUTH-04");
        marketo_refuse_page(call, reply, red->cause, red->fix);
        return;
    }
    connection.settles_ms = settles_at(call);
    keep(&connection, &credentials, org);
    marketo_connection_put(call->db, &connection);
    marketo_page_answer(call, reply, &connection);
}
