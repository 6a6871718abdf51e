/* Relationships and keys as EntityDefinitions shows them. Source: dataverse-metadata. */
#include <string.h>

#include "base/auto.h"
#include "dataverse/definition.h"

static cJSON *define_relationship(struct mock_call *call, const struct dv_entity *child,
                                  const struct dv_column *column, const struct dv_target *target,
                                  const struct dv_entity *parent)
{
    cJSON *item = cJSON_CreateObject();
    const char *name = target->collection != NULL
                           ? target->collection
                           : arena_join(call->arena, child->name, "_", target->nav, NULL);

    cJSON_AddStringToObject(item, "MetadataId",
                            dv_metadata_id(call->arena, "relationship", name, child->name));
    cJSON_AddNullToObject(item, "HasChanged");
    cJSON_AddStringToObject(item, "SchemaName", name);
    cJSON_AddStringToObject(item, "RelationshipType", "OneToManyRelationship");
    cJSON_AddBoolToObject(item, "IsCustomRelationship", (column->flags & DV_CUSTOM) != 0);
    cJSON_AddTrueToObject(item, "IsManaged");
    cJSON_AddStringToObject(item, "ReferencedEntity", target->entity);
    cJSON_AddStringToObject(item, "ReferencedAttribute",
                            parent != NULL ? parent->key
                                           : arena_join(call->arena, target->entity, "id", NULL));
    cJSON_AddStringToObject(item, "ReferencingEntity", child->name);
    cJSON_AddStringToObject(item, "ReferencingAttribute", column->name);
    cJSON_AddStringToObject(item, "ReferencedEntityNavigationPropertyName", name);
    cJSON_AddStringToObject(item, "ReferencingEntityNavigationPropertyName", target->nav);
    cJSON_AddFalseToObject(item, "IsHierarchical");
    cJSON_AddStringToObject(item, "SecurityTypes", "Append");
    return item;
}

/* All lookups of `child` that name `parent` (NULL: any table). */
static void add_relationships(struct mock_call *call, cJSON *list, const struct dv_entity *child,
                              const struct dv_entity *parent)
{
    const struct dv_schema *schema = call->caller->org->schema;

    for (size_t i = 0; i < child->column_count; i++) {
        const struct dv_column *column = child->columns[i];

        if (!dv_is_lookup(column)) {
            continue;
        }
        for (const struct dv_target *at = column->targets; at->entity != NULL; at++) {
            if (parent == NULL || strcmp(at->entity, parent->name) == 0) {
                cJSON_AddItemToArray(list, define_relationship(call, child, column, at,
                                                               dv_entity(schema, at->entity)));
            }
        }
    }
}

static void add_many(struct mock_call *call, cJSON *list, const struct dv_entity *entity)
{
    for (size_t i = 0; i < dv_many_count; i++) {
        const struct dv_many *many = &dv_many[i];
        cJSON *item;

        if (strcmp(many->left, entity->name) != 0 && strcmp(many->right, entity->name) != 0) {
            continue;
        }
        item = cJSON_CreateObject();
        cJSON_AddStringToObject(item, "MetadataId",
                                dv_metadata_id(call->arena, "relationship", many->name, NULL));
        cJSON_AddStringToObject(item, "SchemaName", many->left_nav);
        cJSON_AddStringToObject(item, "RelationshipType", "ManyToManyRelationship");
        cJSON_AddStringToObject(item, "Entity1LogicalName", many->left);
        cJSON_AddStringToObject(item, "Entity2LogicalName", many->right);
        cJSON_AddStringToObject(item, "IntersectEntityName", many->name);
        cJSON_AddStringToObject(item, "Entity1IntersectAttribute", many->left_key);
        cJSON_AddStringToObject(item, "Entity2IntersectAttribute", many->right_key);
        cJSON_AddStringToObject(item, "Entity1NavigationPropertyName", many->left_nav);
        cJSON_AddStringToObject(item, "Entity2NavigationPropertyName", many->right_nav);
        cJSON_AddItemToArray(list, item);
    }
}

cJSON *dv_define_relationships(struct mock_call *call, const struct dv_entity *entity,
                               const char *kind)
{
    const struct dv_schema *schema = call->caller->org->schema;
    cJSON *list = json_new_array(call->arena);

    if (strcmp(kind, "ManyToOneRelationships") == 0) {
        add_relationships(call, list, entity, NULL);
    } else if (strcmp(kind, "OneToManyRelationships") == 0) {
        for (size_t i = 0; i < schema->count; i++) {
            add_relationships(call, list, schema->entities[i], entity);
        }
    } else if (strcmp(kind, "ManyToManyRelationships") == 0) {
        add_many(call, list, entity);
    } else if (strcmp(kind, "Keys") != 0) {
        return NULL;
    }
    return list;
}
