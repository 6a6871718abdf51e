/* Which columns go to Marketo: the page's field list. */
#pragma once

#include "engine/engine.h"

/* `fields` is an object of entity → names, or the text "default". *ret_selected is entity → names
 * of what is selected then, in the call's arena. */
bool sync_setup_select_fields(struct sync_call *call, const cJSON *fields,
                              const cJSON **ret_selected, bool *ret_changed);

bool sync_op_select_fields(struct sync_call *call);
bool sync_op_fields_list(struct sync_call *call);
bool sync_op_fields_refresh(struct sync_call *call);
bool sync_op_quick_sync(struct sync_call *call);
