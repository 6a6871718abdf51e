/*
 * What waits: requests that a fault delays, and answers that are sent late. By the world's virtual
 * clock (a runner moves it) or in real time (a timer thread of the process).
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "server/exchange.h"

struct mock_held;
struct mock_world;

struct mock_held *mock_held_create(struct mock_world *world, bool by_clock);
/* Nothing waits any more; ends the timer thread if there is one. */
void mock_held_destroy(struct mock_held *held);

enum mock_held_stage {
    MOCK_HELD_REQUEST, /* not handled yet */
    MOCK_HELD_ANSWER,  /* handled; the answer waits */
};

/* Has the exchange go on `wait_ms` from now. */
void mock_held_add(struct mock_held *held, struct mock_exchange *exchange,
                   enum mock_held_stage stage, int64_t wait_ms);
/* The client went away. A waiting answer is gone; a waiting request is still handled when it is
 * due. */
bool mock_held_cancel(struct mock_held *held, uint64_t exchange_id);
/* The earliest moment by the world's clock at which an answer is due that somebody waits for. */
bool mock_held_next_due(struct mock_held *held, int64_t *ret_due_ms, size_t *ret_held);
/* How many that wait are like the given one, by the caller's judgement: calls that run at once. */
size_t mock_held_count(struct mock_held *held,
                       bool (*like)(const struct mock_call *waiting, const void *arg),
                       const void *arg);
/* Moves the virtual clock to `to_ms`, stopping at each moment at which something is due. */
void mock_held_advance(struct mock_held *held, int64_t to_ms);
/*
 * The world is rewound or stopped: answers that wait are sent at once, requests that wait are
 * dropped without having been handled.
 */
void mock_held_flush(struct mock_held *held);
