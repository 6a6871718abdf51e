/* A served world and the real engine beside it, over sockets and TLS. What fails, fails the test.
 */
#pragma once

#include "base/arena.h"
#include "base/json.h"
#include "caller.h"
#include "program.h"

struct syncing {
    struct arena arena;
    char *folder;
    struct program mock;
    cJSON *info;
    struct caller caller;
    const char *config, *connect_to, *ca_file;
};

/* Serves `ready` with so many records and without limits, and writes the engine's configuration. */
void syncing_begin(struct syncing *scene, int accounts, int contacts, int leads);
/* The answer of the control API. */
cJSON *syncing_ask(struct syncing *scene, const char *target);
/* `crmsync run --once --json`. */
struct program syncing_engine(struct syncing *scene);
void syncing_end(struct syncing *scene);
