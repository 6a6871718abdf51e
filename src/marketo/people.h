/* Writing people and companies, and finding people again. */
#pragma once

#include "marketo/marketo.h"
#include "sync/side.h"

/* The body of one call; *ret_count: how many operations fit. In the arena. */
const char *sync_people_compose(struct arena *arena, const char *person_key,
                                const struct sync_batch *batch, size_t *ret_count);
/* Reads the outcomes, one for each of `count` inputs; fails with `protocol`. */
bool sync_people_outcomes(const struct sync_marketo_answer *answer, size_t count,
                          struct sync_written *ret, struct sync_problem *problem);
enum sync_changed sync_people_write(struct crmsync *engine, struct arena *arena,
                                    const struct sync_remote *remote, enum sync_lane lane,
                                    const char *body, size_t count, struct sync_written *ret,
                                    struct sync_problem *problem);
bool sync_people_look(struct crmsync *engine, struct arena *arena, const struct sync_remote *remote,
                      const char *person_key, const char *const *keys, const int64_t *ids,
                      size_t count, const char *fields, struct sync_found **ret, size_t *ret_count,
                      struct sync_problem *problem);
