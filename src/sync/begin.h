/* The beginning of a pass, step by step. */
#pragma once

#include "page/page.h"
#include "sync/pass.h"

/* Whether the page's state lets a pass begin. */
bool sync_begin_gate(const struct sync_page *page, struct sync_problem *problem);
/* Waits for a side that asked for patience; fails when that takes more than five minutes. */
bool sync_begin_wait(struct sync_pass *pass);
/* Opens the row of the pass, or that of one that was interrupted. */
bool sync_begin_row(struct sync_pass *pass, const struct sync_page *page);
/* Signs in, and refuses another organization than the one that the links belong to. */
bool sync_begin_probe(struct sync_pass *pass);
/* The selected fields, the columns that are there, and how far everything is read. */
bool sync_begin_mapping(struct sync_pass *pass);
