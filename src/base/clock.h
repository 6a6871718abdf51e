/*
 * Time from outside. All times are milliseconds since 1970-01-01T00:00:00Z unless a name says more.
 * A real clock reads the wall; a virtual one stands still until it is moved.
 */
#pragma once

#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>

struct clock {
    bool is_virtual;
    _Atomic int64_t at_ms; /* of a virtual clock */
};

void clock_init_real(struct clock *clock);
void clock_init_virtual(struct clock *clock, int64_t at_ms);
int64_t clock_now_ms(const struct clock *clock);
/* Moves a virtual clock; never backwards (then nothing happens). */
void clock_move_to(struct clock *clock, int64_t at_ms);
/* Sets a virtual clock, backwards too: for resets and snapshots only. */
void clock_set(struct clock *clock, int64_t at_ms);

/* Microseconds of a steady clock that no one sets: for durations, never for data. */
int64_t clock_steady_us(void);
/* The wall clock itself: for certificates, which no virtual clock may date. */
int64_t clock_wall_ms(void);
