#include "base/auto.h"
#include "store/members.h"

static const char *const subscription_scope[] = {"subscription", NULL};
static const char *const states[] = {
    "new",         "bound",    "fields_chosen", "initial_sync", "running", "disabled",
    "oauth_pause", "settling", "halted",        "down",         NULL};
static const char *const methods[] = {"s2s", "ropc", "basic", NULL};

/* clang-format off */
static const struct member api_user_members[] = {
    {"name", MEMBER_TEXT, true, "Its name within the subscription."},
    {"clientId", MEMBER_GUID, false, "Made from the seed when it is not given."},
    {"clientSecret", MEMBER_TEXT, false, "Made from the seed when it is not given; only its hash is kept."},
    {"connector", MEMBER_BOOL, false, "Whether it is the CRM connector. Default false."},
};
static const struct member_object api_user = {"An API user with its custom service.", api_user_members, ARRAY_LEN(api_user_members)};

static const struct member selection_members[] = {
    {"lead", MEMBER_TEXTS, false, "Columns of leads."},
    {"contact", MEMBER_TEXTS, false, "Columns of contacts."},
    {"account", MEMBER_TEXTS, false, "Columns of accounts."},
    {"opportunity", MEMBER_TEXTS, false, "Columns of opportunities."},
};
static const struct member_object selection = {"The selected columns by entity; the default pairs where an entity is not named.", selection_members, ARRAY_LEN(selection_members)};

static const struct member connection_members[] = {
    {"state", MEMBER_WORD, false, "STATE-01 to STATE-10. Default new.", NULL, states},
    {"organization", MEMBER_TEXT, false, "Host of the organization that it is locked to. Default: the first one."},
    {"authMethod", MEMBER_WORD, false, "Default s2s.", NULL, methods},
    {"username", MEMBER_TEXT, false, "Default: the organization's applicationUser."},
    {"clientId", MEMBER_GUID, false, "Default: the application \"Marketo Integration\"; none with basic."},
    {"tenantId", MEMBER_GUID, false, "Default: the world's tenant; none with basic."},
    {"fields", MEMBER_OBJECT, false, "The selected columns, from fields_chosen on.", &selection},
    {"notificationEmail", MEMBER_TEXT, false, "Where notifications go."},
    {"initialComplete", MEMBER_BOOL, false, "Whether a pass has ended so. Default: whether the state is neither of the first four."},
    {"before", MEMBER_WORD, false, "Of oauth_pause: the state in which support paused it. Default running.", NULL, states},
};
static const struct member_object connection = {"The connection of the CRM page.", connection_members, ARRAY_LEN(connection_members)};

static const struct member field_members[] = {
    {"name", MEMBER_TEXT, true, "REST API name."},
    {"displayName", MEMBER_TEXT, false, "Default: the name."},
    {"dataType", MEMBER_TEXT, false, "Such as string, integer or boolean. Default string."},
};
static const struct member_object field = {"A custom field of people.", field_members, ARRAY_LEN(field_members)};

static const struct member subscription_members[] = {
    {"munchkin", MEMBER_TEXT, true, "The Munchkin account id, such as 123-ABC-456."},
    {"api_users", MEMBER_LIST, false, "Its API users.", &api_user},
    {"connection", MEMBER_OBJECT, false, "Admin > CRM; new when nothing is said.", &connection},
    {"fields", MEMBER_LIST, false, "Custom fields of people, beside those of the CRM.", &field},
    {"companies", MEMBER_RECORDS, false, "Companies by their REST API names."},
    {"leads", MEMBER_RECORDS, false, "People by their REST API names."},
    {"settings", MEMBER_SETTINGS, false, "Switches.", NULL, subscription_scope},
};
/* clang-format on */

const struct member_object members_subscription = {"A Marketo subscription.", subscription_members,
                                                   ARRAY_LEN(subscription_members)};
