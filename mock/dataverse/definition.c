#include "dataverse/definition.h"

#include <string.h>

#include "base/str.h"

/* Of each type: AttributeType, AttributeTypeName, and the metadata's own type. */
static const struct {
    const char *type, *name, *metadata;
} kinds[DV_TYPE_COUNT] = {
    [DV_ID] = {"Uniqueidentifier", "UniqueidentifierType", "UniqueIdentifierAttributeMetadata"},
    [DV_GUID] = {"Uniqueidentifier", "UniqueidentifierType", "UniqueIdentifierAttributeMetadata"},
    [DV_STRING] = {"String", "StringType", "StringAttributeMetadata"},
    [DV_MEMO] = {"Memo", "MemoType", "MemoAttributeMetadata"},
    [DV_INT] = {"Integer", "IntegerType", "IntegerAttributeMetadata"},
    [DV_BIGINT] = {"BigInt", "BigIntType", "BigIntAttributeMetadata"},
    [DV_BOOL] = {"Boolean", "BooleanType", "BooleanAttributeMetadata"},
    [DV_CHOICE] = {"Picklist", "PicklistType", "PicklistAttributeMetadata"},
    [DV_STATE] = {"State", "StateType", "StateAttributeMetadata"},
    [DV_STATUS] = {"Status", "StatusType", "StatusAttributeMetadata"},
    [DV_MONEY] = {"Money", "MoneyType", "MoneyAttributeMetadata"},
    [DV_DECIMAL] = {"Decimal", "DecimalType", "DecimalAttributeMetadata"},
    [DV_DOUBLE] = {"Double", "DoubleType", "DoubleAttributeMetadata"},
    [DV_DATETIME] = {"DateTime", "DateTimeType", "DateTimeAttributeMetadata"},
    [DV_DATE] = {"DateTime", "DateTimeType", "DateTimeAttributeMetadata"},
    [DV_LOOKUP] = {"Lookup", "LookupType", "LookupAttributeMetadata"},
    [DV_CUSTOMER] = {"Customer", "CustomerType", "LookupAttributeMetadata"},
    [DV_OWNER] = {"Owner", "OwnerType", "LookupAttributeMetadata"},
};

static const char space[] = "Microsoft.Dynamics.CRM.";

/* Members that a client may name though this or that table or column lacks them. */
static const char *const known[] = {
    "AttributeOf",
    "AttributeType",
    "AttributeTypeName",
    "AutoNumberFormat",
    "CanBeSecuredForCreate",
    "CanBeSecuredForRead",
    "CanBeSecuredForUpdate",
    "CanModifyAdditionalSettings",
    "ChildPicklistLogicalNames",
    "ColumnNumber",
    "CreatedOn",
    "DatabaseLength",
    "DateTimeBehavior",
    "DefaultFormValue",
    "DefaultValue",
    "DeprecatedVersion",
    "Description",
    "DisplayName",
    "EntityLogicalName",
    "ExternalName",
    "Format",
    "FormatName",
    "HasChanged",
    "ImeMode",
    "InheritsFrom",
    "IntroducedVersion",
    "IsAuditEnabled",
    "IsCustomAttribute",
    "IsCustomizable",
    "IsFilterable",
    "IsGlobalFilterEnabled",
    "IsLocalizable",
    "IsLogical",
    "IsManaged",
    "IsPrimaryId",
    "IsPrimaryName",
    "IsRenameable",
    "IsRequiredForForm",
    "IsRetrievable",
    "IsSearchable",
    "IsSecured",
    "IsSortableEnabled",
    "IsValidForAdvancedFind",
    "IsValidForCreate",
    "IsValidForForm",
    "IsValidForGrid",
    "IsValidForRead",
    "IsValidForUpdate",
    "IsValidODataAttribute",
    "LinkedAttributeId",
    "LogicalName",
    "MaxLength",
    "MaxValue",
    "MetadataId",
    "MinValue",
    "ModifiedOn",
    "ParentPicklistLogicalName",
    "Precision",
    "PrecisionSource",
    "RequiredLevel",
    "SchemaName",
    "Settings",
    "SourceType",
    "SourceTypeMask",
    "Targets",
    "YomiOf",
    "IsBaseCurrency",
    "CalculationOf",
    "FormulaDefinition",
};

bool dv_definition_knows(const char *name)
{
    for (size_t i = 0; i < ARRAY_LEN(known); i++) {
        if (strcmp(known[i], name) == 0) {
            return true;
        }
    }
    return false;
}

const char *dv_entity_id(struct arena *arena, const struct dv_entity *entity)
{
    return entity->id != NULL ? entity->id : dv_metadata_id(arena, "entity", entity->name, NULL);
}

const char *dv_column_id(struct arena *arena, const struct dv_entity *entity,
                         const struct dv_column *column)
{
    return column->id != NULL ? column->id
                              : dv_metadata_id(arena, "attribute", entity->name, column->name);
}

bool dv_definition_cast(const char *cast)
{
    if (!str_starts(cast, space)) {
        return false;
    }
    cast += sizeof space - 1;
    for (size_t i = 0; i < ARRAY_LEN(kinds); i++) {
        if (strcmp(kinds[i].metadata, cast) == 0) {
            return true;
        }
    }
    return strcmp(cast, "AttributeMetadata") == 0 || strcmp(cast, "EnumAttributeMetadata") == 0 ||
           strcmp(cast, "MultiSelectPicklistAttributeMetadata") == 0;
}

bool dv_definition_is(const struct dv_column *column, const char *cast)
{
    cast += sizeof space - 1;
    return strcmp(kinds[column->type].metadata, cast) == 0 ||
           strcmp(cast, "AttributeMetadata") == 0 ||
           (strcmp(cast, "EnumAttributeMetadata") == 0 &&
            (column->type == DV_CHOICE || column->type == DV_STATE || column->type == DV_STATUS));
}

/* What is known already of members: hundreds of columns are asked for the same few dozens, whose
 * names are literals. */
enum { KNOWN_MEMBERS = 128 };
struct members {
    const char *names[KNOWN_MEMBERS];
    bool wanted[KNOWN_MEMBERS];
};

/* An object that is made, and what is wanted of it. */
struct making {
    struct mock_call *call;
    cJSON *item;
    const char *select; /* NULL: all */
    struct members *members;
};

static bool is_wanted(const struct making *making, const char *name)
{
    const char *at = making->select;
    size_t len = strlen(name);

    while (at != NULL && (at = strstr(at, name)) != NULL) {
        if ((at == making->select || at[-1] == ',' || at[-1] == ' ') &&
            (at[len] == '\0' || at[len] == ',')) {
            return true;
        }
        at += len;
    }
    /* What a condition compares must be there too. */
    return making->select == NULL || strcmp(name, "MetadataId") == 0 ||
           strstr(making->call->query, name) != NULL;
}

static bool wants(const struct making *making, const char *name)
{
    struct members *members = making->members;
    size_t place = ((uintptr_t)name >> 2) % KNOWN_MEMBERS;

    if (members->names[place] != name) {
        members->names[place] = name;
        members->wanted[place] = is_wanted(making, name);
    }
    return members->wanted[place];
}

static void text(const struct making *making, const char *name, const char *value)
{
    if (wants(making, name)) {
        cJSON_AddItemToObject(making->item, name,
                              value != NULL ? cJSON_CreateString(value) : cJSON_CreateNull());
    }
}

static void number(const struct making *making, const char *name, double value)
{
    if (wants(making, name)) {
        cJSON_AddNumberToObject(making->item, name, value);
    }
}

static void truth(const struct making *making, const char *name, bool value)
{
    if (wants(making, name)) {
        cJSON_AddBoolToObject(making->item, name, value);
    }
}

static cJSON *new_label(struct mock_call *call, const char *value, const char *id)
{
    cJSON *label = cJSON_CreateObject();
    cJSON *list = cJSON_AddArrayToObject(label, "LocalizedLabels");

    for (int i = 0; i < 2 && value != NULL; i++) {
        cJSON *item = cJSON_CreateObject();

        cJSON_AddStringToObject(item, "Label", value);
        cJSON_AddNumberToObject(item, "LanguageCode", 1033);
        cJSON_AddTrueToObject(item, "IsManaged");
        cJSON_AddStringToObject(item, "MetadataId",
                                dv_metadata_id(call->arena, "label", id, value));
        cJSON_AddNullToObject(item, "HasChanged");
        if (i == 0) {
            cJSON_AddItemToArray(list, item);
        } else {
            cJSON_AddItemToObject(label, "UserLocalizedLabel", item);
        }
    }
    if (value == NULL) {
        cJSON_AddNullToObject(label, "UserLocalizedLabel");
    }
    return label;
}

static void label(const struct making *making, const char *name, const char *value, const char *id)
{
    if (wants(making, name)) {
        cJSON_AddItemToObject(making->item, name, new_label(making->call, value, id));
    }
}

static void managed(const struct making *making, const char *name, const char *property, bool value)
{
    cJSON *item;

    if (wants(making, name)) {
        item = cJSON_AddObjectToObject(making->item, name);
        cJSON_AddBoolToObject(item, "Value", value);
        cJSON_AddTrueToObject(item, "CanBeChanged");
        cJSON_AddStringToObject(item, "ManagedPropertyLogicalName", property);
    }
}

static void value_object(const struct making *making, const char *name, const char *value)
{
    if (wants(making, name)) {
        cJSON_AddStringToObject(cJSON_AddObjectToObject(making->item, name), "Value", value);
    }
}

static void nothing(const struct making *making, const char *name)
{
    if (wants(making, name)) {
        cJSON_AddNullToObject(making->item, name);
    }
}

static void privileges(const struct making *making, const struct dv_entity *entity)
{
    cJSON *list;

    if (!wants(making, "Privileges")) {
        return;
    }
    list = cJSON_AddArrayToObject(making->item, "Privileges");
    for (unsigned bit = 0; bit < 8; bit++) {
        const char *name =
            dv_privilege_name(making->call->arena, entity, (enum dv_right)(1U << bit));
        cJSON *item = cJSON_CreateObject();

        cJSON_AddTrueToObject(item, "CanBeBasic");
        cJSON_AddTrueToObject(item, "CanBeDeep");
        cJSON_AddTrueToObject(item, "CanBeGlobal");
        cJSON_AddTrueToObject(item, "CanBeLocal");
        cJSON_AddFalseToObject(item, "CanBeEntityReference");
        cJSON_AddFalseToObject(item, "CanBeParentEntityReference");
        cJSON_AddStringToObject(item, "Name", name);
        cJSON_AddStringToObject(item, "PrivilegeId", dv_privilege_id(making->call->arena, name));
        cJSON_AddStringToObject(item, "PrivilegeType", dv_right_names[bit]);
        cJSON_AddItemToArray(list, item);
    }
}

cJSON *dv_define_entity(struct mock_call *call, const struct dv_entity *entity)
{
    struct members members = {0};
    const struct making making = {call, cJSON_CreateObject(), uri_param(&call->params, "$select"),
                                  &members};
    bool custom = (entity->flags & DV_CUSTOM_ENTITY) != 0;
    bool owned = (entity->flags & DV_USER_OWNED) != 0;
    const char *id = dv_entity_id(call->arena, entity);

    text(&making, "MetadataId", id);
    nothing(&making, "HasChanged");
    truth(&making, "IsActivity", false);
    truth(&making, "ChangeTrackingEnabled", (entity->flags & DV_TRACKED) != 0);
    label(&making, "DisplayName", entity->label, id);
    label(&making, "DisplayCollectionName", entity->plural, id);
    label(&making, "Description", NULL, id);
    truth(&making, "EnforceStateTransitions", false);
    text(&making, "EntitySetName", entity->set);
    truth(&making, "HasActivities", owned && !custom);
    truth(&making, "HasNotes", owned && !custom);
    truth(&making, "IsCustomEntity", custom);
    truth(&making, "IsIntersect", false);
    truth(&making, "IsManaged", true);
    truth(&making, "IsOptimisticConcurrencyEnabled", (entity->flags & DV_OPTIMISTIC) != 0);
    truth(&making, "IsStateModelAware", (entity->flags & DV_STATEFUL) != 0);
    text(&making, "LogicalName", entity->name);
    text(&making, "LogicalCollectionName",
         custom ? entity->set : str_lower(arena_strdup(call->arena, entity->set)));
    text(&making, "CollectionSchemaName", arena_join(call->arena, entity->schema, "s", NULL));
    number(&making, "ObjectTypeCode", entity->otc);
    text(&making, "OwnershipType", owned ? "UserOwned" : "OrganizationOwned");
    text(&making, "PrimaryIdAttribute", entity->key);
    text(&making, "PrimaryNameAttribute", entity->main_name);
    text(&making, "PrimaryImageAttribute",
         dv_column(entity, "entityimageid") != NULL ? "entityimage" : NULL);
    text(&making, "SchemaName", entity->schema);
    text(&making, "TableType", "Standard");
    text(&making, "IntroducedVersion", custom ? "1.0.0.0" : "5.0.0.0");
    managed(&making, "CanChangeTrackingBeEnabled", "canchangetrackingbeenabled", true);
    managed(&making, "CanCreateAttributes", "cancreateattributes", true);
    managed(&making, "IsAuditEnabled", "canmodifyauditsettings", false);
    managed(&making, "IsCustomizable", "iscustomizable", true);
    managed(&making, "IsDuplicateDetectionEnabled", "canmodifyduplicatedetectionsettings", owned);
    managed(&making, "IsRenameable", "isrenameable", true);
    privileges(&making, entity);
    return making.item;
}

static const char *required_level(const struct dv_column *column)
{
    return (column->flags & DV_SYSTEM_REQUIRED) != 0 ? "SystemRequired"
           : (column->flags & DV_APP_REQUIRED) != 0  ? "ApplicationRequired"
           : (column->flags & DV_RECOMMENDED) != 0   ? "Recommended"
                                                     : "None";
}

static void define_text(const struct making *making, const struct dv_column *column)
{
    bool email = strstr(column->name, "emailaddress") != NULL;
    bool url = strstr(column->name, "url") != NULL;
    const char *format = column->type == DV_MEMO ? "TextArea"
                         : email                 ? "Email"
                         : url                   ? "Url"
                                                 : "Text";

    text(making, "Format", format);
    value_object(making, "FormatName", format);
    number(making, "MaxLength", (double)column->size);
    number(making, "DatabaseLength", (double)(2 * column->size));
    text(making, "ImeMode", "Auto");
    truth(making, "IsLocalizable", false);
    if (column->type == DV_STRING) {
        nothing(making, "YomiOf");
        nothing(making, "FormulaDefinition");
        number(making, "SourceTypeMask", 0);
    }
}

static void define_number(const struct making *making, const struct dv_column *column)
{
    bool whole = column->type == DV_INT;

    if (whole) {
        text(making, "Format", "None");
    }
    number(making, "MinValue", column->least);
    number(making, "MaxValue", column->most);
    if (!whole) {
        number(making, "Precision",
               column->type == DV_DECIMAL ? (double)column->size
               : column->type == DV_MONEY ? 2
                                          : 5);
        text(making, "ImeMode", "Disabled");
    }
    if (column->type == DV_MONEY) {
        number(making, "PrecisionSource", 2);
        truth(making, "IsBaseCurrency", (column->flags & DV_BASE_MONEY) != 0);
        text(making, "CalculationOf",
             (column->flags & DV_BASE_MONEY) != 0
                 ? arena_dup(making->call->arena, column->name, strlen(column->name) - 5)
                 : NULL);
    }
}

static void define_targets(const struct making *making, const struct dv_column *column)
{
    cJSON *list;

    if (wants(making, "Targets")) {
        list = cJSON_AddArrayToObject(making->item, "Targets");
        for (const struct dv_target *at = column->targets; at->entity != NULL; at++) {
            cJSON_AddItemToArray(list, cJSON_CreateString(at->entity));
        }
    }
    text(making, "Format", "None");
}

/* What only columns of its type have. */
static void define_own(const struct making *making, const struct dv_column *column)
{
    switch (column->type) {
    case DV_STRING:
    case DV_MEMO:
        define_text(making, column);
        break;
    case DV_INT:
    case DV_MONEY:
    case DV_DECIMAL:
    case DV_DOUBLE:
        define_number(making, column);
        break;
    case DV_DATETIME:
    case DV_DATE:
        text(making, "Format", column->type == DV_DATE ? "DateOnly" : "DateAndTime");
        value_object(making, "DateTimeBehavior",
                     column->type == DV_DATE ? "DateOnly" : "UserLocal");
        managed(making, "CanChangeDateTimeBehavior", "canchangedatetimebehavior", true);
        break;
    case DV_BOOL:
        truth(making, "DefaultValue", column->initial == 1);
        break;
    case DV_CHOICE:
    case DV_STATE:
    case DV_STATUS:
        number(making, "DefaultFormValue", (double)column->initial);
        nothing(making, "ParentPicklistLogicalName");
        if (wants(making, "ChildPicklistLogicalNames")) {
            cJSON_AddArrayToObject(making->item, "ChildPicklistLogicalNames");
        }
        break;
    case DV_LOOKUP:
    case DV_CUSTOMER:
    case DV_OWNER:
        define_targets(making, column);
        break;
    case DV_ID:
    case DV_GUID:
    case DV_BIGINT:
    case DV_TYPE_COUNT:
        break;
    }
}

static cJSON *new_option(struct mock_call *call, const struct dv_column *column,
                         const struct dv_option *option, const char *id)
{
    cJSON *item = cJSON_CreateObject();

    cJSON_AddNumberToObject(item, "Value", (double)option->value);
    cJSON_AddNullToObject(item, "Color");
    cJSON_AddTrueToObject(item, "IsManaged");
    cJSON_AddStringToObject(item, "ExternalValue", "");
    cJSON_AddArrayToObject(item, "ParentValues");
    cJSON_AddNullToObject(item, "Tag");
    cJSON_AddFalseToObject(item, "IsHidden");
    cJSON_AddNullToObject(item, "MetadataId");
    cJSON_AddNullToObject(item, "HasChanged");
    cJSON_AddItemToObject(item, "Label", new_label(call, option->label, id));
    cJSON_AddItemToObject(item, "Description", new_label(call, NULL, id));
    if (column->type == DV_STATUS) {
        cJSON_AddNumberToObject(item, "State", (double)option->state);
        cJSON_AddNullToObject(item, "TransitionData");
    } else if (column->type == DV_STATE) {
        cJSON_AddNumberToObject(item, "DefaultStatus", (double)option->state);
        cJSON_AddStringToObject(item, "InvariantName", option->label);
    }
    return item;
}

static const char *option_set_type(const struct dv_column *column)
{
    return column->type == DV_BOOL     ? "Boolean"
           : column->type == DV_STATE  ? "State"
           : column->type == DV_STATUS ? "Status"
                                       : "Picklist";
}

static cJSON *new_option_set(struct mock_call *call, const struct dv_entity *entity,
                             const struct dv_column *column)
{
    cJSON *set = cJSON_CreateObject(), *list;
    const char *name = arena_join(call->arena, entity->name, "_", column->name, NULL);
    const char *id = dv_metadata_id(call->arena, "optionset", name, NULL);

    cJSON_AddStringToObject(set, "MetadataId", id);
    cJSON_AddNullToObject(set, "HasChanged");
    cJSON_AddBoolToObject(set, "IsCustomOptionSet", (column->flags & DV_CUSTOM) != 0);
    cJSON_AddFalseToObject(set, "IsGlobal");
    cJSON_AddTrueToObject(set, "IsManaged");
    cJSON_AddStringToObject(set, "Name", name);
    cJSON_AddNullToObject(set, "ExternalTypeName");
    cJSON_AddStringToObject(set, "OptionSetType", option_set_type(column));
    cJSON_AddStringToObject(set, "IntroducedVersion", "5.0.0.0");
    cJSON_AddItemToObject(set, "DisplayName", new_label(call, column->label, id));
    cJSON_AddItemToObject(set, "Description", new_label(call, NULL, id));
    if (column->type == DV_BOOL) {
        cJSON_AddItemToObject(set, "TrueOption", new_option(call, column, &column->options[1], id));
        cJSON_AddItemToObject(set, "FalseOption",
                              new_option(call, column, &column->options[0], id));
        return set;
    }
    list = cJSON_AddArrayToObject(set, "Options");
    for (const struct dv_option *at = column->options; at != NULL && at->label != NULL; at++) {
        cJSON_AddItemToArray(list, new_option(call, column, at, id));
    }
    return set;
}

/* Keeps what `($select=…)` behind the name asks for, and the id. */
static void cut_option_set(cJSON *set, const char *options)
{
    static const char select[] = "($select=";
    cJSON *member = set->child;

    if (!str_starts(options, select)) {
        return;
    }
    options += sizeof select - 1;
    while (member != NULL) {
        cJSON *next = member->next;
        size_t len = strlen(member->string);
        bool kept = strcmp(member->string, "MetadataId") == 0;

        for (const char *at = options; !kept && *at != '\0' && *at != ')';) {
            size_t name = strcspn(at, ",);");

            kept = name == len && strncmp(at, member->string, len) == 0;
            at += name;
            at += *at == ',' || *at == ';';
        }
        if (!kept) {
            cJSON_Delete(cJSON_DetachItemViaPointer(set, member));
        }
        member = next;
    }
}

/* $expand=OptionSet(…),GlobalOptionSet */
static void expand_options(const struct making *making, const struct dv_entity *entity,
                           const struct dv_column *column)
{
    const char *expand = uri_param(&making->call->params, "$expand");
    cJSON *item = making->item;

    if (expand == NULL || column->options == NULL) {
        return;
    }
    if (str_starts(expand, "OptionSet") || strstr(expand, ",OptionSet") != NULL) {
        cJSON *set = new_option_set(making->call, entity, column);

        cut_option_set(set, strstr(expand, "OptionSet") + strlen("OptionSet"));
        cJSON_AddItemToObject(item, "OptionSet", set);
    }
    if (strstr(expand, "GlobalOptionSet") != NULL) {
        cJSON_AddNullToObject(item, "GlobalOptionSet");
    }
}

static cJSON *define_column(struct mock_call *call, const struct dv_entity *entity,
                            const struct dv_column *column, bool cast, struct members *members)
{
    const struct making making = {call, cJSON_CreateObject(), uri_param(&call->params, "$select"),
                                  members};
    const char *id = dv_column_id(call->arena, entity, column);
    bool creates = (column->flags & DV_NO_CREATE) == 0;
    bool updates = (column->flags & DV_NO_UPDATE) == 0;

    cJSON_AddStringToObject(
        making.item, "@odata.type",
        arena_join(call->arena, "#", space, kinds[column->type].metadata, NULL));
    text(&making, "MetadataId", id);
    nothing(&making, "HasChanged");
    nothing(&making, "AttributeOf");
    text(&making, "AttributeType", kinds[column->type].type);
    value_object(&making, "AttributeTypeName", kinds[column->type].name);
    number(&making, "ColumnNumber", 1);
    label(&making, "Description", NULL, id);
    label(&making, "DisplayName", column->label, id);
    text(&making, "EntityLogicalName", entity->name);
    nothing(&making, "DeprecatedVersion");
    nothing(&making, "ExternalName");
    text(&making, "IntroducedVersion", "5.0.0.0");
    truth(&making, "IsCustomAttribute", (column->flags & DV_CUSTOM) != 0);
    truth(&making, "IsFilterable", true);
    truth(&making, "IsLogical", (column->flags & (DV_BASE_MONEY | DV_COMPUTED)) != 0);
    truth(&making, "IsManaged", true);
    truth(&making, "IsPrimaryId", column->type == DV_ID);
    truth(&making, "IsPrimaryName", strcmp(column->name, entity->main_name) == 0);
    truth(&making, "IsRequiredForForm", false);
    truth(&making, "IsRetrievable", true);
    truth(&making, "IsSearchable", false);
    truth(&making, "IsSecured", false);
    truth(&making, "IsValidForCreate", creates);
    truth(&making, "IsValidForForm", true);
    truth(&making, "IsValidForGrid", true);
    truth(&making, "IsValidForRead", true);
    truth(&making, "IsValidForUpdate", updates);
    truth(&making, "IsValidODataAttribute", true);
    text(&making, "LogicalName", column->name);
    text(&making, "SchemaName", column->schema);
    number(&making, "SourceType", 0);
    nothing(&making, "AutoNumberFormat");
    managed(&making, "IsAuditEnabled", "canmodifyauditsettings", true);
    managed(&making, "IsCustomizable", "iscustomizable", true);
    managed(&making, "IsRenameable", "isrenameable", true);
    managed(&making, "IsValidForAdvancedFind", "canmodifysearchsettings", true);
    if (wants(&making, "RequiredLevel")) {
        cJSON *level = cJSON_AddObjectToObject(making.item, "RequiredLevel");

        cJSON_AddStringToObject(level, "Value", required_level(column));
        cJSON_AddBoolToObject(level, "CanBeChanged", (column->flags & DV_SYSTEM_REQUIRED) == 0);
        cJSON_AddStringToObject(level, "ManagedPropertyLogicalName",
                                "canmodifyrequirementlevelsettings");
    }
    define_own(&making, column);
    if (cast) {
        expand_options(&making, entity, column);
    }
    return making.item;
}

cJSON *dv_define_column(struct mock_call *call, const struct dv_entity *entity,
                        const struct dv_column *column, bool cast)
{
    struct members members = {0};

    return define_column(call, entity, column, cast, &members);
}

cJSON *dv_define_columns(struct mock_call *call, const struct dv_entity *entity, const char *cast)
{
    cJSON *list = cJSON_CreateArray();
    struct members members = {0};

    for (size_t i = 0; i < entity->column_count; i++) {
        const struct dv_column *column = entity->columns[i];

        if (cast == NULL || dv_definition_is(column, cast)) {
            cJSON *item = define_column(call, entity, column, cast != NULL, &members);

            if (cast != NULL) { /* all are of one type */
                cJSON_DeleteItemFromObjectCaseSensitive(item, "@odata.type");
            }
            cJSON_AddItemToArray(list, item);
        }
    }
    return list;
}
