/* How Dataverse says no. Source: dataverse-errors. */
#pragma once

#include "server/call.h"

/* In the texts of error.c {a} to {d} are put in, in this order. */
enum dv_error {
    DV_SEGMENT_UNKNOWN,     /* a: segment */
    DV_PROPERTY_UNKNOWN,    /* a: property, b: table */
    DV_BAD_PATH,            /* a bound or asked address that names nothing */
    DV_OPTION_UNSUPPORTED,  /* a: option */
    DV_OPTION_VALUE,        /* a: option, b: value */
    DV_COUNT_VALUE,         /* a: value */
    DV_SYNTAX,              /* a: the parser's text */
    DV_QUERY_SYNTAX,        /* a key that is no GUID */
    DV_ROW_MISSING,         /* a: table, b: id */
    DV_KEY_UNKNOWN,         /* a: table */
    DV_KEY_ROW_MISSING,     /* a: table */
    DV_BAD_JSON,            /* a: set, b: the parser's text */
    DV_UNDECLARED_BIND,     /* a: set, b: the annotation */
    DV_UNDECLARED_PROPERTY, /* a: set, b: property, c: table */
    DV_DIRECT_LOOKUP,       /* `_x_value` in a body */
    DV_BAD_VALUE,           /* a: set, b: type */
    DV_WRONG_TARGET,        /* a: set, b: table found, c: table wanted */
    DV_TEXT_TOO_LONG,       /* a: column, b: table, c: most */
    DV_CHOICE_RANGE,        /* a: value, b: column, c: table, d: accepted values */
    DV_INT_RANGE,           /* a: column, b: table */
    DV_DECIMAL_RANGE,       /* a: column, b: table */
    DV_BAD_DATE,            /* a date before 1753 or none at all */
    DV_BAD_STATUS,          /* a: status, b: state's name, c: state, d: table with id */
    DV_CURRENCY_MISSING,
    DV_REQUIRED_MISSING, /* a: column, b: table */
    DV_DUPLICATE_ID,
    DV_DUPLICATE_LINK,
    DV_EXISTS, /* If-None-Match: * */
    DV_VERSION_MISMATCH,
    DV_NOT_OPTIMISTIC, /* a: table */
    DV_NOT_TRACKED,    /* a: table */
    DV_TRACK_OPTION,   /* a: option */
    DV_BAD_TOKEN,      /* delta or skip token */
    DV_BAD_COOKIE,
    DV_TOKEN_EXPIRED,
    DV_EXPAND_REF,
    DV_TERM, /* a: what stands in $expand */
    DV_EXPAND_OPTION,
    DV_UNTERMINATED, /* a: position, b: text */
    DV_SYNTAX_AT,    /* a: position, b: text */
    DV_BAD_FUNCTION, /* a: function */
    DV_NOT_BEFORE_FUNCTION,
    DV_TOO_MANY_CONDITIONS,
    DV_TYPES_DIFFER,        /* a: left, b: right, c: operator */
    DV_METHOD,              /* a method that the resource does not take */
    DV_UNSUPPORTED_MESSAGE, /* a: table: the platform alone writes it */
    DV_NOT_IMPLEMENTED,     /* a: what */
    DV_DELETE_RESTRICTED,
    DV_NOT_MEMBER,
    DV_USER_DISABLED, /* a: user id */
    DV_NO_ROLE,       /* a: user id, b: privilege */
    DV_PRIVILEGE,     /* a: the whole text */
    DV_ACT_ON_BEHALF,
    DV_APP_BLOCKED, /* a: application id */
    DV_APP_UNKNOWN, /* a: application id, b: correlation */
    DV_TOO_MANY_REQUESTS,
    DV_TOO_CONCURRENT,
    DV_BAD_TARGET,
    DV_IMPORT_FILE,       /* a: what is wrong with it */
    DV_IMPORT_OLDER,      /* a: solution */
    DV_ATTRIBUTE_EXISTS,  /* a: column, b: table */
    DV_ENTITY_MISSING,    /* a: name */
    DV_ATTRIBUTE_MISSING, /* a: name, b: table */
    DV_BAD_PREFIX,        /* a: name */
    DV_MANAGED_COMPONENT, /* a: name, b: id */
    DV_ARGUMENT,          /* a: what */
    DV_TOO_LARGE,
    DV_ERROR_COUNT,
};

void dv_refuse(struct mock_call *call, struct mock_reply *reply, enum dv_error error, const char *a,
               const char *b, const char *c, const char *d);
/* The code of an error, such as "0x80040217". */
const char *dv_error_code(enum dv_error error);
/* 401 with the challenge and no body; `invalid`: there was a token, and it was refused. */
void dv_challenge(struct mock_call *call, struct mock_reply *reply, bool invalid);
