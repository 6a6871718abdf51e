/* What the steps of the operation `setup` hand on to each other. */
#pragma once

#include "setup/connect.h"
#include "setup/dynamics.h"
#include "setup/fields.h"
#include "setup/setup.h"

struct sync_whole {
    const char *name, *description, *lifetime, *confirm;
    struct sync_registered registered;
    struct sync_remote remote; /* the organization, as its administrator */
    struct sync_package package;
    const char *user;    /* systemuserid of the sync user; NULL: not known yet (dry) */
    const cJSON *secret; /* the new one's result; NULL: none was made */
};

struct sync_whole_step {
    const char *name; /* of the operation that does it by itself */
    /* NULL: always. Why it is left out, as a sentence; NULL: it is not. */
    const char *(*left_out)(struct sync_call *call);
    bool (*run)(struct sync_call *call, struct sync_whole *whole, bool *ret_changed);
};

/* The steps in the organization and in Marketo, after those in the directory. */
extern const struct sync_whole_step sync_whole_rest[];
extern const size_t sync_whole_rest_count;
