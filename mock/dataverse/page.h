/* Lists of rows. */
#pragma once

#include "dataverse/plan.h"

/* A page of rows, with all options of the query. */
void dv_list(struct mock_call *call, struct mock_reply *reply, struct dv_read *read);
/* /$count */
void dv_count(struct mock_call *call, struct mock_reply *reply, struct dv_read *read);
