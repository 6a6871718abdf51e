/* Marketo's day: quotas turn over at midnight US Central time. */
#pragma once

#include <stdint.h>

/* The next midnight in America/Chicago after `now_ms`, by the rule that holds since 2007. */
int64_t sync_marketo_day_end(int64_t now_ms);
