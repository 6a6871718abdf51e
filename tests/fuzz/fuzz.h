/* What a fuzz target is: libFuzzer's entry, also called by replay.c with each file of a corpus. */
#pragma once

#include <stddef.h>
#include <stdint.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);
