#include "dataverse/package.h"

#include <string.h>

#include "base/guid.h"
#include "base/str.h"
#include "store/data.h"

/* Bounds of what is read out of a package. */
enum {
    MOST_XML = 16 << 20,
    MOST_TABLES = 100,
    MOST_COLUMNS = 400,
    MOST_ROLES = 50,
    MOST_PRIVILEGES = 2000,
    MOST_STEPS = 1000,
    MOST_NAME = 100,
};

/* A package while it is read. */
struct reading {
    struct arena *arena;
    struct package *package;
    struct err *err;
};

/* Names become names of tables and columns: letters, digits and underscores alone. */
static bool good_name(struct reading *reading, const char *name, const char *what)
{
    size_t len = strlen(name);

    if (len > 0 && len <= MOST_NAME && !(*name >= '0' && *name <= '9') &&
        strspn(name, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_") == len) {
        return true;
    }
    return err_set(reading->err, ERR_CONFIG, "customizations.xml: \"%.60s\" is no name of a %s",
                   name, what);
}

static bool is_ours(const struct reading *reading, const char *name)
{
    const char *prefix = reading->package->prefix;
    size_t len = strlen(prefix);

    return len > 0 && strncasecmp(name, prefix, len) == 0 && name[len] == '_';
}

static const char *unbraced_id(struct reading *reading, const char *text)
{
    size_t len = text != NULL ? strlen(text) : 0;
    char *id;

    if (len == GUID_SIZE + 1 && *text == '{') {
        text++;
        len -= 2;
    }
    id = text != NULL ? str_lower(arena_dup(reading->arena, text, len)) : NULL;
    return guid_valid(id) ? id : NULL;
}

static int64_t number_of(struct reading *reading, const struct xml_node *node, int64_t otherwise)
{
    int64_t value;

    return str_int(xml_text(reading->arena, node), INT32_MIN, INT32_MAX, &value) ? value
                                                                                 : otherwise;
}

static const char *label_of(struct reading *reading, const struct xml_node *node, const char *path,
                            const char *otherwise)
{
    const char *label = xml_attribute(reading->arena, xml_find(node, path), "description");

    return label != NULL ? label : otherwise;
}

static bool read_manifest(struct reading *reading, const struct xml_node *root)
{
    struct arena *arena = reading->arena;
    struct package *package = reading->package;
    const struct xml_node *manifest = xml_child(root, "SolutionManifest");

    package->name = xml_text(arena, xml_child(manifest, "UniqueName"));
    package->version = xml_text(arena, xml_child(manifest, "Version"));
    package->managed = strcmp(xml_text(arena, xml_child(manifest, "Managed")), "1") == 0;
    package->friendly_name =
        label_of(reading, manifest, "LocalizedNames/LocalizedName", package->name);
    package->publisher = xml_text(arena, xml_find(manifest, "Publisher/UniqueName"));
    package->publisher_name =
        label_of(reading, manifest, "Publisher/LocalizedNames/LocalizedName", package->publisher);
    package->prefix = xml_text(arena, xml_find(manifest, "Publisher/CustomizationPrefix"));
    package->option_prefix =
        number_of(reading, xml_find(manifest, "Publisher/CustomizationOptionValuePrefix"), 10000);
    if (*package->name == '\0' || *package->version == '\0' ||
        strspn(package->version, "0123456789.") != strlen(package->version)) {
        return err_set(reading->err, ERR_CONFIG,
                       "solution.xml: expected SolutionManifest with a UniqueName and a Version "
                       "such as 1.0.0.0");
    }
    return good_name(reading, package->name, "solution") &&
           (*package->prefix == '\0' || good_name(reading, package->prefix, "prefix"));
}

static const struct {
    const char *word;
    enum dv_type type;
} types[] = {
    {"nvarchar", DV_STRING},   {"ntext", DV_MEMO},   {"int", DV_INT},
    {"datetime", DV_DATETIME}, {"bit", DV_BOOL},     {"money", DV_MONEY},
    {"decimal", DV_DECIMAL},   {"float", DV_DOUBLE}, {"lookup", DV_LOOKUP},
    {"picklist", DV_CHOICE},
};

static const struct dv_option *read_options(struct reading *reading, const struct xml_node *node)
{
    struct dv_option *options = arena_array(reading->arena, MOST_COLUMNS + 1, sizeof *options);
    const struct xml_node *option = xml_find(node, "optionset/options/option");
    size_t count = 0;

    for (; option != NULL && count < MOST_COLUMNS; option = xml_next(option)) {
        const char *value = xml_attribute(reading->arena, option, "value");

        if (value != NULL && str_int(value, INT32_MIN, INT32_MAX, &options[count].value)) {
            options[count++].label = label_of(reading, option, "labels/label", value);
        }
    }
    return options;
}

static const struct dv_option yes_no[] = {{0, "No", 0}, {1, "Yes", 0}, {0}};

static bool read_target(struct reading *reading, const struct xml_node *node,
                        struct dv_column *column)
{
    struct dv_target *target = arena_array(reading->arena, 2, sizeof *target);

    target->entity = str_lower(arena_strdup(
        reading->arena, xml_text(reading->arena, xml_find(node, "LookupTypes/LookupType"))));
    target->nav = column->schema;
    column->targets = target;
    return good_name(reading, target->entity, "table");
}

static bool read_column(struct reading *reading, const char *entity, const struct xml_node *node)
{
    struct package *package = reading->package;
    struct arena *arena = reading->arena;
    const char *schema = xml_attribute(arena, node, "PhysicalName");
    const char *type = xml_text(arena, xml_child(node, "Type"));
    struct package_column *column;
    size_t i = 0;

    if (schema == NULL || !is_ours(reading, schema)) {
        return true; /* a standard column that the package only mentions */
    }
    while (i < ARRAY_LEN(types) && strcmp(types[i].word, type) != 0) {
        i++;
    }
    if (i == ARRAY_LEN(types)) {
        return err_set(
            reading->err, ERR_CONFIG,
            "customizations.xml: column %.60s has the type \"%.30s\", which is not known", schema,
            type);
    }
    if (package->column_count == MOST_COLUMNS) {
        return err_set(reading->err, ERR_CONFIG, "customizations.xml: more than %d columns",
                       (int)MOST_COLUMNS);
    }
    column = &package->columns[package->column_count++];
    column->entity = entity;
    column->column = (struct dv_column){
        .schema = schema,
        .label = label_of(reading, node, "displaynames/displayname", schema),
        .type = types[i].type,
        .flags = DV_CUSTOM,
        .size =
            types[i].type == DV_DECIMAL ? 2 : number_of(reading, xml_child(node, "MaxLength"), 0),
        .least = types[i].type == DV_INT     ? INT32_MIN
                 : types[i].type == DV_MONEY ? -1e14
                                             : 0,
        .most = types[i].type == DV_INT     ? INT32_MAX
                : types[i].type == DV_MONEY ? 1e14
                                            : 0,
        .options = types[i].type == DV_CHOICE ? read_options(reading, node)
                   : types[i].type == DV_BOOL ? yes_no
                                              : NULL,
        .initial = types[i].type == DV_CHOICE ? -1 : 0,
    };
    return good_name(reading, schema, "column") &&
           (types[i].type != DV_LOOKUP || read_target(reading, node, &column->column));
}

static bool read_table(struct reading *reading, const struct xml_node *node)
{
    struct package *package = reading->package;
    struct arena *arena = reading->arena;
    const struct xml_node *entity = xml_find(node, "EntityInfo/entity");
    const char *schema = xml_attribute(arena, entity, "Name");
    const char *main_name = xml_text(arena, xml_child(entity, "PrimaryNameAttribute"));
    const struct xml_node *attribute = xml_find(entity, "attributes/attribute");
    struct dv_custom_entity *table = NULL;
    const char *name;

    if (schema == NULL || !good_name(reading, schema, "table")) {
        return schema != NULL ||
               err_set(reading->err, ERR_CONFIG, "customizations.xml: a table without a Name");
    }
    name = str_lower(arena_strdup(arena, schema));
    if (is_ours(reading, schema)) {
        if (package->table_count == MOST_TABLES) {
            return err_set(reading->err, ERR_CONFIG, "customizations.xml: more than %d tables",
                           (int)MOST_TABLES);
        }
        table = &package->tables[package->table_count++].entity;
        *table = (struct dv_custom_entity){
            .schema = schema,
            .set = xml_text(arena, xml_child(entity, "EntitySetName")),
            .label = label_of(reading, entity, "LocalizedNames/LocalizedName", schema),
            .plural = label_of(reading, entity, "LocalizedCollectionNames/LocalizedCollectionName",
                               schema),
            .main_schema = arena_join(arena, package->prefix, "_name", NULL),
            .main_label = "Name",
            .main_size = 100,
            .flags = DV_USER_OWNED,
            .hidden = true,
        };
        if (*table->set == '\0') {
            table->set = arena_join(arena, name, "s", NULL);
        }
        if (!good_name(reading, table->set, "set")) {
            return false;
        }
    }
    for (; attribute != NULL; attribute = xml_next(attribute)) {
        const char *physical = xml_attribute(arena, attribute, "PhysicalName");

        if (table != NULL && physical != NULL && str_ieq(physical, main_name)) {
            table->main_schema = physical;
            table->main_label = label_of(reading, attribute, "displaynames/displayname", "Name");
            if (!good_name(reading, physical, "column")) {
                return false;
            }
        } else if (!read_column(reading, name, attribute)) {
            return false;
        }
    }
    return true;
}

static int depth_of(const char *level)
{
    static const struct {
        const char *word;
        int depth;
    } levels[] = {{"Basic", 1}, {"Local", 2}, {"Deep", 4}, {"Global", 8}};

    for (size_t i = 0; level != NULL && i < ARRAY_LEN(levels); i++) {
        if (strcmp(levels[i].word, level) == 0) {
            return levels[i].depth;
        }
    }
    return 1;
}

static bool read_role(struct reading *reading, const struct xml_node *node)
{
    struct package *package = reading->package;
    struct arena *arena = reading->arena;
    struct package_role *role = &package->roles[package->role_count];
    const struct xml_node *privilege = xml_find(node, "RolePrivileges/RolePrivilege");

    role->id = unbraced_id(reading, xml_attribute(arena, node, "id"));
    role->name = xml_attribute(arena, node, "name");
    if (role->id == NULL || role->name == NULL || package->role_count == MOST_ROLES - 1) {
        return err_set(reading->err, ERR_CONFIG,
                       "customizations.xml: expected a role with an id and a name, at most %d",
                       (int)MOST_ROLES - 1);
    }
    package->role_count++;
    role->privileges = arena_array(arena, MOST_PRIVILEGES, sizeof *role->privileges);
    for (; privilege != NULL && role->count < MOST_PRIVILEGES; privilege = xml_next(privilege)) {
        const char *name = xml_attribute(arena, privilege, "name");

        if (name != NULL) {
            role->privileges[role->count++] = (struct package_privilege){
                name, depth_of(xml_attribute(arena, privilege, "level"))};
        }
    }
    return true;
}

static bool read_step(struct reading *reading, const struct xml_node *node)
{
    struct package *package = reading->package;
    struct arena *arena = reading->arena;
    struct package_step *step = &package->steps[package->step_count];

    *step = (struct package_step){
        .id = unbraced_id(reading, xml_attribute(arena, node, "SdkMessageProcessingStepId")),
        .name = xml_attribute(arena, node, "Name"),
        .message = xml_text(arena, xml_child(node, "SdkMessageId")),
        .entity = str_lower(arena_strdup(arena, xml_text(arena, xml_child(node, "PrimaryEntity")))),
        .stage = number_of(reading, xml_child(node, "Stage"), 40),
        .mode = number_of(reading, xml_child(node, "Mode"), 0),
        .rank = number_of(reading, xml_child(node, "Rank"), 1),
    };
    if (step->id == NULL || step->name == NULL || package->step_count == MOST_STEPS - 1) {
        return err_set(reading->err, ERR_CONFIG,
                       "customizations.xml: expected a step with a SdkMessageProcessingStepId and "
                       "a Name, at most %d",
                       (int)MOST_STEPS - 1);
    }
    package->step_count++;
    return true;
}

typedef bool read_each(struct reading *reading, const struct xml_node *node);

static bool each(struct reading *reading, const struct xml_node *root, const char *path,
                 read_each *read)
{
    for (const struct xml_node *at = xml_find(root, path); at != NULL; at = xml_next(at)) {
        if (!read(reading, at)) {
            return false;
        }
    }
    return true;
}

bool package_read(struct arena *arena, const void *bytes, size_t len, struct package *ret,
                  struct err *err)
{
    struct reading reading = {arena, ret, err};
    const struct xml_node *manifest, *customizations;
    size_t manifest_len, customizations_len;
    const char *manifest_text, *customizations_text;

    *ret = (struct package){0};
    manifest_text = zip_member(arena, bytes, len, "solution.xml", MOST_XML, &manifest_len, err);
    if (manifest_text == NULL) {
        return false;
    }
    customizations_text =
        zip_member(arena, bytes, len, "customizations.xml", MOST_XML, &customizations_len, err);
    if (customizations_text == NULL ||
        !xml_read(arena, manifest_text, manifest_len, "solution.xml", &manifest, err) ||
        !xml_read(arena, customizations_text, customizations_len, "customizations.xml",
                  &customizations, err)) {
        return false;
    }
    ret->tables = arena_array(arena, MOST_TABLES, sizeof *ret->tables);
    ret->columns = arena_array(arena, MOST_COLUMNS, sizeof *ret->columns);
    ret->roles = arena_array(arena, MOST_ROLES, sizeof *ret->roles);
    ret->steps = arena_array(arena, MOST_STEPS, sizeof *ret->steps);
    return read_manifest(&reading, manifest) &&
           each(&reading, customizations, "Entities/Entity", read_table) &&
           each(&reading, customizations, "Roles/Role", read_role) &&
           each(&reading, customizations, "SdkMessageProcessingSteps/SdkMessageProcessingStep",
                read_step);
}

bool package_shipped(struct arena *arena, struct package *ret, struct err *err)
{
    const char *path =
        arena_join(arena, data_worlds_dir(), "/../dataverse/marketo-solution.zip", NULL);
    char *bytes;
    size_t len;

    return data_read(arena, path, &bytes, &len, err) && package_read(arena, bytes, len, ret, err);
}
