#include "marketo/error.h"

#include <string.h>

#include "base/auto.h"
#include "marketo/limits.h"
#include "marketo/marketo.h"

struct row {
    const char *code, *text; /* {a} and {b} are put in */
};

/* Sources: marketo-rest-errors; texts that the page lacks are recorded ones. */
/* clang-format off */
static const struct row rows[] = {
    [MARKETO_TOKEN_INVALID] = {"601", "Access token invalid"},
    [MARKETO_TOKEN_EXPIRED] = {"602", "Access token expired"},
    [MARKETO_DENIED] = {"603", "Access denied"},
    [MARKETO_METHOD] = {"605", "Request method '{a}' not supported"},
    [MARKETO_RATE] = {"606", "Max rate limit '100' exceeded with in '20' secs"},
    [MARKETO_QUOTA] = {"607", "Max daily quota '{a}' reached"},
    [MARKETO_BAD_JSON] = {"609", "Invalid JSON"},
    [MARKETO_NOT_FOUND] = {"610", "Requested resource not found"},
    [MARKETO_CONTENT_TYPE] = {"612", "Invalid Content Type"},
    [MARKETO_CONCURRENCY] = {"615", "Concurrent access limit '10' reached"},
    [MARKETO_DATE] = {"704", "Invalid date format"},
    [MARKETO_WRONG_TYPE] = {"1001", "Invalid value '{a}'. Required of type '{b}'"},
    [MARKETO_MISSING_PARAMETER] = {"1002", "Missing value for the required parameter '{a}'"},
    [MARKETO_NO_FILTER_TYPE] = {"1003", "filterType not specified"},
    [MARKETO_NO_FILTER_VALUES] = {"1003", "filterValues not specified"},
    [MARKETO_BAD_FILTER_TYPE] = {"1003", "Invalid filterType '{a}'"},
    [MARKETO_TOO_MANY_VALUES] = {"1003", "Too many values for '{a}': at most {b}"},
    [MARKETO_TOO_MANY_MATCHES] = {"1003", "Too many results match the filter"},
    [MARKETO_BAD_DEDUPE] = {"1003", "Invalid {b} '{a}' value"},
    [MARKETO_BAD_ACTION] = {"1003", "Invalid action '{a}'"},
    [MARKETO_BAD_TOKEN] = {"1003", "Invalid value for nextPageToken"},
    [MARKETO_NO_INPUT] = {"1003", "Input not specified"},
    [MARKETO_TOO_MUCH_INPUT] = {"1003", "Too many records in input: at most 300"},
    [MARKETO_NO_LOOKUP_VALUE] = {"1003", "Value for lookup field '{a}' not found"},
    [MARKETO_ID_GIVEN] = {"1003", "Field 'id' not allowed with action '{a}'"},
    [MARKETO_NO_RECORD_OBJECT] = {"1003", "Invalid record in input"},
    [MARKETO_NOT_ASCII] = {"1003", "Invalid email address '{a}'"},
    [MARKETO_READ_ONLY] = {"1003", "Field '{a}' is read only"},
    [MARKETO_NO_LEAD_IDS] = {"1003", "Lead ids not specified"},
    [MARKETO_TOO_MANY] = {"1003", "Invalid value for '{a}': at most {b}"},
    [MARKETO_NULL_NAME] = {"1003", "Field '{a}' cannot be null"},
    [MARKETO_BAD_FIELD] = {"1003", "Invalid field: {a}"},
    [MARKETO_FIELD_TAKEN] = {"1003", "Field '{a}' already exists"},
    [MARKETO_NOT_DYNAMICS_MERGE] = {"1003", "mergeInCRM is not supported"},
    [MARKETO_LEAD_UNKNOWN] = {"1004", "Lead not found"},
    [MARKETO_LEAD_EXISTS] = {"1005", "Lead already exists"},
    [MARKETO_FIELD_UNKNOWN] = {"1006", "Field '{a}' not found"},
    [MARKETO_SEVERAL_LEADS] = {"1007", "Multiple lead match lookup criteria"},
    [MARKETO_PARTITION] = {"1008", "Access denied to partition '{a}'"},
    [MARKETO_FIELD_UNSUPPORTED] = {"1011", "Field '{a}' not supported"},
    [MARKETO_RECORD_UNKNOWN] = {"1013", "Record not found"},
    [MARKETO_OBJECT_EXISTS] = {"1017", "Object already exists"},
    [MARKETO_CRM_ENABLED] = {"1018", "CRM Enabled"},
    [MARKETO_COMPANY_UPDATE] = {"1021", "Company update not allowed"},
    [MARKETO_IN_USE] = {"1022", "Object in use"},
    [MARKETO_TWICE] = {"1036", "Duplicate object found in input"},
    [MARKETO_TOO_MANY_LOSERS] = {"1080", "Too many leads to merge: at most 25"},
};
/* clang-format on */

const char *marketo_error_code(enum marketo_error error)
{
    return rows[error].code;
}

const char *marketo_error_text(struct arena *arena, enum marketo_error error, const char *a,
                               const char *b)
{
    AUTO(strbuf) out = STRBUF(0);

    for (const char *text = rows[error].text; *text != '\0'; text++) {
        if (strncmp(text, "{a}", 3) == 0 || strncmp(text, "{b}", 3) == 0) {
            const char *value = text[1] == 'a' ? a : b;

            strbuf_add(&out, value != NULL ? value : "");
            text += 2;
        } else {
            strbuf_add_char(&out, *text);
        }
    }
    return arena_dup(arena, strbuf_text(&out), out.len);
}

static void answer(struct mock_call *call, struct mock_reply *reply, const char *code,
                   const char *message)
{
    struct json_writer writer = JSON_WRITER(&reply->body);

    strbuf_clear(&reply->body);
    reply->status = 200;
    mock_reply_header_set(reply, "Content-Type", "application/json;charset=UTF-8");
    jw_object(&writer);
    jw_member_text(&writer, "requestId", marketo_request_id(call));
    jw_member_bool(&writer, "success", false);
    jw_key(&writer, "errors");
    jw_array(&writer);
    jw_object(&writer);
    jw_member_text(&writer, "code", code);
    jw_member_text(&writer, "message", message);
    jw_object_end(&writer);
    jw_array_end(&writer);
    jw_object_end(&writer);
}

void marketo_refuse(struct mock_call *call, struct mock_reply *reply, enum marketo_error error,
                    const char *a, const char *b)
{
    answer(call, reply, rows[error].code, marketo_error_text(call->arena, error, a, b));
    marketo_count_error(call, rows[error].code);
}

void marketo_refuse_page(struct mock_call *call, struct mock_reply *reply, const char *code,
                         const char *message)
{
    answer(call, reply, code, message);
}

void marketo_gateway(struct mock_call *call, struct mock_reply *reply, int status)
{
    const char *text = status == 413 ? "413 Request Entity Too Large" : "414 Request-URI Too Large";

    mock_reply_text(reply, status, "text/html",
                    arena_printf(call->arena,
                                 "<html>\r\n<head><title>%s</title></head>\r\n<body>\r\n"
                                 "<center><h1>%s</h1></center>\r\n<hr><center>nginx</center>\r\n"
                                 "</body>\r\n</html>\r\n",
                                 text, text));
}
