/* What the parts of the small tenant know of each other. */
#pragma once

#include "base/json_writer.h"
#include "base/uri.h"
#include "support/tenant.h"

struct tenant_column {
    int rank;
    const char *name, *type, *target, *target_type;
    bool updatable;
};
extern const struct tenant_column tenant_columns[];
extern const size_t tenant_column_count;
extern const char *const tenant_keys[3];

struct tenant_answer {
    int status;
    int retry_after_s; /* 0: none */
};

/* Each gives the body, from mem_alloc(). */
char *tenant_dynamics(struct tenant *tenant, const struct crmsync_request *request,
                      const char *path, const struct uri_params *params,
                      struct tenant_answer *answer);
char *tenant_marketo(struct tenant *tenant, const struct crmsync_request *request, const char *path,
                     const struct uri_params *params, struct tenant_answer *answer);

const char *tenant_header(const struct crmsync_request *request, const char *name);
/* Sets members of a row and gives it the next version. */
void tenant_touch(struct tenant *tenant, int rank, cJSON *row, const cJSON *set);
/* Writes members of a person, with an activity for each that changes. */
void tenant_write_person(struct tenant *tenant, cJSON *person, const cJSON *set);
