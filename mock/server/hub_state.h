/* The inside of a hub, for hub.c and direct.c alone. */
#pragma once

#include <pthread.h>
#include <stdatomic.h>

#include "base/arena.h"
#include "server/world.h"

struct mock_ca;

struct mocktenant {
    struct arena arena; /* of the copied options */
    const char *listen; /* NULL: `direct` only */
    bool plain;
    int idle_s;
    const char **allow_hosts;
    size_t allow_host_count;
    struct mock_ca *ca;
    char *ca_dir, *ca_file;
    atomic_uint_least64_t request_count; /* ids in `direct` */

    pthread_mutex_t lock; /* of what follows */
    pthread_cond_t changed;
    struct mock_world *worlds; /* the first one first */
    int world_count;           /* ever made: their ids */
    struct mock_world *removed;
    int64_t removals, reaped;
    bool reaper_runs, stop;
    pthread_t reaper;
};

struct mock_world *mock_hub_first(struct mocktenant *hub);
