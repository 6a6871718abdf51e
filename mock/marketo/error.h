/* How Marketo says no: always with status 200, but for what its gateway and identity say. */
#pragma once

#include "server/call.h"

enum marketo_error {
    MARKETO_TOKEN_INVALID,
    MARKETO_TOKEN_EXPIRED,
    MARKETO_DENIED,
    MARKETO_METHOD,
    MARKETO_RATE,
    MARKETO_QUOTA,
    MARKETO_BAD_JSON,
    MARKETO_NOT_FOUND,
    MARKETO_CONTENT_TYPE,
    MARKETO_CONCURRENCY,
    MARKETO_DATE,
    MARKETO_WRONG_TYPE,
    MARKETO_MISSING_PARAMETER,
    MARKETO_NO_FILTER_TYPE,
    MARKETO_NO_FILTER_VALUES,
    MARKETO_BAD_FILTER_TYPE,
    MARKETO_TOO_MANY_VALUES,
    MARKETO_TOO_MANY_MATCHES,
    MARKETO_BAD_DEDUPE,
    MARKETO_BAD_ACTION,
    MARKETO_BAD_TOKEN,
    MARKETO_NO_INPUT,
    MARKETO_TOO_MUCH_INPUT,
    MARKETO_NO_LOOKUP_VALUE,
    MARKETO_ID_GIVEN,
    MARKETO_NO_RECORD_OBJECT,
    MARKETO_NOT_ASCII,
    MARKETO_READ_ONLY,
    MARKETO_NO_LEAD_IDS,
    MARKETO_TOO_MANY,
    MARKETO_NULL_NAME,
    MARKETO_BAD_FIELD,
    MARKETO_FIELD_TAKEN,
    MARKETO_NOT_DYNAMICS_MERGE,
    MARKETO_LEAD_UNKNOWN,
    MARKETO_LEAD_EXISTS,
    MARKETO_FIELD_UNKNOWN,
    MARKETO_SEVERAL_LEADS,
    MARKETO_PARTITION,
    MARKETO_FIELD_UNSUPPORTED,
    MARKETO_RECORD_UNKNOWN,
    MARKETO_OBJECT_EXISTS,
    MARKETO_CRM_ENABLED,
    MARKETO_COMPANY_UPDATE,
    MARKETO_IN_USE,
    MARKETO_TWICE,
    MARKETO_TOO_MANY_LOSERS,
};

/* success false and one error; {a} and {b} of the text are put in. */
void marketo_refuse(struct mock_call *call, struct mock_reply *reply, enum marketo_error error,
                    const char *a, const char *b);
/* The same with a code and a sentence of the CRM page. */
void marketo_refuse_page(struct mock_call *call, struct mock_reply *reply, const char *code,
                         const char *message);
const char *marketo_error_code(enum marketo_error error);
const char *marketo_error_text(struct arena *arena, enum marketo_error error, const char *a,
                               const char *b);
/* The gateway's own pages: 413, 414. */
void marketo_gateway(struct mock_call *call, struct mock_reply *reply, int status);
