#include "dataverse/setup.h"

#include <string.h>

#include "dataverse/org.h"
#include "dataverse/write.h"
#include "store/store.h"

static const struct {
    const char *name, *role_template;
} roles[] = {
    {"System Administrator", DV_TEMPLATE_ADMINISTRATOR},
    {"System Customizer", DV_TEMPLATE_CUSTOMIZER},
    {"Basic User", DV_TEMPLATE_BASIC},
};

const char *dv_setup_role(struct arena *arena, const char *host, const char *name)
{
    return dv_metadata_id(arena, "role", host, name);
}

static struct dv_values new_row(struct dv_setup *setup, const struct dv_schema *schema,
                                const char *entity, const char *id)
{
    struct dv_values values = dv_values_new(setup->arena, dv_entity(schema, entity));

    dv_put_name(&values, values.entity->key, db_text(id));
    dv_put_name(&values, "createdon", db_text(setup->now));
    dv_put_name(&values, "modifiedon", db_text(setup->now));
    dv_put_name(&values, "createdby", db_text(setup->system_user));
    dv_put_name(&values, "modifiedby", db_text(setup->system_user));
    dv_put_name(&values, "versionnumber", db_int(dv_next_version(setup->db, setup->ord)));
    if (strcmp(entity, "organization") != 0) {
        dv_put_name(&values, "organizationid", db_text(setup->id));
    }
    return values;
}

static void put_user(struct dv_setup *setup, const struct dv_schema *schema, const char *id,
                     const char *name, bool disabled)
{
    struct dv_values values = new_row(setup, schema, "systemuser", id);

    dv_put_name(&values, "fullname", db_text(name));
    dv_put_name(&values, "lastname", db_text(name));
    dv_put_name(&values, "domainname", db_text(""));
    dv_put_name(&values, "isdisabled", db_int(disabled));
    dv_put_name(&values, "accessmode", db_int(3));
    dv_put_name(&values, "businessunitid", db_text(setup->unit));
    dv_insert(setup->db, &values);
}

static void put_currency(struct dv_setup *setup, const struct dv_schema *schema)
{
    struct dv_values values = new_row(setup, schema, "transactioncurrency", setup->currency);

    dv_put_name(&values, "currencyname", db_text("US Dollar"));
    dv_put_name(&values, "currencysymbol", db_text("$"));
    dv_put_name(&values, "isocurrencycode", db_text("USD"));
    dv_put_name(&values, "currencyprecision", db_int(2));
    dv_put_name(&values, "exchangerate", db_int(1000000000000));
    dv_put_name(&values, "currencytype", db_int(0));
    dv_put_name(&values, "statecode", db_int(0));
    dv_put_name(&values, "statuscode", db_int(1));
    dv_insert(setup->db, &values);
}

static void put_organization(struct dv_setup *setup, const struct dv_schema *schema)
{
    struct dv_values values = new_row(setup, schema, "organization", setup->id);

    dv_put_name(&values, "name", db_text(setup->name));
    dv_put_name(&values, "languagecode", db_int(setup->language));
    dv_put_name(&values, "localeid", db_int(setup->language));
    dv_put_name(&values, "maxuploadfilesize", db_int(5242880));
    dv_put_name(&values, "expirechangetrackingindays", db_int(7));
    dv_put_name(&values, "isauditenabled", db_int(0));
    dv_put_name(&values, "basecurrencyid", db_text(setup->currency));
    dv_insert(setup->db, &values);
}

static void put_unit(struct dv_setup *setup, const struct dv_schema *schema)
{
    struct dv_values values = new_row(setup, schema, "businessunit", setup->unit);

    dv_put_name(&values, "name", db_text(setup->name));
    dv_put_name(&values, "isdisabled", db_int(0));
    dv_insert(setup->db, &values);
}

static void put_roles(struct dv_setup *setup, const struct dv_schema *schema)
{
    for (size_t i = 0; i < ARRAY_LEN(roles); i++) {
        const char *id = dv_setup_role(setup->arena, setup->host, roles[i].name);
        struct dv_values values = new_row(setup, schema, "role", id);

        dv_put_name(&values, "name", db_text(roles[i].name));
        dv_put_name(&values, "roletemplateid", db_text(roles[i].role_template));
        dv_put_name(&values, "businessunitid", db_text(setup->unit));
        dv_put_name(&values, "parentrootroleid", db_text(id));
        dv_put_name(&values, "ismanaged", db_int(1));
        dv_put_name(&values, "isinherited", db_int(1));
        dv_put_name(&values, "componentstate", db_int(0));
        dv_insert(setup->db, &values);
    }
}

/* The team that has the business unit's name. */
static void put_team(struct dv_setup *setup, const struct dv_schema *schema)
{
    struct dv_values values =
        new_row(setup, schema, "team", dv_metadata_id(setup->arena, "team", setup->host, NULL));

    dv_put_name(&values, "name", db_text(setup->name));
    dv_put_name(&values, "teamtype", db_int(0));
    dv_put_name(&values, "membershiptype", db_int(0));
    dv_put_name(&values, "isdefault", db_int(1));
    dv_put_name(&values, "systemmanaged", db_int(0));
    dv_put_name(&values, "businessunitid", db_text(setup->unit));
    dv_insert(setup->db, &values);
}

/* Publishers and solutions that are there before any other. */
static void put_solutions(struct dv_setup *setup, const struct dv_schema *schema)
{
    const char *publisher = dv_metadata_id(setup->arena, "publisher", setup->host, "Default");
    struct dv_values values = new_row(setup, schema, "publisher", publisher);

    dv_put_name(&values, "uniquename",
                db_text(arena_printf(setup->arena, "DefaultPublisher%.8s", setup->id)));
    dv_put_name(&values, "friendlyname",
                db_text(arena_printf(setup->arena, "Default Publisher for %s", setup->name)));
    dv_put_name(&values, "customizationprefix", db_text("new"));
    dv_put_name(&values, "customizationoptionvalueprefix", db_int(10000));
    dv_put_name(&values, "isreadonly", db_int(0));
    dv_insert(setup->db, &values);
    values = new_row(setup, schema, "solution",
                     dv_metadata_id(setup->arena, "solution", setup->host, "Default"));
    dv_put_name(&values, "uniquename", db_text("Default"));
    dv_put_name(&values, "friendlyname", db_text("Default Solution"));
    dv_put_name(&values, "version", db_text("1.0"));
    dv_put_name(&values, "ismanaged", db_int(0));
    dv_put_name(&values, "isvisible", db_int(1));
    dv_put_name(&values, "installedon", db_text(setup->now));
    dv_put_name(&values, "publisherid", db_text(publisher));
    dv_insert(setup->db, &values);
}

void dv_setup_organization(struct dv_setup *setup)
{
    static const char sql[] =
        "INSERT INTO dv_orgs (ord, host, id, unique_name, version, metadata, security, next_otc,"
        " business_unit, currency, system_user) VALUES (?, ?, ?, ?, 1000000, 0, 0, 10000, ?, ?, ?)";
    struct arena *arena = setup->arena;
    const struct dv_schema *schema;

    if (setup->id == NULL) {
        setup->id = dv_metadata_id(arena, "organization", setup->host, NULL);
    }
    setup->unit = dv_metadata_id(arena, "businessunit", setup->host, NULL);
    setup->currency = dv_metadata_id(arena, "currency", setup->host, "USD");
    setup->system_user = dv_metadata_id(arena, "systemuser", setup->host, "SYSTEM");
    if (setup->ord > 0) {
        dv_make_tables(setup->db, setup->ord);
    }
    store_run(setup->db, sql,
              DB_ARGS(db_int(setup->ord), db_text(setup->host), db_text(setup->id),
                      db_text(arena_printf(arena, "unq%.8s%.4s", setup->id, setup->id + 9)),
                      db_text(setup->unit), db_text(setup->currency), db_text(setup->system_user)));
    schema = dv_schema_load(arena, setup->db, setup->host);
    put_organization(setup, schema);
    put_currency(setup, schema);
    put_unit(setup, schema);
    put_user(setup, schema, setup->system_user, "SYSTEM", true);
    put_user(setup, schema, dv_metadata_id(arena, "systemuser", setup->host, "INTEGRATION"),
             "INTEGRATION", false);
    put_team(setup, schema);
    put_roles(setup, schema);
    put_solutions(setup, schema);
}
