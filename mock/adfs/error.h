/* How AD FS says no: SOAP faults. Source: adfs-trust. */
#pragma once

#include "server/call.h"

enum adfs_fault {
    ADFS_FAILED_AUTHENTICATION, /* wrong, unknown, locked, disabled: one and the same */
    ADFS_INVALID_SECURITY,      /* no user name, a timestamp that is over */
    ADFS_ACTION_UNKNOWN,
    ADFS_INVALID_REQUEST, /* something else than to issue a bearer token */
    ADFS_REQUEST_FAILED,  /* a relying party that it does not know */
};

/* `relates` is the id of the message, NULL when it had none; `trust` the version's namespace. */
void adfs_refuse(struct mock_call *call, struct mock_reply *reply, enum adfs_fault fault,
                 const char *trust, const char *relates);
/* The page of the web server in front of AD FS. */
void adfs_page(struct mock_reply *reply, int status, const char *title);
/* The head of an answer: envelope, action and security header, up to `<s:Body>`. */
void adfs_open(struct mock_call *call, struct strbuf *out, const char *action, const char *relates);
