/* What the files of this room share: who calls, in which subscription, and how answers begin. */
#pragma once

#include "base/auto.h"
#include "base/json_writer.h"
#include "marketo/error.h"
#include "server/call.h"
#include "server/service.h"

/* What an API user's role allows; bits. Source: marketo-permissions. */
enum marketo_permission {
    MARKETO_ANYBODY = 0,
    MARKETO_READ_LEAD = 1,
    MARKETO_WRITE_LEAD = 2,
    MARKETO_READ_COMPANY = 4,
    MARKETO_WRITE_COMPANY = 8,
    MARKETO_READ_ACTIVITY = 16,
    MARKETO_SCHEMA = 32,
    MARKETO_READ_OPPORTUNITY = 64,
    MARKETO_WRITE_OPPORTUNITY = 128,
    MARKETO_READ_SALES = 256,
    MARKETO_WRITE_SALES = 512,
    MARKETO_PAGE = 1024, /* the CRM page: the connector alone */
};

/* Whose token came with the call. */
struct mock_caller {
    const char *client_id, *name;
    bool connector;
};

/* The number of the call's subscription: its rows carry it instead of the Munchkin id. */
int64_t marketo_sub(struct mock_call *call);
/* "subscription/<munchkin>", for settings. */
const char *marketo_scope(struct mock_call *call);

/* {"requestId":…,"result":[ ; what follows are the elements. */
struct json_writer marketo_open(struct mock_call *call, struct mock_reply *reply);
enum marketo_more { MARKETO_NO_MORE_KEY, MARKETO_MORE, MARKETO_LAST };
/* ],"success":true, a token (NULL: none) and moreResult. */
void marketo_close(struct json_writer *writer, const char *next, enum marketo_more more);
/* The same without a list: {"requestId":… , then whatever, then "success" and the rest. */
struct json_writer marketo_start(struct mock_call *call, struct mock_reply *reply);
void marketo_finish(struct json_writer *writer, const char *next, enum marketo_more more);
/* {"requestId":…,"success":true} and a token, without a result. */
void marketo_done(struct mock_call *call, struct mock_reply *reply, const char *next,
                  enum marketo_more more);
const char *marketo_request_id(struct mock_call *call);

/* The JSON body of a call; a refusal (612, 609) when it is none. */
bool marketo_body(struct mock_call *call, struct mock_reply *reply, const cJSON **ret);
/* Whether the call came with a Content-Type of that media type. */
bool marketo_content_is(const struct mock_call *call, const char *media);
/* All values of a parameter, those with commas split; NULL-terminated, *ret_count of them. */
const char **marketo_list(struct mock_call *call, const char *name, size_t *ret_count);
/* Whether a list such as "1,2" has the number. */
bool marketo_number_in(const char *list, int64_t number);
/* batchSize: 300 by default and at most; a refusal (1001) for what is no positive number. */
bool marketo_batch_size(struct mock_call *call, struct mock_reply *reply, int64_t *ret);

/* 2026-01-15T09:00:00Z in the arena. */
const char *marketo_date(struct arena *arena, int64_t at_ms);
