/* The addresses that people paste: the service's, and what looks like it. */
#include "cases.h"

#include <string.h>

#include "validate/address.h"

struct address_case {
    const char *name, *url;
    enum sync_address kind;
    const char *host;
};

/* clang-format off */
static const struct address_case address_cases[] = {
    {"the origin", "https://contoso.crm.dynamics.com", SYNC_ADDRESS_OK, "contoso.crm.dynamics.com"},
    {"with a slash", "https://contoso.crm.dynamics.com/", SYNC_ADDRESS_OK, "contoso.crm.dynamics.com"},
    {"the host alone", "contoso.crm4.dynamics.com", SYNC_ADDRESS_OK, "contoso.crm4.dynamics.com"},
    {"upper case", "HTTPS://Contoso.CRM.dynamics.com", SYNC_ADDRESS_OK, "contoso.crm.dynamics.com"},
    {"the API host", "https://contoso.api.crm.dynamics.com", SYNC_ADDRESS_OK, "contoso.crm.dynamics.com"},
    {"the service", "https://contoso.api.crm.dynamics.com/XRMServices/2011/Organization.svc", SYNC_ADDRESS_OK, "contoso.crm.dynamics.com"},
    {"the service with a slash", "https://contoso.crm.dynamics.com/XRMServices/2011/Organization.svc/", SYNC_ADDRESS_OK, "contoso.crm.dynamics.com"},
    {"a page of the web client", "https://contoso.crm.dynamics.com/main.aspx", SYNC_ADDRESS_KIND, NULL},
    {"with a query", "https://contoso.crm.dynamics.com/?appid=1", SYNC_ADDRESS_KIND, NULL},
    {"the Web API", "https://contoso.crm.dynamics.com/api/data/v9.2", SYNC_ADDRESS_KIND, NULL},
    {"discovery of a region", "https://disco.crm.dynamics.com/XRMServices/2011/Discovery.svc", SYNC_ADDRESS_KIND, NULL},
    {"global discovery", "https://globaldisco.crm.dynamics.com", SYNC_ADDRESS_KIND, NULL},
    {"another company", "https://contoso.example.com", SYNC_ADDRESS_UNKNOWN, NULL},
    {"another company that begins like it", "https://contoso.crm.dynamics.com.example.com", SYNC_ADDRESS_UNKNOWN, NULL},
    {"no encryption", "http://contoso.crm.dynamics.com", SYNC_ADDRESS_UNKNOWN, NULL},
    {"a word", "contoso", SYNC_ADDRESS_UNKNOWN, NULL},
    {"nothing", "", SYNC_ADDRESS_UNKNOWN, NULL},
    {"a user in it", "https://me@contoso.crm.dynamics.com", SYNC_ADDRESS_UNKNOWN, NULL},
};
/* clang-format on */

static void tells_the_address(void **state)
{
    const struct address_case *c = *state;
    AUTO(arena) arena = {0};
    const char *host;

    assert_int_equal(sync_address_read(&arena, c->url, &host), c->kind);
    if (c->host == NULL) {
        assert_null(host);
    } else {
        assert_string_equal(host, c->host);
    }
}

int main(void)
{
    struct CMUnitTest tests[40];
    size_t count = 0;

    CASES(tests, count, address_cases, tells_the_address);
    return cases_run("address", tests, count);
}
