/*
 * The seam between deciding and moving bytes: struct crmsync_transport of the public header. This
 * is the one that the engine uses when it was given none.
 */
#pragma once

#include "include/crmsync.h"

/* The longest answer that is taken, decompressed: more ends the request without an answer. */
enum { SYNC_BODY_MAX = 64 * 1024 * 1024 };
