/* The member `connection` of a subscription in a world file. */
#pragma once

#include "store/load.h"

/* `item` NULL: nothing is connected. */
bool marketo_load_connection(struct world_load *load, const cJSON *item, int64_t sub,
                             const char *at, struct err *err);
