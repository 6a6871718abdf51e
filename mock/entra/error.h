/* How Azure AD says no. Source: entra-errors. */
#pragma once

#include "server/call.h"

/* The numbers are the AADSTS codes. */
enum entra_code {
    ENTRA_REFUSED_NOTHING = 0, /* no refusal */
    ENTRA_CODE_SCOPE_INVALID = 28002,
    ENTRA_CODE_SCOPE_EMPTY = 28003,
    ENTRA_UNKNOWN_INSTANCE = 50049,
    ENTRA_MALFORMED_INSTANCE = 50050,
    ENTRA_NO_TENANT = 50059,
    ENTRA_LOCKED = 50053,
    ENTRA_BAD_SAML = 50008,
    ENTRA_BAD_SIGNATURE = 50013,
    ENTRA_OTHER_HOME = 50020,
    ENTRA_USER_UNKNOWN = 50034,
    ENTRA_PASSWORD_EXPIRED = 50055,
    ENTRA_NO_HASH = 50056,
    ENTRA_USER_DISABLED = 50057,
    ENTRA_REALM_PASSWORD_EXPIRED = 50144,
    ENTRA_AGENT_ABSENT = 80001,
    ENTRA_AGENT_LATE = 80002,
    ENTRA_AGENT_WEB = 80005,
    ENTRA_AGENT_FAILED = 80007,
    ENTRA_AGENT_DECRYPT = 80010,
    ENTRA_AGENT_HOURS = 80012,
    ENTRA_AGENT_OVERDUE = 80014,
    ENTRA_MFA_REQUIRED = 50076,
    ENTRA_MFA_UNREGISTERED = 50079,
    ENTRA_UNASSIGNED = 50105,
    ENTRA_REALM_UNKNOWN = 50107,
    ENTRA_WRONG_PASSWORD = 50126,
    ENTRA_USER_NO_TENANT = 50128,
    ENTRA_EXTERNAL_FACTOR = 50158,
    ENTRA_USER_NOT_SYNCHRONIZED = 51004,
    ENTRA_DEVICE_STATE = 53000,
    ENTRA_ACCESS_BLOCKED = 53003,
    ENTRA_POLICY_BLOCKED = 530032,
    ENTRA_LEGACY_BLOCKED = 530035,
    ENTRA_CLIENT_UNASSIGNED = 501051,
    ENTRA_RESOURCE_UNLISTED = 650057,
    ENTRA_BAD_ASSERTION = 50027,
    ENTRA_REVOKED = 50173,
    ENTRA_SINGLE_TENANT = 50194,
    ENTRA_REQUEST_LOOP = 50196,
    ENTRA_CODE_REDEEMED = 54005,
    ENTRA_NOT_SIGNED_IN = 50058,
    ENTRA_NO_CONSENT = 65001,
    ENTRA_NOT_PREAUTHORIZED = 65002,
    ENTRA_BAD_GRANT = 70000,
    ENTRA_UNSUPPORTED_GRANT = 70003,
    ENTRA_RESPONSE_TYPE_UNKNOWN = 700054,
    ENTRA_BAD_REQUEST = 90023,
    ENTRA_CODE_EXPIRED = 70008,
    ENTRA_BAD_SCOPE = 70011,
    ENTRA_DEVICE_PENDING = 70016,
    ENTRA_DEVICE_SLOW = 70017,
    ENTRA_DEVICE_UNKNOWN = 70018,
    ENTRA_USER_CODE_EXPIRED = 70019,
    ENTRA_DEVICE_EXPIRED = 70020,
    ENTRA_NO_FEDERATED_IDENTITY = 70021,
    ENTRA_SIGN_IN_TOO_OLD = 70043,
    ENTRA_NEEDS_ADMIN = 90094,
    ENTRA_TOO_MANY_REQUESTS = 90055,
    ENTRA_DECLINED = 65004,
    ENTRA_NOT_ADMIN = 90093,
    ENTRA_NOT_SUBSCRIBED = 650052,
    ENTRA_TENANT_UNKNOWN = 90002,
    ENTRA_SIGN_IN_UNLISTED = 90008,
    ENTRA_FIELD_MISSING = 90014,
    ENTRA_NATIONAL_CLOUD = 90038,
    ENTRA_RESOURCE_UNKNOWN = 500011,
    ENTRA_REPLY_UNKNOWN = 50011,
    ENTRA_RESOURCE_DISABLED = 500014,
    ENTRA_NO_REPLY = 500113,
    ENTRA_SCOPE_UNKNOWN = 650053,
    ENTRA_NOTHING_LISTED = 650056,
    ENTRA_WRONG_VERIFIER = 501481,
    ENTRA_BAD_CHALLENGE = 501491,
    ENTRA_CODE_OF_OTHER_TENANT = 700005,
    ENTRA_APP_UNKNOWN = 700016,
    ENTRA_ASSERTION_CLIENT = 700021,
    ENTRA_SEVERAL_RESOURCES = 700022,
    ENTRA_ASSERTION_AUDIENCE = 700023,
    ENTRA_ASSERTION_TIME = 700024,
    ENTRA_KEY_UNKNOWN = 700027,
    ENTRA_CLIENT_PUBLIC = 700025,
    ENTRA_REFRESH_EXPIRED = 700082,
    ENTRA_TENANT_MALFORMED = 900023,
    ENTRA_PARAMETER_MISSING = 900144,
    ENTRA_CROSS_CLOUD = 900382,
    ENTRA_POST_ONLY = 900561,
    ENTRA_RESOURCE_ON_V2 = 901002,
    ENTRA_SCOPE_NOT_DEFAULT = 1002012,
    ENTRA_APP_DISABLED = 7000112,
    ENTRA_WRONG_SECRET = 7000215,
    ENTRA_CREDENTIAL_MISSING_APP = 7000216,
    ENTRA_CREDENTIAL_MISSING = 7000218,
    ENTRA_SECRET_EXPIRED = 7000222,
    ENTRA_NO_PRINCIPAL = 7000229,
    ENTRA_DUPLICATE_PARAMETER = 9000411,
    ENTRA_COMMON_UNSUPPORTED = 9001023,
    ENTRA_CONSUMERS_UNSUPPORTED = 9002332,
    ENTRA_MALFORMED = 9002313,
    ENTRA_PKCE_REQUIRED = 9002325,
    ENTRA_CROSS_ORIGIN = 9002326,
    ENTRA_SPA_ONLY_CROSS_ORIGIN = 9002327,
};

/* What the texts of the table name in braces; NULL where a text does not. */
struct entra_words {
    const char *app, *name;   /* {app}: client id, {name}: its display name */
    const char *tenant, *tid; /* {tenant}: its display name, {tid}: its id */
    const char *given;        /* {t}: the tenant as it stands in the path */
    const char *parameter;    /* {p} */
    const char *scope;        /* {s} */
    const char *resource;     /* {res} */
    const char *from, *until; /* {t1}, {t2}: dates */
    const char *home;         /* {idp}: who vouches for a user of another tenant */
    const char *cloud;        /* {cloud}: a national one */
    const char *now;          /* {now}: another one */
    const char *reason;       /* {why}: a part of the sentence that varies */
    const char *error;        /* the OAuth word in place of the table's */
    bool v1;                  /* the v1 endpoint has other words for some */
    bool discovery;           /* so have the discovery documents */
    bool suppress_rule;       /* the caller cites a more exact one */
};

void entra_refuse(struct mock_call *call, struct mock_reply *reply, enum entra_code code,
                  const struct entra_words *words);
/* The sentence behind `AADSTS<code>: `, in the arena. */
const char *entra_error_text(struct arena *arena, enum entra_code code,
                             const struct entra_words *words);
/* The text as answers carry it: with number, trace id and time, `gap` between them. */
const char *entra_error_description(struct mock_call *call, enum entra_code code,
                                    const struct entra_words *words, const char *gap);
/* The OAuth word of the v2 endpoint. */
const char *entra_error_name(enum entra_code code);
/* Cites the rule that the code stands for, if any. */
void entra_error_cite(struct mock_call *call, enum entra_code code);
/* All codes that can be answered, in no order; `index` from 0, 0 behind the last one. */
int entra_error_code(size_t index);
/* Whether there is a row for that number. */
bool entra_error_known(int code);
/* The id of this exchange as Azure AD writes it: the last two digits are low. */
const char *entra_trace_id(struct mock_call *call);
/* The caller's own id when it is a GUID, else a new one. */
const char *entra_correlation_id(struct mock_call *call);
