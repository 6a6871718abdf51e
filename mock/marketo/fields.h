/*
 * The fields of Marketo's objects: the standard ones are tables of this file's source, those that
 * were made later are rows. Source: marketo-leads, marketo-schema.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/arena.h"
#include "base/db.h"

enum marketo_object {
    MARKETO_LEAD,
    MARKETO_COMPANY,
    MARKETO_OPPORTUNITY,
    MARKETO_ROLE,
    MARKETO_SALESPERSON,
    MARKETO_OBJECTS,
};

enum marketo_type {
    MARKETO_BOOLEAN,
    MARKETO_CURRENCY,
    MARKETO_DATE_TYPE,
    MARKETO_DATETIME,
    MARKETO_EMAIL,
    MARKETO_FLOAT,
    MARKETO_INTEGER,
    MARKETO_PERCENT,
    MARKETO_PHONE,
    MARKETO_REFERENCE,
    MARKETO_SCORE,
    MARKETO_STRING,
    MARKETO_TEXT,
    MARKETO_URL,
    MARKETO_TYPES,
};

enum marketo_flag {
    FIELD_READ_ONLY = 1,
    FIELD_NO_SOAP = 2, /* describe shows no `soap` */
    FIELD_COMPANY = 4, /* of a person: what its company says */
    FIELD_SEARCH = 8,  /* may be a filterType */
    FIELD_INDEX = 16,  /* its values are looked up from the first day */
    FIELD_CUSTOM = 32,
    FIELD_CRM = 64,  /* the CRM's: read-only to all but the connector */
    FIELD_API = 128, /* made through the API */
    FIELD_HIDDEN = 256,
    FIELD_RAW_HTML = 512, /* isHtmlEncodingInEmail is false */
    FIELD_SENSITIVE = 1024,
};

struct marketo_field {
    int64_t id;
    const char *name, *label;
    enum marketo_type type;
    int64_t length; /* 0: none */
    unsigned flags;
    const char *description; /* NULL: none */
};

const char *marketo_type_name(enum marketo_type type);
/* False for a name that no type has. */
bool marketo_type_find(const char *name, enum marketo_type *ret);
/* What a custom field of the type has: whether it may be a filterType, and its length. */
unsigned marketo_type_flags(enum marketo_type type);
int64_t marketo_type_length(enum marketo_type type);
/* "leads", "companies" …: the words of paths and of /_mock/state. */
const char *marketo_object_word(enum marketo_object object);

/* Where the rows of an object of a subscription begin: ids are added to it. */
int64_t marketo_base(int64_t sub, enum marketo_object object);

/* Fields that every write touches, so that their slots are looked up once a set. */
enum marketo_known {
    KNOWN_ID,
    KNOWN_CREATED,
    KNOWN_UPDATED,
    KNOWN_SOURCE_TYPE,
    KNOWN_SOURCE_INFO,
    KNOWN_REGISTRATION_TYPE,
    KNOWN_REGISTRATION_INFO,
    KNOWN_COMPANY,
    KNOWN_FIRST_NAME,
    KNOWN_MIDDLE_NAME,
    KNOWN_LAST_NAME,
    MARKETO_KNOWN,
};

/* All fields of an object, standard ones first, then by id. */
struct marketo_set {
    int64_t sub;
    enum marketo_object object;
    const struct marketo_field **fields;
    size_t count;
    const bool *indexed; /* by slot */
    uint16_t *buckets;   /* slot + 1, open addressing by the lower-case name */
    size_t mask;
    int known[MARKETO_KNOWN]; /* MARKETO_NO_SLOT where the object has none */
};

struct marketo_set *marketo_set_load(struct arena *arena, struct db *db, int64_t sub,
                                     enum marketo_object object);
enum { MARKETO_NO_SLOT = -1 };
/* The slot of a REST name, case ignored; MARKETO_NO_SLOT. */
int marketo_slot(const struct marketo_set *set, const char *name);

/* Makes a field unless there is one of that name; false when there is. `id` 0: the next one. */
bool marketo_field_add(struct db *db, int64_t sub, enum marketo_object object,
                       const struct marketo_field *field);
void marketo_field_change(struct db *db, int64_t sub, enum marketo_object object,
                          const struct marketo_field *field);
/* Marks a field whose values are looked up from now on; the caller fills the values. */
void marketo_field_index(struct db *db, int64_t sub, enum marketo_object object, int64_t id);

/* The standard fields: fields_standard.c. */
struct marketo_standard {
    const struct marketo_field *fields;
    size_t count;
};
extern const struct marketo_standard marketo_standard[MARKETO_OBJECTS];
