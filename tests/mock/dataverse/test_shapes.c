/* What is on the wire has the shape of the fixtures. */
#include "cases.h"
#include "dynamics.h"
#include "shape.h"

#include <string.h>

#include "base/str.h"

#define ONE "0a1b2c3d-0000-4000-8000-000000000001"
#define TWO "0a1b2c3d-0000-4000-8000-000000000002"

/* `ready` with three leads, one of them whole. */
static const char world[] =
    "{\"extends\":\"ready\",\"name\":\"shapes\",\"organizations\":[{\"host\":"
    "\"contoso.crm.dynamics.com\",\"generate\":{\"leads\":0},\"records\":{\"leads\":["
    "{\"leadid\":\"" ONE "\",\"subject\":\"S\",\"revenue\":20000,\"estimatedclosedate\":"
    "\"2026-02-03\",\"donotemail\":true,\"leadsourcecode\":8},{\"leadid\":\"" TWO "\",\"subject\":"
    "\"S\"},{\"subject\":\"S\"}]}}]}";

static const struct shape_case {
    const char *name, *fixture;
    const char *target, *header;
    const char *vary;
} shape_cases[] = {
    {"WhoAmI", "whoami.json", "WhoAmI", NULL, ""},
    {"a row", "row.json",
     "leads(" ONE ")?$select=subject,revenue,estimatedclosedate,donotemail,leadsourcecode,"
     "_parentaccountid_value&$expand=ownerid($select=fullname)",
     NULL, "@odata.etag"},
    {"a page", "page.json", "leads?$select=subject&$count=true", "Prefer: odata.maxpagesize=2",
     "@odata.etag"},
    {"a refusal", "error.json", "leads(22222222-2222-4333-8444-555555555555)", NULL, ""},
    {"a refusal with annotations", "error-annotated.json",
     "leads(22222222-2222-4333-8444-555555555555)", "Prefer: odata.include-annotations=\"*\"", ""},
    {"a property", "property.json", "leads(" ONE ")/subject", NULL, ""},
    {"references", "references.json",
     "systemusers(8f5ee170-d6c6-4df9-ba1e-1f706ef1cf0f)/systemuserroles_association/$ref", NULL,
     ""},
    {"the organization", "organization.json",
     "RetrieveCurrentOrganization(AccessType=@p1)?@p1=Microsoft.Dynamics.CRM.EndpointAccessType"
     "'Default'",
     NULL, "UniqueName"},
    {"counts", "record-count.json",
     "RetrieveTotalRecordCount(EntityNames=@p1)?@p1=[%22account%22,%22contact%22]", NULL, ""},
    {"privileges", "privileges.json",
     "systemusers(8f5ee170-d6c6-4df9-ba1e-1f706ef1cf0f)/"
     "Microsoft.Dynamics.CRM.RetrieveUserPrivileges()",
     NULL, "PrivilegeName"},
    {"a column", "attribute.json",
     "EntityDefinitions(LogicalName='lead')/Attributes(LogicalName='subject')?$select=LogicalName,"
     "AttributeType,AttributeTypeName,MaxLength,FormatName,RequiredLevel,DisplayName",
     NULL, ""},
    {"a choice", "picklist.json",
     "EntityDefinitions(LogicalName='lead')/Attributes(LogicalName='leadqualitycode')/"
     "Microsoft.Dynamics.CRM.PicklistAttributeMetadata?$select=LogicalName&$expand=OptionSet("
     "$select=Options)",
     NULL, "Value Label"},
};

static void has_the_shape(void **state)
{
    const struct shape_case *c = *state;
    AUTO(arena) arena = {0};
    struct mocktenant *mock = azure_start(world);
    struct answer answer = dynamics_ask(&arena, mock, dynamics_token(&arena, mock, "admin"), "GET",
                                        c->target, c->header, NULL);

    shape_assert(fixture_read(&arena, arena_printf(&arena, "dataverse/%s", c->fixture)),
                 answer.json, SHAPE_SAME_ORDER, c->vary);
    mocktenant_stop(mock);
}

/* The pages that the engine's parser is tested with. */
static void tracks_as_the_fixtures_say(void **state)
{
    static const char select[] =
        "contacts?$select=firstname,preferredcontactmethodcode,donotphone,_parentcustomerid_value,"
        "modifiedon";
    static const char prefer[] = "Prefer: odata.track-changes,odata.include-annotations=\""
                                 "OData.Community.Display.V1.FormattedValue,"
                                 "Microsoft.Dynamics.CRM.associatednavigationproperty,"
                                 "Microsoft.Dynamics.CRM.lookuplogicalname\"";
    AUTO(arena) arena = {0};
    struct mocktenant *mock = azure_start("ready");
    const char *token = dynamics_token(&arena, mock, "admin"), *link, *id[3];
    struct answer answer;
    cJSON *fixture = fixture_read(&arena, "dataverse/delta.json");

    (void)state;
    answer = dynamics_ask(&arena, mock, token, "GET", "contacts?$select=contactid",
                          "Prefer: odata.track-changes,odata.maxpagesize=1", NULL);
    shape_assert(fixture_read(&arena, "dataverse/tracked-page.json"), answer.json, SHAPE_SAME_ORDER,
                 "@odata.etag @odata.nextLink");
    assert_non_null(strstr(json_get_text(answer.json, "@odata.nextLink"), "istracking=%22True%22"));
    answer = dynamics_ask(&arena, mock, token, "GET", select, prefer, NULL);
    link = json_get_text(answer.json, "@odata.deltaLink");
    for (int i = 0; i < 3; i++) {
        id[i] = text_at(answer.json, arena_printf(&arena, "/value/%d/contactid", i));
    }
    (void)dynamics_ask(&arena, mock, token, "PATCH", arena_printf(&arena, "contacts(%s)", id[0]),
                       NULL, "{\"firstname\":\"Ann\",\"preferredcontactmethodcode\":2}");
    (void)dynamics_ask(&arena, mock, token, "PATCH", arena_printf(&arena, "contacts(%s)", id[1]),
                       NULL,
                       arena_printf(&arena,
                                    "{\"firstname\":null,\"preferredcontactmethodcode\":null,"
                                    "\"donotphone\":true,\"parentcustomerid_contact@odata.bind\":"
                                    "\"/contacts(%s)\"}",
                                    id[0]));
    (void)dynamics_ask(&arena, mock, token, "DELETE", arena_printf(&arena, "contacts(%s)", id[2]),
                       NULL, NULL);
    answer = dynamics_ask(&arena, mock, token, "GET",
                          link + strlen("https://contoso.crm.dynamics.com"), prefer + 0, NULL);
    shape_assert(fixture, answer.json, SHAPE_SAME_ORDER,
                 "@odata.etag @odata.deltaLink id "
                 "_parentcustomerid_value@OData.Community.Display.V1.FormattedValue "
                 "modifiedon@OData.Community.Display.V1.FormattedValue");
    mocktenant_stop(mock);
}

static void discovery_has_the_shape(void **state)
{
    AUTO(arena) arena = {0};
    struct mocktenant *mock = azure_start("ready");
    const char *user =
        azure_user_token(&arena, mock, "https://globaldisco.crm.dynamics.com/user_impersonation");
    const struct ask ask = {DIRECT,
                            "GET",
                            "globaldisco.crm.dynamics.com",
                            "/api/discovery/v2.0/Instances",
                            {arena_printf(&arena, "Authorization: Bearer %s", user)},
                            NULL,
                            0};
    struct answer answer = tenant_ask(&arena, mock, &ask);

    (void)state;
    shape_assert(fixture_read(&arena, "dataverse/instances.json"), answer.json, SHAPE_SAME_ORDER,
                 "UniqueName");
    mocktenant_stop(mock);
}

int main(void)
{
    struct CMUnitTest tests[32] = {cmocka_unit_test(tracks_as_the_fixtures_say),
                                   cmocka_unit_test(discovery_has_the_shape)};
    size_t count = CASES_LISTED(tests);

    CASES(tests, count, shape_cases, has_the_shape);
    return cases_run("shapes", tests, count);
}
