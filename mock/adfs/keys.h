/* The published test keys with which AD FS signs; read once a process. */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "base/crypto.h"
#include "base/err.h"

enum { ADFS_KEY_COUNT = 2 };

struct adfs_key {
    struct crypto_key *key;
    const char *certificate; /* base64 of its DER */
};

/* Reads them on the first call. Fails with ERR_CONFIG when the files are missing or broken. */
bool adfs_keys_load(struct err *err);
/* Key `number`, from 1. Ends the process when they cannot be read. */
const struct adfs_key *adfs_key(int64_t number);
