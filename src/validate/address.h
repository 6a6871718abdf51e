/* The addresses that people paste as the organization's URL (SETUP3-06). */
#pragma once

#include "base/arena.h"

enum sync_address { SYNC_ADDRESS_OK, SYNC_ADDRESS_KIND, SYNC_ADDRESS_UNKNOWN };

/*
 * The organization's host or API host, with or without /XRMServices/2011/Organization.svc, is good:
 * *ret_host is the organization's. A discovery host or another path is of the wrong kind.
 */
enum sync_address sync_address_read(struct arena *arena, const char *url, const char **ret_host);
