/* One request and its answer, as the rooms of the mock see them. */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/arena.h"
#include "base/db.h"
#include "base/guid.h"
#include "base/json.h"
#include "base/str.h"
#include "base/uri.h"

struct mock_world;
struct mock_route;
struct mock_service;
struct mock_caller;

enum {
    MOCK_MAX_VARS = 6,     /* of a route's template */
    MOCK_MAX_HEADERS = 40, /* of an answer */
    MOCK_MAX_RULES = 6,    /* that one answer cites */
};

/* Methods as bits, so that a route may take several. */
enum mock_method {
    HTTP_GET = 1, /* HEAD too */
    HTTP_POST = 2,
    HTTP_PUT = 4,
    HTTP_PATCH = 8,
    HTTP_DELETE = 16,
    HTTP_OPTIONS = 32,
    HTTP_OTHER = 64,
};

struct mock_header {
    const char *name, *value;
};

struct mock_call {
    struct arena *arena; /* ends when the answer has been sent */
    struct mock_world *world;
    struct db *db;  /* the world's state; inside a transaction while a handler runs */
    int64_t now_ms; /* the world's time when the request arrived */

    const char *method_text; /* as sent */
    enum mock_method method; /* the effective one */
    const char *scheme;      /* "https" or "http" */
    const char *host;        /* lower case, without port; "" when the client sent none */
    const char
        *authority; /* as the client wrote it, with its port; the listener's when it sent none */
    int port;       /* the one in the Host header; 0 when there is none */
    bool cloud;     /* the host is a cloud name that the world knows */
    const char *target;       /* raw */
    struct uri_path path;     /* decoded, resolved */
    const char *query;        /* raw, without `?`; "" when there is none */
    struct uri_params params; /* of the query, decoded */
    const struct mock_header *headers;
    size_t header_count;
    const char *body; /* never NULL; a zero byte follows it */
    size_t body_len;

    const struct mock_service *service;
    const struct mock_route *route;  /* NULL: no such path, or not with that method */
    const char *vars[MOCK_MAX_VARS]; /* the parts in braces of the route's template, in order */
    unsigned allowed;                /* when route is NULL: the methods that the path would take */
    const char *org_host, *munchkin; /* which organization or subscription the host names */

    char request_id[GUID_SIZE]; /* this exchange's id, from the seed */
    const char *bearer;         /* the token of an Authorization header; NULL: none */
    uint8_t bearer_sha256[32];  /* its digest, by which verified ones are remembered */
    const struct mock_caller
        *caller; /* who admit found the caller to be; the service's own struct */
    const char *rules[MOCK_MAX_RULES]; /* ids of the rule book that decided the answer */
    size_t rule_count;
};

struct mock_reply {
    int status;
    struct mock_header
        headers[MOCK_MAX_HEADERS]; /* names in their usual case; in the call's arena */
    size_t header_count;
    struct strbuf body;
    /* Runs after the world was unlocked: what is slow and needs no state, such as signing. */
    void (*finish)(struct mock_reply *reply, void *arg);
    void *finish_arg;
};

/* The first header of that name, case ignored; NULL when there is none. */
const char *mock_call_header(const struct mock_call *call, const char *name);
/* Says that a rule of the rule book decided the answer; `id` is a literal. */
void mock_call_rule(struct mock_call *call, const char *id);
/* A new GUID from the world's seed, in the call's arena. */
const char *mock_call_guid(struct mock_call *call);

enum mock_place {
    MOCK_PLACE_LOGIN, /* login.microsoftonline.com, or the alias that was asked */
    MOCK_PLACE_GRAPH,
    MOCK_PLACE_DISCOVERY,
    MOCK_PLACE_DATAVERSE, /* the organization of the call, else the first */
    MOCK_PLACE_MARKETO,   /* the subscription of the call, else the first */
    MOCK_PLACE_ADFS,
};

/*
 * An URL in an answer, by the rule of contract section 1: the request's own origin unless it came
 * under a cloud name, then the production host of that place with the port that the client used.
 * `path` begins with `/`.
 */
const char *mock_call_url(struct mock_call *call, enum mock_place place, const char *path);
/* The origin that the client used: "https://127.0.0.1:41234", or
 * "https://login.microsoftonline.com". */
const char *mock_call_origin(struct mock_call *call);

/* Adds a header; `name` and `value` must live as long as the call's arena. */
void mock_reply_header(struct mock_reply *reply, const char *name, const char *value);
/* Replaces it when it is there. */
void mock_reply_header_set(struct mock_reply *reply, const char *name, const char *value);
/* Status and a compact JSON body; the Content-Type is the service's business. */
void mock_reply_json(struct mock_call *call, struct mock_reply *reply, int status,
                     const cJSON *body);
void mock_reply_text(struct mock_reply *reply, int status, const char *content_type,
                     const char *body);
