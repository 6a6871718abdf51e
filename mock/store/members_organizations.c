#include "base/auto.h"
#include "store/members.h"

static const char *const organization_scope[] = {"organization", NULL};
static const char *const field_types[] = {"string",  "memo",     "integer",  "decimal", "money",
                                          "boolean", "datetime", "picklist", NULL};

/* clang-format off */
static const struct member config_members[] = {
    {"user", MEMBER_TEXT, false, "Whom the field Marketo User names: id, address or sign-in name. Nobody when it is not given."},
};
static const struct member_object config = {"The record Default of Marketo Config.", config_members, ARRAY_LEN(config_members)};

static const struct member solution_members[] = {
    {"name", MEMBER_TEXT, true, "Its unique name: MarketoLeadManagement, or as the setting marketoSolution says."},
    {"version", MEMBER_TEXT, false, "Default: that of the package that comes with the program."},
    {"managed", MEMBER_BOOL, false, "Default true."},
    {"published", MEMBER_BOOL, false, "Whether all customizations were published since. Default true."},
    {"config", MEMBER_OBJECT, false, "Marketo Config.", &config},
};
static const struct member_object solution = {"An installed solution.", solution_members, ARRAY_LEN(solution_members)};

static const struct member user_members[] = {
    {"id", MEMBER_GUID, false, "systemuserid; made from the seed when it is not given."},
    {"applicationId", MEMBER_GUID, false, "Client id: it is an application user."},
    {"userPrincipalName", MEMBER_TEXT, false, "Sign-in name of a user of the tenant."},
    {"email", MEMBER_TEXT, false, "internalemailaddress. Default: as the platform makes it, or the directory's."},
    {"roles", MEMBER_TEXTS, false, "Its security roles, by name or id."},
    {"disabled", MEMBER_BOOL, false, "Default false."},
};
static const struct member_object user = {"A user of the organization.", user_members, ARRAY_LEN(user_members)};

static const struct member role_members[] = {
    {"id", MEMBER_GUID, false, "Made from its name when it is not given."},
    {"name", MEMBER_TEXT, true, "Its name."},
    {"privileges", MEMBER_TEXTS, false, "Such as prvReadLead; all at organization depth."},
};
static const struct member_object role = {"A security role beside those of every organization.", role_members, ARRAY_LEN(role_members)};

static const struct member field_members[] = {
    {"table", MEMBER_TEXT, true, "The entity set or the logical name, such as leads."},
    {"field", MEMBER_TEXT, true, "Its name, such as new_region."},
    {"type", MEMBER_WORD, true, "Its type.", NULL, field_types},
    {"label", MEMBER_TEXT, false, "Display name. Default: the name."},
    {"options", MEMBER_TEXTS, false, "Labels of a picklist; values begin at 100000000."},
};
static const struct member_object field = {"A column that somebody added.", field_members, ARRAY_LEN(field_members)};

static const struct member generate_members[] = {
    {"accounts", MEMBER_INT, false, "With a name, a number, an industry and an address."},
    {"contacts", MEMBER_INT, false, "Each at one of the accounts, if there are any."},
    {"leads", MEMBER_INT, false, "With a company's name and a source."},
    {"opportunities", MEMBER_INT, false, "Of accounts and contacts in turn."},
};
static const struct member_object generate = {"How many rows are made from the seed, beside records.", generate_members, ARRAY_LEN(generate_members)};

static const struct member organization_members[] = {
    {"id", MEMBER_GUID, false, "Made from the host when it is not given."},
    {"host", MEMBER_TEXT, true, "The host name, such as contoso.crm.dynamics.com."},
    {"name", MEMBER_TEXT, true, "Its friendly name."},
    {"language", MEMBER_INT, false, "Base language (LCID). Default 1033."},
    {"applicationUser", MEMBER_TEXT, false, "E-mail address of the integration's application user: the user name of the server-to-server connection."},
    {"solutions", MEMBER_LIST, false, "Installed solutions.", &solution},
    {"users", MEMBER_LIST, false, "Its users. The tenant's adminApplication is one too, as System Administrator, unless it stands here.", &user},
    {"roles", MEMBER_LIST, false, "Further security roles.", &role},
    {"fields", MEMBER_LIST, false, "Columns that somebody added.", &field},
    {"records", MEMBER_FREE, false, "Entity set → rows, each as a body of the Web API; a lookup is given by nav@odata.bind."},
    {"generate", MEMBER_OBJECT, false, "Rows that are made from the seed: reproducible, with unique e-mail addresses.", &generate},
    {"settings", MEMBER_SETTINGS, false, "Switches.", NULL, organization_scope},
};
/* clang-format on */

const struct member_object members_organization = {"A Dynamics organization of the tenant.",
                                                   organization_members,
                                                   ARRAY_LEN(organization_members)};
