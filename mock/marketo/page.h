/*
 * Marketo's CRM page below /rest/crm/v1/microsoft/: a model, because Marketo publishes no API for
 * Admin > CRM > Microsoft Dynamics. Contract section 5.
 */
#pragma once

#include "marketo/connection.h"
#include "server/call.h"

/* page.c */
void marketo_page_connection(struct mock_call *call, struct mock_reply *reply);
void marketo_page_credentials(struct mock_call *call, struct mock_reply *reply);
void marketo_page_enable(struct mock_call *call, struct mock_reply *reply);
void marketo_page_disable(struct mock_call *call, struct mock_reply *reply);
void marketo_page_validate(struct mock_call *call, struct mock_reply *reply);
void marketo_page_switch(struct mock_call *call, struct mock_reply *reply);
/* The connection as connection.json and every change of it show it. */
void marketo_page_answer(struct mock_call *call, struct mock_reply *reply,
                         const struct marketo_connection *connection);
/* Takes the event, or refuses with its code; false then. The caller writes the connection. */
bool marketo_page_take(struct mock_call *call, struct mock_reply *reply,
                       struct marketo_connection *connection, enum marketo_event event);
/* The basicAuthentication switch of the connection's organization. */
void marketo_page_basic(struct db *db, struct arena *arena, const char *organization, bool on);

/* page_fields.c */
void marketo_page_fields(struct mock_call *call, struct mock_reply *reply);
void marketo_page_fields_save(struct mock_call *call, struct mock_reply *reply);
void marketo_page_entities(struct mock_call *call, struct mock_reply *reply);
void marketo_page_entities_save(struct mock_call *call, struct mock_reply *reply);
void marketo_page_options(struct mock_call *call, struct mock_reply *reply);
void marketo_page_options_save(struct mock_call *call, struct mock_reply *reply);
void marketo_page_quick_sync(struct mock_call *call, struct mock_reply *reply);

/* page_pass.c */
void marketo_page_pass(struct mock_call *call, struct mock_reply *reply);
void marketo_page_status(struct mock_call *call, struct mock_reply *reply);
void marketo_page_errors(struct mock_call *call, struct mock_reply *reply);
