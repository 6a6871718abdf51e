/* The one way of a request. */
#pragma once

#include <stdbool.h>

#include "server/exchange.h"
#include "server/world.h"

/*
 * Fills the call's parts that follow from method, target, Host header and headers (all already
 * set), then takes the request through host, route, fault, admission, handler and journal. True:
 * the answer stands in the exchange and may be sent now. False: it is held, and exchange->send() is
 * called later, from another thread or from the call that moves the clock.
 */
bool mock_serve(struct mock_world *world, struct mock_exchange *exchange);

/* Runs a request whose `delay` has passed. */
void mock_serve_delayed(struct mock_world *world, struct mock_exchange *exchange);

/* Tells the journal that the answer has left (or never will). */
void mock_served(struct mock_world *world, struct mock_exchange *exchange);
