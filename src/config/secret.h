/* Where secrets come from. Nothing here prints, logs or keeps one. */
#pragma once

#include <stdbool.h>

#include "config/config.h"

/*
 * Takes a secret from where the configuration says, else from the variable CRMSYNC_<NAME>. *ret is
 * from malloc(), NULL when there is none (a file that does not exist yet is none: setup makes it);
 * the caller wipes and frees it. Fails when the file is there, but no regular file with mode 0600
 * that holds one line.
 */
bool sync_secret_find(const struct sync_config *config, enum sync_secret_id id, char **ret,
                      struct sync_problem *problem);
/* The default variable, such as CRMSYNC_DYNAMICS_CLIENT_SECRET. */
const char *sync_secret_variable(enum sync_secret_id id);
/* Wipes and frees; NULL is nothing. */
void sync_secret_free(char *secret);
