/* Which of the published keys signs in a world, and which still count. Source: entra-keys. */
#pragma once

#include "entra/keys.h"
#include "server/call.h"

/* CREATE TABLE … of its rows. */
#define ENTRA_SIGNING_SCHEMA                                                                       \
    "CREATE TABLE signing_keys (number INTEGER PRIMARY KEY, from_ms INTEGER NOT NULL,"             \
    " until_ms INTEGER);"

/* The key that signs now. It never changes and may be used after the world was unlocked. */
const struct entra_key *entra_signing_key(struct mock_call *call);
/* Whether the key set shows it: it signs, it is the next one, or its overlap lasts. */
bool entra_signing_published(struct mock_call *call, const struct entra_key *key);
/* Whether it signed once, and its overlap has ended: what it signed is good no more. */
bool entra_signing_retired(struct mock_call *call, const struct entra_key *key);
/*
 * From now on the next key signs; the old one counts until `until_ms`. False when tokens that the
 * next one signed before may still be alive: then nothing has changed.
 */
bool entra_signing_roll(struct mock_call *call, int64_t until_ms);
/* For the service's `drop`. */
void entra_signing_drop(void *kept);
