/* What the tests of passes share: a tenant for each, and what must hold of people and records. */
#pragma once

#include "cases.h"

#include <string.h>

#include "base/str.h"
#include "support/tenant.h"

enum { ACCOUNT, LEAD, CONTACT };

static inline int raise_tenant(void **state)
{
    static struct tenant tenant;

    tenant_start(&tenant);
    *state = &tenant;
    return 0;
}

static inline int strike_tenant(void **state)
{
    tenant_stop(*state);
    return 0;
}

#define STORY(test) cmocka_unit_test_setup_teardown(test, raise_tenant, strike_tenant)

static inline void assert_field(struct tenant *tenant, const char *key, const char *field,
                                const char *value)
{
    const char *is = tenant_text(tenant, tenant_person(tenant, key), field);

    assert_non_null(tenant_person(tenant, key));
    if (value == NULL) {
        assert_null(is);
    } else {
        assert_non_null(is);
        assert_string_equal(is, value);
    }
}

static inline void assert_column(struct tenant *tenant, int rank, const char *key,
                                 const char *column, const char *value)
{
    const char *is = tenant_text(tenant, tenant_row(tenant, rank, key), column);

    assert_non_null(is);
    assert_string_equal(is, value);
}

/* A pass that writes nothing on either side (I10). */
static inline void assert_idle(struct tenant *tenant)
{
    unsigned writes = tenant->writes;

    tenant_pass(tenant);
    assert_int_equal(tenant->writes, writes);
}

struct people {
    const char *account, *lead, *contact;
};

static inline struct people populate(struct tenant *tenant)
{
    struct people people;

    people.account =
        tenant_create(tenant, ACCOUNT, "{\"name\":\"Contoso\",\"numberofemployees\":7}");
    people.lead = tenant_create(tenant, LEAD,
                                "{\"firstname\":\"Ann\",\"lastname\":\"Lee\",\"leadqualitycode\":1,"
                                "\"donotphone\":true,\"companyname\":\"Lee Ltd\"}");
    people.contact = tenant_create(
        tenant, CONTACT,
        arena_printf(&tenant->arena, "{\"firstname\":\"Ben\",\"parentcustomerid\":\"%s\"}",
                     people.account));
    return people;
}
