/* What a world file may say: one table for the check and for the JSON Schema. */
#pragma once

#include <stdbool.h>
#include <stddef.h>

#include "base/arena.h"
#include "base/err.h"
#include "base/json.h"

enum member_kind {
    MEMBER_TEXT,
    MEMBER_GUID,
    MEMBER_INT,
    MEMBER_BOOL,
    MEMBER_DATE,     /* RFC 3339 */
    MEMBER_DURATION, /* ISO 8601 */
    MEMBER_WORD,     /* one of `words` */
    MEMBER_TEXTS,    /* an array of strings */
    MEMBER_OBJECT,   /* as `object` says */
    MEMBER_LIST,     /* an array of these */
    MEMBER_OBJECT_OR_NULL,
    MEMBER_RECORDS,  /* an array of objects whose members the service knows: its `load` checks them
                      */
    MEMBER_FREE,     /* one such object */
    MEMBER_SETTINGS, /* the settings of the scope `about` names in words[0] */
};

struct member_object;

struct member {
    const char *name;
    enum member_kind kind;
    bool required; /* in the merged world */
    const char *about;
    const struct member_object *object;
    const char *const *words; /* NULL-terminated */
};

struct member_object {
    const char *about;
    const struct member *members;
    size_t count;
};

extern const struct member_object members_world;
extern const struct member_object members_organization; /* members_organizations.c */
extern const struct member_object members_subscription; /* members_subscriptions.c */

/*
 * Checks members, types and words; `whole`: also that nothing required is missing. Fails with
 * ERR_CONFIG, what was expected and the pointer.
 */
bool members_check(const struct member_object *object, const cJSON *item, bool whole,
                   struct err *err);
