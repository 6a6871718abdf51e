/* The keys of contract section 2: what a client needs to know of a world. */
#pragma once

#include "base/json.h"
#include "server/world.h"

/*
 * The keys as an object in the arena. `base` is the world's origin, `ca_file` the path of the CA
 * certificate (NULL under --plain). Takes plain secrets from world->secrets, where they are known.
 */
cJSON *mock_info(struct arena *arena, struct mock_world *world, const char *base,
                 const char *ca_file);
