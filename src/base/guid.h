/* GUIDs as text: 36 characters, lower case. */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "base/random.h"

enum { GUID_SIZE = 37 };

/* A version 4 UUID (RFC 9562) from the stream. */
void guid_make(struct random *random, char ret[GUID_SIZE]);
/* The same from 16 bytes of any source. */
void guid_format(const uint8_t bytes[16], char ret[GUID_SIZE]);
/* Whether a text is a GUID, in either case, without braces. */
bool guid_valid(const char *text);
/* The bytes in the order of Microsoft's Guid structure: the first three fields little-endian. */
bool guid_to_mixed_endian(const char *text, uint8_t ret[16]);
