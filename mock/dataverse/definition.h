/* Metadata of tables and columns as JSON. */
#pragma once

#include "dataverse/caller.h"

const char *dv_entity_id(struct arena *arena, const struct dv_entity *entity);
const char *dv_column_id(struct arena *arena, const struct dv_entity *entity,
                         const struct dv_column *column);

/* Members that the query's $select leaves out need not be made. New roots. */
cJSON *dv_define_entity(struct mock_call *call, const struct dv_entity *entity);
/* `cast`: "Microsoft.Dynamics.CRM.PicklistAttributeMetadata", NULL: all, each with its type. */
cJSON *dv_define_columns(struct mock_call *call, const struct dv_entity *entity, const char *cast);
/* `cast`: its option set is shown where $expand asks for it. */
cJSON *dv_define_column(struct mock_call *call, const struct dv_entity *entity,
                        const struct dv_column *column, bool cast);
/* "ManyToOneRelationships" and the like; NULL when there is no such list. */
cJSON *dv_define_relationships(struct mock_call *call, const struct dv_entity *entity,
                               const char *kind);
/* Whether a type cast is known, and whether a column has that type. */
bool dv_definition_cast(const char *cast);
bool dv_definition_is(const struct dv_column *column, const char *cast);
/* Whether metadata has a member of that name at all. */
bool dv_definition_knows(const char *name);
