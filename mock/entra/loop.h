/* AADSTS50196: a client that asks the same again and again. Source: entra-throttling. */
#pragma once

#include "entra/grant.h"

extern const char entra_loop_schema[];

/* Off unless the setting requestLoopDetection is on. */
bool entra_loop_check(struct entra_grant *grant);
