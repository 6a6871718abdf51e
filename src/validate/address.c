#include "validate/address.h"

#include <string.h>

#include "base/str.h"
#include "base/uri.h"
#include "dataverse/dataverse.h"

static bool is_service_path(const char *path)
{
    return str_eq(path, "/") || str_ieq(path, "/XRMServices/2011/Organization.svc") ||
           str_ieq(path, "/XRMServices/2011/Organization.svc/");
}

enum sync_address sync_address_read(struct arena *arena, const char *url, const char **ret_host)
{
    const char *host = sync_dataverse_host(arena, url);
    const char *text = strstr(url, "://") != NULL ? url : arena_join(arena, "https://", url, NULL);
    struct uri uri;

    *ret_host = NULL;
    if (host == NULL || !uri_parse(arena, text, &uri) || !str_ends(host, ".dynamics.com")) {
        return SYNC_ADDRESS_UNKNOWN;
    }
    if (str_starts(host, "disco.") || str_starts(host, "globaldisco.") ||
        !is_service_path(uri.path) || uri.query != NULL) {
        return SYNC_ADDRESS_KIND;
    }
    *ret_host = host;
    return SYNC_ADDRESS_OK;
}
