/* What the reading and the writing half of the four objects share. */
#pragma once

#include "marketo/leads.h"

enum { MARKETO_MOST_KEYS = 3 };

struct marketo_kind {
    const char *name, *label, *about;        /* of describe */
    const char *id_field;                    /* "id" or "marketoGUID" */
    const char *keys[MARKETO_MOST_KEYS + 1]; /* dedupeFields */
    const char *not_null;                    /* a field that a new one must have; NULL: none */
    bool reads_refused;                      /* with a native connection even reading is */
};
extern const struct marketo_kind marketo_kinds[MARKETO_OBJECTS];

/* Which object a path is about: "companies.json", "companies/...", "opportunities/roles...". */
enum marketo_object marketo_object_of(const struct mock_call *call);
/* CONF-07: with a connection these belong to the CRM, and only its connector writes them. True
 * when it has refused. */
bool marketo_crm_refuses(struct mock_call *call, struct mock_reply *reply,
                         const struct marketo_kind *kind, bool writes);
/* The record that has all key fields of an object, 0 when none has; false: a key is missing. */
bool marketo_find_by_keys(struct mock_call *call, const struct marketo_kind *kind,
                          const struct marketo_set *set, const cJSON *item, int64_t *ret_id,
                          const char **ret_missing);
