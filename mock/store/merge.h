/* How a world that extends another one is put over it. */
#pragma once

#include "base/json.h"

/*
 * Objects merge member by member; arrays element by element by id, host, munchkin or name, and
 * elements without one are appended; everything else is replaced. Changes `base`; `over` stays.
 */
void world_merge(cJSON *base, const cJSON *over);
