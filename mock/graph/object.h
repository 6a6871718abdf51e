/* Finding an object of the directory by what the path names. */
#pragma once

#include "base/json.h"
#include "graph/query.h"
#include "server/call.h"

/* The JSON of one object of a set by its key, as it stands; NULL: none. */
const char *graph_key_document(struct mock_call *call, const struct graph_set *set,
                               const char *key);
/* The same by a GUID, whose case does not count. */
const char *graph_document(struct mock_call *call, const struct graph_set *set, const char *id);
/*
 * The object that the path names: by object id, or by what stands in the other form of the path
 * ("applications(appId='…')"). A client id where the object id belongs finds nothing.
 */
const char *graph_path_document(struct mock_call *call, const struct graph_set *set);
/* The same, parsed; NULL when there is none: then it has been refused. */
cJSON *graph_path_object(struct mock_call *call, struct mock_reply *reply,
                         const struct graph_set *set);
/* Whether a new application is known everywhere by now. Source: graph-replication. */
bool graph_application_seen(struct mock_call *call, const char *id);
/* Applications or service principals, by what the path begins with. */
const struct graph_set *graph_path_set(const struct mock_call *call);
/* In lower case, as ids are kept. */
const char *graph_lower(struct mock_call *call, const char *id);
/* Parses it; NULL when there is none: then it has been refused. */
cJSON *graph_find(struct mock_call *call, struct mock_reply *reply, const char *document,
                  const char *id);
/* Whether a PATCH of something that is not there shall make it: `Prefer: create-if-missing`. */
bool graph_prefers_create(const struct mock_call *call);
/* The last GUID of `@odata.id`, whatever host and set it names; NULL when it has none. */
const char *graph_reference(struct mock_call *call, const cJSON *body);
/* owners.c: makes `owner` (a user or a service principal) an owner; nothing when it is one. */
void graph_owner_put(struct mock_call *call, const char *object, const char *owner);
/* users.c: the user that the path names, by id or sign-in name; NULL when it has been refused. */
cJSON *graph_path_user(struct mock_call *call, struct mock_reply *reply);
