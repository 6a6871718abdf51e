#include "store/members.h"

#include <math.h>
#include <string.h>

#include "base/auto.h"
#include "base/guid.h"
#include "base/iso8601.h"
#include "base/str.h"
#include "store/load.h"
#include "store/settings.h"

static const char *const tenant_scope[] = {"tenant", NULL};
static const char *const audiences[] = {"AzureADMyOrg", "AzureADMultipleOrgs",
                                        "AzureADandPersonalMicrosoftAccount",
                                        "PersonalMicrosoftAccount", NULL};
static const char *const mfa_states[] = {"off", "required", "unregistered", NULL};
static const char *const access_states[] = {"off",    "blocked",  "device", "policy",
                                            "legacy", "external", NULL};
static const char *const token_versions[] = {"saml1.1", "saml2.0", NULL};
static const char *const certificates[] = {"trusted", "rolled", NULL};
static const char *const permission_types[] = {"Scope", "Role", NULL};
static const char *const clouds[] = {"public", "us-government", "china", NULL};
static const char *const on_off[] = {"on", "off", NULL};

/* clang-format off */
static const struct member domain_members[] = {
    {"name", MEMBER_TEXT, true, "The DNS name, such as contoso.onmicrosoft.com."},
    {"default", MEMBER_BOOL, false, "New users and applications carry it. The first one is it when none says so."},
    {"initial", MEMBER_BOOL, false, "The name that the tenant was made with."},
};
static const struct member_object domain = {"A verified domain.", domain_members, ARRAY_LEN(domain_members)};

static const struct member user_members[] = {
    {"id", MEMBER_GUID, false, "Object id; made from the seed when it is not given."},
    {"userPrincipalName", MEMBER_TEXT, true, "The sign-in name, in one of the tenant's domains."},
    {"displayName", MEMBER_TEXT, false, "Default: the part of the sign-in name before the @."},
    {"givenName", MEMBER_TEXT, false, "First name."},
    {"surname", MEMBER_TEXT, false, "Last name."},
    {"mail", MEMBER_TEXT, false, "E-mail address."},
    {"password", MEMBER_TEXT, false, "Made from the seed when it is not given; only its hash is kept."},
    {"passwordLifetime", MEMBER_DURATION, false, "The password expires so long after the start; never when it is not given."},
    {"accountEnabled", MEMBER_BOOL, false, "Default true."},
    {"administrator", MEMBER_BOOL, false, "May administer the directory in delegated calls and consent for all. Default false."},
    {"mfa", MEMBER_WORD, false, "Whether a policy asks for a second factor at sign-in. Default off.", NULL, mfa_states},
    {"conditionalAccess", MEMBER_WORD, false, "Whether a policy keeps the user out: blocked (AADSTS53003), device (53000), policy (530032), legacy (530035), external (50158). Default off.", NULL, access_states},
    {"synchronized", MEMBER_BOOL, false, "Of a federated domain. false: AD FS knows the user, Azure AD does not. Default true."},
    {"cloudPassword", MEMBER_TEXT, false, "Of a federated domain: the password whose hash Azure AD has, when it is another than the one AD FS checks."},
    {"immutableId", MEMBER_TEXT, false, "Of a federated domain: what ties the two accounts, base64 of the on-premises objectGUID. Made from the id when it is not given."},
};
static const struct member_object user = {"A user of the tenant.", user_members, ARRAY_LEN(user_members)};

static const struct member access_members[] = {
    {"id", MEMBER_GUID, true, "Id of the permission."},
    {"type", MEMBER_WORD, true, "Delegated (Scope) or for the application itself (Role).", NULL, permission_types},
};
static const struct member_object access = {"One permission.", access_members, ARRAY_LEN(access_members)};

static const struct member required_members[] = {
    {"resourceAppId", MEMBER_GUID, true, "Application id of the API."},
    {"resourceAccess", MEMBER_LIST, true, "Its permissions that the application lists.", &access},
};
static const struct member_object required = {"What an application lists of one API.", required_members, ARRAY_LEN(required_members)};

static const struct member secret_members[] = {
    {"keyId", MEMBER_GUID, false, "The Secret ID; made from the seed when it is not given."},
    {"displayName", MEMBER_TEXT, false, "Its description."},
    {"value", MEMBER_TEXT, false, "Made from the seed when it is not given; only its hash and first three characters are kept."},
    {"age", MEMBER_DURATION, false, "It was made so long before the start. Default PT0S."},
    {"lifetime", MEMBER_DURATION, false, "It ends so long after it was made. Default P2Y."},
};
static const struct member_object secret = {"A client secret.", secret_members, ARRAY_LEN(secret_members)};

static const struct member certificate_members[] = {
    {"keyId", MEMBER_GUID, false, "Made from the seed when it is not given."},
    {"displayName", MEMBER_TEXT, false, "Its description."},
    {"certificate", MEMBER_TEXT, true, "X.509 with an RSA key, base64 of its DER."},
    {"age", MEMBER_DURATION, false, "It begins so long before the start. Default PT0S."},
    {"lifetime", MEMBER_DURATION, false, "It ends so long after it began. Default P1Y."},
};
static const struct member_object certificate = {"A certificate that signs client assertions.", certificate_members, ARRAY_LEN(certificate_members)};

static const struct member grant_members[] = {
    {"resourceAppId", MEMBER_GUID, true, "Application id of the API."},
    {"scope", MEMBER_TEXT, true, "Delegated permissions by their values, separated by blanks."},
    {"user", MEMBER_TEXT, false, "The sign-in name of the only user it holds for; for all when it is not given."},
};
static const struct member_object grant = {"A delegated consent.", grant_members, ARRAY_LEN(grant_members)};

static const struct member principal_members[] = {
    {"id", MEMBER_GUID, false, "Object id; made from the seed when it is not given."},
    {"present", MEMBER_BOOL, false, "false: there is none. Default true."},
    {"accountEnabled", MEMBER_BOOL, false, "Default true."},
};
static const struct member_object principal = {"The application's service principal in this tenant.", principal_members, ARRAY_LEN(principal_members)};

static const struct member application_members[] = {
    {"id", MEMBER_GUID, false, "Object id; made from the seed when it is not given."},
    {"appId", MEMBER_GUID, false, "Client id; made from the seed when it is not given."},
    {"displayName", MEMBER_TEXT, true, "Need not be unique."},
    {"signInAudience", MEMBER_WORD, false, "Default AzureADMyOrg: this tenant only.", NULL, audiences},
    {"allowPublicClient", MEMBER_BOOL, false, "Allow public client flows: no secret is asked for in them. Default false."},
    {"redirectUris", MEMBER_TEXTS, false, "Of the platform web."},
    {"publicRedirectUris", MEMBER_TEXTS, false, "Of the platform mobile and desktop applications."},
    {"spaRedirectUris", MEMBER_TEXTS, false, "Of the platform single-page application."},
    {"requiredResourceAccess", MEMBER_LIST, false, "The permissions that it lists.", &required},
    {"servicePrincipal", MEMBER_OBJECT, false, "Its service principal; it has one when nothing is said.", &principal},
    {"secrets", MEMBER_LIST, false, "Its client secrets.", &secret},
    {"certificates", MEMBER_LIST, false, "Its certificates, in place of a secret or beside one.", &certificate},
    {"appRoles", MEMBER_TEXTS, false, "Permissions of Microsoft Graph that it holds itself, by their values."},
    {"grants", MEMBER_LIST, false, "Delegated permissions that were consented to.", &grant},
};
static const struct member_object application = {"A registered application.", application_members, ARRAY_LEN(application_members)};

static const struct member api_members[] = {
    {"appId", MEMBER_GUID, true, "Application id: Microsoft Graph or Dataverse."},
    {"id", MEMBER_GUID, false, "Object id in this tenant; made from the seed when it is not given."},
    {"present", MEMBER_BOOL, false, "false: the tenant has no such service. Default true."},
    {"accountEnabled", MEMBER_BOOL, false, "Default true."},
};
static const struct member_object api = {"The service principal of one of Microsoft's APIs.", api_members, ARRAY_LEN(api_members)};

static const struct member federation_members[] = {
    {"host", MEMBER_TEXT, true, "The host of AD FS, such as sts.contoso.com."},
    {"domains", MEMBER_TEXTS, true, "Which of the tenant's domains sign in there."},
    {"issuer", MEMBER_TEXT, false, "The issuer URI of the realm. Default http://{host}/adfs/services/trust."},
    {"passwordHashSync", MEMBER_BOOL, false, "Whether hashes of the passwords are synchronized to Azure AD. Default false."},
    {"token", MEMBER_WORD, false, "What AD FS issues. Default saml1.1.", NULL, token_versions},
    {"certificate", MEMBER_WORD, false, "rolled: AD FS signs with a new certificate of which Azure AD was not told. Default trusted.", NULL, certificates},
};
static const struct member_object federation = {"The federation with AD FS; null: none.", federation_members, ARRAY_LEN(federation_members)};

static const struct member other_application_members[] = {
    {"appId", MEMBER_GUID, true, "Client id; of an application of the world, or of one that is registered there."},
    {"displayName", MEMBER_TEXT, false, "Of one that is registered there. Default: its client id."},
    {"secrets", MEMBER_LIST, false, "Client secrets of one that is registered there.", &secret},
};
static const struct member_object other_application = {"An application that is present in another tenant.", other_application_members, ARRAY_LEN(other_application_members)};

static const struct member other_tenant_members[] = {
    {"id", MEMBER_GUID, true, "The tenant id."},
    {"displayName", MEMBER_TEXT, false, "The organization's name. Default: its first domain."},
    {"domains", MEMBER_TEXTS, false, "Its verified domains. Their users have accounts there and none in this tenant."},
    {"cloud", MEMBER_WORD, false, "In which cloud it lives; a national one answers nothing here (AADSTS90038, 900382). Default public.", NULL, clouds},
    {"applications", MEMBER_LIST, false, "The applications that are present there; every other is unknown (AADSTS700016).", &other_application},
};
static const struct member_object other_tenant = {"A tenant beside this one, as far as a request can stray into it.", other_tenant_members, ARRAY_LEN(other_tenant_members)};

static const struct member tenant_members[] = {
    {"id", MEMBER_GUID, true, "The tenant id."},
    {"displayName", MEMBER_TEXT, true, "The organization's name."},
    {"domains", MEMBER_LIST, true, "At least one verified domain.", &domain},
    {"federation", MEMBER_OBJECT_OR_NULL, false, "The federation with AD FS. Default null.", &federation},
    {"servicePrincipals", MEMBER_LIST, false, "Microsoft's APIs; Graph and Dataverse are there when nothing is said.", &api},
    {"users", MEMBER_LIST, false, "Its users.", &user},
    {"applications", MEMBER_LIST, false, "Its registered applications.", &application},
    {"adminApplication", MEMBER_GUID, false, "Client id of the application that may administer the directory."},
    {"otherTenants", MEMBER_LIST, false, "Tenants of other organizations that requests can stray into. Default none: every other tenant is unknown (AADSTS90002).", &other_tenant},
    {"syncUser", MEMBER_TEXT, false, "Sign-in name of the user for password sign-in."},
    {"settings", MEMBER_SETTINGS, false, "Switches.", NULL, tenant_scope},
};
static const struct member_object tenant = {"The Azure AD tenant.", tenant_members, ARRAY_LEN(tenant_members)};

static const struct member world_members[] = {
    {"version", MEMBER_INT, false, "1."},
    {"name", MEMBER_TEXT, false, "What the line of `serve` calls it. Default: the file's name."},
    {"extends", MEMBER_TEXT, false, "A world by name, or a file relative to this one, from which to start."},
    {"clock", MEMBER_DATE, false, "Where a virtual clock starts. Default 2026-01-15T09:00:00Z."},
    {"limits", MEMBER_WORD, false, "Whether the services' published limits hold. Default on.", NULL, on_off},
    {"tenant", MEMBER_OBJECT, true, "The directory.", &tenant},
    {"organizations", MEMBER_LIST, false, "The first one answers for loopback addresses.", &members_organization},
    {"subscriptions", MEMBER_LIST, false, "The first one answers for loopback addresses.", &members_subscription},
};
/* clang-format on */

const struct member_object members_world = {"A world of the mock tenant.", world_members,
                                            ARRAY_LEN(world_members)};

/* Where a check is: the pointer grows on the way down. */
struct place {
    struct arena *arena;
    const char *at;
    bool whole;
};

static bool wrong(const struct place *place, struct err *err)
{
    err_at(err, place->at);
    return false;
}

static bool expected(const struct place *place, const char *what, const cJSON *item,
                     struct err *err)
{
    (void)err_set(err, ERR_CONFIG, "expected %s, found %s", what, json_kind(item));
    return wrong(place, err);
}

static struct place below(const struct place *place, const char *member)
{
    return (struct place){place->arena, json_pointer_add(place->arena, place->at, member),
                          place->whole};
}

static bool check_word(const struct member *member, const cJSON *item, const struct place *place,
                       struct err *err)
{
    AUTO(strbuf) words = STRBUF(0);

    for (size_t i = 0; member->words[i] != NULL; i++) {
        if (str_eq(member->words[i], cJSON_GetStringValue(item))) {
            return true;
        }
        strbuf_addf(&words, "%s\"%s\"", i > 0 ? " or " : "", member->words[i]);
    }
    return expected(place, strbuf_text(&words), item, err);
}

static bool check_texts(const cJSON *item, const struct place *place, struct err *err)
{
    const cJSON *element;
    size_t index = 0;

    if (!cJSON_IsArray(item)) {
        return expected(place, "an array of strings", item, err);
    }
    cJSON_ArrayForEach(element, item)
    {
        struct place here = *place;

        here.at = json_pointer_index(place->arena, place->at, index++);
        if (!cJSON_IsString(element)) {
            return expected(&here, "a string", element, err);
        }
    }
    return true;
}

/* A group such as `latency` holds the settings whose names begin with it and a dot. */
static bool check_settings(const char *scope, const char *group, const cJSON *item,
                           const struct place *place, struct err *err)
{
    const cJSON *child;

    if (!cJSON_IsObject(item)) {
        return expected(place, "an object", item, err);
    }
    cJSON_ArrayForEach(child, item)
    {
        struct place here = below(place, child->string);
        const char *name = arena_printf(place->arena, "%s%s", group, child->string);

        if (cJSON_IsObject(child)) {
            name = arena_printf(place->arena, "%s.", name);
            if (!check_settings(scope, name, child, &here, err)) {
                return false;
            }
        } else if (!settings_check(scope, name, child, err)) {
            return wrong(&here, err);
        }
    }
    return true;
}

static bool check_object(const struct member_object *object, const cJSON *item,
                         const struct place *place, struct err *err);

static bool check_list(const struct member_object *object, const cJSON *item,
                       const struct place *place, struct err *err)
{
    const cJSON *element;
    size_t index = 0;

    if (!cJSON_IsArray(item)) {
        return expected(place, "an array", item, err);
    }
    cJSON_ArrayForEach(element, item)
    {
        struct place here = *place;

        here.at = json_pointer_index(place->arena, place->at, index++);
        if (!check_object(object, element, &here, err)) {
            return false;
        }
    }
    return true;
}

static bool check_records(const cJSON *item, const struct place *place, struct err *err)
{
    const cJSON *element;
    size_t index = 0;

    if (!cJSON_IsArray(item)) {
        return expected(place, "an array of objects", item, err);
    }
    cJSON_ArrayForEach(element, item)
    {
        struct place here = *place;

        here.at = json_pointer_index(place->arena, place->at, index++);
        if (!cJSON_IsObject(element)) {
            return expected(&here, "an object", element, err);
        }
    }
    return true;
}

static bool check_member(const struct member *member, const cJSON *item, const struct place *place,
                         struct err *err)
{
    const char *text = cJSON_GetStringValue(item);
    struct duration duration;
    int64_t number;

    switch (member->kind) {
    case MEMBER_TEXT:
        return (text != NULL && *text != '\0') || expected(place, "a text", item, err);
    case MEMBER_GUID:
        return guid_valid(text) || expected(place, "a GUID", item, err);
    case MEMBER_INT:
        return json_int(item, &number) || expected(place, "an integer", item, err);
    case MEMBER_BOOL:
        return cJSON_IsBool(item) || expected(place, "true or false", item, err);
    case MEMBER_DATE:
        return (text != NULL && iso8601_parse(text, &number)) ||
               expected(place, "a date such as \"2026-01-15T09:00:00Z\"", item, err);
    case MEMBER_DURATION:
        return (text != NULL && duration_parse(text, &duration)) ||
               expected(place, "a duration such as \"P90D\"", item, err);
    case MEMBER_WORD:
        return check_word(member, item, place, err);
    case MEMBER_TEXTS:
        return check_texts(item, place, err);
    case MEMBER_OBJECT:
        return check_object(member->object, item, place, err);
    case MEMBER_LIST:
        return check_list(member->object, item, place, err);
    case MEMBER_RECORDS:
        return check_records(item, place, err);
    case MEMBER_FREE:
        return cJSON_IsObject(item) || expected(place, "an object", item, err);
    case MEMBER_OBJECT_OR_NULL:
        return cJSON_IsNull(item) || check_object(member->object, item, place, err);
    case MEMBER_SETTINGS:
        return check_settings(member->words[0], "", item, place, err);
    }
    return false;
}

static bool check_object(const struct member_object *object, const cJSON *item,
                         const struct place *place, struct err *err)
{
    const char **names = arena_array(place->arena, object->count, sizeof *names);

    if (!cJSON_IsObject(item)) {
        return expected(place, "an object", item, err);
    }
    for (size_t i = 0; i < object->count; i++) {
        names[i] = object->members[i].name;
    }
    if (!json_only(item, place->at, names, object->count, err)) {
        return false;
    }
    for (size_t i = 0; i < object->count; i++) {
        const struct member *member = &object->members[i];
        const cJSON *child = json_get(item, member->name);
        struct place here = below(place, member->name);

        if (child == NULL && member->required && place->whole) {
            (void)err_set(err, ERR_CONFIG, "the member \"%s\" is missing: %s", member->name,
                          member->about);
            return wrong(place, err);
        }
        if (child != NULL && !check_member(member, child, &here, err)) {
            return false;
        }
    }
    return true;
}

bool members_check(const struct member_object *object, const cJSON *item, bool whole,
                   struct err *err)
{
    AUTO(arena) arena = {0};
    const struct place place = {&arena, "", whole};

    return check_object(object, item, &place, err);
}

static cJSON *object_schema(const struct member_object *object);

static void set_type(cJSON *schema, const char *type, const char *format)
{
    cJSON_AddStringToObject(schema, "type", type);
    if (format != NULL) {
        cJSON_AddStringToObject(schema, "format", format);
    }
}

static cJSON *member_schema(const struct member *member)
{
    cJSON *schema = cJSON_CreateObject(), *words;

    switch (member->kind) {
    case MEMBER_TEXT:
        set_type(schema, "string", NULL);
        cJSON_AddNumberToObject(schema, "minLength", 1);
        break;
    case MEMBER_GUID:
        set_type(schema, "string", "uuid");
        break;
    case MEMBER_INT:
        set_type(schema, "integer", NULL);
        break;
    case MEMBER_BOOL:
        set_type(schema, "boolean", NULL);
        break;
    case MEMBER_DATE:
        set_type(schema, "string", "date-time");
        break;
    case MEMBER_DURATION:
        set_type(schema, "string", "duration");
        break;
    case MEMBER_WORD:
        words = cJSON_AddArrayToObject(schema, "enum");
        for (size_t i = 0; member->words[i] != NULL; i++) {
            cJSON_AddItemToArray(words, cJSON_CreateString(member->words[i]));
        }
        break;
    case MEMBER_TEXTS:
        set_type(schema, "array", NULL);
        set_type(cJSON_AddObjectToObject(schema, "items"), "string", NULL);
        break;
    case MEMBER_OBJECT:
    case MEMBER_OBJECT_OR_NULL:
        cJSON_Delete(schema);
        schema = object_schema(member->object);
        cJSON_DeleteItemFromObjectCaseSensitive(schema, "description");
        if (member->kind == MEMBER_OBJECT_OR_NULL) {
            static const char *const types[] = {"object", "null"};

            cJSON_ReplaceItemInObjectCaseSensitive(schema, "type",
                                                   cJSON_CreateStringArray(types, 2));
        }
        break;
    case MEMBER_LIST:
        set_type(schema, "array", NULL);
        cJSON_AddItemToObject(schema, "items", object_schema(member->object));
        break;
    case MEMBER_RECORDS:
        set_type(schema, "array", NULL);
        set_type(cJSON_AddObjectToObject(schema, "items"), "object", NULL);
        break;
    case MEMBER_FREE:
        set_type(schema, "object", NULL);
        break;
    case MEMBER_SETTINGS:
        cJSON_Delete(schema);
        schema = settings_schema(member->words[0]);
        break;
    }
    cJSON_AddStringToObject(schema, "description", member->about);
    return schema;
}

/* Nothing is required there: what a file does not say may come from the world it extends. */
static cJSON *object_schema(const struct member_object *object)
{
    cJSON *schema = cJSON_CreateObject(), *properties;

    set_type(schema, "object", NULL);
    cJSON_AddStringToObject(schema, "description", object->about);
    properties = cJSON_AddObjectToObject(schema, "properties");
    for (size_t i = 0; i < object->count; i++) {
        cJSON_AddItemToObject(properties, object->members[i].name,
                              member_schema(&object->members[i]));
    }
    cJSON_AddFalseToObject(schema, "additionalProperties");
    return schema;
}

cJSON *world_schema(struct arena *arena)
{
    cJSON *root = json_new_object(arena), *schema = object_schema(&members_world), *member;

    cJSON_AddStringToObject(root, "$schema", "https://json-schema.org/draft/2020-12/schema");
    cJSON_AddStringToObject(root, "title", "mocktenant world");
    while ((member = cJSON_DetachItemFromArray(schema, 0)) != NULL) {
        char *name = arena_strdup(arena, member->string);

        cJSON_AddItemToObject(root, name, member);
    }
    cJSON_Delete(schema);
    return root;
}
