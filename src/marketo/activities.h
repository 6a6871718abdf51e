/* What was edited in Marketo: its log of changes, read by tokens. */
#pragma once

#include "marketo/marketo.h"
#include "sync/side.h"

bool sync_activities_since(struct crmsync *engine, struct arena *arena,
                           const struct sync_remote *remote, int64_t at_ms, const char **ret,
                           struct sync_problem *problem);
bool sync_activities_changes(struct crmsync *engine, struct arena *arena,
                             const struct sync_remote *remote, const char *token,
                             const char *fields, struct sync_activities *ret,
                             struct sync_problem *problem);
/* The activities of an answer; fails with `protocol`. */
bool sync_activities_read(struct arena *arena, const struct sync_marketo_answer *answer,
                          struct sync_activities *ret, struct sync_problem *problem);
