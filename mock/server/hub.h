/* One process's worlds: what they share. */
#pragma once

#include "base/err.h"
#include "base/json.h"
#include "server/world.h"

struct mock_listener_counts {
    int64_t refused, connections;
};

/* "direct" has none. */
struct mock_listener_counts mock_hub_counts(struct mock_world *world);
/* The CA certificate in PEM; NULL under --plain or without a listener. */
const char *mock_hub_ca_pem(const struct mocktenant *hub);
/* Whether the control API answers under that host (lower case, without port). */
bool mock_hub_allows(const struct mocktenant *hub, const char *host);

/*
 * A further world with its own port; *ret_info are its keys (contract section 2) and its `id`, in
 * the arena. Fails with ERR_CONFIG (a bad world) or ERR_STORE (no port to be had, or this process
 * has no listener at all).
 */
bool mock_hub_add(struct mocktenant *hub, const struct mock_world_options *options, bool plain,
                  struct arena *arena, cJSON **ret_info, struct err *err);
enum mock_hub_remove { HUB_REMOVED, HUB_NO_SUCH_WORLD, HUB_FIRST_WORLD, HUB_OWN_WORLD };
enum mock_hub_remove mock_hub_remove(struct mocktenant *hub, const struct mock_world *asking,
                                     const char *id);
/* {"id", …} of each world, the first one first: a JSON array in the arena. */
cJSON *mock_hub_list(struct mocktenant *hub, struct arena *arena);
/* What a further world inherits when it says nothing itself. */
bool mock_hub_plain(const struct mocktenant *hub);
