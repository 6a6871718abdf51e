/* The routes of people. Source: marketo-leads, marketo-schema. */
#pragma once

#include "base/json_writer.h"
#include "marketo/people.h"

/* leads.c */
void marketo_lead_get(struct mock_call *call, struct mock_reply *reply);
void marketo_lead_list(struct mock_call *call, struct mock_reply *reply);
void marketo_lead_partitions(struct mock_call *call, struct mock_reply *reply);
/* The slots that `fields` names; NULL after a refusal. */
int *marketo_slots_asked(struct mock_call *call, struct mock_reply *reply,
                         const struct marketo_set *set, const char *const *names, size_t count,
                         const char *const *otherwise, size_t *ret_count);

/* Whether the n-th of a filter's values is the same to the search as one before it. */
bool marketo_said_before(const char *const *keys, size_t n);

/* leads_write.c */
void marketo_lead_sync(struct mock_call *call, struct mock_reply *reply);
void marketo_lead_delete(struct mock_call *call, struct mock_reply *reply);
void marketo_lead_merge(struct mock_call *call, struct mock_reply *reply);
/*
 * The changes that an object of a client asks for. False and a reason when one of its members is
 * unknown or does not fit. Read-only fields are left out, or refused, as the setting says.
 */
struct marketo_input {
    const struct marketo_set *set;
    bool connector, refuse_read_only;
    bool id_allowed;
    bool allow_read_only; /* a world's own */
    const char *action;
    /* Members of the record before: the next one mostly has the same in the same places. */
    struct marketo_habit *habit; /* NULL: is not kept */
};
enum { MARKETO_MOST_HABITS = 64 };
struct marketo_habit {
    const char *names[MARKETO_MOST_HABITS];
    int slots[MARKETO_MOST_HABITS];
};
bool marketo_input_read(struct mock_call *call, const struct marketo_input *input,
                        const cJSON *item, struct marketo_change **ret, size_t *ret_count,
                        struct marketo_reason *ret_reason);
/* {"status":"skipped","reasons":[…]}, after members that the caller has opened the object with. */
void marketo_write_skipped(struct mock_call *call, struct json_writer *writer,
                           const struct marketo_reason *reason);
/* The member `input` of 1 to 300 elements; NULL after a refusal. */
const cJSON *marketo_input_list(struct mock_call *call, struct mock_reply *reply,
                                const cJSON *body);

/* describe.c */
void marketo_lead_describe(struct mock_call *call, struct mock_reply *reply);
void marketo_lead_describe2(struct mock_call *call, struct mock_reply *reply);
void marketo_field_list(struct mock_call *call, struct mock_reply *reply);
void marketo_field_create(struct mock_call *call, struct mock_reply *reply);
void marketo_field_get(struct mock_call *call, struct mock_reply *reply);
void marketo_field_update(struct mock_call *call, struct mock_reply *reply);
