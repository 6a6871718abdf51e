/* What Graph refuses, in the contract's words. */
#pragma once

#include <stdbool.h>
#include <stddef.h>

#include "core/problem.h"

/* Fills *problem from an error answer to `what`; is `false`. remote_code becomes Graph's code. */
bool sync_graph_fail(int status, const char *body, size_t len, const char *what,
                     struct sync_problem *problem);
