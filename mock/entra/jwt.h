/* The parts of a JSON Web Token in compact form (RFC 7515, RFC 7519); nothing is verified here. */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/arena.h"
#include "base/json.h"

struct entra_jwt {
    const cJSON *header, *claims;
    const char *text;         /* the token itself */
    size_t signed_len;        /* how much of it is signed */
    const uint8_t *signature; /* NULL when it is no base64url */
    size_t signature_len;
};

/* False when the text is no token of three parts whose first two are JSON objects. */
bool entra_jwt_read(struct arena *arena, const char *text, struct entra_jwt *ret);
