#include "base/clock.h"

#include <time.h>

int64_t clock_wall_ms(void)
{
    struct timespec now;

    clock_gettime(CLOCK_REALTIME, &now);
    return (int64_t)now.tv_sec * 1000 + now.tv_nsec / 1000000;
}

int64_t clock_steady_us(void)
{
    struct timespec now;

    clock_gettime(CLOCK_MONOTONIC, &now);
    return (int64_t)now.tv_sec * 1000000 + now.tv_nsec / 1000;
}

void clock_init_real(struct clock *clock)
{
    clock->is_virtual = false;
    atomic_init(&clock->at_ms, 0);
}

void clock_init_virtual(struct clock *clock, int64_t at_ms)
{
    clock->is_virtual = true;
    atomic_init(&clock->at_ms, at_ms);
}

int64_t clock_now_ms(const struct clock *clock)
{
    return clock->is_virtual ? atomic_load(&clock->at_ms) : clock_wall_ms();
}

void clock_move_to(struct clock *clock, int64_t at_ms)
{
    if (clock->is_virtual && at_ms > atomic_load(&clock->at_ms)) {
        atomic_store(&clock->at_ms, at_ms);
    }
}

void clock_set(struct clock *clock, int64_t at_ms)
{
    if (clock->is_virtual) {
        atomic_store(&clock->at_ms, at_ms);
    }
}
