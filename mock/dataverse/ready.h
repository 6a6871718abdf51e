/* The tables of an empty world. */
#pragma once

#include "base/db.h"

void dv_make_ready_tables(struct db *db);
