/* Users, teams, business units, roles, currencies, the organization. Source: dataverse-users. */
#include "dataverse/tables.h"

/* clang-format off */
static const struct dv_option access_modes[] = {{0, "Read-Write", 0}, {1, "Administrative", 0}, {2, "Read", 0}, {3, "Support User", 0}, {4, "Non-interactive", 0}, {5, "Delegated Admin", 0}, {0}};
static const struct dv_option cal_types[] = {
    {0, "Professional", 0}, {1, "Administrative", 0}, {2, "Basic", 0}, {3, "Device Professional", 0}, {4, "Device Basic", 0}, {5, "Essential", 0},
    {6, "Device Essential", 0}, {7, "Enterprise", 0}, {8, "Device Enterprise", 0}, {9, "Sales", 0}, {10, "Service", 0}, {11, "Field Service", 0}, {0}};
static const struct dv_option azure_states[] = {{0, "Exists", 0}, {1, "Soft deleted", 0}, {2, "Not found or hard deleted", 0}, {0}};
static const struct dv_option invites[] = {{0, "Invitation Not Sent", 0}, {1, "Invited", 0}, {2, "Invitation Near Expired", 0}, {3, "Invitation Expired", 0}, {4, "Invitation Accepted", 0}, {5, "Invitation Rejected", 0}, {6, "Invitation Revoked", 0}, {0}};
static const struct dv_option approvals[] = {{0, "Empty", 0}, {1, "Approved", 0}, {2, "Pending Approval", 0}, {3, "Rejected", 0}, {0}};
static const struct dv_option incoming[] = {{0, "None", 0}, {1, "Microsoft Dynamics 365 for Outlook", 0}, {2, "Server-Side Synchronization or Email Router", 0}, {3, "Forward Mailbox", 0}, {0}};
static const struct dv_option outgoing[] = {{0, "None", 0}, {1, "Microsoft Dynamics 365 for Outlook", 0}, {2, "Server-Side Synchronization or Email Router", 0}, {0}};
static const struct dv_option deleted_states[] = {{0, "Not deleted", 0}, {1, "Soft deleted", 0}, {0}};
static const struct dv_option enabled[] = {{0, "Enabled", 0}, {1, "Disabled", 0}, {0}};

static const struct dv_column user_columns[] = {
    {"SystemUserId", "User", DV_ID, DV_NO_UPDATE | DV_SYSTEM_REQUIRED},
    {S("DomainName", "User Name", 1024), .flags = DV_SYSTEM_REQUIRED | DV_INDEXED},
    {S("InternalEMailAddress", "Primary Email", 100), INDEXED},
    {S("FirstName", "First Name", 256)},
    {S("LastName", "Last Name", 256)},
    {S("MiddleName", "Middle Name", 50)},
    {S("FullName", "Full Name", 200), COMPUTED},
    {S("NickName", "Nickname", 50)},
    {S("Title", "Title", 128)},
    {S("JobTitle", "Job Title", 100)},
    {S("MobilePhone", "Mobile Phone", 64)},
    {S("HomePhone", "Home Phone", 50)},
    {S("Address1_Line1", "Street 1", 1024)},
    {S("Address1_Line2", "Street 2", 1024)},
    {S("Address1_Line3", "Street 3", 1024)},
    {S("Address1_City", "City", 128)},
    {S("Address1_StateOrProvince", "State/Province", 128)},
    {S("Address1_PostalCode", "ZIP/Postal Code", 40)},
    {S("Address1_Country", "Country/Region", 128)},
    {S("Address1_Telephone1", "Main Phone", 64)},
    {S("EmployeeId", "Employee", 100)},
    {S("PersonalEMailAddress", "Email 2", 100)},
    {S("WindowsLiveID", "Windows Live ID", 1024)},
    {S("PhotoUrl", "Photo URL", 200)},
    {G("ApplicationId", "Application ID"), .flags = DV_NO_UPDATE | DV_INDEXED},
    {S("ApplicationIdUri", "Application ID URI", 1024), RO},
    {G("AzureActiveDirectoryObjectId", "Azure AD Object ID"), .flags = DV_READ_ONLY | DV_INDEXED},
    {P_("AzureState", "Azure State", azure_states, 0), RO},
    {DT("AzureDeletedOn", "Azure Deleted On"), RO},
    {G("ActiveDirectoryGuid", "Active Directory Guid"), RO},
    {P_("AccessMode", "Access Mode", access_modes, 0)},
    {P_("CALType", "License Type", cal_types, 0)},
    {I("UserLicenseType", "User License Type", -2147483648.0, 2147483647)},
    {B("IsLicensed", "User Licensed"), RO},
    {B_("IsDisabled", "Status", enabled)},
    {S("DisabledReason", "Disabled Reason", 500), RO},
    {B("IsSyncWithDirectory", "User Synced"), RO},
    {B("IsIntegrationUser", "Integration user mode")},
    {B("SetupUser", "Restricted Access Mode")},
    {P_("InviteStatusCode", "Invitation Status", invites, 0)},
    {P_("EmailRouterAccessApproval", "Primary Email Status", approvals, 0)},
    {P_("IncomingEmailDeliveryMethod", "Incoming Email Delivery Method", incoming, 1)},
    {P_("OutgoingEmailDeliveryMethod", "Outgoing Email Delivery Method", outgoing, 1)},
    {P_("DeletedState", "Deleted State", deleted_states, 0), RO},
    {G("OrganizationId", "Organization "), RO},
    {L("BusinessUnitId", "Business Unit", {"businessunit", "businessunitid", "business_unit_system_users"}), NEEDED},
    {L("ParentSystemUserId", "Manager", {"systemuser", "parentsystemuserid", "user_parent_user"})},
    {L("TerritoryId", "Territory", {"territory", "territoryid", NULL})},
    {L("QueueId", "Default Queue", {"queue", "queueid", NULL})},
    {L("TransactionCurrencyId", "Currency", {"transactioncurrency", "transactioncurrencyid", NULL})},
};

static const struct dv_option team_types[] = {{0, "Owner", 0}, {1, "Access", 0}, {2, "Security Group", 0}, {3, "Office Group", 0}, {0}};
static const struct dv_option memberships[] = {{0, "Members and guests", 0}, {1, "Members", 0}, {2, "Owners", 0}, {3, "Guests", 0}, {0}};

static const struct dv_column team_columns[] = {
    {"TeamId", "Team", DV_ID, DV_NO_UPDATE | DV_SYSTEM_REQUIRED},
    {S("Name", "Team Name", 160), .flags = DV_SYSTEM_REQUIRED | DV_INDEXED},
    {P_("TeamType", "Team Type", team_types, 0)},
    {P_("MembershipType", "Membership Type", memberships, 0)},
    {B("IsDefault", "Is Default"), RO},
    {B("SystemManaged", "Is System Managed"), RO},
    {M("Description", "Description", 2000)},
    {S("EMailAddress", "Email", 100)},
    {G("AzureActiveDirectoryObjectId", "Azure AD Object Id for a group"), ON_CREATE},
    {G("OrganizationId", "Organization "), RO},
    {L("AdministratorId", "Administrator", {"systemuser", "administratorid", "lk_teambase_administratorid"})},
    {L("BusinessUnitId", "Business Unit", {"businessunit", "businessunitid", "business_unit_teams"})},
    {L("QueueId", "Default Queue", {"queue", "queueid", NULL})},
    {L("TransactionCurrencyId", "Currency", {"transactioncurrency", "transactioncurrencyid", NULL})},
};

static const struct dv_column unit_columns[] = {
    {"BusinessUnitId", "Business Unit", DV_ID, DV_NO_UPDATE | DV_SYSTEM_REQUIRED},
    {S("Name", "Name", 160), NEEDED},
    {B("IsDisabled", "Is Disabled")},
    {S("DivisionName", "Division", 100)},
    {S("CostCenter", "Cost Center", 100)},
    {S("EMailAddress", "Email", 100)},
    {S("WebSiteUrl", "Website", 200)},
    {M("Description", "Description", 2000)},
    {G("OrganizationId", "Organization"), RO},
    {L("ParentBusinessUnitId", "Parent Business", {"businessunit", "parentbusinessunitid", "business_unit_parent_business_unit"})},
};

static const struct dv_option components[] = {{0, "Published", 0}, {1, "Unpublished", 0}, {2, "Deleted", 0}, {3, "Deleted Unpublished", 0}, {0}};

static const struct dv_column role_columns[] = {
    {"RoleId", "Role", DV_ID, DV_NO_UPDATE | DV_SYSTEM_REQUIRED},
    {S("Name", "Name", 100), .flags = DV_SYSTEM_REQUIRED | DV_INDEXED},
    {B("IsManaged", "State"), RO},
    {P_("IsInherited", "Member's privilege inheritance", OPTIONS({0, "Team privileges only", 0}, {1, "Direct User (Basic) access level and Team privileges", 0}), 1)},
    {P_("ComponentState", "Component State", components, 0), RO},
    {G("RoleTemplateId", "Role Template ID"), RO},
    {G("OrganizationId", "Organization"), RO},
    {G("SolutionId", "Solution"), RO},
    {L("BusinessUnitId", "Business Unit", {"businessunit", "businessunitid", "business_unit_roles"})},
    {L("ParentRoleId", "Parent Role", {"role", "parentroleid", "role_parent_role"}), RO},
    {L("ParentRootRoleId", "Parent Root Role", {"role", "parentrootroleid", "role_parent_root_role"}), RO},
};

static const struct dv_column organization_columns[] = {
    {"OrganizationId", "Organization", DV_ID, DV_READ_ONLY | DV_SYSTEM_REQUIRED},
    {S("Name", "Organization Name", 160), NEEDED},
    {I("LanguageCode", "Language", 0, 2147483647), RO},
    {I("LocaleId", "Locale", 0, 2147483647)},
    {DT("FiscalCalendarStart", "Fiscal Calendar Start")},
    {I("MaxUploadFileSize", "Max Upload File Size", 0, 2147483647)},
    {I("ExpireChangeTrackingInDays", "Days to Expire Change Tracking Deleted Records", 0, 365)},
    {B("IsAuditEnabled", "Is Auditing Enabled")},
    {S("OrgDbOrgSettings", "Organization Database Organization Settings", 100000)},
    {L("BaseCurrencyId", "Currency", {"transactioncurrency", "basecurrencyid", "basecurrency_organization"})},
};

static const struct dv_option currency_types[] = {{0, "System", 0}, {1, "Custom", 0}, {0}};

static const struct dv_column currency_columns[] = {
    {"TransactionCurrencyId", "Transaction Currency", DV_ID, DV_NO_UPDATE | DV_SYSTEM_REQUIRED},
    {S("CurrencyName", "Currency Name", 100), NEEDED},
    {S("CurrencySymbol", "Currency Symbol", 10), NEEDED},
    {S("ISOCurrencyCode", "Currency Code", 5), NEEDED},
    {I("CurrencyPrecision", "Currency Precision", 0, 10), NEEDED},
    {D("ExchangeRate", "Exchange Rate", 12), NEEDED},
    {P_("CurrencyType", "Type of Currency", currency_types, 0), ON_CREATE},
    {G("OrganizationId", "Organization"), RO},
    {"StateCode", "Status", DV_STATE, DV_NO_CREATE | DV_SYSTEM_REQUIRED, .options = dv_active},
    {"StatusCode", "Status Reason", DV_STATUS, .options = dv_active_status},
};

#define ENTITY(name_, schema_, set_, label_, plural_, otc_, key_, main_, flags_, rows_) \
    {.name = name_, .schema = schema_, .set = set_, .label = label_, .plural = plural_, .otc = otc_, \
     .key = key_, .main_name = main_, .flags = flags_, .rows = rows_, .row_count = ARRAY_LEN(rows_)}

const struct dv_entity dv_systemuser = ENTITY("systemuser", "SystemUser", "systemusers", "User", "Users", 8, "systemuserid", "fullname", DV_ORG_OWNED | DV_TRACKED | DV_OPTIMISTIC | DV_SECURITY, user_columns);
const struct dv_entity dv_team = ENTITY("team", "Team", "teams", "Team", "Teams", 9, "teamid", "name", DV_ORG_OWNED | DV_TRACKED | DV_OPTIMISTIC | DV_SECURITY, team_columns);
const struct dv_entity dv_businessunit = ENTITY("businessunit", "BusinessUnit", "businessunits", "Business Unit", "Business Units", 10, "businessunitid", "name", DV_ORG_OWNED | DV_SECURITY, unit_columns);
const struct dv_entity dv_role = ENTITY("role", "Role", "roles", "Security Role", "Security Roles", 1036, "roleid", "name", DV_ORG_OWNED | DV_SECURITY, role_columns);
const struct dv_entity dv_organization = ENTITY("organization", "Organization", "organizations", "Organization", "Organizations", 1019, "organizationid", "name", DV_ORG_OWNED, organization_columns);
const struct dv_entity dv_currency = ENTITY("transactioncurrency", "TransactionCurrency", "transactioncurrencies", "Currency", "Currencies", 9105, "transactioncurrencyid", "currencyname", DV_ORG_OWNED, currency_columns);

/* What solutions are made of. */
static const struct dv_column solution_columns[] = {
    {"SolutionId", "Solution Identifier", DV_ID, DV_NO_UPDATE | DV_SYSTEM_REQUIRED},
    {S("UniqueName", "Name", 65), .flags = DV_SYSTEM_REQUIRED | DV_NO_UPDATE | DV_INDEXED},
    {S("FriendlyName", "Display Name", 256), NEEDED},
    {S("Version", "Version", 256), NEEDED},
    {M("Description", "Description", 2000)},
    {B("IsManaged", "Package Type"), RO},
    {B("IsVisible", "Is Visible Outside Platform"), RO},
    {DT("InstalledOn", "Installed On"), RO},
    {DT("UpdatedOn", "Updated On"), RO},
    {G("OrganizationId", "Organization"), RO},
    {L("PublisherId", "Publisher", {"publisher", "publisherid", "publisher_solution"}), NEEDED},
};

static const struct dv_column publisher_columns[] = {
    {"PublisherId", "Publisher Identifier", DV_ID, DV_NO_UPDATE | DV_SYSTEM_REQUIRED},
    {S("UniqueName", "Name", 256), NEEDED},
    {S("FriendlyName", "Display Name", 256), NEEDED},
    {S("CustomizationPrefix", "Prefix", 8), NEEDED},
    {I("CustomizationOptionValuePrefix", "Option Value Prefix", 10000, 99999)},
    {M("Description", "Description", 2000)},
    {B("IsReadonly", "Is Read-Only Publisher"), RO},
    {G("OrganizationId", "Organization"), RO},
};

static const struct dv_option stages[] = {{10, "Pre-validation", 0}, {20, "Pre-operation", 0}, {40, "Post-operation", 0}, {0}};
static const struct dv_option modes[] = {{0, "Synchronous", 0}, {1, "Asynchronous", 0}, {0}};
static const struct dv_option step_states[] = {{0, "Enabled", 1}, {1, "Disabled", 2}, {0}};
static const struct dv_option step_statuses[] = {{1, "Enabled", 0}, {2, "Disabled", 1}, {0}};

static const struct dv_column step_columns[] = {
    {"SdkMessageProcessingStepId", "Sdk Message Processing Step", DV_ID, DV_NO_UPDATE | DV_SYSTEM_REQUIRED},
    {S("Name", "Name", 256)},
    {S("Description", "Description", 256)},
    {P_("Stage", "Execution Stage", stages, 40)},
    {P_("Mode", "Execution Mode", modes, 0)},
    {I("Rank", "Execution Order", -2147483648.0, 2147483647)},
    {S("Category", "Category", 100), RO},
    {S("FilteringAttributes", "Filtering Attributes", 100000)},
    {B("IsHidden", "Hidden"), RO},
    {B("IsManaged", "State"), RO},
    {G("SolutionId", "Solution"), RO},
    {L("PluginTypeId", "Plug-In Type", {"plugintype", "plugintypeid", NULL})},
    {L("EventHandler", "Event Handler", {"plugintype", "eventhandler_plugintype", NULL})},
    {L("SdkMessageId", "SDK Message", {"sdkmessage", "sdkmessageid", NULL})},
    {L("SdkMessageFilterId", "SdkMessage Filter", {"sdkmessagefilter", "sdkmessagefilterid", NULL})},
    {G("OrganizationId", "Organization"), RO},
    {"StateCode", "Status", DV_STATE, DV_NO_CREATE | DV_SYSTEM_REQUIRED, .options = step_states},
    {"StatusCode", "Status Reason", DV_STATUS, .options = step_statuses},
};

static const struct dv_column job_columns[] = {
    {"ImportJobId", "ImportJobId", DV_ID, DV_READ_ONLY | DV_SYSTEM_REQUIRED},
    {S("Name", "Name", 256), RO},
    {S("SolutionName", "Solution Name", 256), RO},
    {G("SolutionId", "Solution"), RO},
    {F("Progress", "Progress", 0, 100), RO},
    {DT("StartedOn", "Started On"), RO},
    {DT("CompletedOn", "Completed On"), RO},
    {M("Data", "Data", 1073741823), RO},
    {S("ImportContext", "Import Context", 256), RO},
    {S("OperationContext", "Operation Context", 256), RO},
    {G("OrganizationId", "Organization"), RO},
};

const struct dv_entity dv_solution = ENTITY("solution", "Solution", "solutions", "Solution", "Solutions", 7100, "solutionid", "friendlyname", DV_ORG_OWNED, solution_columns);
const struct dv_entity dv_publisher = ENTITY("publisher", "Publisher", "publishers", "Publisher", "Publishers", 7101, "publisherid", "friendlyname", DV_ORG_OWNED, publisher_columns);
const struct dv_entity dv_step = ENTITY("sdkmessageprocessingstep", "SdkMessageProcessingStep", "sdkmessageprocessingsteps", "Sdk Message Processing Step", "Sdk Message Processing Steps", 4608, "sdkmessageprocessingstepid", "name", DV_ORG_OWNED | DV_KEPT, step_columns);
const struct dv_entity dv_importjob = ENTITY("importjob", "ImportJob", "importjobs", "Import Job", "Import Jobs", 9107, "importjobid", "name", DV_ORG_OWNED | DV_NO_WRITE, job_columns);
/* clang-format on */
