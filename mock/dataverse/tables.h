/* How the static tables of columns are written: {S("FirstName", "First Name", 50), RO}. */
#pragma once

#include "base/auto.h"
#include "dataverse/schema.h"

#define S(schema, label, most)      schema, label, DV_STRING, .size = (most)
#define M(schema, label, length)    schema, label, DV_MEMO, .size = (length)
#define I(schema, label, low, high) schema, label, DV_INT, .least = (low), .most = (high)
#define G(schema, label)            schema, label, DV_GUID
#define P(schema, label, list)      schema, label, DV_CHOICE, .options = (list), .initial = -1
#define P_(schema, label, list, first)                                                             \
    schema, label, DV_CHOICE, .options = (list), .initial = (first)
#define B(schema, label)        schema, label, DV_BOOL, .options = dv_yes_no
#define B_(schema, label, list) schema, label, DV_BOOL, .options = (list)
#define MO(schema, label)                                                                          \
    schema, label, DV_MONEY, .least = -922337203685477, .most = 922337203685477
#define MP(schema, label)           schema, label, DV_MONEY, .most = 100000000000000
#define D(schema, label, scale)     schema, label, DV_DECIMAL, .size = (scale), .most = 100000000000
#define F(schema, label, low, high) schema, label, DV_DOUBLE, .least = (low), .most = (high)
#define DT(schema, label)           schema, label, DV_DATETIME
#define DO(schema, label)           schema, label, DV_DATE
#define BI(schema, label)           schema, label, DV_BIGINT
#define L(schema, label, ...)                                                                      \
    schema, label, DV_LOOKUP, .targets = (const struct dv_target[])                                \
    {                                                                                              \
        __VA_ARGS__,                                                                               \
        {                                                                                          \
            0                                                                                      \
        }                                                                                          \
    }
#define CU(schema, label, ...)                                                                     \
    schema, label, DV_CUSTOMER, .targets = (const struct dv_target[])                              \
    {                                                                                              \
        __VA_ARGS__,                                                                               \
        {                                                                                          \
            0                                                                                      \
        }                                                                                          \
    }
#define OPTIONS(...)                                                                               \
    (const struct dv_option[])                                                                     \
    {                                                                                              \
        __VA_ARGS__,                                                                               \
        {                                                                                          \
            0                                                                                      \
        }                                                                                          \
    }

#define RO          .flags = DV_READ_ONLY
#define COMPUTED    .flags = DV_READ_ONLY | DV_COMPUTED
#define INDEXED     .flags = DV_INDEXED
#define APP_NEEDS   .flags = DV_APP_REQUIRED
#define RECOMMENDED .flags = DV_RECOMMENDED
#define NEEDED      .flags = DV_SYSTEM_REQUIRED
#define ON_CREATE   .flags = DV_NO_UPDATE
#define ON_UPDATE   .flags = DV_NO_CREATE

/* Lists that several tables share. */
extern const struct dv_option dv_yes_no[], dv_allow[], dv_send[], dv_follow[];
extern const struct dv_option dv_default_value[], dv_industries[], dv_contact_methods[];
extern const struct dv_option dv_payment_terms[], dv_days[], dv_day_parts[], dv_freight_terms[];
extern const struct dv_option dv_shipping[], dv_address_types[];
extern const struct dv_option dv_budgets[], dv_needs[], dv_processes[], dv_timeframes[],
    dv_communications[], dv_sales_stages[];
extern const struct dv_option dv_active[], dv_active_status[];

/* An address as on leads, and what contacts and accounts have more. */
#define ADDRESS(n, kind, types, ships)                                                             \
    {G("Address" #n "_AddressId", kind ": ID")},                                                   \
        {P_("Address" #n "_AddressTypeCode", kind ": Address Type", types, -1)},                   \
        {S("Address" #n "_Name", kind ": Name", 100)},                                             \
        {S("Address" #n "_Line1", kind ": Street 1", 250)},                                        \
        {S("Address" #n "_Line2", kind ": Street 2", 250)},                                        \
        {S("Address" #n "_Line3", kind ": Street 3", 250)},                                        \
        {S("Address" #n "_City", kind ": City", 80)},                                              \
        {S("Address" #n "_StateOrProvince", kind ": State/Province", 50)},                         \
        {S("Address" #n "_PostalCode", kind ": ZIP/Postal Code", 20)},                             \
        {S("Address" #n "_Country", kind ": Country/Region", 80)},                                 \
        {S("Address" #n "_County", kind ": County", 50)},                                          \
        {S("Address" #n "_PostOfficeBox", kind ": Post Office Box", 20)},                          \
        {S("Address" #n "_Telephone1", kind ": Phone", 50)},                                       \
        {S("Address" #n "_Telephone2", kind ": Telephone 2", 50)},                                 \
        {S("Address" #n "_Telephone3", kind ": Telephone 3", 50)},                                 \
        {S("Address" #n "_Fax", kind ": Fax", 50)},                                                \
        {S("Address" #n "_UPSZone", kind ": UPS Zone", 4)},                                        \
        {I("Address" #n "_UTCOffset", kind ": UTC Offset", -1500, 1500)},                          \
        {P_("Address" #n "_ShippingMethodCode", kind ": Shipping Method", ships, -1)},             \
        {F("Address" #n "_Latitude", kind ": Latitude", -90, 90)},                                 \
        {F("Address" #n "_Longitude", kind ": Longitude", -180, 180)},                             \
    {                                                                                              \
        M("Address" #n "_Composite", kind, 1000), COMPUTED                                         \
    }
#define ADDRESS_MORE(n, kind, terms)                                                               \
    {S("Address" #n "_PrimaryContactName", kind ": Primary Contact Name", 100)},                   \
    {                                                                                              \
        P("Address" #n "_FreightTermsCode", kind ": Freight Terms", terms)                         \
    }

/* The entities of each file. */
extern const struct dv_entity dv_account, dv_contact, dv_lead, dv_opportunity, dv_campaign;
extern const struct dv_entity dv_systemuser, dv_team, dv_businessunit, dv_role, dv_organization,
    dv_currency;
extern const struct dv_entity dv_solution, dv_publisher, dv_step, dv_importjob;

/* Columns that the catalog puts behind an entity's own, by its flags. */
extern const struct dv_column dv_common_columns[];
extern const size_t dv_common_count;
extern const struct dv_column dv_owner_columns[];
extern const size_t dv_owner_count;
extern const struct dv_column dv_money_columns[];
extern const size_t dv_money_count;
extern const struct dv_column dv_plain_state_columns[];
extern const size_t dv_plain_state_count;
