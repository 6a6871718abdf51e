/* Bodies that change an object: which members may be set, and to what. */
#pragma once

#include "graph/error.h"
#include "server/call.h"

enum graph_value {
    GRAPH_TEXT,      /* a text, not empty */
    GRAPH_TEXT_NULL, /* a text or null */
    GRAPH_BOOL,
    GRAPH_BOOL_NULL,
    GRAPH_TEXTS,
    GRAPH_OBJECT,       /* merged member by member; every member must be known */
    GRAPH_OBJECT_NULL,  /* replaced */
    GRAPH_OBJECTS,      /* an array of objects */
    GRAPH_VERSION_NULL, /* 1, 2 or null */
    GRAPH_EMPTY,        /* an array that only its own actions fill */
};

struct graph_member {
    const char *name;
    enum graph_value value;
};

struct graph_writable {
    const char *class_;
    const struct graph_member *members;
    size_t count;
};

/* Puts the members of `body` into `document`; false when one of them has been refused. */
bool graph_body_apply(struct mock_call *call, struct mock_reply *reply,
                      const struct graph_writable *writable, const cJSON *body, cJSON *document);
