/*
 * Keyed hashes of values: what both sides agreed on is kept as these, so that the state file holds
 * no personal data. SipHash-2-4 (Aumasson and Bernstein, 2012).
 */
#pragma once

#include <stddef.h>
#include <stdint.h>

struct sync_digest_key {
    uint64_t low, high;
};

uint64_t sync_digest(const struct sync_digest_key *key, const void *bytes, size_t len);
/* Of a text; 0 stands for NULL and for nothing else. */
uint64_t sync_digest_text(const struct sync_digest_key *key, const char *text);
