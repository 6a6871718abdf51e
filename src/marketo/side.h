/* Marketo as the sync sees it. */
#pragma once

#include "engine/engine.h"
#include "marketo/marketo.h"
#include "sync/side.h"

/* Everything it makes is the arena's, which lives as long as the pass. */
bool sync_marketo_side(struct crmsync *engine, struct arena *arena, struct sync_marketo *ret,
                       struct sync_problem *problem);
