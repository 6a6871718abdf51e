/* A result on its way from one process to another. */
#pragma once

#include <stdbool.h>
#include <stddef.h>

#include "base/str.h"
#include "runner/suite.h"

/* Everything but the arena, which case it is, and its duration. */
void run_parcel_pack(const struct run_result *result, struct strbuf *ret);
/* Adds what is in it to `result`. False when it is no whole parcel. */
bool run_parcel_open(const char *bytes, size_t len, struct run_result *result);
