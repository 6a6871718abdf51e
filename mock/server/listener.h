/* A loopback port of a world. The only room that knows libmicrohttpd. */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "base/err.h"
#include "server/world.h"

struct mock_listener;

struct mock_listener_options {
    const char *listen;                    /* "127.0.0.1:0", "[::1]:8443" */
    const char *key_pem, *certificate_pem; /* NULL: plain HTTP */
    int idle_s;
};

/* A socket that is bound and listens, before the certificate's names are known. -1 with *err
 * filled. */
int mock_listener_bind(const char *listen, int *ret_port, const char **ret_host,
                       struct arena *arena, struct err *err);
/* Serves the world on that socket, which belongs to the listener then. */
bool mock_listener_start(struct mock_world *world, int fd, const char *authority,
                         const struct mock_listener_options *options, struct mock_listener **ret,
                         struct err *err);
/* Lets running requests end (1 s at most), then closes everything. NULL is nothing. */
void mock_listener_stop(struct mock_listener *listener);
int64_t mock_listener_refused(const struct mock_listener *listener);
int64_t mock_listener_connections(const struct mock_listener *listener);
