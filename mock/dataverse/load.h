/* World files: the organizations. */
#pragma once

#include "store/load.h"

bool dv_load(struct world_load *load, struct err *err);
