/* Records that nobody wrote: reproducible from the seed. */
#pragma once

#include "server/call.h"

/* `counts`: set → how many. */
void dv_generate(struct mock_call *call, const cJSON *counts);
