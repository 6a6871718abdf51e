#include "graph/caller.h"

#include <string.h>

#include "base/auto.h"
#include "graph/error.h"
#include "store/directory.h"
#include "store/store.h"

static const char *const audiences[] = {"https://graph.microsoft.com",
                                        "https://graph.microsoft.com/", DIRECTORY_GRAPH_APP_ID};

static enum graph_error error_of(enum mock_token_state state)
{
    switch (state) {
    case MOCK_TOKEN_MISSING:
        return GRAPH_TOKEN_MISSING;
    case MOCK_TOKEN_MALFORMED:
        return GRAPH_TOKEN_MALFORMED;
    case MOCK_TOKEN_EXPIRED:
        return GRAPH_TOKEN_EXPIRED;
    case MOCK_TOKEN_AUDIENCE:
        return GRAPH_TOKEN_AUDIENCE;
    case MOCK_TOKEN_GOOD:
    case MOCK_TOKEN_FORGED:
    case MOCK_TOKEN_EARLY:
    case MOCK_TOKEN_ISSUER:
    case MOCK_TOKEN_UNKNOWN_APP:
        break;
    }
    return GRAPH_TOKEN_REFUSED;
}

bool graph_caller_find(struct mock_call *call, struct mock_reply *reply)
{
    const struct mock_claims *claims = NULL;
    enum mock_token_state state = mock_token_verify(call, audiences, ARRAY_LEN(audiences), &claims);
    struct mock_caller *caller;

    if (state != MOCK_TOKEN_GOOD) {
        graph_refuse(call, reply, error_of(state), NULL, NULL);
        return false;
    }
    caller = arena_alloc(call->arena, sizeof *caller);
    caller->app_id = arena_strdup(call->arena, claims->appid);
    caller->oid = arena_strdup(call->arena, claims->oid);
    caller->sub = arena_strdup(call->arena, claims->sub);
    caller->upn = arena_strdup(call->arena, claims->upn);
    caller->words = arena_strdup(call->arena, claims->app_only ? claims->roles : claims->scp);
    call->caller = caller;
    return true;
}

static bool holds_one(const char *held, const char *permissions)
{
    const char *at = permissions;

    while (*at != '\0') {
        size_t len = strcspn(at, " ");
        char word[64];

        if (len < sizeof word) {
            memcpy(word, at, len);
            word[len] = '\0';
            if (directory_words_have(held, word)) {
                return true;
            }
        }
        at += len + (at[len] == ' ');
    }
    return false;
}

bool graph_caller_may(struct mock_call *call, const char *permissions, bool writes)
{
    const struct mock_caller *caller = call->caller;

    if (*permissions != '\0' && !holds_one(caller->words, permissions)) {
        return false;
    }
    return caller->upn == NULL || !writes ||
           store_int(call->db, "SELECT administrator FROM users WHERE id = ?",
                     DB_ARGS(db_text(caller->oid)), 0) != 0;
}

bool graph_caller_holds(const struct mock_call *call, const char *permission)
{
    return directory_words_have(call->caller->words, permission);
}
