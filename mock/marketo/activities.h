/* What happened to people. Source: marketo-activities. */
#pragma once

#include "marketo/records.h"
#include "server/call.h"

enum marketo_activity_type {
    ACTIVITY_NEW_LEAD = 12,
    ACTIVITY_CHANGE_VALUE = 13,
    ACTIVITY_MERGE_LEADS = 32,
    ACTIVITY_DELETE_LEAD = 37,
    ACTIVITY_SYNC_LEAD_TO_MICROSOFT = 300,
};

struct marketo_activity_value {
    const char *name, *text; /* text NULL: is left out */
};

/* Who writes into the database: what its activities say of it. */
struct marketo_author {
    struct mock_call *call;
    int64_t sub;
    const char *source; /* "Web service API" */
    bool connector;     /* may write what belongs to the CRM */
    int64_t visible_ms; /* when its activities are seen */
    int64_t settled_ms; /* when its call ends, and overlaps with no other any more */
};
/* Of an API user's call; `source` NULL: as its role says. */
struct marketo_author marketo_author_of(struct mock_call *call, const char *source);

/* Writes one; ids ascend with time. `values` end with a NULL name. */
void marketo_activity_add(const struct marketo_author *author, int64_t lead,
                          enum marketo_activity_type type, int64_t primary_id, const char *primary,
                          const struct marketo_activity_value *values);
/* A changed value of a person. */
void marketo_activity_change(const struct marketo_author *author, int64_t lead,
                             const struct marketo_field *field, const struct marketo_value *before,
                             const struct marketo_value *now);

void marketo_activity_token(struct mock_call *call, struct mock_reply *reply);
void marketo_activity_list(struct mock_call *call, struct mock_reply *reply);
void marketo_activity_changes(struct mock_call *call, struct mock_reply *reply);
void marketo_activity_deleted(struct mock_call *call, struct mock_reply *reply);
void marketo_activity_types(struct mock_call *call, struct mock_reply *reply);

/* activity_types.c */
struct marketo_activity_kind {
    int id;
    const char *name, *about;
    const char *primary, *primary_type; /* NULL: none */
    const char *attributes;             /* "Name:type,…"; "" none */
};
extern const struct marketo_activity_kind marketo_activity_kinds[];
extern const size_t marketo_activity_kind_count;
