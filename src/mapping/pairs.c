#include "mapping/pairs.h"

#include <string.h>

#include "base/auto.h"
#include "base/str.h"

/*
 * A column's state and dates are Dynamics' own, and company fields never go back (ENT-ACC-02), not
 * even those that a lead brings along. `subject` feeds two fields; Microsoft Topic is the master of
 * the way back (MAP-02), so the other pair is not listed: what writes both would write the same.
 */
/* clang-format off */
const struct sync_pair sync_pairs[] = {
    {"a",   "accountid",                       "externalCompanyId",         SYNC_INTERNAL},
    {"a",   "accountnumber",                   "msftAccountNumber",         SYNC_ONE_WAY},
    {"lc",  "address1_city",                   "city",                      SYNC_BOTH_WAYS},
    {"a",   "address1_city",                   "billingCity",               SYNC_ONE_WAY},
    {"lc",  "address1_country",                "country",                   SYNC_BOTH_WAYS},
    {"a",   "address1_country",                "billingCountry",            SYNC_ONE_WAY},
    {"lc",  "address1_line1",                  "address",                   SYNC_BOTH_WAYS},
    {"a",   "address1_line1",                  "billingStreet",             SYNC_ONE_WAY},
    {"lc",  "address1_line2",                  "msftAddress2",              SYNC_BOTH_WAYS},
    {"a",   "address1_line2",                  "msftBillingAddress2",       SYNC_ONE_WAY},
    {"lc",  "address1_line3",                  "msftAddress3",              SYNC_BOTH_WAYS},
    {"a",   "address1_line3",                  "msftBillingAddress3",       SYNC_ONE_WAY},
    {"lc",  "address1_postalcode",             "postalCode",                SYNC_BOTH_WAYS},
    {"a",   "address1_postalcode",             "billingPostalCode",         SYNC_ONE_WAY},
    {"lc",  "address1_stateorprovince",        "state",                     SYNC_BOTH_WAYS},
    {"a",   "businesstypecode",                "msftBusinessType",          SYNC_ONE_WAY},
    {"l",   "companyname",                     "company",                   SYNC_ONE_WAY},
    {"lc",  "createdon",                       "msftCreatedDate",           SYNC_ONE_WAY},
    {"a",   "createdon",                       "msftCreatedDate",           SYNC_INTERNAL},
    {"lc",  "description",                     "mktoPersonNotes",           SYNC_BOTH_WAYS},
    {"a",   "description",                     "mktoCompanyNotes",          SYNC_ONE_WAY},
    {"lc",  "donotbulkemail",                  "unsubscribed",              SYNC_BOTH_WAYS},
    {"lc",  "donotemail",                      "msftDoNotEmail",            SYNC_BOTH_WAYS},
    {"lc",  "donotfax",                        "msftDoNotFax",              SYNC_BOTH_WAYS},
    {"lc",  "donotphone",                      "doNotCall",                 SYNC_BOTH_WAYS},
    {"lc",  "donotsendmm",                     "msftDoNotSendMarketingMaterial", SYNC_BOTH_WAYS},
    {"lc",  "emailaddress1",                   "email",                     SYNC_BOTH_WAYS},
    {"lc",  "fax",                             "fax",                       SYNC_BOTH_WAYS},
    {"lc",  "firstname",                       "firstName",                 SYNC_BOTH_WAYS},
    {"a",   "industrycode",                    "industry",                  SYNC_ONE_WAY},
    {"lc",  "jobtitle",                        "title",                     SYNC_BOTH_WAYS},
    {"lc",  "lastname",                        "lastName",                  SYNC_BOTH_WAYS},
    {"l",   "leadqualitycode",                 "rating",                    SYNC_BOTH_WAYS},
    {"l",   "leadsourcecode",                  "leadSource",                SYNC_BOTH_WAYS},
    {"lc",  "middlename",                      "middleName",                SYNC_BOTH_WAYS},
    {"lc",  "mkt_lastinterestingmomentdate",   "lastInterestingMomentDate", SYNC_BOTH_WAYS},
    {"lc",  "mkt_lastinterestingmomentdesc",   "lastInterestingMomentDesc", SYNC_BOTH_WAYS},
    {"lc",  "mkt_lastinterestingmomenttype",   "lastInterestingMomentType", SYNC_BOTH_WAYS},
    {"lc",  "mkt_leadinterestingmomentsource", "lastInterestingMomentSource", SYNC_BOTH_WAYS},
    {"c",   "mkt_leadscore",                   "leadScore",                 SYNC_BOTH_WAYS},
    {"lc",  "mkt_priority",                    "priority",                  SYNC_BOTH_WAYS},
    {"lc",  "mkt_relativescore",               "relativeScore",             SYNC_BOTH_WAYS},
    {"lc",  "mkt_urgency",                     "relativeUrgency",           SYNC_BOTH_WAYS},
    {"lc",  "mobilephone",                     "mobilePhone",               SYNC_BOTH_WAYS},
    {"a",   "name",                            "company",                   SYNC_ONE_WAY},
    {"a",   "numberofemployees",               "numberOfEmployees",         SYNC_ONE_WAY},
    {"lca", "ownerid",                         "externalSalesPersonId",     SYNC_INTERNAL},
    {"c",   "parentcustomerid",                "externalCompanyId",         SYNC_INTERNAL},
    {"lc",  "preferredcontactmethodcode",      "msftPreferredMethodOfContact", SYNC_BOTH_WAYS},
    {"l",   "revenue",                         "annualRevenue",             SYNC_ONE_WAY},
    {"a",   "revenue",                         "annualRevenue",             SYNC_ONE_WAY},
    {"lc",  "salutation",                      "salutation",                SYNC_BOTH_WAYS},
    {"a",   "sic",                             "sicCode",                   SYNC_ONE_WAY},
    {"lc",  "statecode",                       "leadStatus",                SYNC_ONE_WAY},
    {"a",   "statecode",                       "msftCompanyStatus",         SYNC_ONE_WAY},
    {"lc",  "statuscode",                      "statusReason",          SYNC_ONE_WAY},
    {"l",   "subject",                         "msftTopic",                 SYNC_BOTH_WAYS},
    {"lc",  "telephone1",                      "phone",                     SYNC_BOTH_WAYS},
    {"a",   "telephone1",                      "mainPhone",                 SYNC_ONE_WAY},
    {"lc",  "telephone2",                      "msftHomePhone",             SYNC_BOTH_WAYS},
    {"a",   "websiteurl",                      "website",                   SYNC_ONE_WAY},
};
/* clang-format on */
const size_t sync_pair_count = ARRAY_LEN(sync_pairs);

const struct sync_pair *sync_pair_find(const char *entity, const char *column)
{
    for (size_t i = 0; i < sync_pair_count; i++) {
        if (str_eq(sync_pairs[i].column, column) &&
            strchr(sync_pairs[i].entities, *entity) != NULL) {
            return &sync_pairs[i];
        }
    }
    return NULL;
}
