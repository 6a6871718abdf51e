/* The page as it was seen last, for who may not ask it: status sends no request. */
#pragma once

#include "page/page.h"

/* Keeps it; the caller commits. */
bool sync_page_keep(struct db *db, const struct sync_page *page, struct err *err);
/* Keeps it, in one commit when something of it is new. */
bool sync_page_note(struct crmsync *engine, const struct sync_page *page,
                    struct sync_problem *problem);
/* An object with the names of connection.json; NULL: it was never seen. */
bool sync_page_noted(struct crmsync *engine, struct arena *arena, const cJSON **ret,
                     struct sync_problem *problem);
