#include "server/held.h"

#include <pthread.h>
#include <time.h>

#include "base/clock.h"
#include "base/mem.h"
#include "server/serve.h"
#include "server/world.h"

struct waiting {
    struct waiting *next; /* in order of `due`, then of arrival */
    struct mock_exchange *exchange;
    enum mock_held_stage stage;
    int64_t due; /* ms of the world's clock, or steady microseconds */
};

struct mock_held {
    struct mock_world *world;
    bool by_clock;
    pthread_mutex_t lock;
    pthread_cond_t changed;
    struct waiting *first;
    bool timer_runs, stop;
    pthread_t timer;
};

struct mock_held *mock_held_create(struct mock_world *world, bool by_clock)
{
    struct mock_held *held = mem_alloc(sizeof *held);
    pthread_condattr_t steady;

    held->world = world;
    held->by_clock = by_clock;
    pthread_mutex_init(&held->lock, NULL);
    pthread_condattr_init(&steady);
    pthread_condattr_setclock(&steady, CLOCK_MONOTONIC);
    pthread_cond_init(&held->changed, &steady);
    pthread_condattr_destroy(&steady);
    return held;
}

/* Takes the first one out if it is due at `until`. */
static struct waiting *take_due(struct mock_held *held, int64_t until)
{
    struct waiting *waiting;

    pthread_mutex_lock(&held->lock);
    waiting = held->first != NULL && held->first->due <= until ? held->first : NULL;
    if (waiting != NULL) {
        held->first = waiting->next;
    }
    pthread_mutex_unlock(&held->lock);
    return waiting;
}

static void go_on(struct mock_held *held, struct waiting *waiting)
{
    struct mock_exchange *exchange = waiting->exchange;

    if (waiting->stage == MOCK_HELD_REQUEST) {
        mock_serve_delayed(held->world, exchange);
    }
    mem_free(waiting);
    exchange->send(exchange);
}

static void *run_timer(void *arg)
{
    struct mock_held *held = arg;

    pthread_mutex_lock(&held->lock);
    while (!held->stop) {
        int64_t due = held->first != NULL ? held->first->due : INT64_MAX;
        struct timespec at = {.tv_sec = due / 1000000, .tv_nsec = due % 1000000 * 1000};

        if (due <= clock_steady_us()) {
            struct waiting *waiting;

            pthread_mutex_unlock(&held->lock);
            waiting = take_due(held, due);
            if (waiting != NULL) {
                go_on(held, waiting);
            }
            pthread_mutex_lock(&held->lock);
        } else if (due == INT64_MAX) {
            pthread_cond_wait(&held->changed, &held->lock);
        } else {
            pthread_cond_timedwait(&held->changed, &held->lock, &at);
        }
    }
    pthread_mutex_unlock(&held->lock);
    return NULL;
}

void mock_held_add(struct mock_held *held, struct mock_exchange *exchange,
                   enum mock_held_stage stage, int64_t wait_ms)
{
    struct waiting *waiting = mem_alloc(sizeof *waiting);
    struct waiting **at = &held->first;

    waiting->exchange = exchange;
    waiting->stage = stage;
    waiting->due = held->by_clock ? clock_now_ms(&held->world->clock) + wait_ms
                                  : clock_steady_us() + wait_ms * 1000;
    pthread_mutex_lock(&held->lock);
    while (*at != NULL && (*at)->due <= waiting->due) {
        at = &(*at)->next;
    }
    waiting->next = *at;
    *at = waiting;
    if (!held->by_clock && !held->timer_runs) {
        held->timer_runs = pthread_create(&held->timer, NULL, run_timer, held) == 0;
    }
    pthread_cond_signal(&held->changed);
    pthread_mutex_unlock(&held->lock);
}

bool mock_held_cancel(struct mock_held *held, uint64_t exchange_id)
{
    bool found = false;

    pthread_mutex_lock(&held->lock);
    for (struct waiting *at = held->first; at != NULL && !found; at = at->next) {
        if (at->exchange->id == exchange_id) {
            at->exchange->cancelled = true;
            found = true;
        }
    }
    pthread_mutex_unlock(&held->lock);
    return found;
}

bool mock_held_next_due(struct mock_held *held, int64_t *ret_due_ms, size_t *ret_held)
{
    size_t count = 0;

    pthread_mutex_lock(&held->lock);
    for (struct waiting *at = held->first; at != NULL; at = at->next) {
        struct mock_exchange *exchange = at->exchange;

        exchange->cancelled |= exchange->gone != NULL && exchange->gone(exchange);
        if (!exchange->cancelled && held->by_clock && count++ == 0) {
            *ret_due_ms = at->due;
        }
    }
    pthread_mutex_unlock(&held->lock);
    if (ret_held != NULL) {
        *ret_held = count;
    }
    return count > 0;
}

size_t mock_held_count(struct mock_held *held,
                       bool (*like)(const struct mock_call *waiting, const void *arg),
                       const void *arg)
{
    size_t count = 0;

    pthread_mutex_lock(&held->lock);
    for (const struct waiting *at = held->first; at != NULL; at = at->next) {
        count += like(&at->exchange->call, arg);
    }
    pthread_mutex_unlock(&held->lock);
    return count;
}

void mock_held_advance(struct mock_held *held, int64_t to_ms)
{
    struct waiting *waiting;

    while (held->by_clock && (waiting = take_due(held, to_ms)) != NULL) {
        clock_move_to(&held->world->clock, waiting->due);
        go_on(held, waiting);
    }
    clock_move_to(&held->world->clock, to_ms);
}

void mock_held_flush(struct mock_held *held)
{
    struct waiting *waiting;

    while ((waiting = take_due(held, INT64_MAX)) != NULL) {
        if (waiting->stage == MOCK_HELD_REQUEST) {
            waiting->exchange->sending.drop = true;
            waiting->stage = MOCK_HELD_ANSWER;
        }
        go_on(held, waiting);
    }
}

void mock_held_destroy(struct mock_held *held)
{
    if (held == NULL) {
        return;
    }
    pthread_mutex_lock(&held->lock);
    held->stop = true;
    pthread_cond_signal(&held->changed);
    pthread_mutex_unlock(&held->lock);
    if (held->timer_runs) {
        pthread_join(held->timer, NULL);
    }
    mock_held_flush(held);
    pthread_cond_destroy(&held->changed);
    pthread_mutex_destroy(&held->lock);
    mem_free(held);
}
