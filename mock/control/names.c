#include "control/names.h"

#include <string.h>

#include "server/router.h"
#include "server/service.h"

const char *mock_service_canonical(const char *name)
{
    static const char *const names[] = {"entra",     "adfs",    "graph",  "dataverse",
                                        "discovery", "marketo", "control"};

    if (str_eq(name, "aad")) {
        return "entra";
    }
    for (size_t i = 0; name != NULL && i < ARRAY_LEN(names); i++) {
        if (strcmp(names[i], name) == 0) {
            return names[i];
        }
    }
    return NULL;
}

bool mock_service_fits(const char *name, const struct mock_call *call)
{
    if (strcmp(name, "discovery") == 0) {
        return strcmp(call->service->name, "dataverse") == 0 &&
               (strcmp(call->host, "globaldisco.crm.dynamics.com") == 0 ||
                str_starts(call->path.text, "/api/discovery"));
    }
    return strcmp(name, call->service->name) == 0;
}

const char *mock_effective_method(const struct mock_call *call)
{
    return mock_method_of(call->method_text) == call->method
               ? call->method_text
               : mock_method_names(call->arena, call->method);
}

bool mock_route_known(const char *template)
{
    for (size_t i = 0; i < mock_service_count; i++) {
        for (size_t j = 0; j < mock_services[i]->route_count; j++) {
            if (strcmp(mock_services[i]->routes[j].template_, template) == 0) {
                return true;
            }
        }
    }
    return false;
}
