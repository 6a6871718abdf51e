/* Who calls an organization, and what they may. Source: dataverse-auth. */
#pragma once

#include "dataverse/error.h"
#include "dataverse/org.h"

/* call->caller of this service. */
struct mock_caller {
    struct dv_org *org;
    const struct dv_user *user; /* whose rights count: the impersonated one, if any */
    const char *real_id;        /* who impersonates; NULL: nobody */
    const struct dv_user *real; /* the same; NULL: nobody */
};

/* Token, user, limits. False when it has been refused. */
bool dv_admit(struct mock_call *call, struct mock_reply *reply);
/* Only the token: for global discovery. */
bool dv_admit_discovery(struct mock_call *call, struct mock_reply *reply);
/* Refuses in the service's words when a right is missing. */
bool dv_need(struct mock_call *call, struct mock_reply *reply, const struct dv_entity *entity,
             enum dv_right right);
bool dv_need_misc(struct mock_call *call, struct mock_reply *reply, enum dv_misc_right right,
                  const char *privilege);
/* A caller for the control API's actions: `user_id` NULL is the SYSTEM user with all rights. */
void dv_become(struct mock_call *call, struct dv_org *org, const char *user_id);
