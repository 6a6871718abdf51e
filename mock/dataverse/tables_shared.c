/* Choices and columns that several tables share. Source: dataverse-tables. */
#include "dataverse/tables.h"

/* clang-format off */
const struct dv_option dv_yes_no[] = {{0, "No", 0}, {1, "Yes", 0}, {0}};
const struct dv_option dv_allow[] = {{0, "Allow", 0}, {1, "Do Not Allow", 0}, {0}};
const struct dv_option dv_send[] = {{0, "Send", 0}, {1, "Do Not Send", 0}, {0}};
const struct dv_option dv_follow[] = {{0, "Do Not Allow", 0}, {1, "Allow", 0}, {0}};
const struct dv_option dv_default_value[] = {{1, "Default Value", 0}, {0}};
const struct dv_option dv_contact_methods[] = {{1, "Any", 0}, {2, "Email", 0}, {3, "Phone", 0}, {4, "Fax", 0}, {5, "Mail", 0}, {0}};
const struct dv_option dv_payment_terms[] = {{1, "Net 30", 0}, {2, "2% 10, Net 30", 0}, {3, "Net 45", 0}, {4, "Net 60", 0}, {0}};
const struct dv_option dv_days[] = {{0, "Sunday", 0}, {1, "Monday", 0}, {2, "Tuesday", 0}, {3, "Wednesday", 0}, {4, "Thursday", 0}, {5, "Friday", 0}, {6, "Saturday", 0}, {0}};
const struct dv_option dv_day_parts[] = {{1, "Morning", 0}, {2, "Afternoon", 0}, {3, "Evening", 0}, {0}};
const struct dv_option dv_freight_terms[] = {{1, "FOB", 0}, {2, "No Charge", 0}, {0}};
const struct dv_option dv_shipping[] = {{1, "Airborne", 0}, {2, "DHL", 0}, {3, "FedEx", 0}, {4, "UPS", 0}, {5, "Postal Mail", 0}, {6, "Full Load", 0}, {7, "Will Call", 0}, {0}};
const struct dv_option dv_address_types[] = {{1, "Bill To", 0}, {2, "Ship To", 0}, {3, "Primary", 0}, {4, "Other", 0}, {0}};
const struct dv_option dv_budgets[] = {{0, "No Committed Budget", 0}, {1, "May Buy", 0}, {2, "Can Buy", 0}, {3, "Will Buy", 0}, {0}};
const struct dv_option dv_needs[] = {{0, "Must have", 0}, {1, "Should have", 0}, {2, "Good to have", 0}, {3, "No need", 0}, {0}};
const struct dv_option dv_processes[] = {{0, "Individual", 0}, {1, "Committee", 0}, {2, "Unknown", 0}, {0}};
const struct dv_option dv_timeframes[] = {{0, "Immediate", 0}, {1, "This Quarter", 0}, {2, "Next Quarter", 0}, {3, "This Year", 0}, {4, "Unknown", 0}, {0}};
const struct dv_option dv_communications[] = {{0, "Contacted", 0}, {1, "Not Contacted", 0}, {0}};
const struct dv_option dv_sales_stages[] = {{0, "Qualify", 0}, {1, "Develop", 0}, {2, "Propose", 0}, {3, "Close", 0}, {0}};
const struct dv_option dv_industries[] = {
    {1, "Accounting", 0}, {2, "Agriculture and Non-petrol Natural Resource Extraction", 0}, {3, "Broadcasting Printing and Publishing", 0},
    {4, "Brokers", 0}, {5, "Building Supply Retail", 0}, {6, "Business Services", 0}, {7, "Consulting", 0}, {8, "Consumer Services", 0},
    {9, "Design, Direction and Creative Management", 0}, {10, "Distributors, Dispatchers and Processors", 0}, {11, "Doctor's Offices and Clinics", 0},
    {12, "Durable Manufacturing", 0}, {13, "Eating and Drinking Places", 0}, {14, "Entertainment Retail", 0}, {15, "Equipment Rental and Leasing", 0},
    {16, "Financial", 0}, {17, "Food and Tobacco Processing", 0}, {18, "Inbound Capital Intensive Processing", 0}, {19, "Inbound Repair and Services", 0},
    {20, "Insurance", 0}, {21, "Legal Services", 0}, {22, "Non-Durable Merchandise Retail", 0}, {23, "Outbound Consumer Service", 0},
    {24, "Petrochemical Extraction and Distribution", 0}, {25, "Service Retail", 0}, {26, "SIG Affiliations", 0}, {27, "Social Services", 0},
    {28, "Special Outbound Trade Contractors", 0}, {29, "Specialty Realty", 0}, {30, "Transportation", 0}, {31, "Utility Creation and Distribution", 0},
    {32, "Vehicle Retail", 0}, {33, "Wholesale", 0}, {0}};
const struct dv_option dv_active[] = {{0, "Active", 1}, {1, "Inactive", 2}, {0}};
const struct dv_option dv_active_status[] = {{1, "Active", 0}, {2, "Inactive", 1}, {0}};

/* Who made and changed a row, and when: on every table but the intersect ones. */
const struct dv_column dv_common_columns[] = {
    {DT("CreatedOn", "Created On"), RO},
    {DT("ModifiedOn", "Modified On"), .flags = DV_READ_ONLY | DV_INDEXED},
    {DT("OverriddenCreatedOn", "Record Created On"), ON_CREATE},
    {L("CreatedBy", "Created By", {"systemuser", "createdby", NULL}), RO},
    {L("ModifiedBy", "Modified By", {"systemuser", "modifiedby", NULL}), RO},
    {L("CreatedOnBehalfBy", "Created By (Delegate)", {"systemuser", "createdonbehalfby", NULL}), RO},
    {L("ModifiedOnBehalfBy", "Modified By (Delegate)", {"systemuser", "modifiedonbehalfby", NULL}), RO},
    {BI("VersionNumber", "Version Number"), .flags = DV_READ_ONLY | DV_INDEXED},
    {I("ImportSequenceNumber", "Import Sequence Number", -2147483648.0, 2147483647), ON_CREATE},
};
const size_t dv_common_count = ARRAY_LEN(dv_common_columns);

const struct dv_column dv_owner_columns[] = {
    {"OwnerId", "Owner", DV_OWNER, DV_SYSTEM_REQUIRED, .targets = (const struct dv_target[]){{"systemuser", "ownerid", NULL}, {"team", "ownerid", NULL}, {0}}},
    {L("OwningUser", "Owning User", {"systemuser", "owninguser", NULL}), RO},
    {L("OwningTeam", "Owning Team", {"team", "owningteam", NULL}), RO},
    {L("OwningBusinessUnit", "Owning Business Unit", {"businessunit", "owningbusinessunit", NULL}), RO},
    {I("TimeZoneRuleVersionNumber", "Time Zone Rule Version Number", -1, 2147483647)},
    {I("UTCConversionTimeZoneCode", "UTC Conversion Time Zone Code", -1, 2147483647)},
};
const size_t dv_owner_count = ARRAY_LEN(dv_owner_columns);

const struct dv_column dv_money_columns[] = {
    {L("TransactionCurrencyId", "Currency", {"transactioncurrency", "transactioncurrencyid", NULL})},
    {D("ExchangeRate", "Exchange Rate", 12), RO},
};
const size_t dv_money_count = ARRAY_LEN(dv_money_columns);

/* Active and Inactive, as on most tables. */
const struct dv_column dv_plain_state_columns[] = {
    {"StateCode", "Status", DV_STATE, DV_NO_CREATE | DV_SYSTEM_REQUIRED, .options = dv_active},
    {"StatusCode", "Status Reason", DV_STATUS, .options = dv_active_status},
};
const size_t dv_plain_state_count = ARRAY_LEN(dv_plain_state_columns);
/* clang-format on */
