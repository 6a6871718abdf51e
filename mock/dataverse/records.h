/* The handlers, a file for each kind of resource. */
#pragma once

#include "dataverse/schema.h"
#include "server/call.h"

/* records.c */
void dv_get(struct mock_call *call, struct mock_reply *reply);
void dv_list_get(struct mock_call *call, struct mock_reply *reply);
void dv_count_get(struct mock_call *call, struct mock_reply *reply);
void dv_post(struct mock_call *call, struct mock_reply *reply);
void dv_patch(struct mock_call *call, struct mock_reply *reply);
void dv_remove(struct mock_call *call, struct mock_reply *reply);

const struct dv_entity *dv_asked_entity(struct mock_call *call, struct mock_reply *reply);
bool dv_asked_row(struct mock_call *call, struct mock_reply *reply,
                  const struct dv_entity **ret_entity, const char **ret_id);
/* 404 of a row; is false. */
bool dv_missing(struct mock_call *call, struct mock_reply *reply, const struct dv_entity *entity,
                const char *id);
void dv_show_row(struct mock_call *call, struct mock_reply *reply, const struct dv_entity *entity,
                 const char *id, int status);
/* A new row with all that hangs on it, or nothing. */
bool dv_create_whole(struct mock_call *call, struct mock_reply *reply,
                     const struct dv_entity *entity, const cJSON *body, const char *id,
                     const char **ret_id);

/* properties.c: below a row */
void dv_property_get(struct mock_call *call, struct mock_reply *reply);
void dv_property_put(struct mock_call *call, struct mock_reply *reply);
void dv_property_delete(struct mock_call *call, struct mock_reply *reply);
void dv_property_value(struct mock_call *call, struct mock_reply *reply);
void dv_property_count(struct mock_call *call, struct mock_reply *reply);
void dv_ref_get(struct mock_call *call, struct mock_reply *reply);
void dv_ref_add(struct mock_call *call, struct mock_reply *reply);
void dv_ref_remove(struct mock_call *call, struct mock_reply *reply);

/* functions.c */
void dv_who_am_i(struct mock_call *call, struct mock_reply *reply);
void dv_version(struct mock_call *call, struct mock_reply *reply);
void dv_current_organization(struct mock_call *call, struct mock_reply *reply);
void dv_total_count(struct mock_call *call, struct mock_reply *reply);
void dv_service_document(struct mock_call *call, struct mock_reply *reply);
void dv_publish_all(struct mock_call *call, struct mock_reply *reply);
void dv_publish(struct mock_call *call, struct mock_reply *reply);
void dv_later_storey(struct mock_call *call, struct mock_reply *reply);
void dv_soap_probe(struct mock_call *call, struct mock_reply *reply);
/* A function below a row: true when it was one. */
bool dv_bound_function(struct mock_call *call, struct mock_reply *reply,
                       const struct dv_entity *entity, const char *id, const char *name);

/* solution.c */
void dv_import(struct mock_call *call, struct mock_reply *reply);

/* metadata.c */
void dv_definitions(struct mock_call *call, struct mock_reply *reply);
void dv_definition(struct mock_call *call, struct mock_reply *reply);
void dv_attributes(struct mock_call *call, struct mock_reply *reply);
void dv_attributes_cast(struct mock_call *call, struct mock_reply *reply);
void dv_attribute(struct mock_call *call, struct mock_reply *reply);
void dv_attribute_cast(struct mock_call *call, struct mock_reply *reply);
void dv_relationships(struct mock_call *call, struct mock_reply *reply);
void dv_attribute_create(struct mock_call *call, struct mock_reply *reply);
void dv_attribute_delete(struct mock_call *call, struct mock_reply *reply);

/* discovery.c */
void dv_instances(struct mock_call *call, struct mock_reply *reply);
void dv_instance(struct mock_call *call, struct mock_reply *reply);
