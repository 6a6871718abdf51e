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
 * By object id or, in the other form of the path, by client id: the object as it is kept. A client
 * id where the object id belongs finds nothing.
 */
const char *graph_application_document(struct mock_call *call);
const char *graph_principal_document(struct mock_call *call);
/* Parses it; NULL when there is none: then it has been refused. */
cJSON *graph_find(struct mock_call *call, struct mock_reply *reply, const char *document,
                  const char *id);
