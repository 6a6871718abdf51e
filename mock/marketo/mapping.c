/*
 * Labels and API names as the page of default mappings prints them; names of Marketo fields that
 * it does not print are ours. Source: marketo-mapping.
 */
#include "marketo/mapping.h"

#include "base/auto.h"
#include "base/str.h"

const struct marketo_entity marketo_entities[] = {
    {"lead", "Lead", "both", MARKETO_LEAD},
    {"contact", "Contact", "both", MARKETO_LEAD},
    {"account", "Account", "to_marketo", MARKETO_COMPANY},
    {"opportunity", "Opportunity", "to_marketo", MARKETO_OPPORTUNITY},
};
const size_t marketo_entity_count = ARRAY_LEN(marketo_entities);

/* clang-format off */
/* Columns that leads and contacts map alike. */
#define PERSON(entity) \
    {entity, "createdon", "msftCreatedDate", "Microsoft Created Date", MARKETO_DATETIME}, \
    {entity, "salutation", "salutation", "Salutation", MARKETO_STRING}, \
    {entity, "firstname", "firstName", "First Name", MARKETO_STRING}, \
    {entity, "middlename", "middleName", "Middle Name", MARKETO_STRING}, \
    {entity, "lastname", "lastName", "Last Name", MARKETO_STRING}, \
    {entity, "emailaddress1", "email", "Email Address", MARKETO_EMAIL}, \
    {entity, "jobtitle", "title", "Job Title", MARKETO_STRING}, \
    {entity, "telephone1", "phone", "Phone Number", MARKETO_PHONE}, \
    {entity, "mobilephone", "mobilePhone", "Mobile Phone Number", MARKETO_PHONE}, \
    {entity, "address1_line1", "address", "Address", MARKETO_TEXT}, \
    {entity, "address1_city", "city", "City", MARKETO_STRING}, \
    {entity, "address1_stateorprovince", "state", "State", MARKETO_STRING}, \
    {entity, "address1_country", "country", "Country", MARKETO_STRING}, \
    {entity, "address1_postalcode", "postalCode", "Postal Code", MARKETO_STRING}, \
    {entity, "statecode", "leadStatus", "Lead Status", MARKETO_STRING}, \
    {entity, "statuscode", "statusReason", "Status Reason", MARKETO_STRING}, \
    {entity, "description", "mktoPersonNotes", "Person Notes", MARKETO_TEXT}, \
    {entity, "donotphone", "doNotCall", "Do Not Call", MARKETO_BOOLEAN}, \
    {entity, "donotbulkemail", "unsubscribed", "Unsubscribed", MARKETO_BOOLEAN}, \
    {entity, "address1_line2", "msftAddress2", "Microsoft Address 2", MARKETO_STRING}, \
    {entity, "address1_line3", "msftAddress3", "Microsoft Address 3", MARKETO_STRING}, \
    {entity, "donotemail", "msftDoNotEmail", "Microsoft Do Not Email", MARKETO_BOOLEAN}, \
    {entity, "donotfax", "msftDoNotFax", "Microsoft Do Not Fax", MARKETO_BOOLEAN}, \
    {entity, "donotsendmm", "msftDoNotSendMarketingMaterial", "Microsoft Do Not Send Marketing Material", MARKETO_BOOLEAN}, \
    {entity, "telephone2", "msftHomePhone", "Microsoft Home Phone", MARKETO_PHONE}, \
    {entity, "preferredcontactmethodcode", "msftPreferredMethodOfContact", "Microsoft Preferred Method Of Contact", MARKETO_STRING}, \
    {entity, "mkt_lastinterestingmomentdate", "lastInterestingMomentDate", "Last interesting moment date", MARKETO_DATETIME}, \
    {entity, "mkt_lastinterestingmomentdesc", "lastInterestingMomentDesc", "Last Interesting moment desc", MARKETO_TEXT}, \
    {entity, "mkt_leadinterestingmomentsource", "lastInterestingMomentSource", "Last Interesting moment source", MARKETO_STRING}, \
    {entity, "mkt_lastinterestingmomenttype", "lastInterestingMomentType", "Last interesting moment type", MARKETO_STRING}, \
    {entity, "mkt_relativescore", "relativeScore", "Relative Score", MARKETO_INTEGER}, \
    {entity, "mkt_priority", "priority", "Priority", MARKETO_INTEGER}, \
    {entity, "mkt_urgency", "relativeUrgency", "Relative Urgency", MARKETO_INTEGER}, \
    {entity, "ownerid", NULL, NULL, MARKETO_REFERENCE}

const struct marketo_pair marketo_pairs[] = {
    PERSON("lead"),
    {"lead", "fax", "fax", "Fax Number", MARKETO_PHONE},
    {"lead", "leadsourcecode", "leadSource", "Lead Source", MARKETO_STRING},
    {"lead", "leadqualitycode", "rating", "Lead Rating", MARKETO_STRING},
    {"lead", "subject", "msftTopic", "Microsoft Topic", MARKETO_STRING, "subject", "Subject"},
    {"lead", "companyname", "company", "Company Name", MARKETO_STRING},
    {"lead", "revenue", "annualRevenue", "Annual Revenue", MARKETO_CURRENCY},
    PERSON("contact"),
    {"contact", "mkt_leadscore", "leadScore", "Lead Score", MARKETO_INTEGER},
    {"contact", "parentcustomerid", NULL, NULL, MARKETO_REFERENCE},
    {"account", "accountid", "externalCompanyId", "External Company Id", MARKETO_STRING},
    {"account", "name", "company", "Company Name", MARKETO_STRING},
    {"account", "address1_line1", "billingStreet", "Billing Address", MARKETO_TEXT},
    {"account", "address1_city", "billingCity", "Billing City", MARKETO_STRING},
    {"account", "address1_country", "billingCountry", "Billing Country", MARKETO_STRING},
    {"account", "address1_postalcode", "billingPostalCode", "Billing Postal Code", MARKETO_STRING},
    {"account", "address1_line2", "msftBillingAddress2", "Microsoft Billing Address 2", MARKETO_STRING},
    {"account", "address1_line3", "msftBillingAddress3", "Microsoft Billing Address 3", MARKETO_STRING},
    {"account", "telephone1", "mainPhone", "Main Phone", MARKETO_PHONE},
    {"account", "businesstypecode", "msftBusinessType", "Business Type", MARKETO_STRING},
    {"account", "accountnumber", "msftAccountNumber", "Microsoft Account Number", MARKETO_STRING},
    {"account", "statecode", "msftCompanyStatus", "Microsoft Company Status", MARKETO_STRING},
    {"account", "revenue", "annualRevenue", "Annual Revenue", MARKETO_CURRENCY},
    {"account", "description", "mktoCompanyNotes", "Company Notes", MARKETO_TEXT},
    {"account", "industrycode", "industry", "Industry", MARKETO_STRING},
    {"account", "sic", "sicCode", "SIC Code", MARKETO_STRING},
    {"account", "websiteurl", "website", "Website", MARKETO_URL}, /* MAP-04 */
    {"account", "numberofemployees", "numberOfEmployees", "Num Employees", MARKETO_INTEGER},
    {"account", "ownerid", NULL, NULL, MARKETO_REFERENCE},
    {"account", "createdon", NULL, NULL, MARKETO_DATETIME},
    {"opportunity", "opportunityid", "externalOpportunityId", "SFDC Oppty Id", MARKETO_STRING}, /* MAP-05 */
    {"opportunity", "name", "name", "Name", MARKETO_STRING},
    {"opportunity", "closeprobability", "probability", "Probability", MARKETO_INTEGER},
    {"opportunity", "statecode", "stage", "Stage", MARKETO_STRING},
    {"opportunity", "actualclosedate", "closeDate", "Close Date", MARKETO_DATE_TYPE},
    {"opportunity", "estimatedvalue", "amount", "Amount", MARKETO_CURRENCY},
    {"opportunity", "description", "description", "Description", MARKETO_STRING},
    {"opportunity", "customerid", NULL, NULL, MARKETO_REFERENCE},
    {"opportunity", "ownerid", NULL, NULL, MARKETO_REFERENCE},
};
/* clang-format on */
const size_t marketo_pair_count = ARRAY_LEN(marketo_pairs);

const struct marketo_entity *marketo_entity_find(const char *name)
{
    for (size_t i = 0; i < marketo_entity_count; i++) {
        if (str_eq(marketo_entities[i].name, name)) {
            return &marketo_entities[i];
        }
    }
    return NULL;
}

const struct marketo_pair *marketo_pair_find(const char *entity, const char *column)
{
    /* Asked for each column of an organization; most differ in the first letter. */
    for (size_t i = 0; i < marketo_pair_count; i++) {
        const struct marketo_pair *pair = &marketo_pairs[i];

        if (pair->column[0] == column[0] && str_eq(pair->column, column) &&
            str_eq(pair->entity, entity)) {
            return pair;
        }
    }
    return NULL;
}

bool marketo_type_of_column(const char *attribute_type, enum marketo_type *ret)
{
    static const struct {
        const char *column;
        enum marketo_type type;
    } types[] = {
        {"String", MARKETO_STRING},           {"Memo", MARKETO_TEXT},
        {"Picklist", MARKETO_STRING},         {"State", MARKETO_STRING},
        {"Status", MARKETO_STRING},           {"Boolean", MARKETO_BOOLEAN},
        {"Integer", MARKETO_INTEGER},         {"BigInt", MARKETO_INTEGER},
        {"Decimal", MARKETO_FLOAT},           {"Double", MARKETO_FLOAT},
        {"Money", MARKETO_CURRENCY},          {"DateTime", MARKETO_DATETIME},
        {"Uniqueidentifier", MARKETO_STRING},
    };

    for (size_t i = 0; i < ARRAY_LEN(types); i++) {
        if (str_eq(types[i].column, attribute_type)) {
            *ret = types[i].type;
            return true;
        }
    }
    return false;
}
