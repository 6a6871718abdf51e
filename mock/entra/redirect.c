#include "entra/redirect.h"

#include "base/auto.h"
#include "base/str.h"
#include "base/uri.h"

/* A client that listens on its own machine takes any free port (RFC 8252, section 7.3). */
static bool is_loopback(const struct uri *uri)
{
    return str_eq(uri->scheme, "http") &&
           (str_eq(uri->host, "localhost") || str_eq(uri->host, "127.0.0.1"));
}

static bool fits(struct arena *arena, const char *registered, const char *given)
{
    struct uri one, other;

    if (str_eq(registered, given)) {
        return true;
    }
    return uri_parse(arena, registered, &one) && uri_parse(arena, given, &other) &&
           is_loopback(&one) && is_loopback(&other) && str_eq(one.host, other.host) &&
           str_eq(one.path, other.path) && str_eq(one.query, other.query);
}

enum entra_redirect entra_redirect_find(struct arena *arena, const cJSON *application,
                                        const char *uri, const char **ret_uri,
                                        enum entra_platform *ret_platform)
{
    static const struct {
        const char *pointer;
        enum entra_platform platform;
    } platforms[] = {
        {"/web/redirectUris", ENTRA_PLATFORM_WEB},
        {"/spa/redirectUris", ENTRA_PLATFORM_SPA},
        {"/publicClient/redirectUris", ENTRA_PLATFORM_PUBLIC},
    };
    bool any = false;

    for (size_t i = 0; i < ARRAY_LEN(platforms); i++) {
        const cJSON *item;

        cJSON_ArrayForEach(item, json_pointer_get(application, platforms[i].pointer))
        {
            const char *registered = cJSON_GetStringValue(item);

            any = true;
            if (registered != NULL && (uri == NULL || fits(arena, registered, uri))) {
                *ret_uri = uri != NULL ? uri : arena_strdup(arena, registered);
                *ret_platform = platforms[i].platform;
                return ENTRA_REDIRECT_GOOD;
            }
        }
    }
    return any ? ENTRA_REDIRECT_OTHER : ENTRA_REDIRECT_EMPTY;
}
