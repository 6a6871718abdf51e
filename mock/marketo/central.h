/* Marketo's day: quotas turn over at midnight Central time, with daylight saving. */
#pragma once

#include <stdint.h>

enum { CENTRAL_DAY_SIZE = 11 };

/* The day in Central time, "2026-01-15", `back` days before the one of that moment. */
void central_day(int64_t at_ms, int back, char ret[CENTRAL_DAY_SIZE]);
/* The first moment of the next day in Central time. */
int64_t central_next_midnight(int64_t at_ms);
