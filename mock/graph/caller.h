/* Who calls Graph and what the token allows. Source: graph-permissions. */
#pragma once

#include "entra/verify.h"
#include "server/call.h"

/* Any one of these is enough to change applications and service principals. */
#define GRAPH_WRITE_APPLICATIONS "Application.ReadWrite.All Directory.ReadWrite.All"
/* For those alone that the calling application owns. */
#define GRAPH_WRITE_OWNED "Application.ReadWrite.OwnedBy"

/* call->caller of this service; texts are in the call's arena. */
struct mock_caller {
    const char *app_id, *oid, *sub;
    const char *upn;   /* NULL: the application itself */
    const char *words; /* its roles, or its scopes: separated by blanks */
};

/* Verifies the token; false when it has been refused. */
bool graph_caller_find(struct mock_call *call, struct mock_reply *reply);
/*
 * Whether the caller holds one of the permissions (separated by blanks; "" is none needed). A user
 * must be an administrator too in order to write.
 */
bool graph_caller_may(struct mock_call *call, const char *permissions, bool writes);
/* Whether it holds that one, whatever it is asked for. */
bool graph_caller_holds(const struct mock_call *call, const char *permission);
