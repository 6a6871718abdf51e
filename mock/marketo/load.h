/* Marketo's members of a world file, and what a new subscription begins with. */
#pragma once

#include "store/load.h"

bool marketo_load(struct world_load *load, struct err *err);
