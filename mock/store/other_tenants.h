/* What a world file says of other tenants → rows. Source: entra-tenants. */
#pragma once

#include "store/load.h"

/*
 * After the applications: keeps the tenants, their domains and the applications that are present
 * in them. Fails with ERR_CONFIG and the pointer.
 */
bool other_tenants_put(struct world_load *load, const cJSON *tenants, struct err *err);
