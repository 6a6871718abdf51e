#include <stdio.h>

#include "base/auto.h"
#include "runner/flight.h"

bool run_wire_open(struct run_carrier *carrier, struct err *err)
{
    const struct crmsync_curl_options options = {.ca_file = carrier->ca_file,
                                                 .connect_to = carrier->connect_list,
                                                 .connect_to_count =
                                                     ARRAY_LEN(carrier->connect_list)};
    struct crmsync_error error = {0};

    (void)snprintf(carrier->connect_to, sizeof carrier->connect_to, "::127.0.0.1:%d",
                   carrier->port);
    carrier->connect_list[0] = carrier->connect_to;
    return crmsync_transport_curl(&options, &carrier->inner, &error) ||
           err_set(err, ERR_CONFIG, "the engine's transport: %s", error.message);
}

static void arrived(void *arg, const struct crmsync_response *response)
{
    struct run_flight *flight = arg;

    flight->carrier->delivered++;
    run_flight_end(flight, response);
}

void run_wire_submit(struct run_flight *flight, const struct crmsync_request *request)
{
    struct run_carrier *carrier = flight->carrier;

    flight->carried = carrier->inner.submit(carrier->inner.ctx, request, arrived, flight);
}
