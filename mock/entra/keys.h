/* The published test keys that sign every token: fixed, read once a process. */
#pragma once

#include <stdbool.h>
#include <stddef.h>

#include "base/crypto.h"
#include "base/err.h"

enum { ENTRA_KEY_COUNT = 4 };

struct entra_key {
    struct crypto_key *key;
    const char *kid; /* base64url of the certificate's SHA-1; also its x5t */
    const char *x5c; /* the certificate, base64 of its DER */
    const char *n, *e;
};

/*
 * Reads signing-1.key.pem, signing-1.cert.pem and so on from a folder. Fails with ERR_CONFIG; then
 * entra_keys_finish() frees what was read so far. Zero the array before.
 */
bool entra_keys_read(const char *dir, struct entra_key ret[ENTRA_KEY_COUNT], struct err *err);
void entra_keys_finish(struct entra_key keys[ENTRA_KEY_COUNT]);

/* Reads the shipped ones on the first call. Fails with ERR_CONFIG when the files are missing or
 * broken. */
bool entra_keys_load(struct err *err);
/* All of them; which one signs is a world's business. Ends the process when they cannot be read. */
const struct entra_key *entra_keys(void);
const struct entra_key *entra_key_find(const char *kid);
