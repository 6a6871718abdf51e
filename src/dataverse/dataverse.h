/*
 * The Web API of an organization of Dataverse (v9.2): as whom one signs in, and what it refuses.
 */
#pragma once

#include "engine/engine.h"
#include "remote/remote.h"
#include "state/connection.h"

/* As the connection's user (s2s, ropc or basic), or as the administrator. `org` is a host; NULL:
 * the connection's, else the configuration's. Fails with `usage` when nobody says which. */
bool sync_dataverse_open(struct crmsync *engine, struct arena *arena, const char *org,
                         bool as_admin, struct sync_remote *ret, struct sync_problem *problem);

/* The host of an organization's address: https://contoso.crm.dynamics.com[/…], its API host or the
 * host alone; NULL when it is none. In the arena, lower case, without `.api`. */
const char *sync_dataverse_host(struct arena *arena, const char *url);

/* The code of an OData error ("0x80040217") in problem->remote_code. */
bool sync_dataverse_fail(const struct sync_remote *remote, const struct sync_reply *reply,
                         const char *what, struct sync_problem *problem);

struct sync_whoami {
    const char *user_id, *organization_id;
};
bool sync_dataverse_whoami(struct crmsync *engine, struct arena *arena,
                           const struct sync_remote *remote, struct sync_whoami *ret,
                           struct sync_problem *problem);

/*
 * A write of the sync: its intent is the caller's, committed before. Returns what is known; with
 * SYNC_NOT_CHANGED *problem has the contract's code, error.status and remote_code (412: the record
 * has another version, or is there already). ret->etag is the new version when the answer has it.
 */
struct sync_dataverse_write {
    const char *what;
    const char *method;                   /* POST, PATCH or DELETE */
    const char *path;                     /* "/leads(…)" */
    const char *body;                     /* JSON, or NULL */
    const char *if_match, *if_none_match; /* NULL: none */
    const char *prefer;                   /* "return=representation"; NULL: none */
};
enum sync_changed sync_dataverse_send(struct crmsync *engine, struct arena *arena,
                                      const struct sync_remote *remote,
                                      const struct sync_dataverse_write *write,
                                      struct sync_reply *ret, struct sync_problem *problem);
